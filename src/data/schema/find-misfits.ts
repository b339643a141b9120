import { cutText } from '../../core/format-number.ts'
import type { FieldPolicy } from '../../core/field-policy.ts'
import { describeField, describeInputViolation } from '../../core/schema.ts'
import type { Field } from '../../core/schema.ts'
import type { Database } from '../duckdb-store.ts'
import { batchColumns } from '../profile/column-batches.ts'
import { isPassedSql } from './policy-sql.ts'
import {
  holdsNumbers,
  isBlankSql,
  isMissingSql,
  isStorableSql,
  violationSql,
} from './violation-sql.ts'
import { countWhere } from '../count-where.ts'

/** A column to hold against its field. */
export interface CheckedColumn {
  readonly name: string
  readonly field: Field
  /** SQL of the cell as it was written, VARCHAR; blank or null where it is missing. */
  readonly text: string
  /** SQL of the cell's value in the field's `valueType`; null where the text is none. */
  readonly value: string
  /** Whether models take the column, in 32-bit floats. */
  readonly isModelInput: boolean
  /** Of a column that models take: what it lets through is no misfit. */
  readonly policy?: FieldPolicy | undefined
}

/** The cells of a table that do not fit the schema. */
export interface Misfits {
  readonly total: number
  /** Those that no column of the field's type could hold unchanged. */
  readonly unstorable: number
  /** By column, in the order of the schema; only columns that have any. */
  readonly counts: ReadonlyMap<string, number>
  /** The first in the order of the rows. */
  readonly examples: readonly Misfit[]
}

export interface Misfit {
  /** Where its row stands, such as 'loans.csv:17'. */
  readonly place: string
  readonly name: string
  readonly field: Field
  /** The cell as it was written, `undefined` where it is missing. */
  readonly text: string | undefined
  /** What the field admits, in words. */
  readonly expected: string
}

const exampleLimit = 20

/**
 * Holds every column against its field: one statement over the table for each 300 columns, and one
 * more for examples only where something does not fit.
 *
 * @param options.relation - SQL for FROM
 * @param options.row - SQL of a row's 0-based number
 * @param options.placesOf - where rows of these numbers stand, in their order
 */
export async function findMisfits(
  database: Database,
  options: {
    readonly relation: string
    readonly row: string
    readonly placesOf: (rows: readonly number[]) => Promise<readonly string[]>
    readonly columns: readonly CheckedColumn[]
  },
): Promise<Misfits> {
  const { columns } = options
  const counted = await countMisfits(database, options)
  const counts = new Map(
    columns.flatMap(({ name }, i) =>
      counted[i]!.misfits === 0 ? [] : [[name, counted[i]!.misfits]],
    ),
  )
  return {
    total: counted.reduce((sum, { misfits }) => sum + misfits, 0),
    unstorable: counted.reduce((sum, { unstorable }) => sum + unstorable, 0),
    counts,
    examples: counts.size === 0 ? [] : await readExamples(database, { ...options, counts }),
  }
}

interface CheckedTable {
  readonly relation: string
  readonly row: string
  readonly columns: readonly CheckedColumn[]
}

/** Some columns with the numbers of their rows: a statement costs as much as the columns in it, wanted or not. */
function selectCells({ relation, row }: CheckedTable, columns: readonly NumberedColumn[]): string {
  const cells = columns.map(
    ({ column: { text, value }, i }) => `${text} AS t${i}, ${value} AS v${i}`,
  )
  return `(SELECT ${row} AS r, ${cells.join(', ')} FROM ${relation})`
}

interface NumberedColumn {
  readonly column: CheckedColumn
  readonly i: number
}

async function countMisfits(
  database: Database,
  table: CheckedTable,
): Promise<{ misfits: number; unstorable: number }[]> {
  const counted: { misfits: number; unstorable: number }[] = []
  const numbered = table.columns.map((column, i) => ({ column, i }))
  for (const batch of batchColumns(numbered, 1)) {
    const counters = batch.map(
      ({ column, i }) =>
        `${countWhere(isUnfitSql(column, i))} AS c${i}, ${countWhere(unstorableSql(column, i))} AS u${i}`,
    )
    const [row] = await database.query(
      `SELECT ${counters.join(', ')} FROM ${selectCells(table, batch)}`,
    )
    for (const { i } of batch) {
      counted.push({ misfits: Number(row?.[`c${i}`]), unstorable: Number(row?.[`u${i}`]) })
    }
  }
  return counted
}

/**
 * SQL: whether a cell of column `i` does not fit and is not let through, of its text `t0`, `t1`, … and value
 * `v0`, `v1`, …; never null.
 */
export function isUnfitSql({ field, isModelInput, policy }: CheckedColumn, i: number): string {
  const violation = violationSql(field, `v${i}`, isModelInput)
  if (policy === undefined) return `${isUnreadSql(i)} OR ${violation}`
  const isPassed = isPassedSql(field, policy, { value: `v${i}` })
  return `${isUnreadSql(i)} OR (${violation} AND NOT ${isPassed})`
}

function unstorableSql({ field }: CheckedColumn, i: number): string {
  return `${isUnreadSql(i)} OR NOT (${isMissingSql(field, `v${i}`)} OR ${isStorableSql(field, `v${i}`)})`
}

function isUnreadSql(i: number): string {
  return `(v${i} IS NULL AND NOT ${isBlankSql(`coalesce(t${i}, '')`)})`
}

async function readExamples(
  database: Database,
  options: CheckedTable & {
    readonly counts: ReadonlyMap<string, number>
    readonly placesOf: (rows: readonly number[]) => Promise<readonly string[]>
  },
): Promise<Misfit[]> {
  const { columns, counts } = options
  const parts = columns.flatMap((column, i) =>
    counts.has(column.name)
      ? [
          `(SELECT r, ${i} AS i, left(t${i}, ${textLimit + 1}) AS text, ${holdsNumbers(column.field) ? `v${i}` : 'CAST(NULL AS DOUBLE)'} AS value FROM ${selectCells(options, [{ column, i }])}
            WHERE ${isUnfitSql(column, i)} ORDER BY r LIMIT ${exampleLimit})`,
        ]
      : [],
  )
  const rows = await database.query(
    `SELECT r, i, text, value FROM (${parts.join(' UNION ALL ')}) ORDER BY r, i LIMIT ${exampleLimit}`,
  )
  const places = await options.placesOf(rows.map(({ r }) => Number(r)))
  return rows.map(({ i, text, value }, example) => {
    const column = columns[Number(i)]!
    const written = typeof text === 'string' && text.trim() !== '' ? shorten(text) : undefined
    return {
      place: places[example]!,
      name: column.name,
      field: column.field,
      text: written,
      expected: expect(column, value),
    }
  })
}

const textLimit = 80

function shorten(text: string): string {
  return showControls(cutText(text, textLimit))
}

/** What would break the line, or move the cursor of a terminal, is written out: `\u{1b}`. */
function showControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (control) => `\\u{${control.codePointAt(0)!.toString(16)}}`,
  )
}

function expect({ field, isModelInput }: CheckedColumn, value: unknown): string {
  const violation =
    isModelInput && holdsNumbers(field) && typeof value === 'number'
      ? describeInputViolation(field, value)
      : undefined
  return violation?.replace(/^expected /, '') ?? describeField(field)
}
