import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertRefused, call, openServedStore, type ServedStore } from './serve-store.ts'
import { openReceiver } from './webhook-receiver.ts'

const events = [{ entity: 'MODEL_VERSION', action: 'CREATED' }]
const content = { name: 'hook', url: 'https://example.org/hook', events }

let strict: ServedStore
let open: ServedStore

before(async () => {
  strict = await openServedStore()
  open = await openServedStore({ allowsPrivateWebhooks: true })
})
after(async () => {
  for (const served of [strict, open]) {
    assert.deepEqual(served.failures, [])
    await served[Symbol.asyncDispose]()
  }
})

describe('webhooks over REST', () => {
  test('one is created, told without its secret, changed, listed and deleted', async () => {
    const created = await call(strict, 'POST', 'webhooks', {
      ...content,
      description: 'd',
      secret: 'hidden-secret',
    })
    const { webhook } = created.json
    const { webhook_id, creation_timestamp } = webhook
    assert.deepEqual(webhook, {
      webhook_id,
      ...content,
      description: 'd',
      status: 'ACTIVE',
      creation_timestamp,
      last_updated_timestamp: creation_timestamp,
    })
    const path = `webhooks/${webhook_id}`
    assert.deepEqual((await call(strict, 'GET', path)).json.webhook, webhook)
    assert.deepEqual((await call(strict, 'GET', 'webhooks')).json.webhooks, [webhook])
    const updated = await call(strict, 'PATCH', path, { status: 'DISABLED', name: 'other' })
    assert.deepEqual(
      [updated.json.webhook.status, updated.json.webhook.name, updated.json.webhook.url],
      ['DISABLED', 'other', content.url],
    )
    assert.equal((await call(strict, 'DELETE', path)).text, '{}')
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const gone = await call(strict, method, path, method === 'GET' ? undefined : {})
      assert.deepEqual([gone.status, gone.json.error_code], [404, 'RESOURCE_DOES_NOT_EXIST'])
    }
  })

  test('events come by name or by number', async () => {
    const numbers = [
      { entity: 2, action: 1 },
      { entity: 3, action: 4 },
      { entity: 10, action: 5 },
    ]
    const { json } = await call(strict, 'POST', 'webhooks', { ...content, events: numbers })
    assert.deepEqual(json.webhook.events, [
      { entity: 'MODEL_VERSION', action: 'CREATED' },
      { entity: 'MODEL_VERSION_TAG', action: 'SET' },
      { entity: 'BUDGET_POLICY', action: 'EXCEEDED' },
    ])
  })

  for (const bad of [
    { name: 'a b' },
    { name: '' },
    { url: '' },
    { url: 'x' },
    { url: 'http://example.org/' },
    { url: 'https://127.0.0.1/' },
    { url: 'https://[::1]/' },
    { url: 'https://2130706433/' },
    { url: 'https://localhost/' },
    { url: 'https://169.254.169.254/latest' },
    { url: 'https://a:b@example.org/' },
    { url: 'file:///etc/passwd' },
    { events: [] },
    { events: 'x' },
    { events: [{}] },
    { events: [{ entity: 'MODEL_VERSION' }] },
    { events: [{ entity: 'MODEL_VERSION', action: 'UPDATED' }] },
    { events: [{ entity: 'NOTHING', action: 'CREATED' }] },
    { events: [{ entity: 'constructor', action: 'CREATED' }] },
    { status: 'SLEEPING' },
    { secret: 7 },
  ]) {
    test(`a webhook with ${JSON.stringify(bad)} is refused`, async () => {
      assertRefused(await call(strict, 'POST', 'webhooks', { ...content, ...bad }))
    })
  }

  test('a change to a private target is refused', async () => {
    const { json } = await call(strict, 'POST', 'webhooks', content)
    const path = `webhooks/${json.webhook.webhook_id}`
    assertRefused(await call(strict, 'PATCH', path, { url: 'https://10.0.0.1/' }))
    assert.equal((await call(strict, 'GET', path)).json.webhook.url, content.url)
  })

  test('a test sends an example and tells the answer', async () => {
    await using receiver = await openReceiver((response, count) => {
      response.writeHead(count === 1 ? 202 : 500).end('thanks')
    })
    const { json } = await call(open, 'POST', 'webhooks', {
      ...content,
      url: receiver.url,
      secret: 's3cret',
    })
    const path = `webhooks/${json.webhook.webhook_id}/test`
    assert.deepEqual((await call(open, 'POST', path, {})).json.result, {
      success: true,
      response_status: 202,
      response_body: 'thanks',
    })
    const event = { entity: 'MODEL_VERSION_ALIAS', action: 'DELETED' }
    assert.deepEqual((await call(open, 'POST', path, { event })).json.result, {
      success: false,
      response_status: 500,
      response_body: 'thanks',
    })
    const [first, second] = receiver.received.map(({ body }) => JSON.parse(body))
    assert.equal(first.data.source, 'models:/123')
    assert.deepEqual(second.data, { name: 'example_model', alias: 'example_alias' })
    assert.match(String(receiver.received[0]?.headers['x-mlflow-signature']), /^v1,/)
  })

  test('a change over REST reaches the webhook while the server runs', async () => {
    await using receiver = await openReceiver()
    const aliases = [{ entity: 'MODEL_VERSION_ALIAS', action: 'CREATED' }]
    const { json } = await call(open, 'POST', 'webhooks', {
      name: 'deploy',
      url: receiver.url,
      events: aliases,
    })
    await call(open, 'POST', 'registered-models/create', { name: 'm' })
    await call(open, 'POST', 'model-versions/create', { name: 'm', source: 's3://bucket/model' })
    const alias = { name: 'm', alias: 'champion', version: '1' }
    await call(open, 'POST', 'registered-models/alias', alias)
    await receiver.waitFor(1)
    const { entity, action, data } = JSON.parse(receiver.received[0]!.body)
    assert.deepEqual([entity, action, data], ['model_version_alias', 'created', alias])
    await call(open, 'DELETE', `webhooks/${json.webhook.webhook_id}`)
  })

  test('a test of a target that cannot be reached says so, and is no fault of the server', async () => {
    const { json } = await call(open, 'POST', 'webhooks', {
      ...content,
      url: 'http://127.0.0.1:1/',
    })
    const { webhook_id } = json.webhook
    const { status, json: answer } = await call(open, 'POST', `webhooks/${webhook_id}/test`, {})
    assert.equal(status, 200)
    assert.equal(answer.result.success, false)
    assert.match(answer.result.error_message, /^Failed to test webhook: /)
  })
})
