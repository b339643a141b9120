import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { createArmWindow } from '../../../src/serving/rollout/arm-window.ts'
import {
  defaultCanaryLimits as limits,
  extendStreak,
  judgeCanary,
  noFaults,
  type ArmCounts,
} from '../../../src/serving/rollout/judge-canary.ts'

const counts: fc.Arbitrary<ArmCounts> = fc
  .record({
    requests: fc.integer({ min: 0, max: 1000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    p95Ms: fc.double({ min: 0, max: 100, noNaN: true }),
  })
  .map(({ requests, share, p95Ms }) => {
    const errors = Math.round(requests * share)
    return { requests, errors, p95Ms: errors === requests ? 0 : p95Ms }
  })

describe('the judgement of a canary', () => {
  test('a canary that does as the champion does is kept', () => {
    fc.assert(fc.property(counts, (arm) => assert.equal(judgeCanary(arm, arm, limits), undefined)))
  })

  test('few requests of either say nothing', () => {
    const few = { requests: 29, errors: 29, p95Ms: 0 }
    fc.assert(
      fc.property(counts, (arm) => {
        assert.equal(judgeCanary(arm, few, limits), undefined)
        assert.equal(judgeCanary({ ...few, errors: 0 }, arm, limits), undefined)
      }),
    )
  })

  test('who is worse for its errors is worse with one more, and not with one of the champion', () => {
    const small = counts.filter(({ requests }) => requests >= 30)
    fc.assert(
      fc.property(small, small, (champion, canary) => {
        const isWorse = (a: ArmCounts, b: ArmCounts): boolean =>
          judgeCanary(a, b, limits)?.cause === 'errors'
        const more = { ...canary, errors: Math.min(canary.errors + 1, canary.requests) }
        const worse = { ...champion, errors: Math.min(champion.errors + 1, champion.requests) }
        if (isWorse(champion, canary)) assert.ok(isWorse(champion, more))
        else assert.ok(!isWorse(worse, canary))
      }),
    )
  })

  test('errors count by the exact test: 4 of 40 beside none of 360 do, 2 do not', () => {
    const champion = { requests: 360, errors: 0, p95Ms: 1 }
    // C(40, 4) / C(400, 4) = 8.7e-5, C(40, 2) / C(400, 2) = 9.8e-3
    const four = judgeCanary(champion, { requests: 40, errors: 4, p95Ms: 1 }, limits)
    assert.deepEqual(four, {
      cause: 'errors',
      reason: "4 of 40 requests failed, and 0 of 360 requests of the champion's",
    })
    assert.equal(judgeCanary(champion, { requests: 40, errors: 2, p95Ms: 1 }, limits), undefined)
  })

  test('latency counts beyond twice and a millisecond more', () => {
    const arm = (p95Ms: number): ArmCounts => ({ requests: 100, errors: 0, p95Ms })
    assert.equal(judgeCanary(arm(0.1), arm(1), limits), undefined)
    assert.equal(judgeCanary(arm(0.1), arm(1.2), limits)?.cause, 'latency')
    assert.equal(judgeCanary(arm(10), arm(20), limits), undefined)
    assert.deepEqual(judgeCanary(arm(10), arm(20.5), limits), {
      cause: 'latency',
      reason: 'a row took 20.5 ms (p95), and 10.0 ms the champion',
    })
  })

  test('of a thousand canaries that are as good as the champion next to none is ever faulted', () => {
    const random = createRandom(11)
    const draw = (requests: number): ArmCounts => {
      const errors = Array.from({ length: requests }, () => random.next()).filter((x) => x < 0.03)
      return { requests, errors: errors.length, p95Ms: 1 }
    }
    const faulted = Array.from({ length: 1000 }, () => judgeCanary(draw(450), draw(50), limits))
    assert.ok(faulted.filter((fault) => fault !== undefined).length <= 3)
  })

  test('a streak counts the same fault in a row', () => {
    const counted: number[] = []
    let streak = noFaults
    for (const cause of ['errors', 'errors', 'latency', undefined, 'latency', 'latency'] as const) {
      streak = extendStreak(streak, cause === undefined ? undefined : { cause, reason: '' })
      counted.push(streak.count)
    }
    assert.deepEqual(counted, [1, 2, 1, 0, 1, 2])
  })
})

describe('the window of a model', () => {
  test('counts what is young enough and among the newest', () => {
    const window = createArmWindow({ requests: 4, ms: 100 })
    assert.deepEqual(window.count(0), { requests: 0, errors: 0, p95Ms: 0 })
    for (const [at, durationMs] of [50, 10, 20, 30, 40].entries()) {
      window.add(at * 10, { isError: durationMs === 20, durationMs })
    }
    // 50 is no longer among the four; 20 failed.
    assert.deepEqual(window.count(40), { requests: 4, errors: 1, p95Ms: 40 })
    assert.deepEqual(window.count(135), { requests: 1, errors: 0, p95Ms: 40 })
    assert.deepEqual(window.count(141), { requests: 0, errors: 0, p95Ms: 0 })
  })

  test('tells the 95th percentile by the nearest rank', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }), (durations) => {
        const window = createArmWindow({ requests: 200, ms: 1 })
        for (const durationMs of durations) window.add(0, { isError: false, durationMs })
        const sorted = durations.toSorted((a, b) => a - b)
        const rank = Math.ceil(durations.length * 0.95)
        assert.equal(window.count(0).p95Ms, sorted[rank - 1])
      }),
    )
  })
})
