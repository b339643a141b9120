import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  ask,
  assertRefused,
  call,
  openServedStore,
  type Answer,
  type ServedStore,
} from './serve-store.ts'

let served: ServedStore
let names = 0
/** A model that no other test uses. */
let name: string

before(async () => {
  served = await openServedStore()
})
beforeEach(() => {
  name = `m${names++}`
})
after(async () => {
  assert.deepEqual(served.failures, [])
  await served[Symbol.asyncDispose]()
})

describe('registered models over REST', () => {
  test('a model is created, told in MLflow’s shape, changed and deleted', async () => {
    const created = await call(served, 'POST', 'registered-models/create', {
      name,
      description: 'd',
      tags: [{ key: 'k', value: 'v' }],
    })
    assert.equal(created.status, 200)
    const model = created.json.registered_model
    const { creation_timestamp } = model
    assert.ok(Math.abs(creation_timestamp - Date.now()) < 60_000)
    assert.deepEqual(model, {
      name,
      creation_timestamp,
      last_updated_timestamp: creation_timestamp,
      description: 'd',
      tags: [{ key: 'k', value: 'v' }],
    })
    assert.deepEqual((await get('registered-models/get', { name })).json.registered_model, model)
    const updated = await call(served, 'PATCH', 'registered-models/update', {
      name,
      description: 'e',
    })
    assert.equal(updated.json.registered_model.description, 'e')
    const kept = await call(served, 'PATCH', 'registered-models/update', { name })
    assert.equal(kept.json.registered_model.description, 'e')
    const renamed = await call(served, 'POST', 'registered-models/rename', {
      name,
      new_name: `${name}x`,
    })
    assert.equal(renamed.json.registered_model.name, `${name}x`)
    const removed = await call(served, 'DELETE', 'registered-models/delete', { name: `${name}x` })
    assert.deepEqual([removed.status, removed.text], [200, '{}'])
    assertError(
      await call(served, 'DELETE', 'registered-models/delete', { name: `${name}x` }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      `Registered Model with name=${name}x not found`,
    )
  })

  test('a taken name is RESOURCE_ALREADY_EXISTS', async () => {
    await createModel()
    assertError(
      await call(served, 'POST', 'registered-models/create', { name }),
      400,
      'RESOURCE_ALREADY_EXISTS',
      `Registered Model (name=${name}) already exists.`,
    )
  })

  test('tags are set and deleted', async () => {
    await createModel()
    const tag = { name, key: 'k', value: '' }
    assert.equal((await call(served, 'POST', 'registered-models/set-tag', tag)).text, '{}')
    const tagged = (await get('registered-models/get', { name })).json.registered_model
    assert.deepEqual(tagged.tags, [{ key: 'k', value: '' }])
    for (let i = 0; i < 2; i++) {
      assert.equal((await call(served, 'DELETE', 'registered-models/delete-tag', tag)).status, 200)
    }
    const plain = (await get('registered-models/get', { name })).json.registered_model
    assert.equal(plain.tags, undefined)
  })

  test('an alias is set, found, moved and deleted; an unknown one is an invalid parameter', async () => {
    await createModel()
    await createVersion()
    await createVersion()
    const alias = { name, alias: 'champion' }
    await call(served, 'POST', 'registered-models/alias', { ...alias, version: '1' })
    await call(served, 'POST', 'registered-models/alias', { ...alias, version: '2' })
    const found = (await get('registered-models/alias', alias)).json.model_version
    assert.deepEqual([found.version, found.aliases], ['2', ['champion']])
    const model = (await get('registered-models/get', { name })).json.registered_model
    assert.deepEqual(model.aliases, [{ alias: 'champion', version: '2' }])
    for (let i = 0; i < 2; i++) {
      assert.equal((await call(served, 'DELETE', 'registered-models/alias', alias)).text, '{}')
    }
    assertError(
      await get('registered-models/alias', alias),
      400,
      'INVALID_PARAMETER_VALUE',
      'Registered model alias champion not found.',
    )
    assertError(
      await get('registered-models/alias', { name, alias: '1' }),
      400,
      'INVALID_PARAMETER_VALUE',
      'Registered model alias 1 not found.',
    )
  })

  test('the latest versions are asked for by GET and POST, stages in any case', async () => {
    await createModel()
    await createVersion()
    await createVersion()
    await call(served, 'POST', 'model-versions/transition-stage', {
      name,
      version: '1',
      stage: 'production',
      archive_existing_versions: true,
    })
    const path = 'registered-models/get-latest-versions'
    const versions = (answer: Answer): unknown =>
      answer.json.model_versions.map((version: Record<string, unknown>) => [
        version['version'],
        version['current_stage'],
      ])
    const both = [
      ['1', 'Production'],
      ['2', 'None'],
    ]
    assert.deepEqual(versions(await get(path, { name })), both)
    assert.deepEqual(versions(await call(served, 'POST', path, { name })), both)
    assert.deepEqual(versions(await call(served, 'POST', path, { name, stages: ['PRODUCTION'] })), [
      ['1', 'Production'],
    ])
    assert.deepEqual(versions(await get(`${path}?stages=none&stages=staging`, { name })), [
      ['2', 'None'],
    ])
    assertError(await get(path, { name, stages: 'x' }), 400, 'INVALID_PARAMETER_VALUE', /stage: x/)
  })

  test('the audit log tells the reason that came with a change', async () => {
    await createModel()
    await createVersion()
    await call(served, 'POST', 'registered-models/alias', {
      name,
      alias: 'champion',
      version: '1',
      reason: 'it is better',
    })
    const { entries } = (await get('registered-models/audit', { name })).json
    assert.deepEqual(
      entries.map((entry: Record<string, unknown>) => [entry['action'], entry['reason']]),
      [
        ['model-created', ''],
        ['version-created', ''],
        ['alias-moved', 'it is better'],
      ],
    )
    await call(served, 'DELETE', 'registered-models/delete', { name })
    assert.equal((await get('registered-models/audit', { name })).json.entries.length, 4)
  })

  test('pages follow each other, and sizes out of bounds are refused', async () => {
    for (let i = 0; i < 3; i++) {
      await call(served, 'POST', 'registered-models/create', { name: `${name}-page-${i}` })
    }
    const filter = `name LIKE '${name}-page-%'`
    const search = 'registered-models/search'
    const first = (await get(search, { filter, max_results: '2' })).json
    assert.equal(first.registered_models.length, 2)
    const rest = (
      await get(search, { filter, max_results: '2', page_token: first.next_page_token })
    ).json
    assert.equal(rest.registered_models.length, 1)
    assert.equal(rest.next_page_token, undefined)
    for (const max_results of ['0', '-1', '1001', '1.5', 'x']) {
      const answer = await get(search, { max_results })
      assertError(answer, 400, 'INVALID_PARAMETER_VALUE', /max_results/)
    }
    const answer = await get(search, { page_token: 'x' })
    assertError(answer, 400, 'INVALID_PARAMETER_VALUE', /Invalid page token/)
  })
})

describe('model versions over REST', () => {
  test('a version is created, told in MLflow’s shape, changed and deleted', async () => {
    await createModel()
    const run_id = 'a'.repeat(32)
    const source = `runs:/${run_id}/model`
    const created = await call(served, 'POST', 'model-versions/create', {
      name,
      source,
      run_id,
      run_link: 'http://x',
      description: 'd',
      tags: [{ key: 'k', value: 'v' }],
    })
    const version = created.json.model_version
    const { creation_timestamp } = version
    assert.deepEqual(version, {
      name,
      version: '1',
      creation_timestamp,
      last_updated_timestamp: creation_timestamp,
      current_stage: 'None',
      description: 'd',
      source,
      run_id,
      status: 'READY',
      tags: [{ key: 'k', value: 'v' }],
      run_link: 'http://x',
    })
    const id = { name, version: '1' }
    assert.deepEqual((await get('model-versions/get', id)).json.model_version, version)
    assert.deepEqual((await get('model-versions/get-download-uri', id)).json, {
      artifact_uri: source,
    })
    const updated = await call(served, 'PATCH', 'model-versions/update', {
      ...id,
      description: 'e',
    })
    assert.equal(updated.json.model_version.description, 'e')
    const kept = await call(served, 'PATCH', 'model-versions/update', id)
    assert.equal(kept.json.model_version.description, 'e')
    await call(served, 'POST', 'model-versions/set-tag', { ...id, key: 'k', value: 'w' })
    const tagged = (await get('model-versions/get', id)).json.model_version
    assert.deepEqual(tagged.tags, [{ key: 'k', value: 'w' }])
    await call(served, 'DELETE', 'model-versions/delete-tag', { ...id, key: 'k' })
    assert.equal((await get('model-versions/get', id)).json.model_version.tags, undefined)
    assert.equal((await call(served, 'DELETE', 'model-versions/delete', id)).text, '{}')
    assertError(
      await get('model-versions/get', id),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      `Model Version (name=${name}, version=1) not found`,
    )
  })

  test('versions of a model are found', async () => {
    await createModel()
    for (let i = 0; i < 3; i++) await createVersion()
    const { json } = await get('model-versions/search', {
      filter: `name = '${name}'`,
      order_by: 'version_number ASC',
      max_results: '2',
    })
    assert.deepEqual(
      json.model_versions.map((version: { version: string }) => version.version),
      ['1', '2'],
    )
    assert.ok(json.next_page_token)
  })

  test('an empty order is refused for what it is, as in searches for runs', async () => {
    for (const path of ['registered-models/search', 'model-versions/search']) {
      const answer = await get(path, { order_by: '' })
      assertError(answer, 400, 'INVALID_PARAMETER_VALUE', /^Invalid order_by clause ''/)
    }
  })

  for (const [stage, archive, message] of [
    ['x', false, /Invalid Model Version stage: x/],
    ['', false, /Missing value for required parameter 'stage'/],
    ['None', true, /is not an Active stage/],
    ['Archived', true, /is not an Active stage/],
    ['Staging', 'maybe', /archive_existing_versions/],
  ] as const) {
    test(`the stage '${stage}', archiving ${archive}, is refused`, async () => {
      await createModel()
      await createVersion()
      const move = { name, version: '1', stage, archive_existing_versions: archive }
      const answer = await call(served, 'POST', 'model-versions/transition-stage', move)
      assertError(answer, 400, 'INVALID_PARAMETER_VALUE', message)
    })
  }

  for (const version of [1, '1.0', 'x', '', null, ['1']]) {
    test(`the version ${JSON.stringify(version)} is refused`, async () => {
      await createModel()
      await createVersion()
      const body = { name, version, key: 'k', value: 'v', stage: 'Staging' }
      for (const [method, path] of [
        ['PATCH', 'model-versions/update'],
        ['POST', 'model-versions/transition-stage'],
        ['DELETE', 'model-versions/delete'],
        ['POST', 'model-versions/set-tag'],
        ['DELETE', 'model-versions/delete-tag'],
      ] as const) {
        assertError(
          await call(served, method, path, body),
          400,
          'INVALID_PARAMETER_VALUE',
          /version/,
        )
      }
    })
  }
})

describe('what is missing is named', () => {
  for (const [method, path, fields] of [
    ['POST', 'registered-models/create', ['name']],
    ['POST', 'registered-models/rename', ['name', 'new_name']],
    ['PATCH', 'registered-models/update', ['name']],
    ['DELETE', 'registered-models/delete', ['name']],
    ['GET', 'registered-models/get', ['name']],
    ['GET', 'registered-models/get-latest-versions', ['name']],
    ['POST', 'registered-models/set-tag', ['name', 'key']],
    ['DELETE', 'registered-models/delete-tag', ['name', 'key']],
    ['POST', 'registered-models/alias', ['name', 'alias', 'version']],
    ['DELETE', 'registered-models/alias', ['name', 'alias']],
    ['GET', 'registered-models/alias', ['name', 'alias']],
    ['GET', 'registered-models/audit', ['name']],
    ['POST', 'model-versions/create', ['name', 'source']],
    ['PATCH', 'model-versions/update', ['name', 'version']],
    ['POST', 'model-versions/transition-stage', ['name', 'version', 'stage']],
    ['DELETE', 'model-versions/delete', ['name', 'version']],
    ['GET', 'model-versions/get', ['name', 'version']],
    ['GET', 'model-versions/get-download-uri', ['name', 'version']],
    ['POST', 'model-versions/set-tag', ['name', 'version', 'key']],
    ['DELETE', 'model-versions/delete-tag', ['name', 'version', 'key']],
    ['POST', 'logged-models', ['experiment_id']],
    ['POST', 'logged-models/search', ['experiment_ids']],
    ['POST', 'webhooks', ['name', 'url', 'events']],
  ] as const) {
    for (const field of fields) {
      test(`${method} ${path} without ${field}`, async () => {
        const message: Record<string, unknown> = Object.fromEntries(
          fields.filter((other) => other !== field).map((other) => [other, '1']),
        )
        if (path === 'webhooks' && field !== 'events') {
          message['events'] = [{ entity: 'PROMPT', action: 'CREATED' }]
        }
        const answer =
          method === 'GET'
            ? await get(path, message as Record<string, string>)
            : await call(served, method, path, message)
        const text = `Missing value for required parameter '${field}'. See the API docs for more information about request parameters.`
        assertError(answer, 400, 'INVALID_PARAMETER_VALUE', text)
      })
    }
  }
})

function createModel(): Promise<Answer> {
  return call(served, 'POST', 'registered-models/create', { name })
}

function createVersion(): Promise<Answer> {
  return call(served, 'POST', 'model-versions/create', { name, source: 's3://bucket/model' })
}

function get(path: string, query: Readonly<Record<string, string>>): Promise<Answer> {
  const joint = path.includes('?') ? '&' : '?'
  return ask(served.address, `/api/2.0/mlflow/${path}${joint}${new URLSearchParams(query)}`)
}

function assertError(answer: Answer, status: number, code: string, message: string | RegExp): void {
  assertRefused(answer, status, code)
  if (typeof message === 'string') assert.equal(answer.json.message, message)
  else assert.match(answer.json.message, message)
}
