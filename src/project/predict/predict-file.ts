/** Scoring a table file of any size: the rows stream through the model, and none waits for the last. */

import { createReadStream } from 'node:fs'
import { extname, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { asWriteError, replaceFileWith, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { nameHint } from '../../core/nearest.ts'
import {
  explainScores,
  outputWidth,
  type ModelOutput,
  type Predictor,
} from '../../core/predictor.ts'
import { encodeRow, type InputField } from '../../core/input-field.ts'
import { isTimeField, type ModelField } from '../../core/schema.ts'
import { quoteName, type Database } from '../../data/duckdb-store.ts'
import type { OpenedTable } from '../../data/reading/reading.ts'
import { describeMisfits, isMarked } from '../../data/schema/check-misfits.ts'
import { findMisfits, type Misfits } from '../../data/schema/find-misfits.ts'
import { numberTextSql, timeTextSql } from '../../data/reading/marked-cells.ts'
import type { CellForms } from '../../data/reading/read-options.ts'
import { isBlankSql, truthSql } from '../../data/schema/violation-sql.ts'
import { openSpillFolder } from '../../data/spill-folder-file.ts'
import type { Column } from '../../data/table/column.ts'
import { columnsOf } from '../../serving/served-model.ts'
import {
  readCounts,
  scoreFunction,
  selectCounts,
  selectRejected,
  selectScores,
  type CountedRows,
  type ScoredColumn,
} from './predict-sql.ts'

/** What is scored, and what of it goes where. */
export interface FileScoring {
  readonly database: Database
  readonly opened: OpenedTable
  /** Name of the file in messages. */
  readonly place: string
  readonly predictor: Predictor
  /** Columns of the file that stand before the prediction. */
  readonly keys: readonly string[]
  /** Also what each column adds to the score. */
  readonly isExplained: boolean
  /** Leave the predictions of rows that do not fit empty, instead of refusing the file. */
  readonly keepsGoing: boolean
  /**
   * Where rows that do not fit go, with what is wrong with them, instead of refusing the file: a path as `output`.
   * They are in the output too, without a prediction, where it `keepsGoing`.
   */
  readonly rejected?: string | undefined
  /** A path whose ending is .parquet, .csv or .jsonl; `-` is CSV to stdout. */
  readonly output: string
  /** How numbers and days are written that are not as the API takes them, as far as it was said. */
  readonly forms?: CellForms
}

/** What became of the rows; those that do not fit the model's fields have no prediction. */
export interface ScoredFile extends CountedRows {
  /** All of the file. */
  readonly rows: number
  /** Their cells in words, the first 20 with their places; absent when all fit. */
  readonly warning?: string
}

/**
 * Scores every row of a table, in its order, and writes keys and predictions; memory does not grow with the table.
 * Columns that the model does not take are left alone. What does not fit is let through where the model's policies
 * say so, as in a server.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_CHECK_FAILED` for cells the model does not take, `CLI_USAGE`
 *   for an output of another ending or two columns of one name, `EXPLANATION_UNSUPPORTED`, `MODEL_INVALID`, `FILE_WRITE_FAILED`
 */
export async function scoreFile(scoring: FileScoring): Promise<ScoredFile> {
  const { database, opened, predictor, keepsGoing, rejected } = scoring
  checkTargets(scoring)
  const write = chooseWriter(database, scoring.output)
  const writeRejected = rejected === undefined ? undefined : chooseWriter(database, rejected)
  const columns = findColumns(scoring)
  const scored = { table: opened.table, columns }
  const named = nameOutputs(scoring)
  const misfits = await findMisfits(database, {
    relation: opened.table.relation,
    row: 'row_number() OVER () - 1',
    placesOf: opened.placesOf,
    columns,
  })
  const warning = misfits.total === 0 ? undefined : describeMisfits(misfits)
  if (!keepsGoing && rejected === undefined) refuseMisfits(misfits, warning)
  let failure: unknown
  let scoredRows = 0
  const compute = (rows: Matrix): ArrayLike<number> => {
    scoredRows += rows.rows
    return score(predictor, rows, named)
  }
  await database.defineRowFunction(
    { name: scoreFunction, width: named.length, compute },
    (error) => (failure = error),
  )
  try {
    await writeRejected?.(selectRejected(scored))
    const { keys } = scoring
    await write(selectScores(scored, { of: predictor.output, keys, named, hasUnfit: keepsGoing }))
  } catch (error) {
    throw failure ?? error
  }
  if (warning === undefined && columns.every(({ policy }) => policy === undefined)) {
    return { rows: scoredRows, unfitRows: 0, warnings: [] }
  }
  const [row] = await database.query(selectCounts(scored))
  const counted = readCounts(row, scored)
  const rows = scoredRows + counted.unfitRows
  return { rows, ...counted, ...(warning !== undefined && { warning }) }
}

type Write = (select: string) => Promise<void>

function chooseWriter(database: Database, output: string): Write {
  if (output === '-') return (select) => printCsv(database, select)
  const writers: Readonly<Record<string, (select: string, path: string) => Promise<void>>> = {
    '.parquet': (select, path) => database.writeParquet(select, path),
    '.csv': (select, path) => database.writeCsv(select, path),
    '.jsonl': (select, path) => database.writeJsonLines(select, path),
  }
  const writer = writers[extname(output)]
  if (writer !== undefined) {
    return (select) => replaceFileWith(output, (path) => writer(select, path))
  }
  throw new ToolkitError('CLI_USAGE', `'${output}' is not named .parquet, .csv or .jsonl`, {
    hint: "name the file so, or '-' for CSV on stdout",
  })
}

/** The table is read more than once: none of what is written may take its place. */
function checkTargets({ place, output, rejected }: FileScoring): void {
  const table = resolve(place)
  if (output !== '-' && resolve(output) === table) {
    throw new ToolkitError('CLI_USAGE', `the predictions would replace '${output}'`, {
      hint: 'name another file with --output',
    })
  }
  if (rejected === undefined) return
  if (rejected !== '-' && ![resolve(output), table].includes(resolve(rejected))) return
  throw new ToolkitError('CLI_USAGE', `rejected rows cannot go to '${rejected}'`, {
    hint: 'name a .parquet, .csv or .jsonl file of their own',
  })
}

/** Written aside first: a failure half way prints nothing. */
async function printCsv(database: Database, select: string): Promise<void> {
  using folder = openSpillFolder()
  if (folder === undefined) {
    throw new ToolkitError('FILE_WRITE_FAILED', 'there is no folder for temporary files', {
      hint: 'set TMPDIR to a folder that can be written, or name an output file',
    })
  }
  const path = `${folder.path}/scores.csv`
  await database.writeCsv(select, path)
  try {
    await pipeline(createReadStream(path), process.stdout, { end: false })
  } catch (error) {
    // Whoever reads, `head` say, has enough.
    if (systemCode(error) !== 'EPIPE') throw asWriteError('stdout', error)
  }
}

/** The model's columns in the file, as checks and the model read them. */
function findColumns({
  opened,
  predictor,
  keys,
  place,
  forms = {},
}: FileScoring): readonly ScoredColumn[] {
  const { columns } = opened.table
  const names = columns.map(({ name }) => name)
  const missing = [...keys, ...Object.keys(predictor.inputs)].filter(
    (name) => !names.includes(name),
  )
  if (missing.length > 0) {
    throw new ToolkitError(
      'DATA_COLUMN_MISSING',
      `${place} lacks ${missing.map((name) => `'${name}'`).join(', ')}`,
      { hint: nameHint(missing[0]!, names, 'columns') },
    )
  }
  return columnsOf(predictor).map(({ name, field, policy, takesDoubles }) => ({
    name,
    field,
    policy,
    takesDoubles,
    text: `CAST(${quoteName(name)} AS VARCHAR)`,
    value: valueSql(
      columns.find((column) => column.name === name)!,
      field,
      forms,
    ),
    isModelInput: true,
  }))
}

/** The cell's value; null where it is none. */
function valueSql(column: Column, field: InputField, forms: CellForms): string {
  const text = `CAST(${quoteName(column.name)} AS VARCHAR)`
  if (field.type === 'text') return `CASE WHEN NOT ${isBlankSql(text)} THEN ${text} END`
  if (!isTimeField(field)) return numberSql(column, field, forms)
  // One cell that is no date makes a column of dates a column of texts.
  return timeTextSql(field, text, column.family === 'text' ? forms : {})
}

/** The cell as a double; null where it is none. */
function numberSql({ name, family }: Column, { type }: ModelField, forms: CellForms): string {
  const column = quoteName(name)
  if (family === 'number' || family === 'boolean') return `CAST(${column} AS DOUBLE)`
  const text = `CAST(${column} AS VARCHAR)`
  const number = `TRY_CAST(${numberTextSql(text, forms)} AS DOUBLE)`
  // One cell that is neither makes a column of true and false a column of texts.
  return type === 'boolean' ? `coalesce(${truthSql(text)}, ${number})` : number
}

/** Names of the numbers that the model gives for a row, in the order of the function's lists. */
function nameOutputs({ predictor, isExplained, keys }: FileScoring): readonly string[] {
  const names = [
    ...nameScores(predictor.output),
    ...(isExplained ? nameContributions(predictor) : []),
  ]
  const { output } = predictor
  const ends = output.kind === 'value' && output.interval !== undefined ? ['lower', 'upper'] : []
  const taken = new Set([...names, ...ends, 'prediction'].map((name) => name.toLowerCase()))
  checkDistinct(names)
  // DuckDB and Parquet's readers do not tell names apart by the case of their letters.
  for (const key of keys) {
    const name = key.toLowerCase()
    if (taken.has(name)) {
      throw new ToolkitError('CLI_USAGE', `the output would have two columns '${key}'`, {
        hint: 'name each key once, and rename one that is called as an output',
      })
    }
    taken.add(name)
  }
  return names
}

/** A value is the prediction itself. */
function nameScores(output: ModelOutput): readonly string[] {
  switch (output.kind) {
    case 'probability':
      return ['probability']
    case 'value':
      return ['prediction']
    case 'classes':
      return output.classes.map((name) => `probability_${name}`)
  }
}

function checkDistinct(names: readonly string[]): void {
  const lower = names.map((name) => name.toLowerCase())
  const twice = names.find((_, i) => lower.indexOf(lower[i]!) < i)
  if (twice === undefined) return
  throw new ToolkitError('CLI_USAGE', `the output would have two columns '${twice}'`, {
    hint: 'names of columns are told apart by more than the case of their letters',
  })
}

function nameContributions(predictor: Predictor): readonly string[] {
  const values = encodeRow(predictor.inputs, predictor.example)
  const row = { rows: 1, columns: values.length, values }
  const { output } = predictor
  return explainScores(predictor, row).flatMap(({ columns }, k) => {
    const of = output.kind === 'classes' ? `_${output.classes[k]}` : ''
    return [`base${of}`].concat(columns.map((name) => `contribution${of}_${name}`))
  })
}

function score(predictor: Predictor, rows: Matrix, named: readonly string[]): ArrayLike<number> {
  const scores = predictor.predict(rows)
  const given = outputWidth(predictor.output)
  const told = named.length > given ? explainScores(predictor, rows) : []
  const width = named.length
  const into = new Float64Array(rows.rows * width)
  for (let r = 0; r < rows.rows; r++) {
    into.set(scores.subarray(r * given, (r + 1) * given), r * width)
    let at = r * width + given
    for (const { base, columns, values } of told) {
      into[at] = base
      into.set(values.subarray(r * columns.length, (r + 1) * columns.length), at + 1)
      at += 1 + columns.length
    }
  }
  const fault = into.find((value) => !Number.isFinite(value))
  if (fault === undefined) return into
  throw new ToolkitError('MODEL_INVALID', `the model gave ${fault} for a row of the file`, {
    hint: 'use another version',
  })
}

function refuseMisfits(misfits: Misfits, message: string | undefined): void {
  if (message === undefined) return
  const { total, counts } = misfits
  throw new ToolkitError('DATA_CHECK_FAILED', message, {
    hint: `mend the cells, ${isMarked(misfits) ? 'say how they are written with --decimal, --thousands or --date-order, ' : ''}leave the predictions of their rows empty with --keep-going, or put the rows aside with --rejected FILE`,
    details: { total, counts: Object.fromEntries(counts) },
  })
}
