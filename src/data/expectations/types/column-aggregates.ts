/** Expectations about one number of a column, such as its mean; missing values do not count. */

import {
  type Bounds,
  boundKwargs,
  comparableTo,
  findBoundProblems,
  numberBoundKwargs,
  isWithin,
  withinSql,
} from '../bounds.ts'
import {
  type Column,
  findColumn,
  numberOf,
  showValue,
  type Table,
  valueOf,
} from '../../table/column.ts'
import { type AggregateQuestion, defineExpectation } from '../expectation-type.ts'
import { required, text } from '../kwargs.ts'
import { toJsonValue } from '../outcome.ts'
import { standardDeviation } from './standard-deviation.ts'

/** An expectation on the least or the greatest value, whose limits are of the column's own kind. */
function defineExtreme<const Name extends string>(name: Name, aggregate: 'min' | 'max') {
  return defineExpectation({
    name,
    kwargs: { column: required(text), ...boundKwargs },
    findProblems: findBoundProblems,
    ask: (kwargs, table) => {
      const { column, warnings } = findColumn(table, kwargs.column)
      const { value, literal } = comparableTo(column, kwargs)
      const extreme = `${aggregate}(${value})`
      return askObserved(showValue(column, extreme), {
        isMet: withinSql(extreme, kwargs, literal),
        warnings,
      })
    },
  })
}

/** An expectation on a number made of the column, whatever the column holds. */
function defineNumber<const Name extends string>(
  name: Name,
  aggregate: (column: Column, table: Table) => string,
  warningWithoutValues?: string,
) {
  return defineExpectation({
    name,
    kwargs: { column: required(text), ...numberBoundKwargs },
    findProblems: findBoundProblems,
    ask: (kwargs, table) => {
      const { column, warnings } = findColumn(table, kwargs.column)
      // ∞ − ∞ is no number, and DuckDB holds NaN above every limit.
      const observed = `nullif(CAST(${aggregate(column, table)} AS DOUBLE), 'NaN'::DOUBLE)`
      const question = askNumber(observed, { bounds: kwargs, warnings })
      return warningWithoutValues === undefined
        ? question
        : warnWithoutValues(question, column, warningWithoutValues)
    },
  })
}

/** Without a value the expectation fails, even without limits. */
function askObserved(
  observed: string,
  { isMet, warnings }: { readonly isMet: string; readonly warnings: readonly string[] },
): AggregateQuestion {
  return {
    kind: 'aggregate',
    aggregates: [observed, isMet],
    judge: ([value = null, met]) => ({
      success: value !== null && met === true,
      result: { observed_value: toJsonValue(value) },
    }),
    warnings,
  }
}

/** A double is held against its limits here: in SQL all that it is made of would be computed again for each limit. */
function askNumber(
  observed: string,
  { bounds, warnings }: { readonly bounds: Bounds<number>; readonly warnings: readonly string[] },
): AggregateQuestion {
  return {
    kind: 'aggregate',
    aggregates: [observed],
    judge: ([value = null]) => ({
      success: value !== null && isWithin(Number(value), bounds),
      result: { observed_value: toJsonValue(value) },
    }),
    warnings,
  }
}

function warnWithoutValues(
  question: AggregateQuestion,
  column: Column,
  warning: string,
): AggregateQuestion {
  return {
    ...question,
    aggregates: [...question.aggregates, `count(${valueOf(column)})`],
    judge: (cells) => {
      const outcome = question.judge(cells)
      return cells.at(-1) === 0 ? { ...outcome, warnings: [warning], hasChecked: false } : outcome
    },
  }
}

/** Distinct values per value, 0 without values. */
function proportionOfUnique(column: Column): string {
  const value = valueOf(column)
  return `coalesce(count(DISTINCT ${value}) / nullif(count(${value}), 0), 0)`
}

/** Values that are there per row, 0 without rows. */
function proportionOfNonNull(column: Column): string {
  return `coalesce(count(${valueOf(column)}) / nullif(count(*), 0), 0)`
}

export const columnAggregateTypes = [
  defineExtreme('expect_column_min_to_be_between', 'min'),
  defineExtreme('expect_column_max_to_be_between', 'max'),
  defineNumber('expect_column_mean_to_be_between', (column) => `avg(${numberOf(column)})`),
  defineNumber(
    'expect_column_median_to_be_between',
    (column) => `median(CAST(${numberOf(column)} AS DOUBLE))`,
  ),
  defineNumber('expect_column_stdev_to_be_between', standardDeviation),
  defineNumber(
    'expect_column_sum_to_be_between',
    (column) => `coalesce(sum(${numberOf(column)}), 0)`,
    'there are no values: their sum is 0, as in pandas',
  ),
  defineNumber(
    'expect_column_unique_value_count_to_be_between',
    (column) => `count(DISTINCT ${valueOf(column)})`,
  ),
  defineNumber('expect_column_proportion_of_unique_values_to_be_between', proportionOfUnique),
  defineNumber('expect_column_proportion_of_non_null_values_to_be_between', proportionOfNonNull),
] as const
