import type { Random } from '../../core/random.ts'
import { exp, log } from '../../math/index.ts'

/** What a trial may set a parameter to. */
export type TrialValue = number | string | boolean

/** The values that one parameter is searched over. */
export type Dimension = Interval | Choice

/** Numbers from `min` to `max`, both included; those of `log_…` kinds are above 0 and evenly likely per factor. */
export interface Interval {
  readonly kind: IntervalKind
  readonly min: number
  readonly max: number
}

/** Values without an order, each as likely. */
export interface Choice {
  readonly kind: 'choice'
  readonly options: readonly TrialValue[]
}

/** The kinds of intervals, as params.yaml names them. */
export const intervalKinds = ['uniform', 'log_uniform', 'integer', 'log_integer'] as const
export type IntervalKind = (typeof intervalKinds)[number]

/** Draws a value by its dimension's own distribution. */
export function drawValue(dimension: Dimension, random: Random): TrialValue {
  return dimension.kind === 'choice'
    ? dimension.options[random.nextInteger(dimension.options.length)]!
    : decodePosition(dimension, random.next())
}

/**
 * The value at a position of an interval: 0 is its lower end, 1 its upper. Whole numbers have
 * equal parts of the way, or parts by their logarithm. Other numbers are rounded to four digits
 * (more where the interval is narrow), which people can read and write again.
 *
 * @param position - from 0 to 1
 */
export function decodePosition({ kind, min, max }: Interval, position: number): number {
  if (min === max) return min
  switch (kind) {
    case 'uniform':
      return clamp(roundFor(pointBetween(min, max, position), min, max), min, max)
    case 'log_uniform':
      return clamp(roundFor(between(log(min), log(max), position), min, max), min, max)
    case 'integer':
      return clamp(min + Math.floor(position * (max - min + 1)), min, max)
    case 'log_integer':
      return clamp(Math.round(between(log(min - 0.5), log(max + 0.5), position)), min, max)
  }
}

/**
 * The position of a value in its interval, of a whole number the middle of its part: the inverse
 * of {@link decodePosition} but for rounding.
 *
 * @returns from 0 to 1
 */
export function encodePosition({ kind, min, max }: Interval, value: number): number {
  switch (kind) {
    case 'uniform':
      return share(min, max, value)
    case 'log_uniform':
      return share(log(min), log(max), log(value))
    case 'integer':
      return (value - min + 0.5) / (max - min + 1)
    case 'log_integer':
      return share(log(min - 0.5), log(max + 0.5), log(value))
  }
}

function between(low: number, high: number, position: number): number {
  return exp(low + position * (high - low))
}

function share(low: number, high: number, value: number): number {
  // An interval of one value has no width to divide by.
  if (low === high) return 0.5
  const half = halfIfWide(low, high)
  return clamp((value * half - low * half) / (high * half - low * half), 0, 1)
}

function pointBetween(low: number, high: number, position: number): number {
  const half = halfIfWide(low, high)
  return (low * half + position * (high * half - low * half)) / half
}

/** Of an interval so wide that its width is no number, half is taken everywhere. */
function halfIfWide(low: number, high: number): number {
  return Number.isFinite(high - low) ? 1 : 0.5
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value))
}

/** Four digits, and one more for each digit that the ends of the interval have in common. */
function roundFor(value: number, min: number, max: number): number {
  const largest = Math.max(Math.abs(min), Math.abs(max))
  const shared = Math.max(0, exponentOf(largest / (max - min)))
  return Number(value.toPrecision(Math.min(17, 4 + shared)))
}

function exponentOf(value: number): number {
  return Number(value.toExponential().split('e')[1])
}
