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
import { decideMarked, isDoubtful } from './decide-marked.ts'
import type { CellForms, ColumnType } from './read-options.ts'
import { zonedTimeSql } from './zoned-times.ts'

const whole = ['integer', 'huge', 'exponent'] as const
const plain = [...whole, 'endless', 'decimal', 'dot-group', 'infinite', 'overflow'] as const
const spaced = ['space-group', 'space-comma', 'space-dot'] as const
const apostrophes = ['apostrophe-group', 'apostrophe-comma', 'apostrophe-dot'] as const
const commas = ['comma-decimal', 'comma-group', 'comma-groups'] as const
const marked = [...commas, 'dot-groups', ...spaced, ...apostrophes] as const
const numbers = [...plain, ...marked] as const
const times = ['date', 'timestamp', 'zoned'] as const

/** @param marks - what cannot be told from the cells */
export function decideType(tally: ColumnTally, marks: CellForms = {}): TypeDecision {
  const found = lookInto(tally)
  if (found.only()) return { type: 'VARCHAR', reason: 'no row has a value', isUntyped: true }
  if (found.only('boolean')) return { type: 'BOOLEAN', reason: 'every value is true or false' }
  if (found.only(...plain) && !isDoubtful(found, marks)) return decidePlain(found, marks)
  if (found.only(...numbers)) return decideMarked(found, marks)
  if (found.only(...times)) return decideTime(found)
  if (found.only(...times, ...turnedDates)) return decideDates(found, marks.dateOrder)
  if (found.only(...plain, 'code')) {
    return { type: 'VARCHAR', reason: `codes with leading zeros, ${found.first('code')}` }
  }
  return decideMixed(found)
}

function decidePlain(found: Found, marks: CellForms): TypeDecision {
  const { tally, has, only, first } = found
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
  if (long !== undefined && !has('decimal', 'dot-group', 'infinite', 'overflow')) {
    const warning = `${name} is text: it has whole numbers of more than 38 digits, ${first(long)}`
    return { type: 'VARCHAR', reason: 'there are whole numbers of more than 38 digits', warning }
  }
  return {
    type: 'DOUBLE',
    reason: 'every value is a number, and not all are whole',
    ...(has('decimal') && { forms: { decimal: '.' } as const }),
    ...findDoubt(found, marks),
    ...describeLosses(found, long),
  }
}

/** What a double does not hold. */
function describeLosses(
  { tally, has, first }: Found,
  long: 'endless' | 'huge' | undefined,
): Pick<TypeDecision, 'warning'> {
  const losses = [
    ...(long === undefined
      ? []
      : [`holds decimals, so its long whole numbers lose digits, ${first(long)}`]),
    ...(has('overflow')
      ? [`has numbers too large for 64 bits, read as infinite, ${first('overflow')}`]
      : []),
  ]
  return losses.length === 0 ? {} : { warning: `'${tally.name}' ${losses.join('; it ')}` }
}

/** 1.234 alone may be a whole number in a file with decimal commas. */
function findDoubt(
  { tally, has, only, first }: Found,
  { decimal, thousands }: CellForms,
): Pick<TypeDecision, 'doubt' | 'warning'> {
  const isKnown = decimal !== undefined || thousands !== undefined
  if (isKnown || !has('dot-group') || !only('integer', 'dot-group')) return {}
  const doubt = first('dot-group')
  const warning = `'${tally.name}' may be read in two ways, ${doubt}: the dot is taken for the decimal mark; --decimal , says otherwise`
  return { doubt, warning }
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
      sql: zonedTimeSql(cell),
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
  // 123 456 may be a number of a telephone.
  if (name !== 'space-group' && numbers.some((number) => number === name)) return 'number'
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
  marks: CellForms = {},
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
