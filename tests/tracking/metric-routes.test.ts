import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingRunId, startRunIn } from './open-store.ts'
import { ask, openServedStore, type Answer, type ServedStore } from './serve-store.ts'

const api = '/api/2.0/mlflow/metrics'

test('a history comes whole or in pages', async () => {
  await using served = await openServedStore()
  const runId = await startWithMetrics(served)
  const whole = await ask(served.address, `${api}/get-history?run_id=${runId}&metric_key=a/b`)
  assert.deepEqual(whole.json, {
    metrics: [
      { key: 'a/b', value: 0, timestamp: 0, step: 9 },
      { key: 'a/b', value: 'NaN', timestamp: 1, step: 8 },
      { key: 'a/b', value: 'Infinity', timestamp: 2, step: 7 },
    ],
  })
  const query = `run_uuid=${runId}&metric_key=a%2Fb&max_results=2`
  const first = await ask(served.address, `${api}/get-history?${query}`)
  const second = await ask(
    served.address,
    `${api}/get-history?${query}&page_token=${encodeURIComponent(first.json.next_page_token)}`,
  )
  assert.deepEqual([...first.json.metrics, ...second.json.metrics], whole.json.metrics)
  assert.equal(second.json.next_page_token, undefined)
})

test('there is nothing of an unknown run or metric', async () => {
  await using served = await openServedStore()
  const runId = await startWithMetrics(served)
  for (const query of [`run_id=${runId}&metric_key=other`, `run_id=${missingRunId}&metric_key=m`]) {
    const { status, json } = await ask(served.address, `${api}/get-history?${query}`)
    assert.deepEqual([status, json], [200, {}])
  }
})

test('histories of several runs come flat, and a sample of each by step', async () => {
  await using served = await openServedStore()
  const ids = [await startWithMetrics(served), await startWithMetrics(served)].sort()
  const rows = ({ json }: Answer): unknown[] =>
    json.metrics.map(({ run_id, step }: Answer['json']) => [ids.indexOf(run_id), step])
  const bulk = await ask(
    served.address,
    `/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${ids[1]}&run_id=${ids[0]}&metric_key=a/b&max_results=5`,
  )
  assert.deepEqual(rows(bulk), [
    [0, 9],
    [0, 8],
    [0, 7],
    [1, 9],
    [1, 8],
  ])
  for (const base of ['/api/2.0', '/ajax-api/2.0']) {
    const path = `${base}/mlflow/metrics/get-history-bulk-interval`
    const query = `run_ids=${ids[0]}&run_ids=${ids[1]}&metric_key=a/b`
    assert.deepEqual(rows(await ask(served.address, `${path}?${query}&max_results=2`)), [
      [0, 7],
      [0, 9],
      [1, 7],
      [1, 9],
    ])
    const range = await ask(served.address, `${path}?${query}&start_step=8&end_step=8`)
    assert.deepEqual(rows(range), [
      [0, 8],
      [1, 8],
    ])
  }
})

for (const [path, query, message] of [
  ['get-history', 'metric_key=m', "Missing value for required parameter 'run_id'"],
  ['get-history', 'run_id=RUN', "Missing value for required parameter 'metric_key'"],
  ['get-history', 'run_id=RUN&metric_key=m&max_results=0', "'max_results'"],
  ['get-history', 'run_id=RUN&metric_key=m&max_results=-1', "'max_results'"],
  ['get-history', 'run_id=RUN&metric_key=m&max_results=x', "'max_results'"],
  ['get-history', 'run_id=RUN&metric_key=m&page_token=x', 'Invalid page token'],
  ['get-history', 'run_id=RUN&run_id=RUN&metric_key=m', "'run_id'"],
  ['get-history-bulk', 'metric_key=m', 'must specify at least one run_id'],
  ['get-history-bulk', 'run_id=RUN', 'must specify a metric_key'],
  ['get-history-bulk', `metric_key=m${'&run_id=RUN'.repeat(101)}`, 'Received 101 run_ids'],
  ['get-history-bulk-interval', 'metric_key=m', "'run_ids'"],
  ['get-history-bulk-interval', 'run_ids=RUN', "'metric_key'"],
  ['get-history-bulk-interval', 'run_ids=RUN&metric_key=m&start_step=1', 'both must be specified'],
  ['get-history-bulk-interval', 'run_ids=RUN&metric_key=m&end_step=1', 'both must be specified'],
  [
    'get-history-bulk-interval',
    'run_ids=RUN&metric_key=m&start_step=2&end_step=1',
    'end_step must be greater than start_step. Found start_step=2 and end_step=1.',
  ],
  [
    'get-history-bulk-interval',
    'run_ids=RUN&metric_key=m&max_results=2501',
    'max_results must be between 1 and 2500.',
  ],
  [
    'get-history-bulk-interval',
    'run_ids=RUN&metric_key=m&max_results=0',
    'max_results must be between 1 and 2500.',
  ],
  [
    'get-history-bulk-interval',
    `metric_key=m${'&run_ids=RUN'.repeat(101)}`,
    'Received 101 run_ids',
  ],
] as const) {
  test(`metrics/${path} refuses ${query.slice(0, 60)}`, async () => {
    await using served = await openServedStore()
    const runId = await startRunIn(served.store)
    const { status, json } = await ask(
      served.address,
      `${api}/${path}?${query.replaceAll('RUN', runId)}`,
    )
    assert.deepEqual([status, json.error_code], [400, 'INVALID_PARAMETER_VALUE'])
    assert.ok(json.message.includes(message), json.message)
    assert.deepEqual(served.failures, [])
  })
}

/** Three points whose steps run against their times. */
async function startWithMetrics(served: ServedStore): Promise<string> {
  const runId = await startRunIn(served.store)
  await served.store.logMetrics(
    runId,
    [0, NaN, Infinity].map((value, i) => ({ key: 'a/b', value, timestamp: i, step: 9 - i })),
  )
  return runId
}
