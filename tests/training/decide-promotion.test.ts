import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Comparison } from '../../src/training/compare-models.ts'
import { bestCandidate, decidePromotion } from '../../src/training/decide-promotion.ts'
import type { Candidate, GateEvidence } from '../../src/training/promotion-gates.ts'
import {
  completePolicy,
  isSamePolicy,
  type PromotionPolicy,
} from '../../src/training/promotion-policy.ts'

const basic = { metric: 'roc_auc', minImprovement: 0, minRocAuc: 0.7 } as const
const policy: PromotionPolicy = completePolicy(basic)
const evidence: GateEvidence = { sizeBytes: 1000 }
const decide = (
  challenger: Candidate,
  against: Comparison | 'nobody' | 'itself',
  asked: PromotionPolicy = policy,
) => {
  const { gates: _, ...decision } = decidePromotion(challenger, against, asked, evidence)
  return decision
}

describe('decidePromotion', () => {
  test('the first good model becomes champion', () => {
    assert.equal(decide(candidate(0.78), 'nobody', policy).decision, 'promoted')
  })

  test('a model below the gate is refused, champion or not', () => {
    assert.deepEqual(decide(candidate(0.69), 'nobody', policy), {
      decision: 'refused',
      reason: "'boosting' has an AUC of 0.6900, below the gate of 0.7",
    })
    assert.equal(decide(candidate(NaN), 'nobody', policy).decision, 'refused')
  })

  test('a challenger that is the champion stays it, unless the gate rose above it', () => {
    assert.deepEqual(decide(candidate(0.78), 'itself', policy), {
      decision: 'kept-champion',
      reason: "'boosting' is the champion already",
    })
    const strict = { ...policy, minRocAuc: 0.9 }
    assert.equal(decide(candidate(0.78), 'itself', strict).decision, 'refused')
  })

  test('a champion stays unless it is beaten by more than the policy asks', () => {
    const even = { improvement: 0, lower: -0.01, upper: 0.01, shareBetter: 0.5 }
    const better = { ...even, improvement: 0.004 }
    assert.equal(decide(candidate(0.78), even, policy).decision, 'kept-champion')
    assert.equal(decide(candidate(0.78), better, policy).decision, 'promoted')
    assert.equal(
      decide(candidate(0.78), better, { ...policy, minImprovement: 0.005 }).decision,
      'kept-champion',
    )
  })
})

describe('gates', () => {
  const better: Comparison = {
    improvement: 0.01,
    lower: 0.002,
    upper: 0.018,
    shareBetter: 0.99,
    test: 'delong',
    pValue: 0.02,
    slices: [
      {
        column: 'SEX',
        slice: 'SEX=1',
        rows: 500,
        champion: 0.8,
        challenger: 0.81,
        improvement: 0.01,
      },
      {
        column: 'SEX',
        slice: 'SEX=2',
        rows: 500,
        champion: 0.8,
        challenger: 0.77,
        improvement: -0.03,
      },
    ],
  }
  const strict: PromotionPolicy = {
    ...policy,
    test: 'delong',
    maxPValue: 0.05,
    maxSliceRegression: 0.05,
    maxCalibrationError: 0.03,
    maxLatencyUs: 500,
    maxSizeBytes: 1000,
    dataQuality: 'critical',
  }
  const sound: GateEvidence = { sizeBytes: 1000, isFastEnough: true, dataQuality: 'warning' }
  const good: Candidate = {
    ...candidate(0.78),
    metrics: { roc_auc: 0.78, expected_calibration_error: 0.03 },
  }

  test('that are all passed promote, each with what was found and its limit', () => {
    const { decision, gates } = decidePromotion(good, better, strict, sound)
    assert.equal(decision, 'promoted')
    assert.deepEqual(
      gates!.map(({ gate, passed, value, limit }) => [gate, passed, value, limit]),
      [
        ['min_roc_auc', true, 0.78, 0.7],
        ['max_calibration_error', true, 0.03, 0.03],
        ['max_size_bytes', true, 1000, 1000],
        ['max_latency_us', true, null, 500],
        ['data_quality', true, 'warning', 'critical'],
        ['min_improvement', true, 0.01, 0],
        ['max_p_value', true, 0.02, 0.05],
        ['max_slice_regression', true, 0.03, 0.05],
      ],
    )
  })

  test('that are open are left out', () => {
    const { gates } = decidePromotion(good, better, policy, sound)
    assert.deepEqual(
      gates!.map(({ gate }) => gate),
      ['min_roc_auc', 'min_improvement'],
    )
  })

  for (const [name, change, found, reason] of [
    [
      'a calibration error',
      { maxCalibrationError: 0.02 },
      {},
      /calibration error of 0\.0300, above 0\.02/,
    ],
    ['too many bytes', {}, { sizeBytes: 1001 }, /has 1001 bytes, above 1000/],
    ['a slow model', {}, { isFastEnough: false }, /takes longer than 500 µs for a prediction/],
    ['a model nobody timed', {}, { isFastEnough: undefined }, /takes longer than 500 µs/],
    ['critical data', {}, { dataQuality: 'critical' }, /findings of severity critical/],
    ['data nobody looked at', {}, { dataQuality: undefined }, /findings of severity critical/],
    ['data as the policy asks', { dataQuality: 'warning' }, {}, /severity warning.*is warning/],
  ] as const) {
    test(`refuse ${name}, however good the model is`, () => {
      const asked = { ...strict, ...change }
      for (const against of [better, 'nobody', 'itself'] as const) {
        const decision = decidePromotion(good, against, asked, { ...sound, ...found })
        assert.equal(decision.decision, 'refused')
        assert.match(decision.reason, reason)
      }
    })
  }

  test('refuse a model whose metrics lack what is asked', () => {
    const { decision, reason } = decidePromotion(candidate(0.78), 'nobody', strict, sound)
    assert.equal(decision, 'refused')
    assert.match(reason, /calibration error of NaN/)
  })

  for (const [name, change, reason] of [
    ['may be luck', { maxPValue: 0.01 }, /may lead by luck: p is 0\.0200 \(delong\), above 0\.01/],
    ['is lost on a slice', { maxSliceRegression: 0.02 }, /by 0\.0300 on SEX=2, more than 0\.02/],
    ['is too small', { minImprovement: 0.01 }, /does not beat the champion by more than 0\.01/],
  ] as const) {
    test(`keep the champion where the lead ${name}`, () => {
      const decision = decidePromotion(good, better, { ...strict, ...change }, sound)
      assert.equal(decision.decision, 'kept-champion')
      assert.match(decision.reason, reason)
    })
  }

  test('keep the champion where a slice could not be compared, wherever it stands', () => {
    const slices = [0.01, -0.9, NaN, 0.01].map((improvement, i) => ({
      column: 'SEX',
      slice: `SEX=${i}`,
      rows: 500,
      champion: improvement,
      challenger: improvement,
      improvement,
    }))
    for (const from of slices.keys()) {
      const turned = [...slices.slice(from), ...slices.slice(0, from)]
      const against = { ...better, slices: turned }
      const { decision, reason } = decidePromotion(good, against, strict, sound)
      assert.equal(decision, 'kept-champion')
      assert.match(reason, /worse than the champion by NaN on SEX=2/)
    }
  })

  test('tell as many digits as show why', () => {
    const { reason } = decide(candidate(0.69999), 'nobody')
    assert.equal(reason, "'boosting' has an AUC of 0.69999, below the gate of 0.7")
    const lucky = { ...better, pValue: 0.050004 }
    const { reason: doubt } = decidePromotion(good, lucky, strict, sound)
    assert.match(doubt, /p is 0\.050004 \(delong\), above 0\.05/)
  })

  test('say nothing of luck where there is no lead', () => {
    const behind = { ...better, improvement: -0.01, pValue: 0.9 }
    const { reason, gates } = decidePromotion(good, behind, strict, sound)
    assert.match(
      reason,
      /^'boosting' does not beat the champion by more than 0: roc_auc better by -0/,
    )
    assert.doesNotMatch(reason, /luck/)
    assert.equal(gates!.filter(({ passed }) => !passed).length, 2)
  })

  test('tell all that is wrong at once, refusals before doubts', () => {
    const asked = { ...strict, minRocAuc: 0.9, maxPValue: 0.01 }
    const { decision, reason, gates } = decidePromotion(good, better, asked, {
      ...sound,
      sizeBytes: 2000,
    })
    assert.equal(decision, 'refused')
    assert.match(reason, /below the gate of 0\.9; 'boosting' has 2000 bytes/)
    assert.equal(gates!.filter(({ passed }) => !passed).length, 3)
  })

  test('of an earlier version are the same policy as long as the new ones are open', () => {
    assert.ok(isSamePolicy(basic, policy))
    assert.ok(!isSamePolicy(basic, { ...policy, maxPValue: 0.05 }))
    // Without a test, which one it would be changes nothing; without a limit for slices, neither do they.
    assert.ok(isSamePolicy(basic, { ...policy, test: 'delong', slices: { SEX: 'levels' } }))
    const sliced = { ...policy, maxSliceRegression: 0.1 }
    assert.ok(!isSamePolicy(sliced, { ...sliced, slices: { SEX: 'levels' } }))
  })
})

describe('bestCandidate', () => {
  test('takes the highest AUC, but the lowest loss', () => {
    const a = { ...candidate(0.8), kind: 'a', metrics: { roc_auc: 0.8, log_loss: 0.5 } }
    const b = { ...candidate(0.7), kind: 'b', metrics: { roc_auc: 0.7, log_loss: 0.4 } }
    assert.equal(bestCandidate([a, b], 'roc_auc'), a)
    assert.equal(bestCandidate([a, b], 'log_loss'), b)
  })

  test('takes no candidate without the metric where another has it', () => {
    const [none, missing] = [candidate(NaN), { ...candidate(0), metrics: {} }]
    const measured = candidate(0.6)
    assert.equal(bestCandidate([none, missing, measured], 'roc_auc'), measured)
    assert.equal(bestCandidate([none, missing], 'roc_auc'), none)
  })

  test('of equals takes the first', () => {
    const [a, b] = [candidate(0.8), candidate(0.8)]
    assert.equal(bestCandidate([a, b], 'roc_auc'), a)
  })
})

function candidate(auc: number): Candidate {
  return { kind: 'boosting', digest: '00', metrics: { roc_auc: auc } }
}
