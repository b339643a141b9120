/** As what a column is compared: the two presets see types differently. */

import type { ColumnKind } from './drift-report.ts'
import type { ColumnDistribution } from '../data/profile/read-distributions.ts'
import { countDistinct } from '../data/profile/distribution.ts'
import { countValues } from './column-counts.ts'

/** Whole numbers with more distinct values than this in the reference are compared by size. */
const mostCategories = 20

/** A category must stand for so many rows on average, else the numbers are a small sample of a wide range. */
const fewestRowsPerCategory = 5

/**
 * Our rule: the reference decides, whatever the current data holds, so that one
 * new value never changes the test and a history stays comparable. The current
 * data decides only where the reference has no value at all.
 *
 * @returns `undefined` for nested values and columns without any value
 */
export function chooseKind(
  reference: ColumnDistribution,
  current: ColumnDistribution,
): ColumnKind | undefined {
  const deciding = countValues(reference) > 0 ? reference : current
  const { distribution, family } = deciding
  if (distribution === undefined || distribution.total === 0) return undefined
  if (family === 'time') return 'time'
  if (distribution.kind === 'categories') return isFreeText(deciding) ? 'text' : 'categorical'
  if (family === 'boolean') return 'categorical'
  const distinct = distribution.values.length
  const isListed =
    distinct <= mostCategories && distribution.total >= fewestRowsPerCategory * distinct
  return isListed && distribution.values.every(Number.isInteger) ? 'categorical' : 'numerical'
}

/** Whether most texts occur once, as names and sentences do: then no value can be expected again. */
function isFreeText(column: ColumnDistribution): boolean {
  const distinct = countDistinct(column.distribution)
  return distinct > mostCategories && distinct > 0.5 * countValues(column)
}

/** Evidently's limit for whole numbers. */
const evidentlyCategories = 10

/**
 * Evidently 0.7.23's rule: the current data decides, as pandas holds it. Whole
 * numbers beside a missing value become floats there, and booleans beside one,
 * decimals and unsigned integers are types that Evidently does not know.
 *
 * @returns `undefined` for what Evidently leaves out: also dates and times
 */
export function chooseEvidentlyKind(current: ColumnDistribution): ColumnKind | undefined {
  switch (current.family) {
    case 'boolean':
      return current.nulls > 0 ? undefined : 'categorical'
    case 'text': {
      const values = countValues(current)
      if (values === 0) return undefined
      return countDistinct(current.distribution) > 0.5 * values ? 'text' : 'categorical'
    }
    case 'number':
      return chooseEvidentlyNumber(current)
    case 'time':
    case 'other':
      return undefined
  }
}

function chooseEvidentlyNumber(current: ColumnDistribution): ColumnKind | undefined {
  if (current.type.startsWith('DECIMAL') || current.type.startsWith('U')) return undefined
  if (current.nulls > 0 || !isIntegerType(current.type)) return 'numerical'
  return countDistinct(current.distribution) <= evidentlyCategories ? 'categorical' : 'numerical'
}

/** Whether pandas has the type as integers; of 128 bits it makes floats. */
export function isIntegerType(type: string): boolean {
  return ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'].includes(type)
}
