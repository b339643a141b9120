/** What a request of rows must look like, and its way into the model's matrix. */

import { ToolkitError } from '../core/errors.ts'
import { decodeInput, encodeInput } from '../core/input-field.ts'
import { isObject } from '../core/json.ts'
import type { Matrix } from '../core/matrix.ts'
import type { FeatureReader } from '../core/feature-reader.ts'
import { entityMember, hintOf, readEntity } from './input/entity-rows.ts'
import { escapePointer } from './input/escape-pointer.ts'
import { nearestColumn } from './input/nearest-column.ts'
import { createProblemList, type ProblemList, type RequestWarnings } from './input/problem-list.ts'
import { keepSent, startSent, withSent, type SentCells } from './input/sent-cells.ts'
import type { Column } from './served-model.ts'
import { settleCell } from './input/settle-cell.ts'

export interface DecodedRows {
  /** Whether the body was one row, to be answered with one prediction. */
  readonly isSingle: boolean
  /** Whether the body asks for explanations too. */
  readonly isExplained: boolean
  /** Of one row: good until the next one is decoded. */
  readonly matrix: Matrix
  /** What does not fit and was let through. */
  readonly warnings: RequestWarnings | undefined
}

type JsonObject = Readonly<Record<string, unknown>>

/**
 * Decodes a body that is one row, `{"AGE": 35, …}`, or many, `{"rows": [{…}, …]}`.
 * It is many exactly if its `rows` is an array. Where there is an online store, a row may name its entity,
 * `{"entity": {"ID": 17}, …}`: columns that it does not send come from there. Beside the columns, or `rows`, may stand
 * `"explain": true`; in a single row of a model with a column of that name it is the column. A column that may be missing can
 * be null or absent; nothing is coerced but true and false in boolean columns. Texts, dates and moments become the numbers that stand for them.
 *
 * @throws {ToolkitError} `REQUEST_INVALID` with all problems, see {@link createProblemList}
 */
export function decodeRows(
  body: unknown,
  columns: readonly Column[],
  limits: {
    readonly rows: number
    readonly explainedRows?: number
    /** The online store. */
    readonly features?: FeatureReader | undefined
  },
): DecodedRows {
  if (!isObject(body)) throw notRows(body)
  const problems = createProblemList()
  const { rows: many } = body
  const isSingle = !Array.isArray(many)
  const rows: readonly unknown[] = isSingle ? [body] : checkRows(body, many, limits)
  const hasFlag = isSingle && columns.every(({ name }) => name !== explainFlag)
  if (hasFlag) checkFlag(body, problems)
  const matrix = decodeRecords(rows, {
    columns,
    problems,
    hasFlag,
    features: limits.features,
    pointerOf: (index) => (isSingle ? '' : `/rows/${index}`),
    ...(isSingle && { values: valuesOfOneRow(columns) }),
  })
  problems.check()
  return {
    isSingle,
    isExplained: (hasFlag || !isSingle) && body[explainFlag] === true,
    matrix,
    warnings: problems.warnings(),
  }
}

const rowValues = new WeakMap<readonly Column[], Float32Array>()

/** The same memory for each request: more than sixteen numbers would be taken from the system, and given back. */
function valuesOfOneRow(columns: readonly Column[]): Float32Array {
  const known = rowValues.get(columns)
  if (known !== undefined) return known
  const made = new Float32Array(columns.length)
  rowValues.set(columns, made)
  return made
}

/**
 * Decodes rows that are objects of columns, and reports what is wrong with them;
 * the matrix is for use only when nothing was.
 *
 * @param context - `hasFlag`: whether a row may ask for its explanation; `features`: where it may have columns from by its entity;
 *   `values`: memory for the matrix, shape [rows, columns]
 */
export function decodeRecords(
  rows: readonly unknown[],
  context: {
    readonly columns: readonly Column[]
    readonly problems: ProblemList
    readonly hasFlag: boolean
    readonly features?: FeatureReader | undefined
    readonly pointerOf: (row: number) => string
    readonly values?: Float32Array
  },
): Matrix {
  const { columns, problems, hasFlag, features, pointerOf } = context
  const { values = new Float32Array(rows.length * columns.length) } = context // [rows, columns]
  const sent = startSent(columns)
  for (const [index, row] of rows.entries()) {
    const pointer = pointerOf(index)
    if (isObject(row)) {
      fillRow(values, { row, pointer, columns, hasFlag, features, index, problems, sent })
    } else problems.add(pointer, () => ({ expected: 'an object of columns', value: row }))
  }
  return withSent({ rows: rows.length, columns: columns.length, values }, sent)
}

/** Rows of a request whose cells do not stand in one object a row. */
export interface CellTable {
  readonly rows: number
  /** The cell as it was sent; `undefined` when it is absent. `column` counts the model's columns. */
  cellAt(row: number, column: number): unknown
  /** Where it stands, or would stand. */
  pointerAt(row: number, column: number): string
}

/** The same as {@link decodeRecords} for cells that are found by row and column. */
export function decodeTable(
  table: CellTable,
  columns: readonly Column[],
  problems: ProblemList,
): Matrix {
  const values = new Float32Array(table.rows * columns.length) // [rows, columns]
  const sent = startSent(columns)
  for (let row = 0; row < table.rows; row++) {
    for (const [column, definition] of columns.entries()) {
      const cell = readCell(definition, table.cellAt(row, column))
      if (sent !== undefined) keepSent(sent, { column, field: definition.field }, cell)
      values[row * columns.length + column] =
        encodeInput(definition.field, cell) ??
        settleCell(definition, cell, {
          pointer: table.pointerAt(row, column),
          problems,
          sent,
          column,
        })
    }
  }
  return withSent({ rows: table.rows, columns: columns.length, values }, sent)
}

/** A cell as the field has it, where the protocol has another way to write it. */
function readCell({ field, takesTimeNumbers }: Column, cell: unknown): unknown {
  if (takesTimeNumbers !== true || typeof cell !== 'number') return cell
  return decodeInput(field, cell) ?? cell
}

/** Asks for explanations. */
export const explainFlag = 'explain'

function checkFlag(body: JsonObject, problems: ProblemList): void {
  const value = Object.hasOwn(body, explainFlag) ? body[explainFlag] : undefined
  if (value === undefined || typeof value === 'boolean') return
  problems.add(`/${explainFlag}`, () => ({ expected: 'true or false', value }))
}

function notRows(body: unknown): ToolkitError {
  const problems = createProblemList()
  problems.add('', () => ({
    expected: 'an object: one row, or {"rows": [ … ]}',
    value: body,
    ...(Array.isArray(body) && { hint: 'wrap the rows: {"rows": [ … ]}' }),
  }))
  return problems.toError()
}

function checkRows(
  body: JsonObject,
  rows: readonly unknown[],
  limits: { readonly rows: number; readonly explainedRows?: number },
): readonly unknown[] {
  const problems = createProblemList()
  checkFlag(body, problems)
  const isExplained = body[explainFlag] === true
  const limit = isExplained ? Math.min(limits.explainedRows ?? 0, limits.rows) : limits.rows
  if (rows.length === 0) {
    problems.add('/rows', () => ({ expected: 'at least one row', value: 0 }))
  }
  if (rows.length > limit) {
    problems.add('/rows', () => ({
      expected: `at most ${limit} rows${isExplained ? ' to explain' : ''}`,
      value: rows.length,
      hint: 'send them in several requests',
    }))
  }
  for (const name of Object.keys(body)) {
    if (name === 'rows' || name === explainFlag) continue
    problems.add(`/${name}`, () => ({
      expected: "nothing beside 'rows' and 'explain'",
      value: body[name],
      hint: 'leave it out',
    }))
  }
  problems.check()
  return rows
}

interface RowContext {
  readonly row: JsonObject
  readonly pointer: string
  readonly columns: readonly Column[]
  /** Whether the row carries the flag that asks for explanations. */
  readonly hasFlag: boolean
  readonly features: FeatureReader | undefined
  readonly index: number
  readonly problems: ProblemList
  readonly sent: SentCells | undefined
}

/** Fills the row's place in `values`, and reports what is wrong with it. */
function fillRow(values: Float32Array, context: RowContext): void {
  const { row, pointer, columns, features, index, problems, sent } = context
  const found =
    features === undefined || hasColumn(columns, entityMember)
      ? undefined
      : readEntity(row, features, { pointer, problems })
  const start = index * columns.length
  let column = 0
  let sentCount = 0
  for (const definition of columns) {
    const { name, field } = definition
    const isSent = Object.hasOwn(row, name)
    if (isSent) sentCount++
    const cell = readCell(definition, isSent ? row[name] : found?.values[name])
    if (sent !== undefined) keepSent(sent, { column, field }, cell)
    values[start + column] =
      encodeInput(field, cell) ??
      settleCell(definition, cell, {
        pointer: `${pointer}/${escapePointer(name)}`,
        problems,
        hint: isSent || found === undefined ? undefined : hintOf(found, name),
        sent,
        column,
      })
    column++
  }
  // Almost every row has nothing else, and is not looked through for it.
  if (Object.keys(row).length > sentCount) refuseUnknown(context)
}

function hasColumn(columns: readonly Column[], name: string): boolean {
  return columns.some((column) => column.name === name)
}

function refuseUnknown({ row, pointer, columns, hasFlag, features, problems }: RowContext): void {
  const names = new Set(columns.map((column) => column.name))
  for (const name of Object.keys(row)) {
    if (names.has(name) || (hasFlag && name === explainFlag)) continue
    if (name === entityMember && features !== undefined) continue
    problems.add(`${pointer}/${escapePointer(name)}`, () => ({
      expected: 'a column of the model',
      value: row[name],
      hint:
        name === entityMember && isObject(row[name])
          ? 'this server reads no online store: send the columns'
          : nearestColumn(name, columns),
    }))
  }
}
