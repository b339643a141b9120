/** The expectation about how far a column's distribution is from an expected one. */

import { log } from '../../../math/index.ts'
import type { Cell } from '../../duckdb-store.ts'
import {
  type Column,
  findColumn,
  numberOf,
  showValue,
  unfitColumn,
  valueOf,
} from '../../table/column.ts'
import { numberLiteral } from '../bounds.ts'
import {
  type AggregateQuestion,
  defineExpectation,
  type QueryQuestion,
} from '../expectation-type.ts'
import {
  boolean,
  type Kwarg,
  required,
  share,
  type SetMember,
  setMembers,
  size,
  text,
} from '../kwargs.ts'
import { type JsonObject, type Outcome, toJsonValue } from '../outcome.ts'
import { countWhere } from '../../count-where.ts'

/** Shares of single values. */
export interface Categories {
  readonly values: readonly Exclude<SetMember, null>[]
  readonly weights: readonly number[]
}

/** Shares between edges; the last bin includes its upper edge. */
export interface Bins {
  readonly bins: readonly number[]
  readonly weights: readonly number[]
  /** Shares below the first and above the last edge. */
  readonly tail_weights?: readonly number[]
}

type Partition = Categories | Bins

const partition: Kwarg<Partition, false> = {
  expected: "an object with 'weights' and either 'values' or 'bins'",
  isRequired: false,
  accepts: (value): value is Partition => {
    if (typeof value !== 'object' || value === null || !('weights' in value)) return false
    if (!isNumbers(value.weights)) return false
    if ('values' in value)
      return !('bins' in value) && setMembers.accepts(value.values) && !value.values.includes(null)
    const tails = 'tail_weights' in value ? value.tail_weights : [0, 0]
    return 'bins' in value && isNumbers(value.bins) && isNumbers(tails) && tails.length === 2
  },
  describeProblem: describePartitionProblem,
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(Number.isFinite)
}

const members: ReadonlySet<string> = new Set(['values', 'bins', 'weights', 'tail_weights'])

function describePartitionProblem(given: Partition): string | undefined {
  const unknown = Object.keys(given).find((key) => !members.has(key))
  if (unknown !== undefined) return `has the unknown member '${unknown}'`
  return 'values' in given ? describeValueProblem(given) : describeBinProblem(given)
}

function describeValueProblem({ values, weights }: Categories): string | undefined {
  if (new Set(values.map(keyOf)).size < values.length) return 'names a value twice'
  return describeWeightProblem(weights, `${values.length} values`, weights.length === values.length)
}

function describeBinProblem(given: Bins): string | undefined {
  const { bins, weights, tail_weights: tails = [] } = given
  if (bins.some((edge, i) => i > 0 && edge <= bins[i - 1]!)) return 'has bins that do not rise'
  const isWhole = weights.length === bins.length - 1
  return isWhole
    ? describeWeightProblem([...weights, ...tails], '', true)
    : describeWeightProblem(weights, `${bins.length} edges of bins`, false)
}

function describeWeightProblem(
  weights: readonly number[],
  needed: string,
  isWhole: boolean,
): string | undefined {
  if (!isWhole || weights.length === 0) return `has ${weights.length} weights for ${needed}`
  if (weights.some((weight) => weight < 0)) return 'has a weight below 0'
  const total = sum(weights)
  return Math.abs(total - 1) > 1e-5 ? `has weights that sum to ${total}, not to 1` : undefined
}

const klDivergence = defineExpectation({
  name: 'expect_column_kl_divergence_to_be_less_than',
  kwargs: {
    column: required(text),
    partition_object: required(partition),
    threshold: size,
    tail_weight_holdout: share,
    internal_weight_holdout: share,
    bucketize_data: boolean,
  },
  findProblems: ({ partition_object: expected, bucketize_data: isBucketized, ...holdouts }) => {
    if ('values' in expected) {
      const isInternal = (holdouts.internal_weight_holdout ?? 0) > 0
      return isInternal ? ["has an 'internal_weight_holdout', which needs bins"] : []
    }
    const hasTwo = expected.tail_weights !== undefined && (holdouts.tail_weight_holdout ?? 0) > 0
    return [
      ...(hasTwo ? ["has both tail_weights and a 'tail_weight_holdout'"] : []),
      ...(isBucketized === false ? ["has bins, which 'bucketize_data' false does not allow"] : []),
    ]
  },
  ask: ({ column: name, partition_object: expected, ...kwargs }, table) => {
    const { column, warnings } = findColumn(table, name)
    const limits = {
      threshold: kwargs.threshold,
      tail: kwargs.tail_weight_holdout ?? 0,
      internal: kwargs.internal_weight_holdout ?? 0,
    }
    const question =
      'values' in expected
        ? askCategories(column, expected, limits)
        : askBins(column, expected, limits)
    return { ...question, warnings }
  },
})

interface Limits {
  readonly threshold: number | undefined
  /** Share kept for what the expected distribution does not name. */
  readonly tail: number
  /** Share kept for bins whose expected weight is 0. */
  readonly internal: number
}

function askCategories(column: Column, expected: Categories, limits: Limits): QueryQuestion {
  if (column.family === 'time' || column.family === 'other') {
    throw unfitColumn(column, 'numbers, texts or booleans')
  }
  const value = valueOf(column)
  return {
    kind: 'query',
    select: (relation) =>
      `SELECT ${showValue(column, 'v0')} AS value, count(*) AS count
       FROM (SELECT ${value} AS v0 FROM ${relation} WHERE ${value} IS NOT NULL)
       GROUP BY v0 ORDER BY v0`,
    judge: (rows) => {
      const counts = rows.map((row) => ({
        value: row['value'] ?? null,
        count: Number(row['count']),
      }))
      return judgeCategories(counts, expected, limits)
    },
  }
}

interface CategoryCount {
  readonly value: Cell
  readonly count: number
}

/** Expected values first, then those that were not expected, which share the weight held out for them. */
function judgeCategories(
  counts: readonly CategoryCount[],
  expected: Categories,
  limits: Limits,
): Outcome {
  const rows = sum(counts.map(({ count }) => count))
  const observed = new Map(counts.map(({ value, count }) => [keyOf(value), count / rows]))
  const named = new Set(expected.values.map(keyOf))
  const others = counts.filter(({ value }) => !named.has(keyOf(value)))
  const kept = others.length > 0 ? 1 - limits.tail : 1
  const values = [...expected.values, ...others.map(({ value }) => value)].map(toJsonValue)
  const actual = [
    ...expected.values.map((value) => observed.get(keyOf(value)) ?? 0),
    ...others.map(({ count }) => count / rows),
  ]
  const wanted = [
    ...expected.weights.map((weight) => weight * kept),
    ...others.map(() => limits.tail / others.length),
  ]
  return describeDivergence(relativeEntropy(actual, wanted), limits, {
    observed_partition: { values, weights: actual.map(showShare) },
    expected_partition: { values, weights: wanted },
  })
}

/** 1, 1.0 and true are one value. */
function keyOf(value: Cell): string {
  return typeof value === 'string' ? `text ${value}` : `number ${Number(value)}`
}

function askBins(column: Column, expected: Bins, limits: Limits): AggregateQuestion {
  const value = numberOf(column)
  const edges = expected.bins.map(numberLiteral)
  const inBins = edges.slice(1).map((high, i) => {
    const below = i === edges.length - 2 ? '<=' : '<'
    return `${value} >= ${edges[i]} AND ${value} ${below} ${high}`
  })
  const conditions = [...inBins, `${value} < ${edges[0]}`, `${value} > ${edges.at(-1)}`]
  return {
    kind: 'aggregate',
    aggregates: [`count(${value})`, ...conditions.map(countWhere)],
    judge: ([rows, ...counts]) => {
      const shares = counts.map((count) => Number(count) / Number(rows))
      return judgeBins(shares.slice(0, -2), shares.slice(-2), { expected, limits })
    },
  }
}

function judgeBins(
  weights: readonly number[],
  tails: readonly number[],
  { expected, limits }: { readonly expected: Bins; readonly limits: Limits },
): Outcome {
  const scaled = expected.weights.map((weight) => weight * (1 - limits.tail - limits.internal))
  const empty = scaled.filter((weight) => weight === 0).length
  const wanted = scaled.map((weight) =>
    weight === 0 && limits.internal > 0 ? limits.internal / empty : weight,
  )
  const wantedTails = expected.tail_weights ?? [limits.tail / 2, limits.tail / 2]
  const divergence = relativeEntropy(
    [tails[0]!, ...weights, tails[1]!],
    [wantedTails[0]!, ...wanted, wantedTails[1]!],
  )
  return describeDivergence(divergence, limits, {
    observed_partition: partitionOf(expected.bins, weights, tails),
    expected_partition: partitionOf(expected.bins, wanted, wantedTails),
  })
}

function partitionOf(
  bins: readonly number[],
  weights: readonly number[],
  tails: readonly number[],
): JsonObject {
  return { bins, weights: weights.map(showShare), tail_weights: tails.map(showShare) }
}

/**
 * Σ pᵢ · ln(pᵢ / qᵢ) of shares scaled to 1, in nats, as scipy.stats.entropy;
 * infinite where something was seen that had no weight, NaN without anything seen.
 */
function relativeEntropy(observed: readonly number[], expected: readonly number[]): number {
  const [all, allExpected] = [sum(observed), sum(expected)]
  if (all === 0) return NaN
  return sum(
    observed.map((weight, i) => {
      if (weight === 0) return 0
      const p = weight / all
      const q = expected[i]! / allExpected
      return q === 0 ? Infinity : p * log(p / q)
    }),
  )
}

function describeDivergence(
  divergence: number,
  { threshold: limit }: Limits,
  details: JsonObject,
): Outcome {
  return {
    success: limit === undefined || divergence <= limit,
    result: { observed_value: Number.isFinite(divergence) ? divergence : null, details },
  }
}

/** Shares of no rows are no numbers. */
function showShare(part: number): number | null {
  return Number.isNaN(part) ? null : part
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export const klDivergenceTypes = [klDivergence] as const
