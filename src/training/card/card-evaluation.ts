import { isObject } from '../../core/json.ts'
import { chanceOfMetrics, luckOfDifferences } from './group-luck.ts'

/** A number with the ends of its interval. */
export interface CardMetric {
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/** Metrics by name. */
export type CardMetrics = Readonly<Record<string, CardMetric>>

/** Some of the rows, told apart by a column. */
export interface CardSlice {
  readonly column: string
  readonly slice: string
  readonly rows: number
  readonly metrics?: CardMetrics
  /** Why nothing was measured. */
  readonly skipped?: string
}

/** One class against the rest. */
export interface CardClass {
  readonly name: string
  readonly rows: number
  readonly metrics: CardMetrics
}

/** What a card tells of the evaluation: the part of its report that is read here. */
export interface CardEvaluation {
  readonly rows: number
  /** Of class 1, as the threshold; absent where a model gives no probability of it. */
  readonly positive_share?: number
  readonly confidence_level: number
  readonly threshold?: number
  readonly metrics: CardMetrics
  readonly slices: readonly CardSlice[]
  /** Of a model of several classes: each against the rest. Absent from reports of earlier versions. */
  readonly classes?: readonly CardClass[]
  /** By column: differences and ratios between its groups, by name. */
  readonly fairness: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** By column: how likely so large a difference is by luck alone, by the name of the difference. Absent from earlier cards. */
  readonly fairness_luck?: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The evaluation in a report that `mlpt evaluate` wrote; `undefined` when it is none. */
export function readCardEvaluation(report: unknown): CardEvaluation | undefined {
  if (!isObject(report) || !isObject(report['metrics'])) return undefined
  const { rows, positive_share, confidence_level, threshold } = report
  const numbers = { rows, confidence_level }
  if (!isNumbers(numbers)) return undefined
  const ofProbability = { positive_share, threshold }
  const slices = Array.isArray(report['slices']) ? report['slices'].flatMap(readSlice) : []
  const fairness = isObject(report['fairness']) ? report['fairness'] : {}
  const luck = readLuck(fairness, slices, numbers.confidence_level)
  return {
    rows: numbers.rows,
    ...(isNumbers(ofProbability) && { positive_share: ofProbability.positive_share }),
    confidence_level: numbers.confidence_level,
    ...(isNumbers(ofProbability) && { threshold: ofProbability.threshold }),
    metrics: readMetrics(report['metrics']),
    slices,
    ...(Array.isArray(report['by_class']) && { classes: report['by_class'].flatMap(readClass) }),
    fairness: Object.fromEntries(
      Object.entries(fairness).map(([column, values]) => [column, onlyNumbers(values)]),
    ),
    ...(Object.keys(luck).length > 0 && { fairness_luck: luck }),
  }
}

function isNumbers<K extends string>(
  values: Readonly<Record<K, unknown>>,
): values is Readonly<Record<K, number>> {
  return Object.values(values).every((value) => typeof value === 'number')
}

function readMetrics(metrics: Readonly<Record<string, unknown>>): CardMetrics {
  const entries = Object.entries(metrics).flatMap(([name, metric]) => {
    if (!isObject(metric)) return []
    const { value, lower, upper } = metric
    const numbers = { value, lower, upper }
    return isNumbers(numbers) ? [[name, numbers] as const] : []
  })
  return Object.fromEntries(entries)
}

function readClass(value: unknown): CardClass[] {
  if (!isObject(value) || !isObject(value['metrics'])) return []
  const { class: name, rows, metrics } = value
  const isNamed = typeof name === 'string' || typeof name === 'number'
  if (!isNamed || typeof rows !== 'number' || !isObject(metrics)) return []
  return [{ name: String(name), rows, metrics: readMetrics(metrics) }]
}

function readSlice(value: unknown): CardSlice[] {
  if (!isObject(value)) return []
  const { column, slice, rows, metrics, skipped } = value
  if (typeof column !== 'string' || typeof slice !== 'string' || typeof rows !== 'number') return []
  return [
    {
      column,
      slice,
      rows,
      ...(isObject(metrics) && { metrics: readMetrics(metrics) }),
      ...(typeof skipped === 'string' && { skipped }),
    },
  ]
}

/** By column, of those where something is told. */
function readLuck(
  fairness: Readonly<Record<string, unknown>>,
  slices: readonly CardSlice[],
  level: number,
): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const all = Object.entries(fairness).map(([column, values]) => {
    const groups = isObject(values) ? values['groups'] : undefined
    const accuracy_difference = luckOfAccuracies(slices, column, level)
    return [column, onlyNumbers({ ...luckOfDifferences(groups), accuracy_difference })] as const
  })
  return Object.fromEntries(all.filter(([, luck]) => Object.keys(luck).length > 0))
}

/** Undefined where slices by the column have no accuracies, or no luck in them. */
function luckOfAccuracies(
  slices: readonly CardSlice[],
  column: string,
  level: number,
): number | undefined {
  const accuracies = slices.flatMap((slice) =>
    slice.column === column ? (slice.metrics?.['accuracy'] ?? []) : [],
  )
  const chance = chanceOfMetrics(accuracies, level)
  return Number.isNaN(chance) ? undefined : chance
}

function onlyNumbers(values: unknown): Readonly<Record<string, number>> {
  const entries = isObject(values) ? Object.entries(values) : []
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}
