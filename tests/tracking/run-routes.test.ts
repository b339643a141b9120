import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingRunId, startRunIn } from './open-store.ts'
import { ask, openServedStore, post, type Answer, type ServedStore } from './serve-store.ts'

const api = '/api/2.0/mlflow'

test('a run goes through its life, under either name of its id', async () => {
  await using served = await openServedStore()
  const created = await send(served, 'runs/create', {
    experiment_id: '0',
    user_id: 'ada',
    run_name: 'r',
    start_time: '17',
    tags: [{ key: 'k', value: 'v' }],
  })
  const { run } = created.json
  const runId: string = run.info.run_id
  assert.deepEqual(run, {
    info: {
      run_id: runId,
      run_uuid: runId,
      run_name: 'r',
      experiment_id: '0',
      user_id: 'ada',
      status: 'RUNNING',
      start_time: 17,
      artifact_uri: `mlflow-artifacts:/0/${runId}/artifacts`,
      lifecycle_stage: 'active',
    },
    data: {
      tags: [
        { key: 'k', value: 'v' },
        { key: 'mlflow.runName', value: 'r' },
      ],
    },
    inputs: {},
  })
  const updated = await send(served, 'runs/update', {
    run_uuid: runId,
    status: 3,
    end_time: 99.0,
    run_name: 's',
  })
  const info = { ...run.info, status: 'FINISHED', end_time: 99, run_name: 's' }
  assert.deepEqual(updated.json, { run_info: info })
  assert.deepEqual((await send(served, 'runs/delete', { run_id: runId })).json, {})
  const deleted = await ask(served.address, `${api}/runs/get?run_uuid=${runId}`)
  assert.deepEqual(deleted.json.run.info, { ...info, lifecycle_stage: 'deleted' })
  assert.deepEqual((await send(served, 'runs/restore', { run_id: runId })).json, {})
  assert.deepEqual((await getRun(served, runId)).info, info)
})

test('a run without name gets one, and without time the time 0', async () => {
  await using served = await openServedStore()
  const { json } = await send(served, 'runs/create', { experiment_id: '0' })
  assert.match(json.run.info.run_name, /^[a-z]+-[a-z]+-\d+$/)
  assert.equal(json.run.info.start_time, 0)
})

test('metrics, params and tags come back as they were sent, NaN and infinities as texts', async () => {
  await using served = await openServedStore()
  const runId = await startRunIn(served.store)
  const values = [
    ['a', 1.5, 1.5],
    ['b', '2.5', 2.5],
    ['c', true, 1],
    ['d', 'NaN', 'NaN'],
    ['e', 'Infinity', 'Infinity'],
    ['f', '-Infinity', '-Infinity'],
    ['g', 1e308, 1e308],
    ['h', 5e-324, 5e-324],
  ] as const
  for (const [key, value] of values) {
    const body = { run_id: runId, key, value, timestamp: '1700000000000', step: 2.0 }
    assert.deepEqual((await send(served, 'runs/log-metric', body)).json, {})
  }
  await send(served, 'runs/log-parameter', { run_id: runId, key: 'p' })
  await send(served, 'runs/set-tag', { run_id: runId, key: 't', value: '1' })
  await send(served, 'runs/delete-tag', { run_id: runId, key: 'mlflow.runName' })
  assert.deepEqual((await getRun(served, runId)).data, {
    metrics: values.map(([key, , value]) => ({
      key,
      value,
      timestamp: 1_700_000_000_000,
      step: 2,
    })),
    params: [{ key: 'p', value: '' }],
    tags: [{ key: 't', value: '1' }],
  })
})

test('a full batch is taken at once, and again', async () => {
  await using served = await openServedStore()
  const runId = await startRunIn(served.store)
  const batch = {
    run_id: runId,
    metrics: Array.from({ length: 800 }, (_, i) => ({ key: `m${i % 7}`, value: i, timestamp: i })),
    params: Array.from({ length: 100 }, (_, i) => ({ key: `p${i}`, value: String(i) })),
    tags: [
      ...Array.from({ length: 99 }, (_, i) => ({ key: `t${i}`, value: String(i) })),
      { key: 't0', value: 'last' },
    ],
  }
  for (const _time of [1, 2]) {
    assert.deepEqual((await send(served, 'runs/log-batch', batch)).json, {})
    const { metrics, params, tags } = (await getRun(served, runId)).data
    assert.deepEqual([metrics.length, params.length, tags.length], [7, 100, 100])
    assert.deepEqual(tags.find(({ key }: { key: string }) => key === 't0').value, 'last')
    const history = await served.store.readMetricHistory({ runId, key: 'm0', maxResults: 1000 })
    assert.equal(history.items.length, 115)
  }
})

test('inputs and outputs come back with the run', async () => {
  await using served = await openServedStore()
  const runId = await startRunIn(served.store)
  const input = {
    tags: [{ key: 'mlflow.data.context', value: 'training' }],
    dataset: { name: 'd', digest: 'x', source_type: 'local', source: '{}', schema: '[]' },
  }
  await send(served, 'runs/log-inputs', {
    run_id: runId,
    datasets: [input],
    models: [{ model_id: 'm-1' }],
  })
  await send(served, 'runs/outputs', { run_id: runId, models: [{ model_id: 'm-2', step: 3 }] })
  const run = await getRun(served, runId)
  assert.deepEqual(run.inputs, {
    dataset_inputs: [input],
    model_inputs: [{ model_id: 'm-1' }],
  })
  assert.deepEqual(run.outputs, { model_outputs: [{ model_id: 'm-2', step: 3 }] })
  const found = await send(served, 'runs/search', { experiment_ids: ['1'] })
  assert.deepEqual(found.json.runs[0].inputs, { dataset_inputs: [input] })
})

test('a model of an old client is noted without the configs of its flavors', async () => {
  await using served = await openServedStore()
  const runId = await startRunIn(served.store)
  const model = {
    run_id: runId,
    artifact_path: 'model',
    utc_time_created: 'now',
    flavors: { onnx: { data: 'model.onnx', config: { secret: 1 } }, odd: 'text' },
    signature: { inputs: '[]' },
  }
  const body = { run_id: runId, model_json: JSON.stringify(model) }
  assert.deepEqual((await send(served, 'runs/log-model', body)).json, {})
  const { tags } = await served.store.getRun(runId)
  assert.deepEqual(JSON.parse(tags['mlflow.log-model.history'] ?? ''), [
    {
      run_id: runId,
      artifact_path: 'model',
      utc_time_created: 'now',
      flavors: { onnx: { data: 'model.onnx' }, odd: 'text' },
    },
  ])
})

test('runs are found page by page, and none where no experiment is named', async () => {
  await using served = await openServedStore()
  for (const startTime of [1, 2, 3]) {
    await served.store.createRun({ experimentId: '0', startTime })
  }
  const times = ({ json }: Answer): number[] =>
    (json.runs ?? []).map(({ info }: Answer['json']) => info.start_time)
  const search = { experiment_ids: ['0'], max_results: 2, order_by: ['start_time ASC'] }
  const first = await send(served, 'runs/search', search)
  assert.deepEqual(times(first), [1, 2])
  const second = await send(served, 'runs/search', {
    ...search,
    page_token: first.json.next_page_token,
  })
  assert.deepEqual([times(second), second.json.next_page_token], [[3], undefined])
  assert.deepEqual((await send(served, 'runs/search', {})).json, {})
  assert.deepEqual((await send(served, 'runs/search', { experiment_ids: ['77'] })).json, {})
})

const metric = { key: 'm', value: 1, timestamp: 1 }
const missing = (name: string): string => `Missing value for required parameter '${name}'`
const invalid = (value: unknown, name: string): string =>
  `Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied`

for (const [path, body, message] of [
  ['create', {}, missing('experiment_id')],
  ['create', { experiment_id: 0 }, invalid(0, 'experiment_id')],
  ['create', { experiment_id: 'x' }, `Invalid experiment ID 'x'`],
  ['create', { experiment_id: '0', start_time: 'soon' }, invalid('soon', 'start_time')],
  ['create', { experiment_id: '0', start_time: 1.5 }, invalid(1.5, 'start_time')],
  ['create', { experiment_id: '0', run_name: ['r'] }, invalid(['r'], 'run_name')],
  ['create', { experiment_id: '0', tags: [{ key: 'a//b' }] }, invalid('a//b', 'tags[0].key')],
  ['create', { experiment_id: '0', run_name: 'a', runName: 'b' }, 'are the same field'],
  ['update', { run_id: 'RUN', status: 'SLEEPING' }, invalid('SLEEPING', 'status')],
  ['update', { run_id: 'RUN', status: 6 }, invalid(6, 'status')],
  ['update', { run_id: 'RUN', end_time: -5 }, invalid(-5, 'end_time')],
  ['update', {}, missing('run_id')],
  ['delete', { run_id: '' }, missing('run_id')],
  ['restore', { run_id: 5 }, invalid(5, 'run_id')],
  ['log-metric', { run_id: 'RUN', key: 'm', timestamp: 1 }, missing('value')],
  ['log-metric', { run_id: 'RUN', key: 'm', value: '', timestamp: 1 }, missing('value')],
  ['log-metric', { run_id: 'RUN', key: 'm', value: 1 }, missing('timestamp')],
  ['log-metric', { run_id: 'RUN', value: 1, timestamp: 1 }, missing('key')],
  ['log-metric', { run_id: 'RUN', ...metric, value: 'word' }, invalid('word', 'value')],
  ['log-metric', { run_id: 'RUN', ...metric, value: [1] }, invalid([1], 'value')],
  ['log-metric', { run_id: 'RUN', ...metric, timestamp: -1 }, invalid(-1, 'timestamp')],
  ['log-metric', { run_id: 'RUN', ...metric, timestamp: 0.5 }, invalid(0.5, 'timestamp')],
  ['log-metric', { run_id: 'RUN', ...metric, step: 'x' }, invalid('x', 'step')],
  ['log-metric', { run_id: 'RUN', ...metric, step: 1e300 }, invalid(1e300, 'step')],
  ['log-metric', { run_id: 'RUN', ...metric, key: 'a//b' }, invalid('a//b', 'name')],
  ['log-metric', { run_id: 'RUN', ...metric, key: 31 }, invalid(31, 'key')],
  [
    'log-metric',
    { run_id: 'RUN', ...metric, key: 'k'.repeat(251) },
    `'Metric name' exceeds the maximum length of 250 characters`,
  ],
  ['log-parameter', { run_id: 'RUN', key: 'p', value: 5 }, invalid(5, 'value')],
  ['log-parameter', { run_id: 'RUN', key: '../p', value: 'v' }, invalid('../p', 'key')],
  [
    'log-parameter',
    { run_id: 'RUN', key: 'fixed', value: 'other' },
    'Changing param values is not allowed.',
  ],
  ['set-tag', { run_id: 'RUN', value: 'v' }, missing('key')],
  ['set-tag', { run_id: 'RUN', key: '/t', value: 'v' }, invalid('/t', 'key')],
  ['log-batch', { metrics: [metric] }, missing('run_id')],
  ['log-batch', { run_id: 'no/run' }, invalid('no/run', 'run_id')],
  ['log-batch', { run_id: 'RUN', metrics: 'foo' }, invalid('foo', 'metrics')],
  ['log-batch', { run_id: 'RUN', params: { a: 1 } }, invalid({ a: 1 }, 'params')],
  ['log-batch', { run_id: 'RUN', tags: ['x'] }, invalid('x', 'tags[0]')],
  [
    'log-batch',
    { run_id: 'RUN', metrics: [metric, { ...metric, key: undefined }] },
    missing('metrics[1].key'),
  ],
  [
    'log-batch',
    { run_id: 'RUN', metrics: [{ ...metric, timestamp: undefined }] },
    missing('metrics[0].timestamp'),
  ],
  [
    'log-batch',
    { run_id: 'RUN', metrics: [metric, { ...metric, value: 'x' }] },
    invalid('x', 'metrics[1].value'),
  ],
  [
    'log-batch',
    { run_id: 'RUN', metrics: [metric, { ...metric, key: 'a/../b' }] },
    invalid('a/../b', 'metrics[1].name'),
  ],
  [
    'log-batch',
    {
      run_id: 'RUN',
      params: [
        { key: 'a', value: '1' },
        { key: 'a', value: '1' },
      ],
    },
    `Duplicate parameter keys have been submitted: ['a']`,
  ],
  [
    'log-batch',
    { run_id: 'RUN', metrics: Array.from({ length: 1001 }, () => metric) },
    'A batch logging request can contain at most 1000 metrics. Got 1001 metrics.',
  ],
  [
    'log-batch',
    { run_id: 'RUN', params: Array.from({ length: 101 }, (_, i) => ({ key: `p${i}` })) },
    'A batch logging request can contain at most 100 params. Got 101 params.',
  ],
  [
    'log-batch',
    { run_id: 'RUN', tags: Array.from({ length: 101 }, () => ({ key: 't' })) },
    'A batch logging request can contain at most 100 tags. Got 101 tags.',
  ],
  [
    'log-batch',
    { run_id: 'RUN', metrics: Array.from({ length: 1000 }, () => metric), tags: [{ key: 't' }] },
    'can contain at most 1000 metrics, params, and tags. Got 1001',
  ],
  ['log-inputs', { run_id: 'RUN', datasets: 'x' }, invalid('x', 'datasets')],
  ['log-inputs', { run_id: 'RUN', datasets: [{}] }, "'datasets[0].dataset'"],
  [
    'log-inputs',
    { run_id: 'RUN', datasets: [{ dataset: { name: 'd' } }] },
    missing('datasets[0].dataset.digest'),
  ],
  [
    'log-inputs',
    {
      run_id: 'RUN',
      datasets: [{ dataset: { name: 'd', digest: 'x', source_type: 'l' } }],
    },
    missing('datasets[0].dataset.source'),
  ],
  ['log-inputs', { run_id: 'RUN', models: [{}] }, missing('models[0].model_id')],
  ['outputs', { run_id: 'RUN' }, missing('models')],
  ['outputs', { run_id: 'RUN', models: [{ model_id: 'm', step: 0.5 }] }, 'models[0].step'],
  ['log-model', { run_id: 'RUN' }, missing('model_json')],
  ['log-model', { run_id: 'RUN', model_json: 'x' }, 'Malformed model info.'],
  ['log-model', { run_id: 'RUN', model_json: '[]' }, invalid([], 'model_json')],
  ['log-model', { run_id: 'RUN', model_json: '{"flavors":{}}' }, 'missing mandatory fields'],
  [
    'log-model',
    {
      run_id: 'RUN',
      model_json: '{"flavors":[],"run_id":"","artifact_path":"","utc_time_created":""}',
    },
    "'flavors'",
  ],
  ['search', { experiment_ids: ['x'] }, 'Invalid experiment ID'],
  ['search', { experiment_ids: [0] }, invalid(0, 'experiment_ids[0]')],
  ['search', { max_results: 0 }, 'max_results'],
  ['search', { max_results: 50_001 }, 'max_results'],
  ['search', { run_view_type: 'SOME' }, invalid('SOME', 'run_view_type')],
] as const) {
  test(`runs/${path} refuses ${JSON.stringify(body).slice(0, 70)}`, async () => {
    await using served = await openServedStore()
    const runId = await startRunIn(served.store)
    await served.store.logParams(runId, { fixed: '1' })
    const before = await served.store.getRun(runId)
    const filled = JSON.parse(JSON.stringify(body).replaceAll('"RUN"', JSON.stringify(runId)))
    const { status, json } = await send(served, `runs/${path}`, filled)
    assert.deepEqual([status, json.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    assert.ok(json.message.includes(message), json.message)
    assert.deepEqual(await served.store.getRun(runId), before)
    assert.deepEqual(served.failures, [])
  })
}

for (const [path, body] of [
  ['update', { status: 'FINISHED' }],
  ['delete', {}],
  ['restore', {}],
  ['log-metric', metric],
  ['log-parameter', { key: 'p', value: '1' }],
  ['set-tag', { key: 't', value: '1' }],
  ['delete-tag', { key: 't' }],
  ['log-batch', { metrics: [metric] }],
  ['log-inputs', { models: [{ model_id: 'm' }] }],
  ['outputs', { models: [{ model_id: 'm' }] }],
  [
    'log-model',
    { model_json: '{"flavors":{},"run_id":"","artifact_path":"","utc_time_created":""}' },
  ],
] as const) {
  test(`runs/${path} finds no unknown run`, async () => {
    await using served = await openServedStore()
    const { status, json } = await send(served, `runs/${path}`, { run_id: missingRunId, ...body })
    assert.deepEqual(
      [status, json.error_code, json.message],
      [404, 'RESOURCE_DOES_NOT_EXIST', `Run with id=${missingRunId} not found`],
    )
  })
}

async function send(served: ServedStore, path: string, body: unknown): Promise<Answer> {
  return post(served.address, `${api}/${path}`, body)
}

async function getRun(served: ServedStore, runId: string): Promise<Answer['json']> {
  return (await ask(served.address, `${api}/runs/get?run_id=${runId}`)).json.run
}
