/** The type of a column of delimited text, decided by all of its cells. */

import { quoteName } from '../duckdb-store.ts'
import { textClasses, type TextClass } from './cell-classes.ts'
import {
  lookInto,
  place,
  type ColumnTally,
  type FirstCell,
  type Found,
  type TypeDecision,
} from './column-tally.ts'
import { decideDates, turnedDates } from './decide-dates.ts'
import type { ColumnType, DateOrder } from './read-options.ts'

const whole = ['integer', 'huge', 'exponent'] as const
const plain = [...whole, 'endless', 'decimal', 'infinite'] as const
const numbers = [...plain, 'comma-decimal', 'comma-group', 'comma-groups', 'dot-groups'] as const
const times = ['date', 'timestamp', 'zoned'] as const

/** What is known of all numbers and dates of a file. */
export interface KnownForms {
  readonly dateOrder?: DateOrder | undefined
  readonly decimal?: '.' | ',' | undefined
  /** A comma or a dot. */
  readonly thousands?: string | undefined
}

/** @param marks - what cannot be told from the cells */
export function decideType(tally: ColumnTally, marks: KnownForms = {}): TypeDecision {
  const found = lookInto(tally)
  if (found.only()) return { type: 'VARCHAR', reason: 'no row has a value', isUntyped: true }
  if (found.only('boolean')) return { type: 'BOOLEAN', reason: 'every value is true or false' }
  if (found.only(...plain) && !isDoubtful(found, marks)) return decidePlain(found)
  if (found.only(...numbers)) return decideMarked(found, marks)
  if (found.only(...times)) return decideTime(found)
  if (found.only(...times, ...turnedDates)) return decideDates(found, marks.dateOrder)
  if (found.only(...plain, 'code')) {
    return { type: 'VARCHAR', reason: `codes with leading zeros, ${found.first('code')}` }
  }
  return decideMixed(found)
}

function decidePlain({ tally, has, only, first }: Found): TypeDecision {
  const name = `'${tally.name}'`
  if (only('integer')) return { type: 'BIGINT', reason: 'every value is a whole number' }
  if (only(...whole)) {
    const type = has('huge') ? 'HUGEINT' : 'BIGINT'
    const reason = 'every value is a whole number'
    if (!has('exponent')) return { type, reason }
    return {
      type,
      // A cast of text with an exponent goes through the float, which is exact for those that are taken as whole.
      sql: `CASE WHEN regexp_matches(${quoteName(tally.name)}, '[eE]') THEN CAST(CAST(${quoteName(tally.name)} AS DOUBLE) AS ${type}) ELSE CAST(${quoteName(tally.name)} AS ${type}) END`,
      reason: `${reason}, some with an exponent, ${first('exponent')}`,
    }
  }
  const long = (['endless', 'huge'] as const).find((kind) => has(kind))
  if (long !== undefined && !has('decimal', 'infinite')) {
    const warning = `${name} is text: it has whole numbers of more than 38 digits, ${first(long)}`
    return { type: 'VARCHAR', reason: 'there are whole numbers of more than 38 digits', warning }
  }
  return {
    type: 'DOUBLE',
    reason: 'every value is a number, and not all are whole',
    ...(long !== undefined && {
      warning: `${name} holds decimals, so its long whole numbers lose digits, ${first(long)}`,
    }),
  }
}

/** Whether the dots in plain numbers are no decimal marks. */
function isDoubtful({ has }: Found, { decimal, thousands }: KnownForms): boolean {
  return (decimal === ',' || thousands === '.') && has('decimal')
}

function hasDecimalComma({ has }: Pick<Found, 'has'>, marks: KnownForms): boolean {
  if (marks.decimal === '.' || marks.thousands === ',') return false
  return marks.decimal === ',' || marks.thousands === '.' || has('comma-decimal', 'dot-groups')
}

function hasGroups({ has }: Pick<Found, 'has'>, marks: KnownForms): boolean {
  if (marks.decimal === ',' || marks.thousands === '.') return false
  if (marks.decimal === '.' || marks.thousands === ',') return true
  return has('comma-groups') || (has('comma-group') && has('decimal'))
}

/** Numbers with commas, or with several dots. */
function decideMarked({ tally, has, only, first }: Found, marks: KnownForms): TypeDecision {
  const cell = quoteName(tally.name)
  const firstOf = (...kinds: TextClass[]): TextClass => kinds.find((kind) => has(kind))!
  if (
    hasDecimalComma({ has }, marks) &&
    only('integer', 'comma-decimal', 'comma-group', 'dot-groups')
  ) {
    return {
      type: 'DOUBLE',
      sql: `CAST(replace(replace(${cell}, '.', ''), ',', '.') AS DOUBLE)`,
      reason: `numbers with a decimal comma, ${first(firstOf('comma-decimal', 'dot-groups', 'comma-group'))}`,
    }
  }
  if (hasGroups({ has }, marks) && only('integer', 'decimal', 'comma-group', 'comma-groups')) {
    return {
      type: 'DOUBLE',
      sql: `CAST(replace(${cell}, ',', '') AS DOUBLE)`,
      reason: `numbers with commas between thousands, ${first(firstOf('comma-groups', 'comma-group'))}`,
    }
  }
  const odd = firstOf('comma-group', 'comma-decimal', 'comma-groups', 'dot-groups', 'decimal')
  return {
    type: 'VARCHAR',
    reason: 'its commas and dots may be decimal marks or stand between thousands',
    warning: `'${tally.name}' is text: decimal marks and marks between thousands cannot be told apart, ${first(odd)}`,
  }
}

function decideTime({ tally, has, only, first }: Found): TypeDecision {
  const cell = quoteName(tally.name)
  if (only('date')) return { type: 'DATE', reason: 'every value is a date' }
  if (only('date', 'timestamp')) {
    return {
      type: 'TIMESTAMP',
      sql: `CAST(${cell} AS TIMESTAMP)`,
      reason: 'every value is a date with a time',
    }
  }
  if (!has('date', 'timestamp')) {
    return {
      type: 'TIMESTAMP',
      sql: `(CAST(${cell} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`,
      reason: 'every value is a time with its zone, turned into UTC',
    }
  }
  return {
    type: 'VARCHAR',
    reason: 'some times have a zone, others none',
    warning: `'${tally.name}' is text: some of its times have a zone, others none, ${first('zoned')}`,
  }
}

/** Text, with a word on it when most of the cells are something else. */
function decideMixed({ tally }: Found): TypeDecision {
  const kinds = (['number', 'time', 'boolean', 'text'] as const).map((kind) => {
    const classes = textClasses.flatMap((name, i) => (kindOf(name) === kind ? [i] : []))
    const cells = classes.flatMap((i) => tally.first[i] ?? [])
    return {
      kind,
      count: classes.reduce((sum, i) => sum + tally.counts[i]!, 0),
      first: cells.toSorted((a, b) => a.line - b.line)[0],
    }
  })
  const [most, ...others] = kinds
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
  const reason = 'values are texts'
  if (most === undefined || most.kind === 'text') return { type: 'VARCHAR', reason }
  const odd = others.reduce((sum, { count }) => sum + count, 0)
  const first = others.flatMap((other) => other.first ?? []).toSorted((a, b) => a.line - b.line)[0]
  if (first === undefined) return { type: 'VARCHAR', reason }
  const have = odd === 1 ? '1 cell that is' : `${odd} cells that are`
  const warning = `'${tally.name}' is text: it has ${have} no ${most.kind}, ${place(first)}`
  return { type: 'VARCHAR', reason: `most values are a ${most.kind}, but not all`, warning }
}

function kindOf(name: TextClass): 'number' | 'time' | 'boolean' | 'text' | 'missing' {
  if (name === 'missing' || name === 'boolean') return name
  if (numbers.some((number) => number === name)) return 'number'
  return [...times, ...turnedDates].some((kind) => kind === name) ? 'time' : 'text'
}

const fitting: Readonly<Record<ColumnType, readonly TextClass[]>> = {
  text: textClasses,
  integer: [...whole, 'code'],
  decimal: [...plain, 'code'],
  boolean: ['boolean'],
  date: ['date'],
  timestamp: ['date', 'timestamp'],
}

const asked: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'HUGEINT',
  decimal: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
}

/** The decision when the type was asked for; the cells that are not of it are told one of each class. */
export function takeType(
  tally: ColumnTally,
  wanted: ColumnType,
  marks: KnownForms = {},
): { readonly decision: TypeDecision; readonly unfit: readonly FirstCell[] } {
  const inferred = decideType(tally, marks)
  const isSame =
    inferred.type === asked[wanted] || (wanted === 'integer' && inferred.type === 'BIGINT')
  if (isSame)
    return { decision: { ...inferred, isUntyped: false, reason: 'as asked for' }, unfit: [] }
  const allowed = new Set<TextClass>(['missing', ...fitting[wanted]])
  const unfit = textClasses.flatMap((name, i) =>
    tally.counts[i]! > 0 && !allowed.has(name) ? [tally.first[i]!] : [],
  )
  return { decision: { type: asked[wanted], reason: 'as asked for' }, unfit }
}
