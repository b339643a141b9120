import type { Comparison } from './compare-models.ts'
import { type HeadlineMetric, metricSigns } from './headline-metrics.ts'
import {
  describeGain,
  judgeIncomparable,
  judgeLead,
  judgeModel,
  type Candidate,
  type Gate,
  type GateEvidence,
  type Incomparable,
} from './promotion-gates.ts'
import type { PromotionPolicy } from './promotion-policy.ts'

/** What a promotion came to. */
export interface PromotionDecision {
  readonly decision: 'promoted' | 'kept-champion' | 'refused'
  readonly reason: string
  /** Every gate that is not open, with what was found. Absent from verdicts of earlier versions. */
  readonly gates?: readonly Gate[]
}

/** The candidate that is best on a metric; ties go to the first. */
export function bestCandidate(
  candidates: readonly Candidate[],
  metric: HeadlineMetric,
): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, candidate) =>
      best === undefined || goodness(candidate, metric) > goodness(best, metric) ? candidate : best,
    undefined,
  )
}

function goodness(candidate: Candidate, metric: HeadlineMetric): number {
  const value = metricSigns[metric] * (candidate.metrics[metric] ?? NaN)
  // Nothing is greater than NaN: who was not measured would stay the best.
  return Number.isNaN(value) ? -Infinity : value
}

/**
 * Decides whether the challenger becomes champion. Pure: it reads and moves nothing.
 *
 * @param against - the champion it was compared with, or why it could not be; 'nobody' when there is
 *   none yet, 'itself' when the challenger is the champion, 'restated' when it scores as the champion and its
 *   MLmodel says otherwise what it takes and gives
 */
export function decidePromotion(
  challenger: Candidate,
  against: Comparison | Incomparable | 'nobody' | 'itself' | 'restated',
  policy: PromotionPolicy,
  evidence: GateEvidence,
): PromotionDecision {
  const gates = [
    ...judgeModel(challenger, policy, evidence),
    ...judgeAgainst(challenger, against, policy),
  ]
  const name = `'${challenger.kind}'`
  const leads = gates.every(({ gate, passed }) => gate !== 'min_improvement' || passed)
  const failures = (kind: Gate['otherwise']): string[] =>
    gates.flatMap(({ gate, otherwise, failure }) => {
      // Who does not lead does not lead by luck either.
      if (gate === 'max_p_value' && !leads) return []
      return otherwise === kind && failure !== undefined ? [failure] : []
    })
  const refusals = failures('refused')
  if (refusals.length > 0) return { decision: 'refused', reason: refusals.join('; '), gates }
  if (against === 'itself') {
    return { decision: 'kept-champion', reason: `${name} is the champion already`, gates }
  }
  if (against === 'restated') {
    const reason = `${name} scores as the champion does, and its MLmodel says otherwise what it takes and gives`
    return { decision: 'promoted', reason, gates }
  }
  if (against === 'nobody') {
    const reason = `${name} is the best by ${policy.metric} and there was no champion`
    return { decision: 'promoted', reason, gates }
  }
  const doubts = failures('kept-champion')
  if (doubts.length > 0 || 'incomparable' in against) {
    return { decision: 'kept-champion', reason: doubts.join('; '), gates }
  }
  const gain = describeGain(against, policy.metric)
  return { decision: 'promoted', reason: `${name} beats the champion: ${gain}`, gates }
}

function judgeAgainst(
  challenger: Candidate,
  against: Comparison | Incomparable | 'nobody' | 'itself' | 'restated',
  policy: PromotionPolicy,
): Gate[] {
  if (typeof against === 'string') return []
  return 'incomparable' in against
    ? judgeIncomparable(challenger, against)
    : judgeLead(challenger, against, policy)
}
