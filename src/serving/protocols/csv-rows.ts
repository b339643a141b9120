/** Rows as CSV, as pandas' `to_csv` writes them. */

import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { isCodedField } from '../../core/input-field.ts'
import { decodeTable } from '../schemas.ts'
import type { Column } from '../served-model.ts'
import { checkRowCount, matchNames, type RowContext } from './row-forms.ts'

/**
 * Decodes a header and rows, separated by commas, with quotes as in RFC 4180. A nameless column is pandas'
 * index and is passed over. What pandas reads as missing is missing.
 *
 * @throws {ToolkitError} `REQUEST_MALFORMED` when a quote is left open or a line has another number of
 * cells than the header; `REQUEST_INVALID` when there are no rows, or too many
 */
export function decodeCsv(text: string, context: RowContext): Matrix {
  const [header, ...records] = splitRecords(text.replace(/^\uFEFF/, ''))
  const names = header?.cells ?? []
  const kept = names.map((_, index) => index).filter((index) => names[index] !== '')
  checkWidths(records, names.length)
  checkRowCount(records.length, 'rows', context)
  const matched = matchNames(
    kept.map((index) => names[index]),
    (index) => `line 1, cell ${kept[index]! + 1}`,
    context,
  )
  const { columns, problems } = context
  const cellAt = (row: number, column: number): unknown => {
    const source = kept[matched[column]!]
    if (source === undefined) return undefined
    return readCell(columns[column]!, records[row]?.cells[source] ?? '')
  }
  const pointerAt = (row: number, column: number): string =>
    `line ${records[row]?.line}, ${columns[column]?.name}`
  return decodeTable({ rows: records.length, cellAt, pointerAt }, columns, problems)
}

interface CsvRecord {
  /** Of its first cell, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

/** Lines without a cell are passed over. */
function splitRecords(text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = []
  const pattern = /("[^"]*(?:""[^"]*)*"|[^",\r\n]*)(,|\r\n|\n|\r|$)/y
  let cells: string[] = []
  let line = 1
  let start = 1
  while (pattern.lastIndex < text.length || cells.length > 0) {
    const match = pattern.exec(text)
    if (match === null)
      throw malformed(`line ${line}: a quote is left open, or stands inside a cell`)
    const [, cell = '', end] = match
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)
    line += countLines(cell)
    if (end === ',') continue
    if (cells.length > 1 || cell !== '') records.push({ line: start, cells })
    cells = []
    start = ++line
    if (end === '') break
  }
  return records
}

function countLines(cell: string): number {
  return cell.startsWith('"') ? cell.split(/\r\n|\n|\r/).length - 1 : 0
}

function checkWidths(records: readonly CsvRecord[], width: number): void {
  const fault = records.find(({ cells }) => cells.length !== width)
  if (fault === undefined) return
  throw malformed(
    `line ${fault.line} has ${fault.cells.length} cells, expected ${width} as in the header`,
  )
}

function malformed(message: string): ToolkitError {
  return new ToolkitError('REQUEST_MALFORMED', message, {
    hint: 'write it as DataFrame.to_csv(index=False) does',
  })
}

/** The cell as JSON would have it; text where it is none of what the field takes. */
function readCell({ field, takesTimeNumbers }: Column, text: string): unknown {
  const trimmed = text.trim()
  if (missing.has(trimmed)) return null
  if (isCodedField(field) && takesTimeNumbers !== true) return text
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(trimmed)) return Number(trimmed)
  if (field.type === 'boolean' && /^(?:true|false)$/i.test(trimmed)) return /^t/i.test(trimmed)
  return text
}

/** What `pandas.read_csv` takes for missing. As its documentation lists them (`na_values`, version 2.3). */
const missing: ReadonlySet<string> = new Set(
  '|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null'.split(
    '|',
  ),
)
