/** The forms in which TensorFlow Serving, pandas and their heirs write rows as JSON. */

import { isObject } from '../../core/json.ts'
import type { Matrix } from '../../core/matrix.ts'
import { escapePointer } from '../input/escape-pointer.ts'
import { nearestColumn } from '../input/nearest-column.ts'
import type { ProblemList } from '../input/problem-list.ts'
import { decodeRecords, decodeTable } from '../schemas.ts'
import type { Column } from '../served-model.ts'

export interface RowContext {
  readonly columns: readonly Column[]
  readonly limits: { readonly rows: number }
  /** Told of everything that is wrong; what is decoded is for use only when nothing was. */
  readonly problems: ProblemList
}

/**
 * Decodes `instances` or `inputs`: rows as objects, rows as lists in the order of the model's columns, or
 * an object of columns, each a list, or, of one row, each a cell.
 *
 * @throws {ToolkitError} `REQUEST_INVALID` when there are no rows to check
 */
export function decodeInstances(value: unknown, pointer: string, context: RowContext): Matrix {
  if (isObject(value)) return decodeColumns(value, pointer, context)
  if (!Array.isArray(value)) {
    return fail(context, pointer, { expected: 'a list of rows, or an object of columns', value })
  }
  const [first]: readonly unknown[] = value
  return Array.isArray(first)
    ? decodeLists(value, pointer, { ...context, sources: context.columns.map((_, c) => c) })
    : decodeRecordList(value, pointer, context)
}

/**
 * Decodes rows that are objects, as pandas' orientation 'records'.
 *
 * @throws {ToolkitError} `REQUEST_INVALID` when there are no rows to check
 */
export function decodeRecordList(value: unknown, pointer: string, context: RowContext): Matrix {
  if (!Array.isArray(value)) {
    return fail(context, pointer, { expected: 'a list of objects of columns', value })
  }
  checkRowCount(value.length, pointer, context)
  const pointerOf = (row: number): string => `${pointer}/${row}`
  return decodeRecords(value, { ...context, hasFlag: false, pointerOf })
}

/**
 * Decodes names and rows as lists, as pandas' orientation 'split'. Without names, the lists are in the
 * order of the model's columns.
 *
 * @throws {ToolkitError} `REQUEST_INVALID` when there are no rows to check
 */
export function decodeSplit(value: unknown, pointer: string, context: RowContext): Matrix {
  if (!isObject(value)) {
    return fail(context, pointer, { expected: "an object of 'columns' and 'data'", value })
  }
  const { data } = value
  const names = value['columns'] ?? context.columns.map(({ name }) => name)
  if (!Array.isArray(names) || !Array.isArray(data)) {
    const [member, found] = Array.isArray(names) ? ['data', data] : ['columns', names]
    return fail(context, `${pointer}/${member}`, { expected: 'a list', value: found })
  }
  for (const name of Object.keys(value)) {
    if (['columns', 'index', 'data'].includes(name)) continue
    const expected = "nothing beside 'columns', 'index' and 'data'"
    context.problems.add(join(pointer, name), () => ({ expected, value: value[name] }))
  }
  const { index: labels } = value
  if (Array.isArray(labels) && labels.length !== data.length) {
    const expected = `as many labels as rows: ${data.length}`
    context.problems.add(`${pointer}/index`, () => ({ expected, value: labels.length }))
  }
  const sources = matchNames(names, (index) => `${pointer}/columns/${index}`, context)
  return decodeLists(data, `${pointer}/data`, { ...context, sources, width: names.length })
}

/**
 * Where each of the model's columns stands among the names, -1 where it does not; reports names that are no
 * column, or are there twice.
 */
export function matchNames(
  names: readonly unknown[],
  pointerOf: (index: number) => string,
  { columns, problems }: RowContext,
): readonly number[] {
  const known = new Set<unknown>(columns.map(({ name }) => name))
  const seen = new Set<unknown>()
  for (const [index, name] of names.entries()) {
    if (!known.has(name)) {
      problems.add(pointerOf(index), () => ({
        expected: 'a column of the model',
        value: name,
        hint: typeof name === 'string' ? nearestColumn(name, columns) : undefined,
      }))
    } else if (seen.has(name)) {
      problems.add(pointerOf(index), () => ({ expected: 'each column once', value: name }))
    }
    seen.add(name)
  }
  return columns.map(({ name }) => names.indexOf(name))
}

/** @throws {ToolkitError} `REQUEST_INVALID` with all problems so far, when there are no rows or too many */
export function checkRowCount(rows: number, pointer: string, context: RowContext): void {
  const { limits } = context
  if (rows > 0 && rows <= limits.rows) return
  fail(context, pointer, {
    expected: rows === 0 ? 'at least one row' : `at most ${limits.rows} rows`,
    value: rows,
    ...(rows > 0 && { hint: 'send them in several requests' }),
  })
}

interface ListContext extends RowContext {
  /** For each of the model's columns, its place in a row; -1 when it has none. */
  readonly sources: readonly number[]
  /** Cells in a row; as many as the model has columns when absent. */
  readonly width?: number
}

function decodeLists(rows: readonly unknown[], pointer: string, context: ListContext): Matrix {
  const { columns, problems, sources, width = columns.length } = context
  checkRowCount(rows.length, pointer, context)
  for (const [index, row] of rows.entries()) {
    if (Array.isArray(row) && row.length === width) continue
    const value = Array.isArray(row) ? row.length : row
    const expected = Array.isArray(row) ? `${width} cells` : `a list of ${width} cells`
    problems.add(`${pointer}/${index}`, () => ({ expected, value }))
  }
  problems.check()
  const cellAt = (row: number, column: number): unknown => {
    const cells = rows[row]
    return Array.isArray(cells) ? cells[sources[column]!] : undefined
  }
  const pointerAt = (row: number, column: number): string => {
    const source = sources[column]!
    const step = source === -1 ? escapePointer(columns[column]!.name) : String(source)
    return `${pointer}/${row}/${step}`
  }
  return decodeTable({ rows: rows.length, cellAt, pointerAt }, columns, problems)
}

function decodeColumns(
  value: Readonly<Record<string, unknown>>,
  pointer: string,
  context: RowContext,
): Matrix {
  const names = Object.keys(value)
  matchNames(names, (index) => join(pointer, names[index] ?? ''), context)
  const isSingle = names.length > 0 && !Object.values(value).some(Array.isArray)
  if (isSingle) return decodeRecordsAt(value, pointer, context)
  const first: readonly unknown[] = Object.values(value).find(Array.isArray) ?? []
  for (const name of names) {
    const cells = value[name]
    if (Array.isArray(cells) && cells.length === first.length) continue
    const found = Array.isArray(cells) ? cells.length : cells
    const expected = Array.isArray(cells) ? `${first.length} cells` : 'a list of cells'
    context.problems.add(join(pointer, name), () => ({ expected, value: found }))
  }
  checkRowCount(first.length, pointer, context)
  context.problems.check()
  const { columns, problems } = context
  const lists = columns.map(({ name }) => (Object.hasOwn(value, name) ? value[name] : undefined))
  const cellAt = (row: number, column: number): unknown => {
    const cells = lists[column]
    return Array.isArray(cells) ? cells[row] : undefined
  }
  const pointerAt = (row: number, column: number): string =>
    `${join(pointer, columns[column]!.name)}/${row}`
  return decodeTable({ rows: first.length, cellAt, pointerAt }, columns, problems)
}

/** One row; names that are no column have been reported before. */
function decodeRecordsAt(
  value: Readonly<Record<string, unknown>>,
  pointer: string,
  { columns, problems }: RowContext,
): Matrix {
  const cellAt = (_row: number, column: number): unknown => {
    const { name } = columns[column]!
    return Object.hasOwn(value, name) ? value[name] : undefined
  }
  const pointerAt = (_row: number, column: number): string => join(pointer, columns[column]!.name)
  return decodeTable({ rows: 1, cellAt, pointerAt }, columns, problems)
}

function join(pointer: string, name: string): string {
  return `${pointer}/${escapePointer(name)}`
}

function fail(
  { problems }: RowContext,
  pointer: string,
  found: { readonly expected: string; readonly value: unknown; readonly hint?: string },
): never {
  problems.add(pointer, () => found)
  throw problems.toError()
}
