import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assertRefused, call, openServedStore, type ServedStore } from './serve-store.ts'

let served: ServedStore

before(async () => {
  served = await openServedStore()
})
after(async () => {
  assert.deepEqual(served.failures, [])
  await served[Symbol.asyncDispose]()
})

describe('logged models over REST', () => {
  test('one is created, told in MLflow’s shape, finished and deleted', async () => {
    const created = await call(served, 'POST', 'logged-models', {
      experiment_id: '0',
      name: 'boosting',
      model_type: 'onnx',
      source_run_id: 'a'.repeat(32),
      params: [{ key: 'depth', value: '4' }],
      tags: [{ key: 'k', value: 'v' }],
    })
    const { model } = created.json
    const { model_id, creation_timestamp_ms } = model.info
    assert.deepEqual(model, {
      info: {
        model_id,
        experiment_id: '0',
        name: 'boosting',
        creation_timestamp_ms,
        last_updated_timestamp_ms: creation_timestamp_ms,
        artifact_uri: `mlflow-artifacts:/0/models/${model_id}/artifacts`,
        status: 'LOGGED_MODEL_PENDING',
        model_type: 'onnx',
        source_run_id: 'a'.repeat(32),
        tags: [{ key: 'k', value: 'v' }],
      },
      data: { params: [{ key: 'depth', value: '4' }] },
    })
    const path = `logged-models/${model_id}`
    assert.deepEqual((await call(served, 'GET', path)).json.model, model)
    for (const status of ['LOGGED_MODEL_READY', 3]) {
      const finished = await call(served, 'PATCH', path, { model_id, status })
      const expected = status === 3 ? 'LOGGED_MODEL_UPLOAD_FAILED' : status
      assert.equal(finished.json.model.info.status, expected)
    }
    for (let i = 0; i < 2; i++) assert.equal((await call(served, 'DELETE', path)).text, '{}')
    const gone = await call(served, 'GET', path)
    assert.deepEqual([gone.status, gone.json.error_code], [404, 'RESOURCE_DOES_NOT_EXIST'])
    assert.equal((await call(served, 'GET', `${path}?allow_deleted=true`)).status, 200)
  })

  for (const status of [undefined, '', 'READY', 'LOGGED_MODEL_STATUS_UNSPECIFIED', 0, 4, true]) {
    test(`the status ${JSON.stringify(status)} is refused`, async () => {
      const path = `logged-models/${await create()}`
      assertRefused(await call(served, 'PATCH', path, { status }))
      assert.equal((await call(served, 'GET', path)).json.model.info.status, 'LOGGED_MODEL_PENDING')
    })
  }

  test('tags and params are added, a tag deleted by its name in the path', async () => {
    const model_id = await create()
    const path = `logged-models/${model_id}`
    const tags = [
      { key: 'a/b c', value: '1' },
      { key: 'plain', value: '2' },
    ]
    assert.equal((await call(served, 'PATCH', `${path}/tags`, { tags })).text, '{}')
    assert.deepEqual((await call(served, 'GET', path)).json.model.info.tags, tags)
    assert.equal(
      (await call(served, 'DELETE', `${path}/tags/${encodeURIComponent('a/b c')}`)).text,
      '{}',
    )
    assert.equal((await call(served, 'DELETE', `${path}/tags/none`)).status, 404)
    const params = [{ key: 'p', value: '1' }]
    for (let i = 0; i < 2; i++) {
      assert.equal((await call(served, 'POST', `${path}/params`, { model_id, params })).text, '{}')
    }
    assertRefused(
      await call(served, 'POST', `${path}/params`, {
        model_id,
        params: [{ key: 'p', value: '2' }],
      }),
    )
    const { model } = (await call(served, 'GET', path)).json
    assert.deepEqual(model.info.tags, [{ key: 'plain', value: '2' }])
    assert.deepEqual(model.data.params, params)
  })

  test('its files are listed below its root, as they were stored', async () => {
    const model_id = await create()
    const owner = { modelId: model_id }
    await served.store.writeArtifact(owner, 'MLmodel', Buffer.from('{}'))
    await served.store.writeArtifact(owner, 'data/model.onnx', Buffer.from('12345'))
    const path = `logged-models/${model_id}/artifacts/directories`
    const root = (await call(served, 'GET', path)).json
    assert.equal(root.root_uri, `mlflow-artifacts:/0/models/${model_id}/artifacts`)
    assert.deepEqual(root.files, [
      { path: 'MLmodel', is_dir: false, file_size: 2 },
      { path: 'data', is_dir: true },
    ])
    const folder = (await call(served, 'GET', `${path}?artifact_directory_path=data`)).json
    assert.deepEqual(folder.files, [{ path: 'data/model.onnx', is_dir: false, file_size: 5 }])
    for (const outside of ['..', '../..', '/etc', '%2e%2e', 'data/../..']) {
      const answer = await call(served, 'GET', `${path}?artifact_directory_path=${outside}`)
      assert.equal(answer.status, 400, outside)
    }
  })

  test('they are found page by page, in the order that is asked for', async () => {
    const experiment = await served.store.createExperiment({ name: 'searched' })
    const experiment_ids = [experiment]
    for (const name of ['b', 'a', 'c']) {
      await call(served, 'POST', 'logged-models', { experiment_id: experiment, name })
    }
    const search = async (body: object): Promise<{ names: string[]; next: string | undefined }> => {
      const { json } = await call(served, 'POST', 'logged-models/search', {
        experiment_ids,
        ...body,
      })
      const models: readonly { info: { name: string } }[] = json.models ?? []
      const names = models.map(({ info }) => info.name)
      return { names, next: json.next_page_token }
    }
    const order_by = [{ field_name: 'name' }]
    const first = await search({ order_by, max_results: 2 })
    assert.deepEqual(first.names, ['a', 'b'])
    const rest = await search({ order_by, max_results: 2, page_token: first.next })
    assert.deepEqual(rest, { names: ['c'], next: undefined })
    const down = await search({ order_by: [{ field_name: 'name', ascending: false }] })
    assert.deepEqual(down.names, ['c', 'b', 'a'])
    assert.equal((await search({ max_results: 0 })).names.length, 3)
    assert.deepEqual((await search({ filter: `name = 'a'` })).names, ['a'])
    assert.deepEqual((await search({ experiment_ids: [] })).names, [])
  })

  for (const bad of [
    { experiment_ids: null },
    { experiment_ids: ['x'] },
    { experiment_ids: [1] },
    { max_results: -1 },
    { max_results: 1.5 },
    { max_results: 10_001 },
    { page_token: 'x' },
    { filter: 'name' },
    { filter: `unknown = 'a'` },
    { order_by: ['name'] },
    { order_by: [{}] },
    { order_by: [{ field_name: 'unknown' }] },
    { datasets: [{}] },
  ]) {
    test(`a search with ${JSON.stringify(bad)} is refused`, async () => {
      const body = { experiment_ids: ['0'], ...bad }
      assertRefused(await call(served, 'POST', 'logged-models/search', body))
    })
  }
})

async function create(): Promise<string> {
  const { json } = await call(served, 'POST', 'logged-models', { experiment_id: '0' })
  return json.model.info.model_id
}
