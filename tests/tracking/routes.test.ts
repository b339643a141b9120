import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openServedRuns, type ServedRuns } from './serve-credit-runs.ts'
import { ask, post, type Answer } from './serve-store.ts'

const api = '/api/2.0/mlflow'
let served: ServedRuns

before(async () => {
  served = await openServedRuns()
})
after(() => served[Symbol.asyncDispose]())

describe('reading over REST', () => {
  for (const base of ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow']) {
    test(`${base} answers with MLflow's shapes`, async () => {
      const { status, json } = await ask(served.address, `${base}/runs/get?run_id=${served.second}`)
      assert.equal(status, 200)
      assert.deepEqual(json.run.info, {
        run_id: served.second,
        run_uuid: served.second,
        run_name: 'second',
        experiment_id: '1',
        user_id: 'ada',
        status: 'FINISHED',
        start_time: 2,
        end_time: 12,
        artifact_uri: `mlflow-artifacts:/1/${served.second}/artifacts`,
        lifecycle_stage: 'active',
      })
      assert.deepEqual(json.run.data.metrics, [
        { key: 'loss', value: 0.25, timestamp: 7, step: 0 },
        { key: 'odd', value: 'Infinity', timestamp: 7, step: 0 },
      ])
      assert.deepEqual(json.run.data.params, [{ key: 'model', value: 'boosting' }])
    })
  }

  test('run_uuid and camel case are understood, both forms at once are refused', async () => {
    assert.equal((await get(`runs/get?run_uuid=${served.first}`)).status, 200)
    assert.equal((await get(`runs/get?runId=${served.first}`)).status, 200)
    const both = await get(`runs/get?runId=${served.first}&run_id=${served.first}`)
    assert.equal(both.json.error_code, 'INVALID_PARAMETER_VALUE')
  })

  test('experiments are searched by GET and POST, got by id and by name', async () => {
    for (const answer of [
      await get('experiments/search?max_results=10'),
      await post(served.address, `${api}/experiments/search`, { max_results: '10' }),
    ]) {
      assert.deepEqual(
        answer.json.experiments.map(({ name }: { name: string }) => name),
        ['credit', 'Default'],
      )
    }
    assert.equal((await get('experiments/get?experiment_id=1')).json.experiment.name, 'credit')
    assert.equal(
      (await get('experiments/get-by-name?experiment_name=credit')).json.experiment.experiment_id,
      '1',
    )
  })

  test('runs come newest first, and in the order and choice that is asked for', async () => {
    assert.deepEqual(await names({}), ['fourth', 'third', 'second', 'first'])
    // Numbers first, then NaN, then runs without the metric: in both directions.
    assert.deepEqual(await names({ order_by: ['metrics.loss'] }), [
      'second',
      'first',
      'third',
      'fourth',
    ])
    assert.deepEqual(await names({ order_by: ['metrics.loss DESC'] }), [
      'first',
      'second',
      'third',
      'fourth',
    ])
    assert.deepEqual(await names({ order_by: ['params.model DESC', 'start_time ASC'] }), [
      'first',
      'second',
      'third',
      'fourth',
    ])
    assert.deepEqual(await names({ filter: 'metrics.loss < 0.4' }), ['second'])
    assert.deepEqual(await names({ filter: 'metrics.loss != 0.5' }), ['third', 'second'])
    assert.deepEqual(
      await names({
        filter: "params.model = 'linear' AND tags.note = 'first' AND status = 'FINISHED'",
      }),
      ['first'],
    )
    assert.deepEqual(await names({ filter: "params.model != 'linear'" }), ['second'])
    assert.deepEqual(await names({ filter: 'attributes.start_time >= 3', run_view_type: 1 }), [
      'fourth',
      'third',
    ])
    assert.deepEqual(await names({ run_view_type: 'DELETED_ONLY' }), [])
    assert.deepEqual(await names({ experiment_ids: ['77'] }), [])
    assert.deepEqual(await names({ experiment_ids: [] }), [])
  })

  test('pages join to the whole list, and the last has no token', async () => {
    const found: string[] = []
    let token: string | undefined
    do {
      const body = { experiment_ids: ['1'], max_results: 3, page_token: token }
      const { json } = await post(served.address, `${api}/runs/search`, body)
      found.push(...json.runs.map((run: { info: { run_name: string } }) => run.info.run_name))
      token = json.next_page_token
    } while (token !== undefined)
    assert.deepEqual(found, ['fourth', 'third', 'second', 'first'])
  })

  test('a metric has its history; an unknown run or key has none', async () => {
    const { json } = await get(`metrics/get-history?run_id=${served.first}&metric_key=loss`)
    assert.deepEqual(json.metrics, [{ key: 'loss', value: 0.5, timestamp: 7, step: 0 }])
    assert.deepEqual((await get(`metrics/get-history?run_id=nope&metric_key=loss`)).json, {})
  })

  test('artifacts are listed by run and by path, and sent as attachments without rights', async () => {
    const list = await get(`artifacts/list?run_id=${served.first}&path=model`)
    assert.deepEqual(list.json, {
      root_uri: `mlflow-artifacts:/1/${served.first}/artifacts`,
      files: [
        { path: 'model/MLmodel', is_dir: false, file_size: 2 },
        { path: 'model/sub', is_dir: true },
      ],
    })
    const root = `/api/2.0/mlflow-artifacts/artifacts`
    const proxy = await ask(served.address, `${root}?path=1/${served.first}/artifacts/model/sub`)
    assert.deepEqual(proxy.json, { files: [{ path: 'ü %41.txt', is_dir: false, file_size: 4 }] })
    const file = await ask(
      served.address,
      `${root}/1/${served.first}/artifacts/model/sub/%C3%BC%20%2541.txt`,
    )
    assert.equal(file.text, 'text')
    assert.equal(
      file.headers['content-disposition'],
      `attachment; filename="_ _41.txt"; filename*=UTF-8''%C3%BC%20%2541.txt`,
    )
    assert.equal(file.headers['content-security-policy'], `sandbox; default-src 'none'`)
    assert.equal(file.headers['x-content-type-options'], 'nosniff')
  })

  test('models, versions, aliases and their history are read', async () => {
    const version = (await get('registered-models/alias?name=credit&alias=champion')).json
      .model_version
    assert.deepEqual(version, {
      name: 'credit',
      version: '1',
      creation_timestamp: 5,
      last_updated_timestamp: 5,
      current_stage: 'None',
      description: 'about',
      source: `mlflow-artifacts:/1/${served.first}/artifacts/model`,
      run_id: served.first,
      run_link: '',
      status: 'READY',
      tags: [{ key: 'data', value: 'abc' }],
      aliases: ['champion'],
    })
    const promptFilter = encodeURIComponent("tag.`mlflow.prompt.is_prompt` != 'true'")
    const models = (await get(`registered-models/search?filter=${promptFilter}`)).json
      .registered_models
    assert.deepEqual(models[0].aliases, [{ alias: 'champion', version: '1' }])
    const { aliases: known, ...listed } = version
    assert.deepEqual(known, ['champion'])
    assert.deepEqual(models[0].latest_versions, [listed])
    assert.deepEqual(
      (await get(`model-versions/search?filter=name='credit'`.replaceAll("'", '%27'))).json
        .model_versions,
      [listed],
    )
    assert.deepEqual(
      (await get('model-versions/get?name=credit&version=1')).json.model_version,
      version,
    )
    assert.equal(
      (await get('model-versions/get-download-uri?name=credit&version=1')).json.artifact_uri,
      version.source,
    )
    assert.deepEqual(
      (
        await post(served.address, `${api}/registered-models/get-latest-versions`, {
          name: 'credit',
        })
      ).json.model_versions,
      [version],
    )
    assert.deepEqual(
      (await get('registered-models/get-latest-versions?name=credit&stages=Production')).json
        .model_versions,
      undefined,
    )
    assert.equal(
      (await get('registered-models/audit?name=credit')).json.entries[1].reason,
      'passed',
    )
  })

  test('health and version answer in plain text, the version below the one that makes clients send traces', async () => {
    assert.equal((await ask(served.address, '/health')).text, 'OK')
    const [major, minor] = (await ask(served.address, '/version')).text.split('.').map(Number)
    assert.ok(major === 3 && minor! < 4)
  })
})

function get(path: string): Promise<Answer> {
  return ask(served.address, `${api}/${path}`)
}

async function names(body: object): Promise<string[]> {
  const { json } = await post(served.address, `${api}/runs/search`, {
    experiment_ids: ['1'],
    ...body,
  })
  return (json.runs ?? []).map((run: { info: { run_name: string } }) => run.info.run_name)
}
