/** The expectation about quantiles of a column, as pandas takes them. */

import type { Cell } from '../../duckdb-store.ts'
import { findColumn, numberOf } from '../../table/column.ts'
import { defineExpectation, type Question } from '../expectation-type.ts'
import { type Kwarg, required, text } from '../kwargs.ts'
import { type Outcome, toJsonValue } from '../outcome.ts'

type Range = readonly [number | null, number | null]

/** Quantiles, and the limits of each. */
export interface QuantileRanges {
  /** From 0 to 1. */
  readonly quantiles: readonly number[]
  /** For each quantile its limits, inclusive; null is no limit. */
  readonly value_ranges: readonly Range[]
}

const quantileRanges: Kwarg<QuantileRanges, false> = {
  expected: "an object such as {'quantiles': [0.5], 'value_ranges': [[10, 20]]}",
  isRequired: false,
  accepts: (value): value is QuantileRanges =>
    typeof value === 'object' &&
    value !== null &&
    'quantiles' in value &&
    'value_ranges' in value &&
    Array.isArray(value.quantiles) &&
    value.quantiles.every(Number.isFinite) &&
    Array.isArray(value.value_ranges) &&
    value.value_ranges.every(isRange),
  describeProblem: describeRangeProblem,
}

function isRange(value: unknown): value is Range {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((limit) => limit === null || Number.isFinite(limit))
  )
}

function describeRangeProblem(given: QuantileRanges): string | undefined {
  const { quantiles, value_ranges: ranges } = given
  const unknown = Object.keys(given).find((key) => key !== 'quantiles' && key !== 'value_ranges')
  if (unknown !== undefined) return `has the unknown member '${unknown}'`
  if (quantiles.length === 0) return 'names no quantile'
  if (quantiles.length !== ranges.length) {
    return `has ${quantiles.length} quantiles and ${ranges.length} value_ranges`
  }
  const outside = quantiles.find((quantile) => quantile < 0 || quantile > 1)
  if (outside !== undefined) return `has the quantile ${outside}, expected one from 0 to 1`
  const empty = ranges.find(([low, high]) => low !== null && high !== null && low > high)
  if (empty !== undefined) return `has the empty range [${empty.join(', ')}]`
  return undefined
}

const interpolations = ['linear', 'lower', 'higher', 'midpoint', 'nearest'] as const
type Interpolation = (typeof interpolations)[number]

/** GX's name for it; false is 'nearest'. For true, only of use to databases, GX with pandas refuses. */
const interpolation: Kwarg<Interpolation | false, false> = {
  expected: `false or one of ${interpolations.map((name) => `'${name}'`).join(', ')}`,
  isRequired: false,
  accepts: (value): value is Interpolation | false =>
    value === false || interpolations.some((name) => name === value),
}

const quantilesBetween = defineExpectation({
  name: 'expect_column_quantile_values_to_be_between',
  kwargs: {
    column: required(text),
    quantile_ranges: required(quantileRanges),
    allow_relative_error: interpolation,
  },
  ask: ({ column: name, quantile_ranges: ranges, allow_relative_error: rule }, table) => {
    const { column, warnings } = findColumn(table, name)
    const value = numberOf(column)
    return {
      kind: 'staged',
      aggregates: [`count(${value})`],
      next: ([count]) =>
        askOrderStatistics(value, Number(count), { ranges, rule: rule || 'nearest' }),
      warnings,
    }
  },
})

interface Wanted {
  readonly ranges: QuantileRanges
  readonly rule: Interpolation
}

/** A quantile lies at or between two values in order, counted from 0. */
function askOrderStatistics(value: string, count: number, wanted: Wanted): Question {
  const { quantiles } = wanted.ranges
  if (count === 0) {
    return {
      kind: 'shape',
      outcome: judgeQuantiles(
        quantiles.map(() => null),
        wanted,
      ),
    }
  }
  const places = quantiles.map((quantile) => placeOf(quantile, count, wanted.rule))
  const needed = [...new Set(places.flatMap(({ low, high }) => [low, high]))]
  // The middle of the share that belongs to one place: exact, whatever the rounding.
  const shares = needed.map((place) => (place + 0.5) / count)
  return {
    kind: 'aggregate',
    aggregates: [
      `to_json(CAST(quantile_disc(${value}, [${shares.join(', ')}]) AS VARCHAR[]))::VARCHAR`,
    ],
    judge: ([cell]) => {
      const texts: readonly string[] = JSON.parse(String(cell))
      const found = new Map(needed.map((place, i) => [place, parseNumber(texts[i]!)]))
      const values = places.map(({ low, high, weight }) =>
        interpolate(found.get(low)!, found.get(high)!, weight),
      )
      return judgeQuantiles(values, wanted)
    },
  }
}

interface Place {
  readonly low: number
  readonly high: number
  /** Share of the higher value. */
  readonly weight: number
}

function placeOf(quantile: number, count: number, rule: Interpolation): Place {
  // pandas asks numpy for percentiles; the detour rounds, and 1/3 of six steps is just below two.
  const place = ((quantile * 100) / 100) * (count - 1)
  const low = Math.floor(place)
  const high = Math.ceil(place)
  const weight = place - low
  switch (rule) {
    case 'linear':
      return { low, high, weight }
    case 'midpoint':
      return { low, high, weight: 0.5 }
    case 'lower':
      return { low, high: low, weight: 0 }
    case 'higher':
      return { low: high, high, weight: 0 }
    case 'nearest': {
      // Half to even, as numpy rounds.
      const isLow = weight < 0.5 || (weight === 0.5 && low % 2 === 0)
      const nearest = isLow ? low : high
      return { low: nearest, high: nearest, weight: 0 }
    }
  }
}

/** Integers beyond 2⁵³ stay exact. */
function parseNumber(written: string): number | bigint {
  if (written === 'inf' || written === '-inf') return written === 'inf' ? Infinity : -Infinity
  const number = Number(written)
  return Number.isInteger(number) && !Number.isSafeInteger(number) && /^-?\d+$/.test(written)
    ? BigInt(written)
    : number
}

function interpolate(low: number | bigint, high: number | bigint, weight: number): Cell {
  if (low === high || weight === 0) return low
  const value = Number(low) + (Number(high) - Number(low)) * weight
  return Number.isNaN(value) ? null : value
}

function judgeQuantiles(values: readonly Cell[], { ranges }: Wanted): Outcome {
  const details = values.map(
    (value, i) => value !== null && isWithin(Number(value), ranges.value_ranges[i]!),
  )
  return {
    success: details.every(Boolean),
    result: {
      observed_value: { quantiles: ranges.quantiles, values: values.map(toJsonValue) },
      details: { success_details: details },
    },
  }
}

/** GX lets a quantile also lie as close to a limit as numpy's isclose with a relative tolerance of 10⁻⁴. */
function isWithin(value: number, [low, high]: Range): boolean {
  const min = low ?? -Infinity
  const max = high ?? Infinity
  return (value >= min && value <= max) || isClose(value, min) || isClose(value, max)
}

function isClose(value: number, limit: number): boolean {
  if (!Number.isFinite(value) || !Number.isFinite(limit)) return value === limit
  return Math.abs(value - limit) <= 1e-8 + 1e-4 * Math.abs(limit)
}

export const quantileTypes = [quantilesBetween] as const
