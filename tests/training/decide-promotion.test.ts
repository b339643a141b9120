import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  bestCandidate,
  decidePromotion,
  type Candidate,
  type PromotionPolicy,
} from '../../src/training/decide-promotion.ts'

const policy: PromotionPolicy = { metric: 'roc_auc', minImprovement: 0, minRocAuc: 0.7 }

describe('decidePromotion', () => {
  test('the first good model becomes champion', () => {
    assert.equal(decidePromotion(candidate(0.78), 'nobody', policy).decision, 'promoted')
  })

  test('a model below the gate is refused, champion or not', () => {
    assert.deepEqual(decidePromotion(candidate(0.69), 'nobody', policy), {
      decision: 'refused',
      reason: "'boosting' has an AUC of 0.6900, below the gate of 0.7",
    })
    assert.equal(decidePromotion(candidate(NaN), 'nobody', policy).decision, 'refused')
  })

  test('a challenger that is the champion stays it, unless the gate rose above it', () => {
    assert.deepEqual(decidePromotion(candidate(0.78), 'itself', policy), {
      decision: 'kept-champion',
      reason: "'boosting' is the champion already",
    })
    const strict = { ...policy, minRocAuc: 0.9 }
    assert.equal(decidePromotion(candidate(0.78), 'itself', strict).decision, 'refused')
  })

  test('a champion stays unless it is beaten by more than the policy asks', () => {
    const even = { improvement: 0, lower: -0.01, upper: 0.01, shareBetter: 0.5 }
    const better = { ...even, improvement: 0.004 }
    assert.equal(decidePromotion(candidate(0.78), even, policy).decision, 'kept-champion')
    assert.equal(decidePromotion(candidate(0.78), better, policy).decision, 'promoted')
    assert.equal(
      decidePromotion(candidate(0.78), better, { ...policy, minImprovement: 0.005 }).decision,
      'kept-champion',
    )
  })
})

describe('bestCandidate', () => {
  test('takes the highest AUC, but the lowest loss', () => {
    const a = { ...candidate(0.8), kind: 'a', metrics: { roc_auc: 0.8, log_loss: 0.5 } }
    const b = { ...candidate(0.7), kind: 'b', metrics: { roc_auc: 0.7, log_loss: 0.4 } }
    assert.equal(bestCandidate([a, b], 'roc_auc'), a)
    assert.equal(bestCandidate([a, b], 'log_loss'), b)
  })

  test('of equals takes the first', () => {
    const [a, b] = [candidate(0.8), candidate(0.8)]
    assert.equal(bestCandidate([a, b], 'roc_auc'), a)
  })
})

function candidate(auc: number): Candidate {
  return { kind: 'boosting', digest: '00', metrics: { roc_auc: auc } }
}
