/** The rows of a sheet: a line with the names of the columns, and what stands below it. */

import { pluralize } from '../../core/format-number.ts'
import type { CellObject, DenseWorkSheet, Range } from '@e965/xlsx'
import { ToolkitError } from '../../core/errors.ts'
import { isoOfSerial, meaningOf, timeOfSerial } from './excel-dates.ts'

/** A sheet as a table. */
export interface SheetRows {
  readonly names: readonly string[]
  /** Values in the order of the names: text, boolean, null, bigint for whole numbers, number for others. */
  readonly rows: readonly (readonly SheetValue[])[]
  /** 1-based line of each row in the sheet. */
  readonly lines: readonly number[]
  readonly warnings: readonly string[]
}

type SheetValue = string | number | bigint | boolean | null

/** How a sheet is read. */
export interface SheetOptions {
  /** The sheet as messages name it. */
  readonly label: string
  /** 1-based line of the names; 0 when there are none; by default the first line with a value. */
  readonly headerLine?: number
  readonly from1904: boolean
}

/** Whether a sheet has a value. */
export function hasValues(sheet: DenseWorkSheet): boolean {
  return cellsOf(sheet).some((row) => row?.some((cell) => isFilled(cell)))
}

/**
 * Takes a sheet apart. Blank lines are left out; a formula is the value that Excel computed last.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` for columns without a name, or without any line
 */
export function toSheetRows(sheet: DenseWorkSheet, options: SheetOptions): SheetRows {
  const cells = cellsOf(sheet)
  const filled = [...cells.entries()].flatMap(([index, row]) =>
    row?.some((cell) => isFilled(cell)) === true ? [{ line: index + 1, cells: row }] : [],
  )
  const headerLine = options.headerLine ?? filled[0]?.line
  if (headerLine === undefined) throw invalid(`${options.label}: the sheet is empty`)
  const body = filled.filter(({ line }) => line > headerLine)
  const columns = usedColumns(
    headerLine === 0 ? body : filled.filter(({ line }) => line >= headerLine),
  )
  const header = cells[headerLine - 1]
  const toValue = (cell: CellObject | undefined): SheetValue => valueOfCell(cell, options.from1904)
  const names =
    headerLine === 0
      ? columns.map((_, i) => `column_${i + 1}`)
      : columns.map((column) => String(toValue(header?.[column]) ?? '').trim())
  checkHeader(names, columns, `${options.label}, line ${headerLine}`)
  return {
    names,
    rows: body.map((row) => columns.map((column) => toValue(row.cells[column]))),
    lines: body.map(({ line }) => line),
    warnings: [
      ...errorWarnings(body, columns, names),
      ...mergeWarnings(sheet['!merges'] ?? [], headerLine),
    ],
  }
}

interface FilledRow {
  readonly line: number
  readonly cells: readonly (CellObject | undefined)[]
}

/** The types of the library do not say that lines and cells may be absent. */
function cellsOf(
  sheet: DenseWorkSheet,
): readonly (readonly (CellObject | undefined)[] | undefined)[] {
  return Array.from(sheet['!data'])
}

function isFilled(cell: CellObject | undefined): boolean {
  return cell?.v !== undefined && cell.v !== '' && cell.t !== 'z'
}

/** Indices of the columns that have a value in any of the rows. */
function usedColumns(rows: readonly FilledRow[]): readonly number[] {
  const used = new Set<number>()
  for (const { cells } of rows) {
    cells.forEach((cell, column) => {
      if (isFilled(cell)) used.add(column)
    })
  }
  return [...used].toSorted((a, b) => a - b)
}

function checkHeader(names: readonly string[], columns: readonly number[], place: string): void {
  const nameless = columns.filter((_, i) => names[i] === '').map((column) => lettersOf(column))
  if (nameless.length === 0) return
  const shown = nameless.slice(0, 20).join(', ')
  throw invalid(`${place}: columns with values but without a name: ${shown}`)
}

/** 0 is 'A', 26 is 'AA'. */
function lettersOf(column: number): string {
  const last = String.fromCodePoint(65 + (column % 26))
  return column < 26 ? last : lettersOf(Math.floor(column / 26) - 1) + last
}

function valueOfCell(cell: CellObject | undefined, from1904: boolean): SheetValue {
  if (cell === undefined || !isFilled(cell) || cell.t === 'e') return null
  const { v: value } = cell
  if (typeof value === 'string' || typeof value === 'boolean') return value
  return typeof value === 'number' ? valueOfNumber(value, String(cell.z ?? ''), from1904) : null
}

function valueOfNumber(value: number, format: string, from1904: boolean): SheetValue {
  const meaning = meaningOf(format)
  const time = meaning === 'time' ? timeOfSerial(value) : undefined
  if (time !== undefined) return time
  const date = meaning === 'number' ? undefined : isoOfSerial(value, from1904)
  if (date !== undefined) return date
  return Number.isSafeInteger(value) ? BigInt(value) : value
}

function errorWarnings(
  rows: readonly FilledRow[],
  columns: readonly number[],
  names: readonly string[],
): readonly string[] {
  return columns.flatMap((column, i) => {
    const errors = rows.filter(({ cells }) => cells[column]?.t === 'e')
    const [first] = errors
    if (first === undefined) return []
    return [
      `'${names[i]}' has ${errors.length} ${pluralize(errors.length, 'cell')} with an error of Excel, taken as missing, the first in line ${first.line}`,
    ]
  })
}

function mergeWarnings(merges: readonly Range[], headerLine: number): readonly string[] {
  const [first, ...others] = merges
    .filter(({ e }) => e.r + 1 > headerLine)
    .toSorted((a, b) => a.s.r - b.s.r)
  if (first === undefined) return []
  const cell = `${lettersOf(first.s.c)}${first.s.r + 1}`
  return [
    `${others.length + 1} merged ranges have their value only in their first cell, such as ${cell}`,
  ]
}

function invalid(message: string): ToolkitError {
  return new ToolkitError('DATA_FILE_INVALID', message, {
    hint: 'name the line with the names of the columns with --header-line',
  })
}
