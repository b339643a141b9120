import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createWebhookSender } from '../../src/tracking/webhooks/webhook-client.ts'
import { startWebhookDelivery } from '../../src/tracking/webhooks/webhook-delivery.ts'
import type { WebhookEvent } from '../../src/tracking/store/registry/registry-events.ts'
import { webhookEvents } from '../../src/tracking/store/registry/registry-events.ts'
import type { TrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { change, openRegistry, type OpenRegistry } from './open-registry.ts'
import { openTemporaryFolder } from './temporary-folder.ts'
import { openReceiver } from './webhook-receiver.ts'

const allEvents = Object.entries(webhookEvents).flatMap(([entity, actions]) =>
  actions.map((action) => ({ entity, action }) as WebhookEvent),
)

describe('events', () => {
  test('each change of the registry tells what MLflow tells', async () => {
    await using registry = await openRegistry()
    await addHook(registry, allEvents)
    const { store, runId } = registry
    const source = `runs:/${runId}/model`
    await store.createRegisteredModel({ name: 'm', description: 'd', tags: { a: '1' } }, change)
    await store.registerModelVersion({ name: 'm', source, runId, tags: { b: '2' } }, change)
    await store.setModelVersionTag('m', '1', 'k', 'v')
    await store.deleteModelVersionTag('m', '1', 'k')
    await store.setModelAlias('m', 'champion', { version: '1', ...change })
    await store.deleteModelAlias('m', 'champion', change)
    const version = { name: 'm', version: '1' }
    assert.deepEqual(await eventsOf(registry), [
      ['registered_model.created', { name: 'm', tags: { a: '1' }, description: 'd' }],
      [
        'model_version.created',
        { ...version, source, run_id: runId, tags: { b: '2' }, description: null },
      ],
      ['model_version_tag.set', { ...version, key: 'k', value: 'v' }],
      ['model_version_tag.deleted', { ...version, key: 'k' }],
      ['model_version_alias.created', { ...version, alias: 'champion' }],
      ['model_version_alias.deleted', { name: 'm', alias: 'champion' }],
    ])
  })

  test('prompts are told of as prompts', async () => {
    await using registry = await openRegistry()
    await addHook(registry, allEvents)
    const { store } = registry
    const prompt = { 'mlflow.prompt.is_prompt': 'true' }
    await store.createRegisteredModel({ name: 'p', tags: { ...prompt, a: '1' } }, change)
    const tags = { ...prompt, 'mlflow.prompt.text': 'Hello {{name}}', _mlflow_prompt_type: 'text' }
    await store.registerModelVersion({ name: 'p', source: 'dummy-source', tags }, change)
    await store.setRegisteredModelTag('p', 'k', 'v')
    await store.deleteRegisteredModelTag('p', 'k')
    await store.setModelVersionTag('p', '1', 'k', 'v')
    await store.deleteModelVersionTag('p', '1', 'k')
    await store.setModelAlias('p', 'best', { version: '1', ...change })
    await store.deleteModelAlias('p', 'best', change)
    const version = { name: 'p', version: '1' }
    assert.deepEqual(await eventsOf(registry), [
      ['prompt.created', { name: 'p', tags: { a: '1' }, description: '' }],
      [
        'prompt_version.created',
        { ...version, template: 'Hello {{name}}', tags: {}, description: null },
      ],
      ['prompt_tag.set', { name: 'p', key: 'k', value: 'v' }],
      ['prompt_tag.deleted', { name: 'p', key: 'k' }],
      ['prompt_version_tag.set', { ...version, key: 'k', value: 'v' }],
      ['prompt_version_tag.deleted', { ...version, key: 'k' }],
      ['prompt_alias.created', { ...version, alias: 'best' }],
      ['prompt_alias.deleted', { name: 'p', alias: 'best' }],
    ])
  })

  test('a webhook is told of what it asked for, and of nothing when it is disabled or gone', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    const versions = { entity: 'MODEL_VERSION', action: 'CREATED' } as const
    const hook = await addHook(registry, [versions, versions])
    assert.deepEqual(hook.events, [versions])
    await addVersion('m', ['champion'])
    assert.equal((await claim(store)).length, 1)
    await addVersion('m')
    await store.webhooks.updateWebhook(hook.webhookId, { status: 'DISABLED' }, 7)
    await addVersion('m')
    assert.deepEqual(await claim(store), [])
    await store.webhooks.updateWebhook(hook.webhookId, { status: 'ACTIVE' }, 8)
    await addVersion('m')
    assert.equal((await claim(store)).length, 1)
    await addVersion('m')
    assert.equal(await store.webhooks.countDeliveries(), 2)
    await store.webhooks.deleteWebhook(hook.webhookId)
    assert.deepEqual(await claim(store), [])
  })

  test('what did not happen is not told', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addHook(registry, allEvents)
    await assert.rejects(() => addVersion('m', ['not fine']))
    await assert.rejects(() => addVersion('a/b'))
    assert.deepEqual(await claim(store), [])
  })

  test('a delivery that is taken is nobody else’s until the lease ends; then it is the same one again', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addHook(registry, [{ entity: 'MODEL_VERSION', action: 'CREATED' }])
    await addVersion('m')
    const [first] = await claim(store, 5000)
    assert.deepEqual(await claim(store, 5999), [])
    const [second] = await claim(store, 6000)
    assert.equal(first?.attempt, 1)
    assert.deepEqual(second, { ...first, attempt: 2 })
    await store.webhooks.removeDelivery(second.deliveryId)
    assert.deepEqual(await claim(store, 9_000_000), [])
  })
})

test('each webhook gets one delivery at a time, in the order of the events', async () => {
  await using registry = await openRegistry()
  const { store, addVersion } = registry
  const events = [{ entity: 'MODEL_VERSION', action: 'CREATED' }] as const
  const { webhookId: first } = await addHook(registry, events)
  const { webhookId: second } = await addHook(registry, events)
  for (let i = 0; i < 3; i++) await addVersion('m')
  const both = await claim(store)
  assert.deepEqual(both.map(({ webhookId }) => webhookId).sort(), [first, second].sort())
  const busy = { now: 5000, leaseMs: 1000, most: 100, busyWebhookIds: [first] }
  const next = await store.webhooks.claimDeliveries(busy)
  assert.deepEqual(
    next.map(({ webhookId, payload }) => [webhookId, JSON.parse(payload).data.version]),
    [[second, '2']],
  )
})

describe('webhooks', () => {
  test('one is told as it is, without its secret, and changes in parts', async () => {
    await using registry = await openRegistry()
    const { webhooks } = registry.store
    const content = {
      name: 'my-hook.1',
      url: 'https://example.org/hook',
      events: [{ entity: 'PROMPT', action: 'CREATED' }],
      description: 'd',
      secret: 's3cret',
    } as const
    const hook = await webhooks.createWebhook(content, 5)
    const { secret, ...shown } = content
    const times = { creationTimestamp: 5, lastUpdatedTimestamp: 5 }
    const { webhookId } = hook
    assert.deepEqual(hook, { webhookId, ...shown, status: 'ACTIVE', ...times })
    assert.deepEqual(await webhooks.getWebhook(webhookId), hook)
    assert.equal(await webhooks.getSecret(webhookId), secret)
    const changed = await webhooks.updateWebhook(webhookId, { description: '' }, 6)
    assert.deepEqual(changed, { ...hook, description: '', lastUpdatedTimestamp: 6 })
    assert.equal(await webhooks.getSecret(webhookId), secret)
    await webhooks.updateWebhook(webhookId, { secret: '' }, 7)
    assert.equal(await webhooks.getSecret(webhookId), undefined)
  })

  test('all of them are listed page by page, newest first', async () => {
    await using registry = await openRegistry()
    const { webhooks } = registry.store
    for (let i = 1; i <= 5; i++) await addHook(registry, allEvents, { name: `h${i}`, time: i })
    const names: string[] = []
    for (let pageToken: string | undefined = ''; pageToken !== undefined;) {
      const page = await webhooks.listWebhooks({ maxResults: 2, pageToken })
      names.push(...page.items.map(({ name }) => name))
      pageToken = page.nextPageToken
    }
    assert.deepEqual(names, ['h5', 'h4', 'h3', 'h2', 'h1'])
    await assert.rejects(() => webhooks.listWebhooks({ maxResults: 2, pageToken: 'x' }), {
      code: 'TRACKING_INVALID',
    })
  })

  for (const bad of [
    ...['', ' ', '-a', 'a-', 'a b', 'a/b', 'ä', 'x'.repeat(64)].map((name) => ({ name })),
    ...['', 'x', '/hook', 'ftp://example.org/', 'file:///etc', 'javascript:alert(1)'].map(
      (url) => ({ url }),
    ),
    ...['https://', 'https://user:pw@example.org/', `https://x.org/${'x'.repeat(2000)}`].map(
      (url) => ({ url }),
    ),
    { events: [] },
    { description: 'x'.repeat(5001) },
    { secret: 'x'.repeat(1001) },
    { secret: '\0' },
  ]) {
    test(`a webhook with ${JSON.stringify(bad).slice(0, 60)} is refused, as a new one and as a change`, async () => {
      await using registry = await openRegistry()
      const { webhooks } = registry.store
      const hook = await addHook(registry, allEvents)
      const good = { name: 'a', url: 'https://example.org/', events: allEvents }
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(() => webhooks.createWebhook({ ...good, ...bad }, 5), refused)
      await assert.rejects(() => webhooks.updateWebhook(hook.webhookId, bad, 5), refused)
      assert.deepEqual((await webhooks.listWebhooks({ maxResults: 9 })).items, [hook])
    })
  }

  test('every call for one that is not there says so', async () => {
    await using registry = await openRegistry()
    const { webhooks } = registry.store
    const calls = [
      () => webhooks.getWebhook('x'),
      () => webhooks.updateWebhook('x', { name: 'a' }, 5),
      () => webhooks.deleteWebhook('x'),
      () => webhooks.getSecret('x'),
    ]
    for (const call of calls) {
      await assert.rejects(call, {
        code: 'TRACKING_NOT_FOUND',
        message: 'Webhook with ID x not found.',
      })
    }
  })
})

describe('delivery', () => {
  test('an event reaches its webhook, signed, and is told once', async () => {
    await using registry = await openRegistry()
    await using receiver = await openReceiver()
    const { store, addVersion } = registry
    await addHook(registry, allEvents, { url: receiver.url, secret: 's3cret' })
    {
      await using _delivery = startDelivery(store)
      await addVersion('m', ['champion'])
      await receiver.waitFor(3)
      await settle(store)
    }
    assert.deepEqual(receiver.received.map(({ body }) => JSON.parse(body).entity).sort(), [
      'model_version',
      'model_version_alias',
      'registered_model',
    ])
    for (const { headers } of receiver.received) {
      assert.match(String(headers['x-mlflow-signature']), /^v1,[\w+/]{43}=$/)
    }
  })

  test('a receiver that fails at first gets the same delivery again', async () => {
    await using registry = await openRegistry()
    await using receiver = await openReceiver((response, count) => {
      response.writeHead(count < 3 ? 503 : 200).end()
    })
    await addHook(registry, allEvents, { url: receiver.url })
    await registry.store.createRegisteredModel({ name: 'm' }, change)
    await using _delivery = startDelivery(registry.store)
    await receiver.waitFor(3)
    await settle(registry.store)
    assert.equal(receiver.received.length, 3)
    const ids = receiver.received.map(({ headers }) => headers['x-mlflow-delivery-id'])
    assert.equal(new Set(ids).size, 1)
  })

  test('what a receiver refuses is given up and said, without the address, which may be a secret', async () => {
    await using registry = await openRegistry()
    await using receiver = await openReceiver((response) => response.writeHead(410).end())
    const { webhookId } = await addHook(registry, allEvents, { url: `${receiver.url}?token=abc` })
    await registry.store.createRegisteredModel({ name: 'm' }, change)
    const failures: Error[] = []
    await using _delivery = startDelivery(registry.store, { failures })
    await receiver.waitFor(1)
    await settle(registry.store)
    assert.deepEqual(
      failures.map(({ message }) => message),
      [`webhook ${webhookId} was not reached: it answered 410`],
    )
  })

  test('a target that turned private is refused at once', async () => {
    await using registry = await openRegistry()
    await using receiver = await openReceiver()
    await addHook(registry, allEvents, { url: receiver.url })
    await registry.store.createRegisteredModel({ name: 'm' }, change)
    const failures: Error[] = []
    await using _delivery = startDelivery(registry.store, { failures, allowsPrivate: false })
    await settle(registry.store)
    assert.equal(receiver.received.length, 0)
    assert.equal(failures.length, 1)
  })

  test('many events arrive all, also while one receiver is silent', async () => {
    await using registry = await openRegistry()
    await using silent = await openReceiver(() => undefined)
    await using receiver = await openReceiver()
    const versions = [{ entity: 'MODEL_VERSION', action: 'CREATED' }] as const
    await addHook(registry, [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }], {
      url: silent.url,
    })
    await addHook(registry, versions, { url: receiver.url })
    for (let i = 0; i < 50; i++) await registry.addVersion('m')
    await using _delivery = startDelivery(registry.store)
    await receiver.waitFor(50)
    assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 50)
  })

  test('what is under way when the server stops is sent at the next start', async () => {
    await using registry = await openRegistry()
    await using receiver = await openReceiver((response, count) => {
      if (count > 1) response.end()
    })
    await addHook(registry, allEvents, { url: receiver.url })
    await registry.store.createRegisteredModel({ name: 'm' }, change)
    {
      await using _delivery = startDelivery(registry.store)
      await receiver.waitFor(1)
    }
    await using _delivery = startDelivery(registry.store)
    await receiver.waitFor(2)
    await settle(registry.store)
  })

  test('a sender that is killed under way loses nothing', async () => {
    await using folder = await openTemporaryFolder()
    await using receiver = await openReceiver((response, count) => {
      if (count > 1) response.end()
    })
    const script = fileURLToPath(new URL('./webhook-sender.ts', import.meta.url))
    const child = spawn(
      process.execPath,
      ['--conditions=mlpt-source', script, folder.path, receiver.url],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
    const exited = once(child, 'exit')
    await receiver.waitFor(1)
    child.kill('SIGKILL')
    await exited
    // The lease of the dead process has ended.
    const clock = (): number => Date.now() + 60_000
    await using store = await openTrackingStore({ directory: folder.path, clock })
    await using _delivery = startDelivery(store, { clock })
    await receiver.waitFor(2)
    await settle(store)
    const [first, second] = receiver.received
    assert.equal(second?.body, first?.body)
    assert.equal(second?.headers['x-mlflow-delivery-id'], first?.headers['x-mlflow-delivery-id'])
  })
})

function addHook(
  { store }: OpenRegistry,
  events: readonly WebhookEvent[],
  options: { name?: string; url?: string; secret?: string; time?: number } = {},
): ReturnType<TrackingStore['webhooks']['createWebhook']> {
  const { name = 'hook', url = 'https://example.org/', secret, time = 1 } = options
  return store.webhooks.createWebhook({ name, url, events, secret }, time)
}

function claim(
  store: TrackingStore,
  now = 5000,
): ReturnType<TrackingStore['webhooks']['claimDeliveries']> {
  return store.webhooks.claimDeliveries({ now, leaseMs: 1000, most: 100, busyWebhookIds: [] })
}

async function eventsOf({ store }: OpenRegistry): Promise<readonly unknown[]> {
  const payloads: string[] = []
  for (let due = await claim(store); due.length > 0; due = await claim(store)) {
    payloads.push(...due.map(({ payload }) => payload))
  }
  return payloads.map((payload) => {
    const { entity, action, timestamp, data } = JSON.parse(payload)
    assert.match(timestamp, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+00:00$/)
    return [`${entity}.${action}`, data]
  })
}

/** Its clock runs a thousand times as fast, so that waits between attempts are short. */
function startDelivery(
  { webhooks }: TrackingStore,
  options: { failures?: Error[]; allowsPrivate?: boolean; clock?: () => number } = {},
): AsyncDisposable {
  const start = Date.now()
  const { clock = () => start + (Date.now() - start) * 1000, failures = [] } = options
  const allowsPrivateTargets = options.allowsPrivate ?? true
  return startWebhookDelivery({
    webhooks,
    sender: createWebhookSender({ clock, allowsPrivateTargets }),
    clock,
    pollMs: 5,
    onFailure: (error) => failures.push(error),
  })
}

/** Once nothing is queued any more. */
async function settle(store: TrackingStore): Promise<void> {
  while ((await store.webhooks.countDeliveries()) > 0) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
