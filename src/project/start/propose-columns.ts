import { largestFloat, type Field } from '../../core/schema.ts'
import type { ColumnProfile } from '../../data/profile/profile.ts'

/** What is known of a column before anybody has said anything of it. */
export interface KnownColumn {
  readonly profile: ColumnProfile
  /** Whether `mlpt ingest` reads its numbers, days, true and false as they are written. */
  readonly isPlain: boolean
}

/** A column of the schema, and what models may learn of it. */
export interface ProposedColumn {
  readonly name: string
  readonly field: Field
  /** How it becomes features. */
  readonly use: ColumnUse
}

/** An encoding of the column itself, parts of a date or of a moment, the most frequent texts; or nothing, and why. */
export type ColumnUse =
  | { readonly kind: 'encoded'; readonly encoding: 'standardize' | 'as-is' }
  | { readonly kind: 'time parts'; readonly parts: readonly TimePart[] }
  | { readonly kind: 'one-hot texts' }
  | { readonly kind: 'none'; readonly reason: string }

/** Functions of a date or a moment that make a feature. */
export type TimePart = 'year' | 'month' | 'weekday' | 'hour'

/**
 * The field that admits what the column holds, without bounds: what may come is for people to say.
 *
 * @param rows - of the table
 */
export function proposeColumn({ profile, isPlain }: KnownColumn, rows: number): ProposedColumn {
  const { name } = profile
  const field = proposeField(profile, isPlain)
  return { name, field, use: proposeUse({ profile, isPlain }, field, rows) }
}

function proposeField(profile: ColumnProfile, isPlain: boolean): Field {
  const missing = countMissing(profile) > 0 ? { nullable: true as const } : {}
  return { type: isPlain ? plainType(profile) : 'text', ...missing }
}

function plainType(profile: ColumnProfile): Exclude<Field['type'], 'category'> {
  const { family, type, numbers, distinct } = profile
  if (type === 'DATE') return 'date'
  if (type.startsWith('TIMESTAMP')) return 'datetime'
  if (numbers === undefined || (family !== 'number' && family !== 'boolean')) return 'text'
  if (family === 'boolean') return 'boolean'
  if (!numbers.isWhole) return 'number'
  if (Math.max(-numbers.min, numbers.max) > Number.MAX_SAFE_INTEGER) return 'text'
  return distinct.count === 2 && numbers.min === 0 && numbers.max === 1 ? 'boolean' : 'integer'
}

function proposeUse(column: KnownColumn, { type }: Field, rows: number): ColumnUse {
  const { profile } = column
  const reason = findReason(column, type) ?? findReasonOfRows(profile, type, rows)
  if (reason !== undefined) return { kind: 'none', reason }
  if (type === 'date') return { kind: 'time parts', parts: ['year', 'month'] }
  if (type === 'datetime') return { kind: 'time parts', parts: ['month', 'weekday', 'hour'] }
  if (type === 'text') return { kind: 'one-hot texts' }
  return { kind: 'encoded', encoding: type === 'boolean' ? 'as-is' : 'standardize' }
}

/** Why models cannot take what is in the column, or learn from it. */
function findReason(column: KnownColumn, type: Field['type']): string | undefined {
  const { family, distinct } = column.profile
  if (family === 'other') return `models take no ${column.profile.type}`
  if (distinct.count === 0) return 'it has no values'
  if (distinct.count === 1) return 'it has one value'
  if (type === 'number' && !fitsModels(column.profile)) return 'it has numbers beyond 32-bit floats'
  return type === 'text' && family !== 'text' ? findReasonOfForm(column) : undefined
}

/** Why what is no text is one to a project. */
function findReasonOfForm({ profile, isPlain }: KnownColumn): string {
  const { type, family, positiveInfinities, negativeInfinities } = profile
  if (type === 'DATE') return 'its days are not written like 2025-03-31'
  if (type.startsWith('TIMESTAMP')) return 'its times are not written like 2025-03-31T14:05'
  if (family !== 'number') return `models take no ${type}`
  if (positiveInfinities + negativeInfinities > 0) return 'it has infinite numbers'
  return isPlain ? 'it has numbers beyond 2^53' : 'its numbers are not written like 1234.5'
}

function fitsModels({ numbers }: ColumnProfile): boolean {
  return numbers === undefined || Math.max(-numbers.min, numbers.max) <= largestFloat
}

/** Why the column tells nothing but which row it is in. */
function findReasonOfRows(
  profile: ColumnProfile,
  type: Field['type'],
  rows: number,
): string | undefined {
  if (type === 'text') {
    return profile.distinct.count > rows / 2 ? 'it has nearly as many texts as rows' : undefined
  }
  const { numbers } = profile
  if (type !== 'integer' || numbers === undefined || !isUnique(profile, rows)) return undefined
  const { min, max } = numbers
  return (min === 0 || min === 1) && max - min === rows - 1 ? 'it numbers the rows' : undefined
}

/** Rows without a value; a blank text is none where data comes in. */
export function countMissing({ nulls, nans, texts }: ColumnProfile): number {
  const blank = texts?.classes.find(({ value }) => value === 'blank')?.count ?? 0
  return nulls + nans + blank
}

/** Whether each row has a value of its own. */
export function isUnique(profile: ColumnProfile, rows: number): boolean {
  const { distinct } = profile
  return countMissing(profile) === 0 && distinct.isExact && distinct.count === rows
}
