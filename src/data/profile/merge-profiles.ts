import { ToolkitError } from '../../core/errors.ts'
import type { CategoryDistribution, NumberDistribution } from './distribution.ts'
import { mergeCategories, mergeCounts, mergeNumberDistributions } from './merge-distributions.ts'
import { describeShape, listTop } from './number-profile.ts'
import type { ColumnProfile, NumberProfile, Profile, TextProfile, ValueCount } from './profile.ts'
import { toDistribution } from './read-distributions.ts'
import { storedValues, storeNumbers, topValues } from './store-distribution.ts'

/**
 * The profile of two parts of a table, as of all their rows: counts and limits
 * are exact, moments up to rounding. Histogram, quantiles, different and most
 * frequent values are exact while both parts keep all values of the column.
 * Else they are as exact as the distribution, whose `resolution` or `others`
 * says it, `distinct` is what there is at least, and so are counts of values.
 *
 * Which part comes first matters only to the order of the columns. A part
 * without rows changes nothing.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` naming the columns that only one part has, or whose types differ
 *
 * @example
 * ```ts
 * import { mergeProfiles, type Profile } from 'ml-pipeline-toolkit'
 * const part: Profile = { format: 'mlpt.profile/1', rows: 2, columns: [] }
 * mergeProfiles(part, part).rows // => 4
 * ```
 */
export function mergeProfiles(a: Profile, b: Profile): Profile {
  checkSameColumns(a, b)
  const others = new Map(b.columns.map((column) => [column.name, column]))
  const columns = a.columns.map((column) => mergeColumns(column, others.get(column.name)!))
  return { format: 'mlpt.profile/1', rows: a.rows + b.rows, columns }
}

const namedProblems = 20

function checkSameColumns(a: Profile, b: Profile): void {
  const types = new Map(b.columns.map(({ name, type }) => [name, type]))
  const names = new Set(a.columns.map(({ name }) => name))
  const added = b.columns.filter(({ name }) => !names.has(name))
  const problems = [
    ...a.columns.flatMap(({ name, type }) => {
      const other = types.get(name)
      if (other === undefined) return [`'${name}' is only in the first`]
      return other === type ? [] : [`'${name}' is ${type} in the first, ${other} in the second`]
    }),
    ...added.map(({ name }) => `'${name}' is only in the second`),
  ]
  if (problems.length === 0) return
  const left = problems.length - namedProblems
  const more = left > 0 ? `; ${left} more` : ''
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    `the profiles are not of parts of one table: ${problems.slice(0, namedProblems).join('; ')}${more}`,
    { hint: 'profile both parts with the same columns and types' },
  )
}

function mergeColumns(a: ColumnProfile, b: ColumnProfile): ColumnProfile {
  const { name, type, family } = a
  return {
    name,
    type,
    family,
    nulls: a.nulls + b.nulls,
    nans: a.nans + b.nans,
    positiveInfinities: a.positiveInfinities + b.positiveInfinities,
    negativeInfinities: a.negativeInfinities + b.negativeInfinities,
    ...mergeValues(a, b),
  }
}

type Values = Pick<ColumnProfile, 'distinct' | 'top' | 'numbers' | 'texts' | 'distribution'>

function mergeValues(a: ColumnProfile, b: ColumnProfile): Values {
  const [first, second] = [toDistribution(a), toDistribution(b)]
  if (second === undefined) return pickValues(a)
  if (first === undefined) return pickValues(b)
  if (first.kind === 'numbers' && second.kind === 'numbers') {
    return mergeNumbers(a, b, mergeNumberDistributions(first, second))
  }
  if (first.kind === 'categories' && second.kind === 'categories') {
    return mergeTexts(a, b, mergeCategories(first, second))
  }
  throw new ToolkitError(
    'DATA_FILE_INVALID',
    `column '${a.name}' holds ${first.kind} in one profile and ${second.kind} in the other`,
    { hint: "write both again with 'mlpt profile --output'" },
  )
}

function pickValues({ distinct, top, numbers, texts, distribution }: ColumnProfile): Values {
  return {
    distinct,
    top,
    ...(numbers !== undefined && { numbers }),
    ...(texts !== undefined && { texts }),
    distribution,
  }
}

function mergeNumbers(a: ColumnProfile, b: ColumnProfile, merged: NumberDistribution): Values {
  const moments = [a.numbers, b.numbers].flatMap((each) => each ?? []).reduce(mergeMoments)
  return {
    distinct: mergeDistinct(a, b, merged.values.length),
    top: merged.resolution === 0 ? listTop(merged, a.family) : mergeTopNumbers(a, b),
    numbers: { ...moments, ...describeShape(merged) },
    distribution: storeNumbers(merged),
  }
}

function mergeTopNumbers(a: ColumnProfile, b: ColumnProfile): ValueCount[] {
  const compare =
    a.family === 'number' ? (x: string, y: string): number => Number(x) - Number(y) : undefined
  return mergeCounts([a.top, b.top], compare).slice(0, topValues)
}

/** Moments of the parts joined by Chan, Golub and LeVeque; the histogram is made anew. */
function mergeMoments(a: NumberProfile, b: NumberProfile): NumberProfile {
  const count = a.count + b.count
  const apart = a.mean - b.mean
  const between = apart * apart * ((a.count * b.count) / count)
  const squares = a.squaredDeviations + b.squaredDeviations + between
  return {
    count,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    mean: a.mean * (a.count / count) + b.mean * (b.count / count),
    squaredDeviations: Math.min(squares, Number.MAX_VALUE),
    zeros: a.zeros + b.zeros,
    negatives: a.negatives + b.negatives,
    isWhole: a.isWhole && b.isWhole,
    histogram: a.histogram,
  }
}

function mergeTexts(a: ColumnProfile, b: ColumnProfile, merged: CategoryDistribution): Values {
  const counts = mergeCounts([[...merged.counts].map(([value, count]) => ({ value, count }))])
  const listed = counts.slice(0, storedValues)
  const others = merged.total - listed.reduce((sum, { count }) => sum + count, 0)
  return {
    distinct: mergeDistinct(a, b, counts.length),
    top: listed.slice(0, topValues),
    texts: [a.texts, b.texts].flatMap((each) => each ?? []).reduce(mergeTextProfiles),
    distribution: { kind: 'categories', counts: listed, others },
  }
}

function mergeTextProfiles(a: TextProfile, b: TextProfile): TextProfile {
  const [ofA, ofB] = [countTexts(a), countTexts(b)]
  const sum = a.lengths.mean * ofA + b.lengths.mean * ofB
  return {
    lengths: {
      min: Math.min(a.lengths.min, b.lengths.min),
      max: Math.max(a.lengths.max, b.lengths.max),
      mean: sum / (ofA + ofB),
    },
    classes: mergeCounts([a.classes, b.classes]),
  }
}

/** Every text is of one class. */
function countTexts({ classes }: TextProfile): number {
  return classes.reduce((sum, { count }) => sum + count, 0)
}

/** @param known - different values that either distribution has */
function mergeDistinct(
  a: ColumnProfile,
  b: ColumnProfile,
  known: number,
): ColumnProfile['distinct'] {
  if (keepsAllValues(a) && keepsAllValues(b)) return { count: known, isExact: true }
  const isExact = a.distinct.isExact && b.distinct.isExact && areApart(a.numbers, b.numbers)
  if (isExact) return { count: a.distinct.count + b.distinct.count, isExact }
  return { count: Math.max(a.distinct.count, b.distinct.count, known), isExact }
}

function keepsAllValues({ distinct, distribution }: ColumnProfile): boolean {
  if (distribution.kind === 'none' || !distinct.isExact) return false
  // Whole numbers beyond 2⁵³ are different before they are rounded to the values that are kept.
  return distinct.count === distribution.counts.length
}

/** As keys and times of consecutive parts are. */
function areApart(a: NumberProfile | undefined, b: NumberProfile | undefined): boolean {
  return a !== undefined && b !== undefined && (a.max < b.min || b.max < a.min)
}
