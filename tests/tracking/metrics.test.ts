import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MetricPoint } from '../../src/core/tracking.ts'
import { missingRunId, notFound, openFreshStore, refused, startRunIn } from './open-store.ts'

test('a history comes by time, step and value, page by page, whatever the order of logging', async () => {
  await using store = await openFreshStore()
  const values = [NaN, Infinity, -Infinity, 0, -0.5, 1.7976931348623157e308, 5e-324]
  const point = fc.record({
    key: fc.constant('m'),
    value: fc.constantFrom(...values),
    timestamp: fc.integer({ min: 0, max: 3 }),
    step: fc.integer({ min: -2, max: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(point, { maxLength: 40 }),
      fc.integer({ min: 1, max: 7 }),
      async (points, maxResults) => {
        const runId = await startRunIn(store)
        await store.logMetrics(runId, points)
        const found: MetricPoint[] = []
        for (let token: string | undefined = ''; token !== undefined;) {
          const page = await store.readMetricHistory({
            runId,
            key: 'm',
            maxResults,
            pageToken: token,
          })
          assert.ok(page.items.length <= maxResults)
          found.push(...page.items)
          token = page.nextPageToken
        }
        const distinct = new Map(
          points.map((p) => [[p.timestamp, p.step, p.value].join(), { ...p }]),
        )
        assert.deepEqual(found, [...distinct.values()].sort(byTime))
      },
    ),
    { numRuns: 60 },
  )
})

test('there is no history of an unknown run or key', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const none = { items: [], nextPageToken: undefined }
  assert.deepEqual(await store.readMetricHistory({ runId, key: 'm', maxResults: 9 }), none)
  assert.deepEqual(
    await store.readMetricHistory({ runId: missingRunId, key: 'm', maxResults: 9 }),
    none,
  )
})

test('a token that is not of a history is refused', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  for (const pageToken of [
    'x',
    '!!!',
    encode('{"offset": 5}'),
    encode('{"after":[1,2,"3",4]}'),
    encode('{"after":[1,2,"word",0]}'),
    encode('{"after":[-1,2,"3",0]}'),
    encode('{"after":[1,2,"3",0],"more":1}'),
  ]) {
    await assert.rejects(
      () => store.readMetricHistory({ runId, key: 'm', maxResults: 1, pageToken }),
      refused(/Invalid page token/),
    )
  }
})

test('points that come between two pages are neither lost nor told twice', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.logMetrics(runId, [at(10), at(20), at(30)])
  const first = await store.readMetricHistory({ runId, key: 'm', maxResults: 2 })
  await store.logMetrics(runId, [at(5), at(15), at(25)])
  const second = await store.readMetricHistory({
    runId,
    key: 'm',
    maxResults: 9,
    pageToken: first.nextPageToken,
  })
  assert.deepEqual(
    [first, second].map(({ items }) => items.map(({ timestamp }) => timestamp)),
    [
      [10, 20],
      [25, 30],
    ],
  )
})

test('histories of several runs come by run, and end at the limit', async () => {
  await using store = await openFreshStore()
  const ids = (await Promise.all([startRunIn(store), startRunIn(store)])).sort()
  for (const runId of ids) await store.logMetrics(runId, [at(2), at(1)])
  const read = async (maxResults: number): Promise<unknown> =>
    (
      await store.readMetricHistories({
        runIds: [...ids.toReversed(), missingRunId, ...ids],
        key: 'm',
        maxResults,
      })
    ).map(({ runId, timestamp }) => [ids.indexOf(runId), timestamp])
  const all = [
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
  ]
  assert.deepEqual(await read(10), all)
  assert.deepEqual(await read(4), all)
  assert.deepEqual(await read(3), all.slice(0, 3))
})

test('a sample is by step, has the first and the last point, and no more than asked for', async () => {
  await using store = await openFreshStore()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 9 })), {
        maxLength: 60,
      }),
      fc.integer({ min: 1, max: 20 }),
      async (steps, size) => {
        const runId = await startRunIn(store)
        await store.logMetrics(
          runId,
          steps.map(([step, timestamp]) => ({ key: 'm', value: 1, timestamp, step })),
        )
        const { items } = await store.readMetricHistory({ runId, key: 'm', maxResults: 100 })
        const all = items.toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp)
        const sample = await store.sampleMetricHistories({
          runIds: [runId],
          key: 'm',
          maxPointsPerRun: size,
        })
        assert.equal(sample.length, Math.min(size, all.length))
        assert.deepEqual(
          sample.map((found) => all.findIndex((p) => isSame(p, found))),
          expectedRanks(all.length, size),
        )
      },
    ),
    { numRuns: 80 },
  )
})

test('a sample may be of some steps only', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.logMetrics(
    runId,
    Array.from({ length: 100 }, (_, step) => ({ key: 'm', value: step, timestamp: 1, step })),
  )
  const sample = async (start: number, end: number): Promise<readonly number[]> =>
    (
      await store.sampleMetricHistories({
        runIds: [runId, missingRunId],
        key: 'm',
        steps: { start, end },
        maxPointsPerRun: 3,
      })
    ).map(({ step }) => step)
  assert.deepEqual(await sample(10, 12), [10, 11, 12])
  assert.deepEqual(await sample(10, 18), [10, 13, 18])
  assert.deepEqual(await sample(99, 500), [99])
  assert.deepEqual(await sample(200, 500), [])
})

for (const [what, pointOf] of [
  ['one point a step', (i) => ({ step: i, timestamp: i })],
  ['all at step 0', (i) => ({ step: 0, timestamp: i })],
  ['a hundred at each step', (i) => ({ step: Math.floor(i / 100), timestamp: i })],
  [
    'one step far beyond the others',
    (i) => ({ step: i === 0 ? 1e15 : i, timestamp: i === 0 ? 1e12 : i }),
  ],
  ['steps that grow faster and faster', (i) => ({ step: i ** 3, timestamp: 7 })],
  ['steps that run backwards', (i) => ({ step: 30_000 - i, timestamp: i })],
] as const satisfies readonly (readonly [
  string,
  (i: number) => { readonly step: number; readonly timestamp: number },
])[]) {
  test(`a long history is sampled from end to end and fully: ${what}`, async () => {
    await using store = await openFreshStore()
    const runId = await startRunIn(store)
    const points = Array.from({ length: 30_000 }, (_, i) => ({ key: 'm', value: i, ...pointOf(i) }))
    await store.logMetrics(runId, points)
    const sample = await store.sampleMetricHistories({
      runIds: [runId],
      key: 'm',
      maxPointsPerRun: 500,
    })
    const ordered = points.toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp)
    assert.deepEqual({ ...sample[0], runId: undefined }, { ...ordered[0], runId: undefined })
    assert.deepEqual(
      { ...sample.at(-1), runId: undefined },
      { ...ordered.at(-1), runId: undefined },
    )
    // Half of what was asked for is there at least, and never more.
    assert.ok(sample.length > 200 && sample.length <= 500, `${sample.length} points`)
    const ranks = sample.map(({ value }) => ordered.findIndex((p) => p.value === value))
    assert.deepEqual(
      ranks,
      ranks.toSorted((a, b) => a - b),
    )
    assert.equal(new Set(ranks).size, ranks.length)
  })
}

test('a metric of a logged model is kept with the model too, data and run included, NaN as NaN', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const { modelId } = await store.createLoggedModel({ experimentId: '1' })
  const data = { datasetName: 'd', datasetDigest: 'x' }
  await store.logMetrics(runId, [
    { ...at(1), modelId, ...data },
    { ...at(2), key: 'n', value: NaN, modelId },
    { ...at(3), key: 'no model' },
  ])
  const { metrics } = await store.getLoggedModel(modelId)
  assert.deepEqual(
    metrics.map(({ key, value, runId: of, datasetName, datasetDigest }) => [
      key,
      value,
      of,
      datasetName,
      datasetDigest,
    ]),
    [
      ['m', 1, runId, 'd', 'x'],
      ['n', NaN, runId, undefined, undefined],
    ],
  )
  assert.equal((await store.getRun(runId)).metrics.length, 3)
})

test('a metric of an unknown logged model is refused, with all that came with it', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await assert.rejects(
    () => store.logMetrics(runId, [at(1), { ...at(2), modelId: 'm-nothing' }]),
    notFound(/m-nothing/),
  )
  assert.deepEqual((await store.getRun(runId)).metrics, [])
})

test('steps may be as far as doubles count, and no farther', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const far = Number.MAX_SAFE_INTEGER
  await store.logMetrics(runId, [
    { ...at(1), step: -far },
    { ...at(far), step: far },
  ])
  assert.deepEqual((await store.getRun(runId)).metrics, [{ ...at(far), step: far }])
  for (const step of [far + 1, -far - 1, 0.5, NaN]) {
    await assert.rejects(() => store.logMetrics(runId, [{ ...at(1), step }]), refused(/step/))
  }
})

test('metrics that many ask for at once are all there, and one that is refused hurts no other', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const results = await Promise.allSettled(
    Array.from({ length: 1000 }, (_, i) =>
      i % 10 === 3
        ? store.logMetrics(i % 20 === 3 ? missingRunId : runId, [{ ...at(1), modelId: 'm-no' }])
        : store.logMetrics(runId, [at(i)]),
    ),
  )
  assert.deepEqual(
    results.flatMap(({ status }, i) => (status === 'rejected' ? [i] : [])),
    Array.from({ length: 100 }, (_, i) => i * 10 + 3),
  )
  const { items } = await store.readMetricHistory({ runId, key: 'm', maxResults: 2000 })
  assert.equal(items.length, 900)
})

/** A point at a time, whose step is 0 and whose value is the time. */
function at(timestamp: number): MetricPoint {
  return { key: 'm', value: timestamp, timestamp, step: 0 }
}

/** NaN is stored as 0 and a flag, and so comes right after 0. */
function byTime(a: MetricPoint, b: MetricPoint): number {
  return a.timestamp - b.timestamp || a.step - b.step || compareValues(a.value, b.value)
}

function compareValues(a: number, b: number): number {
  const [left, right] = [Number.isNaN(a) ? 0 : a, Number.isNaN(b) ? 0 : b]
  if (left !== right) return left < right ? -1 : 1
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
}

function isSame(a: MetricPoint, b: MetricPoint): boolean {
  return a.step === b.step && a.timestamp === b.timestamp && a.value === b.value
}

/**
 * SQL's NTILE: `size` buckets of `count / size` points, of which the first `count % size` have one
 * more. The first point of each bucket, and the last of all in the place of the last bucket's.
 */
function expectedRanks(count: number, size: number): number[] {
  if (count <= size) return Array.from({ length: count }, (_, i) => i)
  const firsts = Array.from(
    { length: size },
    (_, i) => i * Math.floor(count / size) + Math.min(i, count % size),
  )
  return [...firsts.slice(0, -1), count - 1]
}
