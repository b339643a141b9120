import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MetricPoint } from '../../../src/core/tracking.ts'
import { missingId, newRun, point, refused, type TrackerUnderTest } from './trackers.ts'

const largest = Number.MAX_VALUE

export function describeMetrics({ open, traits }: TrackerUnderTest): void {
  test('the latest point is the one with the highest step, then time, then value', async () => {
    const order: readonly MetricPoint[] = [
      { key: 'm', step: -1, timestamp: 9, value: 9 },
      { key: 'm', step: 0, timestamp: 1, value: 9 },
      { key: 'm', step: 0, timestamp: 2, value: 1 },
      { key: 'm', step: 0, timestamp: 2, value: 3 },
      { key: 'm', step: 1, timestamp: 0, value: -5 },
    ]
    await using tracking = await open()
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...order], { minLength: 1 }), async (points) => {
        const runId = await tracking.startRun(newRun())
        for (const metric of points) await tracking.logMetrics(runId, [metric, metric])
        const expected = order.findLast((metric) => points.includes(metric))
        assert.deepEqual((await tracking.getRun(runId)).metrics, [expected])
      }),
      { numRuns: 15 },
    )
  })

  test('every number survives, NaN and the infinities too', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    let number = 0
    await fc.assert(
      fc.asyncProperty(fc.double(), async (value) => {
        const key = `m${number++}`
        await tracking.logMetrics(runId, [point(key, value)])
        const metric = (await tracking.getRun(runId)).metrics.find((each) => each.key === key)
        const kept = traits.keepsInfinities ? value : Math.max(-largest, Math.min(largest, value))
        // -0 comes back as 0, which is the same number.
        assert.equal((metric?.value ?? 1) + 0, kept + 0)
      }),
      {
        numRuns: 30,
        examples: [[NaN], [Infinity], [-Infinity], [5e-324], [1.7976931348623157e308]],
      },
    )
  })

  test('fractional, negative or huge times and fractional steps are refused', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    for (const bad of [
      { timestamp: 1.5 },
      { timestamp: -1 },
      { timestamp: 2 ** 60 },
      { timestamp: NaN },
      { step: 0.5 },
      { step: Infinity },
    ]) {
      await assert.rejects(
        () => tracking.logMetrics(runId, [{ ...point('m', 1), ...bad }]),
        refused,
      )
    }
    await assert.rejects(() => tracking.endRun(runId, 'FINISHED', 1.5), refused)
    await assert.rejects(() => tracking.startRun(newRun({ startTime: -1 })), refused)
    assert.deepEqual((await tracking.getRun(runId)).metrics, [])
  })

  test('a history comes by time, page by page, each point once however often it was logged', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const points = Array.from({ length: 2500 }, (_, i) => ({
      key: 'a/loss é',
      value: i % 7 === 0 ? NaN : i / 4,
      timestamp: 10 + i,
      step: i,
    }))
    await tracking.logMetrics(runId, points)
    await tracking.logMetrics(runId, points.slice(0, 10))
    const found: MetricPoint[] = []
    let pageToken: string | undefined
    do {
      const page = await tracking.readMetricHistory({
        runId,
        key: 'a/loss é',
        maxResults: 999,
        pageToken,
      })
      assert.ok(page.items.length <= 999)
      found.push(...page.items)
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    assert.deepEqual(found, points)
  })

  test('there is no history of what is not there', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    for (const search of [
      { runId, key: 'none' },
      { runId: missingId, key: 'm' },
    ]) {
      const page = await tracking.readMetricHistory({ ...search, maxResults: 5 })
      assert.deepEqual(page, { items: [], nextPageToken: undefined })
    }
  })
}
