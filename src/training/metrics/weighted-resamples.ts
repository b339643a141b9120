import type { Random } from '../../core/random.ts'
import {
  type BootstrapOptions,
  checkBootstrapOptions,
  type Interval,
  percentileInterval,
} from './resample-rows.ts'

/** Metrics of a sample in which row r counts `counts[r]` times. */
export type SampledMetrics = (counts: Float64Array) => object

/** Rows that are drawn again and again. */
export interface DrawnRows {
  /** How many there are. */
  readonly rows: number
  /** How much each counts; all alike when absent. Shape [rows]. */
  readonly weights?: ArrayLike<number> | undefined
  /** The class of each, where a sample must have two; shape [rows]. */
  readonly classes?: ArrayLike<number> | undefined
}

/** A number with the ends of its bootstrap interval. */
export interface MeasuredNumber {
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/**
 * Measures rows, and by percentiles of bootstrap samples of them how far each metric would move with other rows.
 * [Efron & Tibshirani 1993, §13]
 *
 * @param drawn - some of the rows weigh something; with classes, rows of two
 * @throws {ToolkitError} `TRAINING_INVALID` naming each bad option
 */
export function measureWithIntervals(
  metricsOf: SampledMetrics,
  drawn: DrawnRows,
  options: BootstrapOptions,
): Readonly<Record<string, MeasuredNumber>> {
  const { random, replicates, level } = checkBootstrapOptions(options)
  const whole = Object.entries(metricsOf(weightsOf(drawn)))
  const samples = whole.map(() => new Float64Array(replicates))
  const counts = new Float64Array(drawn.rows)
  for (let replicate = 0; replicate < replicates; replicate++) {
    fillDrawnCounts(counts, drawn, random)
    const found: number[] = Object.values(metricsOf(counts))
    found.forEach((value, i) => (samples[i]![replicate] = value))
  }
  return Object.fromEntries(
    whole.map(([name, value], i) => {
      const [lower, upper] = percentileInterval(samples[i]!.filter(isKnown), level)
      return [name, { value, lower, upper }]
    }),
  )
}

/** What is about one class alone, a sample without that class does not tell. */
function isKnown(value: number): boolean {
  return !Number.isNaN(value)
}

/** A metric by which two models are compared. */
export interface ComparedMetric {
  readonly name: string
  /** 1 where higher is better, else -1. */
  readonly sign: 1 | -1
  /** How much better B must be to count as better. */
  readonly margin: number
}

/** One metric of model B against that of model A on the same rows. */
export interface PairedDifference {
  /** Signed so that positive is better, as all that follows. */
  readonly improvement: number
  readonly interval: Interval
  readonly shareBetter: number
  readonly pValue: number
}

/**
 * Compares two models by metrics, all measured of both on the same samples: see `pairedBootstrap`.
 *
 * @returns in the order of the metrics
 * @throws {ToolkitError} `TRAINING_INVALID` naming each bad option
 */
export function comparePaired(
  models: { readonly before: SampledMetrics; readonly after: SampledMetrics },
  drawn: DrawnRows,
  options: BootstrapOptions & { readonly metrics: readonly ComparedMetric[] },
): readonly PairedDifference[] {
  const { random, replicates, level } = checkBootstrapOptions(options)
  const { metrics } = options
  const gainsOf = (counts: Float64Array): readonly number[] => {
    const [before, after] = [models.before(counts), models.after(counts)]
    return metrics.map(
      ({ name, sign }) => sign * (readMetric(after, name) - readMetric(before, name)),
    )
  }
  const improvements = gainsOf(weightsOf(drawn))
  const counts = new Float64Array(drawn.rows)
  const samples = metrics.map(() => new Float64Array(replicates))
  for (let replicate = 0; replicate < replicates; replicate++) {
    fillDrawnCounts(counts, drawn, random)
    gainsOf(counts).forEach((gain, i) => (samples[i]![replicate] = gain))
  }
  return metrics.map(({ margin }, i) => {
    const gains = samples[i]!
    const countAbove = (least: number): number =>
      gains.reduce((count, value) => count + Number(value > least), 0)
    return {
      improvement: improvements[i]!,
      interval: percentileInterval(gains, level),
      shareBetter: countAbove(0) / replicates,
      pValue: (replicates - countAbove(margin) + 1) / (replicates + 1),
    }
  })
}

/** One metric of a sample; NaN where it is none of them. */
export function readMetric(sampled: object, name: string): number {
  const value: unknown = Reflect.get(sampled, name)
  return typeof value === 'number' ? value : NaN
}

function weightsOf({ rows, weights }: DrawnRows): Float64Array {
  return weights === undefined ? new Float64Array(rows).fill(1) : Float64Array.from(weights)
}

/** Draws as many rows as there are, with replacement; a sample that nothing can be measured on is drawn again. */
function fillDrawnCounts(
  into: Float64Array,
  { rows, weights, classes }: DrawnRows,
  random: Random,
): void {
  do {
    into.fill(0)
    for (let i = 0; i < rows; i++) {
      const row = random.nextInteger(rows)
      into[row]! += weights === undefined ? 1 : weights[row]!
    }
  } while (!isMeasurable(into, classes))
}

function isMeasurable(counts: Float64Array, classes: ArrayLike<number> | undefined): boolean {
  const first = counts.findIndex((count) => count > 0)
  if (first === -1 || classes === undefined) return first !== -1
  return counts.some((count, row) => count > 0 && classes[row] !== classes[first])
}
