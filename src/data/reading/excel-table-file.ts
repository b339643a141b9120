/** A sheet of an Excel workbook as a table. */

import { readFile } from 'node:fs/promises'
import type { DenseWorkSheet, WorkBook } from '@e965/xlsx'
import { ToolkitError, messageOf } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Database } from '../duckdb-store.ts'
import { hasValues, toSheetRows } from './excel-rows.ts'
import { loadJsonRows } from './json-rows-store.ts'
import { readHead } from './read-head-file.ts'
import type { ReadOptions } from './read-options.ts'
import type { OpenedTable } from './reading.ts'
import { refuseUnfitOptions } from './unfit-options.ts'
import { writeRowsAsJson } from './write-rows-file.ts'
import { listZipEntries } from './zip-entries.ts'

/**
 * Opens a sheet of an .xls or .xlsx file. Dates are read by the format of their cells; text stays text, also
 * '00123'; empty cells and errors such as #N/A are missing, and texts that `options.missing` names.
 *
 * @param options - `sheet` is needed where several have values
 * @throws {ToolkitError} `CLI_USAGE` for options of other formats, `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID`, `DATA_COLUMN_MISSING`,
 *   `DATA_CELL_INVALID` for cells that are not of a type that was asked for
 */
export async function openExcelTable(
  database: Database,
  path: string,
  options: ReadOptions = {},
): Promise<OpenedTable> {
  refuseUnfitOptions(path, 'excel', options)
  const book = await readWorkbook(path)
  const sheets = denseSheets(book)
  const sheet = chooseSheet(sheets, path, options.sheet)
  const label = `${path}: sheet '${sheet}'`
  const { names, rows, lines, warnings } = toSheetRows(sheets.get(sheet)!, {
    label,
    from1904: book.Workbook?.WBProps?.date1904 === true,
    ...(options.headerLine !== undefined && { headerLine: options.headerLine }),
  })
  await using written = await writeRowsAsJson(names, rows)
  const source = {
    path: written.path,
    layout: 'lines',
    compression: 'none',
    names,
    label,
    placeOf: (row: number) => Promise.resolve(`${label}, line ${lines[row]}`),
  } as const
  const loaded = await loadJsonRows(database, source, options)
  const { columns, missing } = loaded
  return {
    table: loaded.table,
    reading: { format: 'excel', compression: 'none', sheet, columns, missing },
    warnings: [...warnings, ...loaded.warnings],
    placesOf: loaded.placesOf,
    [Symbol.asyncDispose]: loaded[Symbol.asyncDispose],
  }
}

/** The library reads the whole file, and the file stands in it several times over. */
const maxFileBytes = 256 * 2 ** 20

async function readWorkbook(path: string): Promise<WorkBook> {
  // The library takes anything for a workbook, text too.
  const head = (await readHead(path, 8)).toString('hex')
  const isZip = head.startsWith('504b0304')
  if (!isZip && head !== 'd0cf11e0a1b11ae1') {
    throw invalid(path, head === '' ? 'the file is empty' : 'no Excel workbook')
  }
  const bytes = await readFile(path)
  if (bytes.length > maxFileBytes) throw invalid(path, `a workbook of ${bytes.length} bytes`)
  if (isZip) checkZip(path, bytes)
  const { read } = await import('@e965/xlsx')
  try {
    return read(bytes, { type: 'buffer', dense: true, cellNF: true, cellText: false })
  } catch (error) {
    const reason = messageOf(error)
    const isLocked = /password|encrypt/i.test(reason) && !isZip
    throw invalid(
      path,
      isLocked ? 'the workbook is protected by a password' : `a damaged workbook: ${reason}`,
      error,
    )
  }
}

/** The library compares no checksums, and would read damaged cells as they are. */
function checkZip(path: string, bytes: Buffer): void {
  try {
    for (const { unpack } of listZipEntries(bytes)) unpack()
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    throw invalid(path, `a damaged workbook: ${error.message}`, error)
  }
  if (!bytes.includes('xl/workbook')) throw invalid(path, 'a zip archive, no Excel workbook')
}

function denseSheets(book: WorkBook): ReadonlyMap<string, DenseWorkSheet> {
  const sheets = new Map<string, DenseWorkSheet>()
  for (const name of book.SheetNames) {
    const sheet = book.Sheets[name]
    if (sheet !== undefined && isDense(sheet)) sheets.set(name, sheet)
  }
  return sheets
}

function isDense(sheet: object): sheet is DenseWorkSheet {
  return '!data' in sheet && Array.isArray(sheet['!data'])
}

function chooseSheet(
  sheets: ReadonlyMap<string, DenseWorkSheet>,
  path: string,
  wanted?: string,
): string {
  const names = [...sheets.keys()]
  if (wanted !== undefined) {
    if (sheets.has(wanted)) return wanted
    throw new ToolkitError('DATA_FILE_INVALID', `${path}: there is no sheet '${wanted}'`, {
      hint: nameHint(wanted, names, 'sheets'),
    })
  }
  const filled = names.filter((name) => hasValues(sheets.get(name)!))
  const [only] = filled
  if (only === undefined) throw invalid(path, 'no sheet has a value')
  if (filled.length === 1) return only
  throw new ToolkitError(
    'DATA_FILE_INVALID',
    `${path}: ${filled.length} sheets have values, and none is chosen`,
    { hint: `choose with --sheet: ${filled.slice(0, 20).join(', ')}` },
  )
}

function invalid(path: string, message: string, cause?: unknown): ToolkitError {
  return new ToolkitError('DATA_FILE_INVALID', `${path}: ${message}`, {
    hint: 'save it again as .xlsx without a password, or name another --format',
    cause,
  })
}
