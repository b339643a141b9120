import { formatMetric } from '../core/format-number.ts'
import type { Comparison } from './compare-models.ts'
import { unitMetrics } from './headline-metrics.ts'
import {
  dataQualityLimits,
  noBudget,
  type DataQuality,
  type PromotionPolicy,
} from './promotion-policy.ts'

/** What was found out about the challenger besides its metrics. */
export interface GateEvidence {
  /** Of the ONNX file. */
  readonly sizeBytes: number
  /** Whether the median prediction was within the budget; undefined when there is none. */
  readonly isFastEnough?: boolean | undefined
  /** Undefined when the policy does not ask. */
  readonly dataQuality?: DataQuality | undefined
  /** Against a model without features; undefined when the policy does not ask. */
  readonly lead?: Lead | undefined
}

/** By how much one model is better than another on the same rows, and the ends of the interval. */
export type Lead = Pick<Comparison, 'improvement' | 'lower' | 'upper'>

/** A champion that cannot be scored on the rows of today, with the reason as a sentence about it. */
export interface Incomparable {
  readonly incomparable: string
}

/** One condition with what was found. Gates that are open are left out. */
export interface Gate {
  /** The parameter below `promote` in params.yaml. */
  readonly gate: string
  readonly passed: boolean
  /** What the promotion comes to when the gate is not passed. */
  readonly otherwise: 'refused' | 'kept-champion'
  /** What was found; null where it differs from run to run, so that the same models give the same verdict. */
  readonly value: number | string | null
  readonly limit: number | string
  /** Why it is not passed; absent when it is. */
  readonly failure?: string
}

/** A model with what metrics/<model>.json says of it. */
export interface Candidate {
  readonly kind: string
  readonly digest: string
  readonly metrics: Readonly<Record<string, number>>
}

/** Holds the challenger against the limits that hold for every model, champion or not. */
export function judgeModel(
  { kind, metrics }: Candidate,
  policy: PromotionPolicy,
  evidence: GateEvidence,
): Gate[] {
  const name = `'${kind}'`
  const error = metrics['expected_calibration_error'] ?? NaN
  const { maxCalibrationError, maxSizeBytes, maxLatencyUs } = policy
  const gates = [
    ...judgeMetrics(name, metrics, policy),
    maxCalibrationError < 1 &&
      refusing('max_calibration_error', error <= maxCalibrationError, {
        value: error,
        limit: maxCalibrationError,
        failure: `${name} has a calibration error of ${digits(error, maxCalibrationError)}, above ${maxCalibrationError}`,
      }),
    maxSizeBytes < noBudget &&
      refusing('max_size_bytes', evidence.sizeBytes <= maxSizeBytes, {
        value: evidence.sizeBytes,
        limit: maxSizeBytes,
        failure: `${name} has ${evidence.sizeBytes} bytes, above ${maxSizeBytes}`,
      }),
    maxLatencyUs < noBudget &&
      refusing('max_latency_us', evidence.isFastEnough === true, {
        value: null,
        limit: maxLatencyUs,
        failure: `${name} takes longer than ${maxLatencyUs} µs for a prediction`,
      }),
    judgeData(policy, evidence),
    policy.baseline && judgeBaseline(name, policy, evidence),
  ]
  return gates.filter((gate) => gate !== false)
}

function judgeMetrics(
  name: string,
  metrics: Candidate['metrics'],
  { minRocAuc, maxRmse, minR2, minAccuracy, maxMeanCost }: PromotionPolicy,
): Gate[] {
  const gates = [
    { gate: 'min_roc_auc', metric: 'roc_auc', title: 'an AUC', limit: minRocAuc, isLeast: true },
    { gate: 'max_rmse', metric: 'rmse', title: 'an RMSE', limit: maxRmse, isLeast: false },
    { gate: 'min_r2', metric: 'r2', title: 'an R²', limit: minR2, isLeast: true },
    {
      gate: 'min_accuracy',
      metric: 'accuracy',
      title: 'an accuracy',
      limit: minAccuracy,
      isLeast: true,
    },
    {
      gate: 'max_mean_cost',
      metric: 'mean_cost',
      title: 'a mean cost',
      limit: maxMeanCost,
      isLeast: false,
    },
  ] as const
  return gates.flatMap(({ gate, metric, title, limit, isLeast }) => {
    if (limit === undefined) return []
    const value = metrics[metric] ?? NaN
    const failure = `${name} has ${title} of ${digits(value, limit)}, ${isLeast ? 'below' : 'above'} the gate of ${limit}`
    return [refusing(gate, isLeast ? value >= limit : value <= limit, { value, limit, failure })]
  })
}

function judgeData({ dataQuality: limit }: PromotionPolicy, evidence: GateEvidence): Gate | false {
  if (limit === 'off') return false
  const found = evidence.dataQuality ?? 'critical'
  const rank = found === 'sound' ? 0 : dataQualityLimits.indexOf(found)
  return refusing('data_quality', rank < dataQualityLimits.indexOf(limit), {
    value: found,
    limit,
    failure: `the data has findings of severity ${found}, and promote.data_quality is ${limit}`,
  })
}

/** With the whole interval above 0: by luck alone a model of noise leads half the time. */
function judgeBaseline(
  name: string,
  { metric }: PromotionPolicy,
  { lead = { improvement: NaN, lower: NaN, upper: NaN } }: GateEvidence,
): Gate {
  return refusing('baseline', lead.lower > 0, {
    value: lead.lower,
    limit: 0,
    failure: `${name} is not shown to be better than the baseline, which knows no features: ${describeGain(lead, metric)}`,
  })
}

/** Holds the challenger against the champion. */
export function judgeLead(
  { kind }: Candidate,
  comparison: Comparison,
  policy: PromotionPolicy,
): Gate[] {
  const name = `'${kind}'`
  const { minImprovement, maxPValue, maxSliceRegression, metric } = policy
  const gain = describeGain(comparison, metric)
  const { improvement, test, pValue = NaN } = comparison
  const worst = worstSlice(comparison, policy)
  const gates = [
    keeping('min_improvement', improvement > minImprovement, {
      value: improvement,
      limit: minImprovement,
      failure: `${name} does not beat the champion by more than ${minImprovement}: ${gain}`,
    }),
    maxPValue < 1 &&
      keeping('max_p_value', pValue <= maxPValue, {
        value: pValue,
        limit: maxPValue,
        failure: `${name} may lead by luck: p is ${digits(pValue, maxPValue)} (${test}), above ${maxPValue}`,
      }),
    maxSliceRegression < 1 &&
      worst !== undefined &&
      keeping('max_slice_regression', worst.loss <= maxSliceRegression, {
        value: worst.loss,
        limit: maxSliceRegression,
        failure: `${name} is worse than the champion by ${worst.words} on ${worst.slice}, more than ${maxSliceRegression}`,
      }),
  ]
  return gates.filter((gate) => gate !== false)
}

/** Keeps a champion that the challenger cannot be held against: whether that is meant is for people to say. */
export function judgeIncomparable({ kind }: Candidate, { incomparable }: Incomparable): Gate[] {
  const failure = `'${kind}' cannot be held against the champion: ${incomparable}; 'mlpt promote --override' takes its place all the same`
  const finding = { value: 'not possible', limit: 'possible', failure }
  return [keeping('comparison', false, finding)]
}

/** The lead in words, with its interval. */
export function describeGain({ improvement, lower, upper }: Lead, metric: string): string {
  return `${metric} better by ${formatMetric(improvement)} [${formatMetric(lower)}, ${formatMetric(upper)}] on the same rows`
}

/** The slice on which the challenger loses most, of metrics in the unit of the target as a share of the champion's. */
function worstSlice(
  { slices = [] }: Comparison,
  { metric, maxSliceRegression: limit }: PromotionPolicy,
) {
  const isShare = unitMetrics.includes(metric)
  const losses = slices.map(({ slice, improvement, champion }) => {
    const loss = isShare && improvement !== 0 ? -improvement / champion : -improvement
    const told = digits(loss, limit)
    return { slice, loss, words: isShare ? `a share of ${told}` : told }
  })
  // A loss that is no number is not shown to be small; left among the others it would leave them out of order.
  return (
    losses.find(({ loss }) => Number.isNaN(loss)) ?? losses.toSorted((a, b) => b.loss - a.loss)[0]
  )
}

type Finding = Pick<Gate, 'value' | 'limit'> & { readonly failure: string }

function refusing(gate: string, passed: boolean, finding: Finding): Gate {
  return decided({ gate, passed, otherwise: 'refused' }, finding)
}

function keeping(gate: string, passed: boolean, finding: Finding): Gate {
  return decided({ gate, passed, otherwise: 'kept-champion' }, finding)
}

function decided(
  gate: Pick<Gate, 'gate' | 'passed' | 'otherwise'>,
  { value, limit, failure }: Finding,
): Gate {
  return { ...gate, value, limit, ...(!gate.passed && { failure }) }
}

/** As metrics are told, and with all digits where so few would put the number at its limit or beyond. */
function digits(value: number, limit = Number.NaN): string {
  const short = formatMetric(value)
  return (value - limit) * (Number(short) - limit) <= 0 ? String(value) : short
}
