/** CSV and other delimited text as a typed table. */

import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { ownMember } from '../../core/own-member.ts'
import { quoteName, quotePath, quoteText, type Database } from '../duckdb-store.ts'
import { describeTable } from '../table/describe-table.ts'
import { noteUntyped } from '../table/untyped-columns.ts'
import type { ColumnTally, TypeDecision } from './column-tally.ts'
import { decideColumns, type ColumnDecisions } from './decide-columns.ts'
import { takeType } from './decide-type.ts'
import { checkTypes, formsOf, type ReadOptions } from './read-options.ts'
import type { OpenedTable } from './reading.ts'
import { fieldText, isBlankLine, scanText, type TextScan } from './scan-text-file.ts'
import type { TextMarks } from './text-records.ts'
import { findLines } from './text-lines-file.ts'
import { findSeparators, nameSeparator, readNamedSeparator } from './text-separator.ts'
import { eachRecord, readTextHead, type TextSource } from './text-stream-file.ts'

/** Cells that mean "no value", as pandas takes them. */
const defaultMissing: readonly string[] = [
  '#N/A',
  '#N/A N/A',
  '#NA',
  '-1.#IND',
  '-1.#QNAN',
  '-NaN',
  '-nan',
  '1.#IND',
  '1.#QNAN',
  '<NA>',
  'N/A',
  'NA',
  'NULL',
  'NaN',
  'None',
  'n/a',
  'nan',
  'null',
]

/** What the first bytes say of a text file. */
interface TextForm {
  readonly compression: 'gzip' | 'none'
  readonly encoding: string
}

/**
 * Opens delimited text as a table: every cell is looked at once to find faults and types, then it is loaded.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` naming lines, `DATA_CELL_INVALID` for cells that are not of a type
 *   that was asked for, `DATA_COLUMN_MISSING`, `CLI_USAGE`, `FILE_READ_FAILED` when there is no room for it
 */
export async function openTextTable(
  database: Database,
  path: string,
  { form, options }: { readonly form: TextForm; readonly options: ReadOptions },
): Promise<OpenedTable> {
  refuseUnfit(options)
  refuseThousands(options)
  const { headerLine = 1 } = options
  const head = await readTextHead({ path, ...form, skippedLines: 0 })
  const named = (options.headerLine ?? 0) === 0 ? readNamedSeparator(head) : undefined
  const skippedLines = named === undefined ? Math.max(0, headerLine - 1) : 1
  const source = { path, ...form, skippedLines }
  const quote = options.quote ?? '"'
  const separator = options.separator ?? named ?? detectSeparator(source, head, quote)
  const marks = { separator: toByte(separator), quote: toByte(quote) }
  const markers = ['', ...(options.missing ?? defaultMissing)]
  const hasHeader = headerLine > 0
  const scan = await scanText(source, marks, { hasHeader, markers })
  checkHeader(scan, source, options)
  const { decisions, forms } = await decideAll(scan.columns, path, options)
  const plan = { source, separator, quote, markers, hasHeader, scan, decisions }
  const table = await load(database, plan)
  const described = await describeTable(database, table)
  return {
    table: noteUntyped(described, decisions),
    reading: {
      format: 'csv',
      compression: form.compression,
      encoding: form.encoding,
      separator,
      quote,
      forms,
      columns: described.columns.map(({ name, type }, i) => ({
        name,
        type,
        reason: decisions[i]!.reason,
      })),
      missing: scan.missing,
    },
    warnings: [...warningsOf(scan), ...decisions.flatMap(({ warning }) => warning ?? [])],
    placesOf: async (rows) =>
      (await findLines(source, marks, { hasHeader, rows })).map((line) => `${path}:${line}`),
    [Symbol.asyncDispose]: () => database.run(`DROP TABLE IF EXISTS ${table}`),
  }
}

/** Options that only other formats have. */
function refuseUnfit(options: ReadOptions): void {
  const unfit = (['sheet', 'table'] as const).find((name) => options[name] !== undefined)
  if (unfit === undefined) return
  throw new ToolkitError('CLI_USAGE', `delimited text has no use for '${unfit}'`, {
    hint: 'leave the option out',
  })
}

function refuseThousands(options: ReadOptions): void {
  const { thousands, decimal } = formsOf(options)
  if (thousands === undefined || (/^[., ']$/.test(thousands) && thousands !== decimal)) return
  throw new ToolkitError('CLI_USAGE', `'${thousands}' cannot stand between thousands`, {
    hint: "give ',', '.', an apostrophe or a space, and another one than the decimal mark; or read the column as text",
  })
}

function toByte(mark: string): number {
  const code = mark.charCodeAt(0)
  if (mark.length === 1 && code > 0 && code < 128 && !/[\r\n]/.test(mark)) return code
  throw new ToolkitError('CLI_USAGE', `'${mark}' cannot separate or quote fields`, {
    hint: 'give one character of ASCII',
  })
}

function detectSeparator(source: TextSource, head: Uint8Array, quote: string): string {
  let from = 0
  for (let line = 0; line < source.skippedLines; line++) from = head.indexOf(10, from) + 1
  const shown = head.subarray(from)
  const found = findSeparators(shown, { quote: toByte(quote), isWhole: head.length < 2 ** 16 })
  if (found.length === 1) return found[0]!
  throw new ToolkitError(
    'DATA_FILE_INVALID',
    `${source.path}: ${found.map(nameSeparator).join(' and ')} separate fields equally well`,
    { hint: 'name the separator with --separator' },
  )
}

function checkHeader(
  scan: TextScan,
  { path, skippedLines }: TextSource,
  { headerLine }: ReadOptions,
): void {
  const names = scan.columns.map(({ name }) => name)
  if (names.length === 0) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path}: there is no line with text`, {
      hint: 'give a file with a header line',
    })
  }
  const before = new Map<string, string>()
  const faults: string[] = []
  for (const name of names) {
    const first = before.get(name.toLowerCase())
    if (first === name) faults.push(`two columns are called '${name}'`)
    else if (first !== undefined)
      faults.push(`columns '${first}' and '${name}' differ only in the case of letters`)
    before.set(name.toLowerCase(), name)
  }
  if (headerLine === undefined && names.every((name) => /^[+-]?\d+([.,]\d+)?$/.test(name))) {
    faults.push(`the header is '${names.slice(0, 5).join("', '")}': these are numbers, no names`)
  }
  if (faults.length === 0) return
  throw new ToolkitError(
    'DATA_FILE_INVALID',
    faults
      .slice(0, 20)
      .map((fault) => `${path}:${skippedLines + 1}: ${fault}`)
      .join('\n'),
    {
      hint: 'give each column its own name, or say with --header-line where the names are (0: nowhere)',
    },
  )
}

async function decideAll(
  columns: readonly ColumnTally[],
  path: string,
  options: ReadOptions,
): Promise<ColumnDecisions> {
  const { types = {}, allText = false, asWritten = [] } = options
  const names = columns.map(({ name }) => name)
  checkTypes(names, types)
  const isWritten = (name: string): boolean => allText || asWritten.includes(name)
  const wantedOf = (name: string) =>
    ownMember(types, name) ?? (isWritten(name) ? 'text' : undefined)
  const free = columns.filter(({ name }) => wantedOf(name) === undefined)
  const decided = await decideColumns(free, formsOf(options), options.whenInDoubt)
  const decisionOf = new Map(free.map((column, i) => [column, decided.decisions[i]!]))
  const faults: string[] = []
  const decisions = columns.map((column) => {
    const wanted = wantedOf(column.name)
    if (wanted === undefined) return decisionOf.get(column)!
    const { decision, unfit } = takeType(column, wanted, decided.forms)
    for (const { line, text } of unfit)
      faults.push(`${path}:${line}: '${column.name}' is '${text}', no ${wanted}`)
    return decision
  })
  if (faults.length === 0) return { decisions, forms: decided.forms }
  throw new ToolkitError('DATA_CELL_INVALID', faults.slice(0, 20).join('\n'), {
    hint: 'mend the cells, name them with --missing, say what --date-order or --decimal they have, or read the column as text',
  })
}

function warningsOf({ headerBlanks, blankLines, columns, rows }: TextScan): readonly string[] {
  const warnings = headerBlanks.map(
    (i) => `column ${i + 1} has no name in the header and is called '${columns[i]!.name}'`,
  )
  if (blankLines > 0 && columns.length === 1)
    warnings.push(`${blankLines} blank lines were left out`)
  if (rows === 0) warnings.push('the table has no rows')
  return warnings
}

interface LoadPlan {
  readonly source: TextSource
  readonly separator: string
  readonly quote: string
  readonly markers: readonly string[]
  readonly hasHeader: boolean
  readonly scan: TextScan
  readonly decisions: readonly TypeDecision[]
}

/** Gives the quoted name of the loaded table. */
async function load(database: Database, plan: LoadPlan): Promise<string> {
  const { source, scan } = plan
  await database.run('CREATE SEQUENCE IF NOT EXISTS text_tables')
  const [row] = await database.query("SELECT nextval('text_tables') AS number")
  const table = quoteName(`text_table_${Number(row?.['number'])}`)
  const isPlain = !scan.isOdd && source.encoding === 'utf-8' && source.skippedLines === 0
  if (isPlain && (await tryLoad(database, table, plan)) === undefined) return table
  const folder = await mkdtemp(join(tmpdir(), 'mlpt-text-'))
  try {
    const path = join(folder, 'table.csv')
    await rewrite(plan, path)
    const clean = {
      ...source,
      path,
      compression: 'none' as const,
      encoding: 'utf-8',
      skippedLines: 0,
    }
    const problem = await tryLoad(database, table, {
      ...plan,
      source: clean,
      scan: { ...scan, hasCrlf: false },
      hasHeader: false,
      separator: ',',
      quote: '"',
    })
    if (problem === undefined) return table
    throw new ToolkitError('DATA_FILE_INVALID', `${source.path}: ${problem}`, {
      hint: 'name the types of columns with --type',
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Gives what is wrong, also when DuckDB found another number of rows than there are. */
async function tryLoad(
  database: Database,
  table: string,
  plan: LoadPlan,
): Promise<string | undefined> {
  try {
    await database.run(`CREATE OR REPLACE TABLE ${table} AS ${selectRows(plan)}`)
  } catch (error) {
    const words = error instanceof Error ? error.message.split('\n')[0]! : String(error)
    if (!/^(Out of Memory|IO) Error/.test(words)) return words
    throw new ToolkitError('FILE_READ_FAILED', `${plan.source.path} cannot be held: ${words}`, {
      hint: 'free memory, or space for temporary files',
      cause: error,
    })
  }
  const [row] = await database.query(`SELECT count(*) AS count FROM ${table}`)
  const count = Number(row?.['count'])
  return count === plan.scan.rows ? undefined : `${count} rows were loaded out of ${plan.scan.rows}`
}

function selectRows({
  source,
  separator,
  quote,
  markers,
  hasHeader,
  scan,
  decisions,
}: LoadPlan): string {
  const columns = scan.columns.map(({ name }, i) => ({ name, ...decisions[i]! }))
  const types = columns.map(
    ({ name, type, sql }) => `${quoteText(name)}: '${sql === undefined ? type : 'VARCHAR'}'`,
  )
  const lineBytes = Math.max(2 ** 21, scan.longestRecord * 2 + 1024)
  const values = columns.map(({ name, sql }) =>
    sql === undefined ? quoteName(name) : `${sql} AS ${quoteName(name)}`,
  )
  return `SELECT ${values.join(', ')} FROM read_csv(${quotePath(source.path)}, auto_detect = false,
    strict_mode = true, new_line = '${scan.hasCrlf ? String.raw`\r\n` : String.raw`\n`}', header = ${hasHeader}, delim = ${quoteText(separator)}, quote = ${quoteText(quote)},
    escape = ${quoteText(quote)}, nullstr = [${markers.map((marker) => quoteText(marker)).join(', ')}],
    compression = '${source.compression}', max_line_size = ${lineBytes}, columns = {${types.join(', ')}})`
}

/** Writes the rows without the header, so that they can be read in one way only. */
async function rewrite(
  { source, separator, quote, hasHeader }: LoadPlan,
  path: string,
): Promise<void> {
  const marks: TextMarks = { separator: toByte(separator), quote: toByte(quote) }
  const file = openSync(path, 'w')
  let lines: string[] = []
  let isHeader = hasHeader
  try {
    await eachRecord(source, marks, (bytes, record) => {
      if (isBlankLine(record)) return
      if (isHeader) {
        isHeader = false
        return
      }
      const cells = Array.from({ length: record.count }, (_, field) => {
        const text = fieldText(bytes, record, { field, quote: marks.quote })
        return `"${text.replaceAll('"', '""')}"`
      })
      if (lines.push(`${cells.join(',')}\n`) < batchRows) return
      writeSync(file, lines.join(''))
      lines = []
    })
    writeSync(file, lines.join(''))
  } finally {
    closeSync(file)
  }
}

const batchRows = 1000
