/** Labels out of a table file, into a prediction log. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import {
  describePossibleLabels,
  possibleLabels,
  type PossibleLabel,
} from '../../core/possible-labels.ts'
import { latestFeedbackTime, longestPredictionId } from '../../core/prediction-log.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { quoteName, quoteText, type Database } from '../../data/duckdb-store.ts'
import { hashFile } from '../../data/hash-file.ts'
import { numberTextSql, turnedMomentTextSql } from '../../data/reading/marked-cells.ts'
import type { CellForms } from '../../data/reading/read-options.ts'
import type { OpenedTable } from '../../data/reading/reading.ts'
import { truthSql } from '../../data/schema/violation-sql.ts'
import { familyOf } from '../../data/table/column.ts'
import { modelLogFolder } from './log-folder.ts'
import { namesIn } from './settle-spools-store.ts'
import { writePart } from './write-part-store.ts'

export interface FeedbackFile {
  readonly database: Database
  /** Texts as they are written: ids with leading zeros stay what they are. */
  readonly opened: OpenedTable
  readonly path: string
  /** Of all logs. */
  readonly root: string
  readonly model: string
  /** Columns of the file; without a `time` column that is there, all labels became known now. */
  readonly columns: { readonly id: string; readonly label: string; readonly time: string }
  /** What the model gives, so what its labels may be; any number where nobody knows. */
  readonly output: ModelOutput | undefined
  /** How numbers and days are written in delimited text. */
  readonly forms?: CellForms
  readonly now: number
}

export interface ImportedFeedback {
  readonly labels: number
  /** Rows whose label is not known yet. */
  readonly rowsWithoutLabel: number
  /** The very file was read before: nothing is done. */
  readonly isRepeated: boolean
}

/**
 * Adds the labels of a file: all or none, and the same file once however often it is read.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID` with the first 20 cells, `FILE_WRITE_FAILED`
 */
export async function importFeedback(file: FeedbackFile): Promise<ImportedFeedback> {
  const { database, opened, path, root, model, now } = file
  const { relation } = opened.table
  const cells = findCells(file)
  await refuseProblems(file, cells)
  const [counts] = await database.query(
    `SELECT count(*) AS rows, count(${cells.label}) AS labels FROM ${relation}`,
  )
  const labels = Number(counts?.['labels'] ?? 0)
  const folder = join(modelLogFolder(root, model), 'feedback')
  const name = `import-${await hashFile(path)}.parquet`
  const isRepeated = await isThere(folder, name)
  if (labels > 0 && !isRepeated) {
    const date = new Date(now).toISOString().slice(0, 10)
    const time = cells.time === undefined ? String(now) : `coalesce(${cells.time}, ${now})`
    const select = `SELECT ${cells.id} AS id, ${cells.label} AS label, CAST(${time} AS BIGINT) AS time FROM ${relation} WHERE ${cells.label} IS NOT NULL`
    await writePart(database, select, join(folder, `date=${date}`, name))
  }
  return { labels, rowsWithoutLabel: Number(counts?.['rows'] ?? 0) - labels, isRepeated }
}

/** SQL of the cells as the log has them, NULL where they cannot be read. */
interface Cells {
  readonly id: string
  readonly label: string
  readonly time: string | undefined
}

function findCells({ opened, columns, path, output, forms = {} }: FeedbackFile): Cells {
  const known = opened.table.columns
  const names = known.map(({ name }) => name)
  const missing = [columns.id, columns.label].filter((name) => !names.includes(name))
  if (missing.length > 0) {
    const listed = missing.map((name) => `'${name}'`).join(', ')
    throw new ToolkitError('DATA_COLUMN_MISSING', `${path} has no column ${listed}`, {
      hint: `${nameHint(missing[0]!, names, 'columns')}; --id and --label name them`,
    })
  }
  const time = known.find(({ name }) => name === columns.time)
  const timeCell = quoteName(columns.time)
  const isMoment = time !== undefined && familyOf(time.type) === 'time'
  const turned = `CAST(${turnedMomentTextSql(`CAST(${timeCell} AS VARCHAR)`, forms)} AS VARCHAR)`
  const written =
    isMoment || forms.dateOrder === undefined ? timeCell : `coalesce(${turned}, ${timeCell})`
  const moment = `epoch_ms(TRY_CAST(${written} AS TIMESTAMP))`
  const label = known.find((column) => column.name === columns.label)
  const isMarked = label?.family === 'text' && (forms.decimal ?? forms.thousands) !== undefined
  return {
    id: `CAST(${quoteName(columns.id)} AS VARCHAR)`,
    label: labelSql(quoteName(columns.label), output, isMarked ? forms : undefined),
    time:
      time === undefined
        ? undefined
        : isMoment
          ? moment
          : `coalesce(TRY_CAST(${timeCell} AS BIGINT), ${moment})`,
  }
}

/**
 * The label as the log has it; where there is a list of what may be sent, NULL of what is not in it. A class called '1' is
 * meant by a cell 1, whatever has that place.
 *
 * @param forms - of texts
 */
function labelSql(
  column: string,
  output: ModelOutput | undefined,
  forms: CellForms | undefined,
): string {
  const plain = forms === undefined ? column : numberTextSql(column, forms)
  const number = `TRY_CAST(${plain} AS DOUBLE)`
  const possible = output && possibleLabels(output)
  if (possible === undefined) return number
  const text = `CAST(${column} AS VARCHAR)`
  const choices = [
    ...chooseSql(text, listLabels(possible, 'string')),
    ...chooseSql(number, listLabels(possible, 'number')),
    ...(listLabels(possible, 'boolean').length > 0 ? [truthSql(text)] : []),
  ]
  return `CAST(coalesce(${choices.join(', ')}) AS DOUBLE)`
}

function listLabels(
  possible: readonly PossibleLabel[],
  type: 'string' | 'number' | 'boolean',
): readonly PossibleLabel[] {
  return possible.filter(({ sent }) => typeof sent === type)
}

function chooseSql(of: string, labels: readonly PossibleLabel[]): readonly string[] {
  if (labels.length === 0) return []
  const cases = labels.map(({ sent, number }) => {
    const value = typeof sent === 'string' ? quoteText(sent) : String(sent)
    return `WHEN ${value} THEN ${number}`
  })
  return [`CASE ${of} ${cases.join(' ')} END`]
}

const listedProblems = 20

async function refuseProblems(file: FeedbackFile, cells: Cells): Promise<void> {
  const { database, opened, path, columns, output } = file
  const [id, label, time] = [columns.id, columns.label, columns.time].map(quoteName)
  const faults = [
    {
      name: columns.id,
      cell: id,
      fault: `(${label} IS NOT NULL AND (${cells.id} IS NULL OR length(${cells.id}) NOT BETWEEN 1 AND ${longestPredictionId}))`,
      expected: `a text of 1 to ${longestPredictionId} characters`,
    },
    {
      name: columns.label,
      cell: label,
      fault: `(${label} IS NOT NULL AND (${cells.label} IS NULL OR NOT isfinite(${cells.label})))`,
      expected: output === undefined ? 'a number' : describePossibleLabels(output),
    },
    ...(cells.time === undefined
      ? []
      : [
          {
            name: columns.time,
            cell: time,
            fault: `(${time} IS NOT NULL AND (${cells.time} IS NULL OR ${cells.time} NOT BETWEEN 0 AND ${latestFeedbackTime}))`,
            expected: 'milliseconds since 1970, or a moment such as 2026-01-31T12:00:00Z',
          },
        ]),
  ]
  const selects = faults.map(
    ({ cell, fault }, index) =>
      `SELECT row, ${index} AS fault, CAST(${cell} AS VARCHAR) AS cell FROM numbered WHERE ${fault}`,
  )
  const found = await database.query(
    `WITH numbered AS (SELECT *, row_number() OVER () - 1 AS row FROM ${opened.table.relation}), faults AS (${selects.join(' UNION ALL ')})
      SELECT *, count(*) OVER () AS total FROM faults ORDER BY row, fault LIMIT ${listedProblems}`,
  )
  if (found.length === 0) return
  const places = await opened.placesOf(found.map(({ row }) => Number(row)))
  const lines = found.map(({ fault, cell }, i) => {
    const { name, expected } = faults[Number(fault)]!
    const value = cell === null ? 'missing' : `'${String(cell).slice(0, 100)}'`
    return `${places[i]}: '${name}' is ${value}, expected ${expected}`
  })
  const total = Number(found[0]?.['total'])
  const more = total > lines.length ? [`and ${total - lines.length} more`] : []
  throw new ToolkitError('DATA_CELL_INVALID', [...lines, ...more].join('\n'), {
    hint: `correct ${path}; a label that is not known yet is an empty cell`,
  })
}

async function isThere(folder: string, name: string): Promise<boolean> {
  const days = await namesIn(folder)
  return days.some((day) => day.startsWith('date=') && existsSync(join(folder, day, name)))
}
