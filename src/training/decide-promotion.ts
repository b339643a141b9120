import type { HeadlineMetric } from './headline-metrics.ts'

/** How the gate decides; params.yaml, section `promote`. */
export interface PromotionPolicy {
  readonly metric: HeadlineMetric
  /** How much better than the champion the challenger must be on `metric`. */
  readonly minImprovement: number
  /** No model below this AUC is promoted, champion or not. */
  readonly minRocAuc: number
}

export interface Candidate {
  readonly kind: string
  readonly digest: string
  readonly metrics: Readonly<Record<string, number>>
}

/** The challenger against the champion on the same rows. */
export interface Comparison {
  /** Challenger minus champion, signed so that positive is better. */
  readonly improvement: number
  readonly lower: number
  readonly upper: number
  /** Share of bootstrap resamples in which the challenger is better. */
  readonly shareBetter: number
}

export interface PromotionDecision {
  readonly decision: 'promoted' | 'kept-champion' | 'refused'
  readonly reason: string
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
  const value = candidate.metrics[metric] ?? NaN
  return metric === 'roc_auc' ? value : -value
}

/**
 * Decides whether the challenger becomes champion. Pure: it reads and moves nothing.
 *
 * @param against - the champion it was compared with; 'nobody' when there is none yet,
 *   'itself' when the challenger is the champion
 */
export function decidePromotion(
  challenger: Candidate,
  against: Comparison | 'nobody' | 'itself',
  policy: PromotionPolicy,
): PromotionDecision {
  const auc = challenger.metrics['roc_auc'] ?? NaN
  if (!(auc >= policy.minRocAuc)) {
    return {
      decision: 'refused',
      reason: `'${challenger.kind}' has an AUC of ${digits(auc)}, below the gate of ${policy.minRocAuc}`,
    }
  }
  if (against === 'itself') {
    return { decision: 'kept-champion', reason: `'${challenger.kind}' is the champion already` }
  }
  if (against === 'nobody') {
    return {
      decision: 'promoted',
      reason: `'${challenger.kind}' is the best by ${policy.metric} and there was no champion`,
    }
  }
  const gain = `${policy.metric} better by ${digits(against.improvement)} [${digits(against.lower)}, ${digits(against.upper)}] on the same rows`
  if (against.improvement > policy.minImprovement) {
    return { decision: 'promoted', reason: `'${challenger.kind}' beats the champion: ${gain}` }
  }
  return {
    decision: 'kept-champion',
    reason: `'${challenger.kind}' does not beat the champion by more than ${policy.minImprovement}: ${gain}`,
  }
}

function digits(value: number): string {
  return value.toFixed(4)
}
