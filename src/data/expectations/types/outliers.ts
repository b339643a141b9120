/** Expectations about how far values lie from the middle of their column, which is computed first. */

import type { Cell } from '../../duckdb-store.ts'
import { type Column, findColumn, numberOf, type Table } from '../../table/column.ts'
import { numberLiteral } from '../bounds.ts'
import { defineExpectation, type StagedQuestion } from '../expectation-type.ts'
import { boolean, number, oneOf, required, size } from '../kwargs.ts'
import { standardDeviation } from './standard-deviation.ts'
import { askValues, valueKwargs } from './value-question.ts'

const zScores = defineExpectation({
  name: 'expect_column_value_z_scores_to_be_less_than',
  kwargs: { ...valueKwargs, threshold: required(number), double_sided: required(boolean) },
  ask: ({ threshold, double_sided: isDoubleSided, ...kwargs }, table) =>
    askSpread(kwargs, table, {
      statistics: measureDeviation,
      isOutside: (value, [mean, deviation]) => {
        if (mean === undefined || deviation === undefined || deviation === 0) return 'FALSE'
        const score = `(${value} - ${numberLiteral(mean)}) / ${numberLiteral(deviation)}`
        return isDoubleSided
          ? `abs(${score}) >= ${numberLiteral(Math.abs(threshold))}`
          : `${score} >= ${numberLiteral(threshold)}`
      },
    }),
})

const notOutliers = defineExpectation({
  name: 'expect_column_values_to_not_be_outliers',
  kwargs: { ...valueKwargs, method: oneOf(['iqr', 'std']), multiplier: size },
  ask: ({ method = 'iqr', multiplier: times = 1.5, ...kwargs }, table) =>
    askSpread(
      kwargs,
      table,
      method === 'iqr'
        ? { statistics: measureQuartiles, isOutside: isOutsideFences(times) }
        : { statistics: measureDeviation, isOutside: isFarFromMean(times) },
    ),
})

/** Tukey's fences; a value on a fence is inside. */
function isOutsideFences(times: number): Spread['isOutside'] {
  return (value, [first, third]) => {
    if (first === undefined || third === undefined) return 'FALSE'
    const reach = times * (third - first)
    return `(${value} < ${numberLiteral(first - reach)} OR ${value} > ${numberLiteral(third + reach)})`
  }
}

/** A value just as far away as allowed is an outlier, unless all values are one. */
function isFarFromMean(times: number): Spread['isOutside'] {
  return (value, [mean, deviation]) => {
    if (mean === undefined || deviation === undefined) return 'FALSE'
    const reach = times * deviation
    if (reach <= 0) return `${value} <> ${numberLiteral(mean)}`
    return `abs(${value} - ${numberLiteral(mean)}) >= ${numberLiteral(reach)}`
  }
}

interface Spread {
  readonly statistics: (column: Column, table: Table) => readonly string[]
  /** The SQL condition that a value is too far away; statistics that do not exist are `undefined`. */
  readonly isOutside: (value: string, statistics: readonly (number | undefined)[]) => string
}

function askSpread(
  { column: name, mostly }: { readonly column: string; readonly mostly: number | undefined },
  table: Table,
  { statistics, isOutside }: Spread,
): StagedQuestion {
  const { column, warnings } = findColumn(table, name)
  const value = `CAST(${numberOf(column)} AS DOUBLE)`
  return {
    kind: 'staged',
    aggregates: statistics(column, table),
    next: (cells) => askValues(column, mostly, isOutside(value, cells.map(toFinite))),
    warnings,
  }
}

function measureDeviation(column: Column, table: Table): string[] {
  return [`avg(${numberOf(column)})`, standardDeviation(column, table)]
}

function measureQuartiles(column: Column): string[] {
  const value = `CAST(${numberOf(column)} AS DOUBLE)`
  return [`quantile_cont(${value}, 0.25)`, `quantile_cont(${value}, 0.75)`]
}

/** Without values, or with infinite ones, there is no middle to be far from. */
function toFinite(cell: Cell): number | undefined {
  return cell !== null && Number.isFinite(Number(cell)) ? Number(cell) : undefined
}

export const outlierTypes = [zScores, notOutliers] as const
