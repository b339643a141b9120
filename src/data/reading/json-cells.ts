/** Which type a column of JSON values has: classes counted in SQL over every row, decided here. */

import { quoteName, quoteText } from '../duckdb-store.ts'
import type { ColumnType } from './read-options.ts'
import { zonePattern, zonedTimeSql } from './zoned-times.ts'

/** What a cell can be; whole numbers by their digits: at most 15, what fits 64 bits, at most 38 digits, and more; `overflow` is 1e400. */
export const cellClasses = [
  'missing',
  'integer',
  'long',
  'huge',
  'endless',
  'decimal',
  'overflow',
  'boolean',
  'date',
  'timestamp',
  'zoned',
  'text',
  'nested',
] as const

/** One of {@link cellClasses}. */
export type CellClass = (typeof cellClasses)[number]

/** How often a class is in a column, and the first row, from 0, that has it. */
export interface ClassCount {
  readonly class: CellClass
  readonly count: number
  readonly first: number
}

/** How a column is read. */
export interface CellDecision {
  /** SQL of the typed value. */
  readonly sql: string
  readonly reason: string
  /** Whether there is nothing to decide by. */
  readonly isUntyped?: boolean
  /** What the reader of the results should know, with the row, from 0, that it is about. */
  readonly warning?: { readonly words: string; readonly row: number }
}

/** SQL of the text of a JSON value: strings without their quotes, everything else as it stands; NULL for null. */
export function textOfJson(name: string): string {
  return `(${quoteName(name)}->>'$')`
}

/** SQL that is true for a cell without a value: null, an absent key, or one of the markers. */
export function isMissingJson(name: string, markers: readonly string[]): string {
  const text = textOfJson(name)
  if (markers.length === 0) return `${text} IS NULL`
  return `(${text} IS NULL OR ${isMarkerJson(name, markers)})`
}

/** SQL that is true for a string that is a marker of missing values; there must be a marker. */
export function isMarkerJson(name: string, markers: readonly string[]): string {
  const list = markers.map((marker) => quoteText(marker)).join(', ')
  return `(json_type(${quoteName(name)}) = 'VARCHAR' AND ${textOfJson(name)} IN (${list}))`
}

const day = String.raw`\d{4}-\d\d-\d\d`
const time = String.raw`[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?`

/** SQL of the class of a cell. */
export function classOfJson(name: string, markers: readonly string[]): string {
  const text = textOfJson(name)
  const kind = `json_type(${quoteName(name)})`
  const digits = `length(ltrim(${text}, '-'))`
  const like = (pattern: string): string => `regexp_full_match(${text}, '${pattern}')`
  // No calendar has a year 0, which DuckDB would write as 1 BC.
  const hasDay = `${text} >= '0001' AND TRY_CAST(${text}[:10] AS DATE) IS NOT NULL`
  return `CASE WHEN ${isMissingJson(name, markers)} THEN 'missing'
    WHEN ${kind} IN ('OBJECT', 'ARRAY') THEN 'nested'
    WHEN ${kind} = 'BOOLEAN' THEN 'boolean'
    WHEN ${kind} = 'VARCHAR' THEN CASE
      WHEN ${like(day)} AND ${hasDay} THEN 'date'
      WHEN ${like(day + time)} AND ${hasDay} THEN 'timestamp'
      WHEN ${like(day + time + zonePattern)} AND ${hasDay} THEN 'zoned'
      ELSE 'text' END
    WHEN NOT ${like(String.raw`-?\d+`)} THEN
      CASE WHEN isinf(TRY_CAST(${text} AS DOUBLE)) AND ${text} ILIKE '%e%' THEN 'overflow' ELSE 'decimal' END
    WHEN ${digits} <= 15 THEN 'integer'
    WHEN ${digits} <= 18 OR TRY_CAST(${text} AS BIGINT) IS NOT NULL THEN 'long'
    WHEN ${digits} <= 38 THEN 'huge'
    ELSE 'endless' END`
}

/** Decides on a column by all of its cells. */
export function decideColumn(name: string, counts: readonly ClassCount[]): CellDecision {
  const present = counts.filter((count) => count.class !== 'missing')
  const kinds = new Set(present.map((count) => kindOf(count.class)))
  const text = textOfJson(name)
  if (kinds.size === 0)
    return { sql: 'NULL::VARCHAR', reason: 'no row has a value', isUntyped: true }
  if (kinds.has('nested')) return keepNested(name, present)
  if (kinds.size > 1) return keepMixed(name, present)
  if (kinds.has('boolean')) {
    return { sql: `CAST(${text} AS BOOLEAN)`, reason: 'every value is true or false' }
  }
  return kinds.has('number') ? decideNumbers(name, present) : decideTexts(name, present)
}

type Kind = 'number' | 'boolean' | 'text' | 'nested'

const numberClasses: ReadonlySet<CellClass> = new Set([
  'integer',
  'long',
  'huge',
  'endless',
  'decimal',
  'overflow',
])

function kindOf(cell: CellClass): Kind {
  if (cell === 'boolean' || cell === 'nested') return cell
  return numberClasses.has(cell) ? 'number' : 'text'
}

function keepNested(name: string, present: readonly ClassCount[]): CellDecision {
  const nested = present.find((count) => count.class === 'nested')
  return {
    sql: textOfJson(name),
    reason: 'lists and objects are kept as JSON text',
    warning: {
      words: `'${name}' is text: ${nested?.count ?? 0} of its values are lists or objects, kept as JSON`,
      row: nested?.first ?? 0,
    },
  }
}

const plurals: Readonly<Record<Kind, string>> = {
  number: 'numbers',
  boolean: 'booleans',
  text: 'texts',
  nested: 'lists or objects',
}

/** Several kinds in a column: text, so that nothing is lost, and the least frequent kind is the odd one. */
function keepMixed(name: string, present: readonly ClassCount[]): CellDecision {
  const kinds = Map.groupBy(present, (count) => kindOf(count.class))
  const sums = [...kinds]
    .map(([kind, counts]) => ({
      kind,
      count: counts.reduce((sum, { count }) => sum + count, 0),
      first: Math.min(...counts.map(({ first }) => first)),
    }))
    .toSorted((a, b) => b.count - a.count || a.first - b.first)
  const odd = sums.at(-1)!
  const parts = sums.map(({ kind, count }) => `${count} ${plurals[kind]}`).join(' and ')
  return {
    sql: textOfJson(name),
    reason: `there are ${parts}`,
    warning: { words: `'${name}' is text: it has ${parts}; an odd one`, row: odd.first },
  }
}

function decideNumbers(name: string, present: readonly ClassCount[]): CellDecision {
  const text = textOfJson(name)
  const first = new Map(present.map((count) => [count.class, count.first]))
  const endless = first.get('endless')
  if (first.has('decimal') || first.has('overflow')) {
    const warning = describeLosses(name, first)
    return {
      sql: `CAST(${text} AS DOUBLE)`,
      reason: 'every value is a number, and not all are whole',
      ...(warning !== undefined && { warning }),
    }
  }
  if (endless !== undefined) {
    return {
      sql: text,
      reason: 'there are whole numbers of more than 38 digits',
      warning: {
        words: `'${name}' is text: it has whole numbers of more than 38 digits`,
        row: endless,
      },
    }
  }
  const type = first.has('huge') ? 'HUGEINT' : 'BIGINT'
  return { sql: `CAST(${text} AS ${type})`, reason: 'every value is a whole number' }
}

/** What a double does not hold. */
function describeLosses(
  name: string,
  first: ReadonlyMap<CellClass, number>,
): CellDecision['warning'] {
  const overflow = first.get('overflow')
  if (overflow !== undefined) {
    return { words: `'${name}' has numbers too large for 64 bits, read as infinite`, row: overflow }
  }
  const long = first.get('endless') ?? first.get('huge') ?? first.get('long')
  if (long === undefined) return undefined
  return {
    words: `'${name}' holds decimals, so its whole numbers of more than 15 digits may lose some`,
    row: long,
  }
}

function decideTexts(name: string, present: readonly ClassCount[]): CellDecision {
  const text = textOfJson(name)
  const classes = new Set(present.map((count) => count.class))
  if (classes.has('text')) return { sql: text, reason: 'values are texts' }
  if (!classes.has('zoned')) {
    return classes.has('timestamp')
      ? { sql: `CAST(${text} AS TIMESTAMP)`, reason: 'every value is a date with a time' }
      : { sql: `CAST(${text} AS DATE)`, reason: 'every value is a date' }
  }
  if (classes.size === 1) {
    return {
      sql: zonedTimeSql(text),
      reason: 'every value is a time with its zone, turned into UTC',
    }
  }
  const zoned = present.find((count) => count.class === 'zoned')
  return {
    sql: text,
    reason: 'some times have a zone, others none',
    warning: {
      words: `'${name}' is text: some of its times have a zone, others none; one with a zone`,
      row: zoned?.first ?? 0,
    },
  }
}

/** SQL of a cell as the type that was asked for, NULL where it is none. */
export function castJson(name: string, type: ColumnType): string {
  const text = textOfJson(name)
  switch (type) {
    case 'text':
      return text
    case 'integer':
      // A cast alone would round 1.5.
      return `CASE WHEN regexp_full_match(${text}, '[+-]?\\d{1,38}(\\.0*)?') THEN TRY_CAST(${text} AS HUGEINT) END`
    case 'decimal':
      return `TRY_CAST(${text} AS DOUBLE)`
    case 'boolean':
    case 'date':
    case 'timestamp':
      return `TRY_CAST(${text} AS ${type.toUpperCase()})`
  }
}
