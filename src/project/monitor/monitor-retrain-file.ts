/** New data for a training: what is known already, and the rows of the log whose label has come. */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  makeFolder,
  removeStaleTemporaries,
  replaceFileWith,
  temporaryPathFor,
  writeFileAtomically,
} from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { classesOf } from '../../core/predictor.ts'
import type { Field } from '../../core/schema.ts'
import {
  openDatabase,
  quoteName,
  quotePath,
  quoteText,
  type Database,
} from '../../data/duckdb-store.ts'
import { ingestTable } from '../../data/ingest.ts'
import { momentSql } from '../../data/schema/datetime-sql.ts'
import { storageType, valueType, violationSql } from '../../data/schema/violation-sql.ts'
import { validateRows } from '../../data/validate-rows.ts'
import { readSuite } from '../../data/validation-file.ts'
import { describeCritical } from '../../data/validation-text.ts'
import { partColumn } from '../../monitoring/prediction-log/log-parts-store.ts'
import { columnsOf, labelledRelation } from '../../monitoring/watch/log-catalogue.ts'
import type { LogView } from '../../monitoring/watch/open-log-store.ts'
import { incomingFolder, layoutOf, parametersFile } from '../layout.ts'
import { pinHash } from '../pin-hash.ts'
import type { StepContext } from '../step.ts'

/** What was written. */
export interface NewData {
  /** Rows of the log that the project's data does not have yet. */
  readonly newRows: number
  /** What the suite has against these rows by themselves, a sentence each. Where there is something, nothing was written. */
  readonly refusals: readonly string[]
}

/**
 * How many labelled rows of the log the project's data does not have, and that fit its schema.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when rows of the log cannot become rows of the project, or `ingest` would not find
 *   them; all reasons at once. `FILE_MISSING` when the project has no data yet.
 */
export async function countNewRows(context: StepContext, log: LogView): Promise<number> {
  checkLogFits(context, log)
  const select = selectNewRows(context, log)
  const [counted] = await log.database.query(`SELECT count(*) AS n FROM (${select})`)
  return Number(counted?.['n'] ?? 0)
}

/**
 * Writes the project's data with the new rows behind it to `data/incoming`, and pins its hash in params.yaml, unless the
 * suite refuses the new rows. Done again it does the same: the key of a row follows from the id of its prediction.
 */
export async function writeNewData(context: StepContext, log: LogView): Promise<NewData> {
  checkLogFits(context, log)
  const { directory, project } = context
  const path = join(directory, layoutOf(project.name).incoming)
  makeFolder(dirname(path))
  // Names of their own kinds, so that what a killed process left of them is known for that.
  for (const part of ['new', 'merged']) removeStaleTemporaries([`${path}.${part}`])
  const added = temporaryPathFor(`${path}.new`)
  try {
    await log.database.writeParquet(selectNewRows(context, log), added)
    const relation = `read_parquet(${quotePath(added)})`
    const [counted] = await log.database.query(`SELECT count(*) AS n FROM ${relation}`)
    const newRows = Number(counted?.['n'] ?? 0)
    if (newRows === 0) return { newRows, refusals: [] }
    const refusals = await findRefusals(context, log.database, relation)
    if (refusals.length === 0) await writeMerged(context, log.database, { path, added: relation })
    return { newRows, refusals }
  } finally {
    await rm(added, { force: true })
  }
}

/** What critical expectations have against the rows by themselves. */
async function findRefusals(
  { directory, project }: StepContext,
  database: Database,
  relation: string,
): Promise<readonly string[]> {
  const path = join(directory, layoutOf(project.name).suite)
  if (!existsSync(path)) return []
  return describeCritical(await validateRows({ database, relation, suite: await readSuite(path) }))
}

/** Tells whether what refuses new rows is another: the suite, or which times are left out. */
export async function hashRefusers({
  directory,
  project,
  parameters,
}: StepContext): Promise<string> {
  const path = join(directory, layoutOf(project.name).suite)
  const { retrainWithout } = parameters.monitor
  const suite = existsSync(path) ? await readFile(path) : Buffer.alloc(0)
  const times = retrainWithout.length === 0 ? '' : JSON.stringify(retrainWithout)
  return createHash('sha256').update(suite).update(times).digest('hex')
}

async function writeMerged(
  context: StepContext,
  source: Database,
  { path, added }: { readonly path: string; readonly added: string },
): Promise<void> {
  const { directory, project, parameters } = context
  let sha256 = ''
  await replaceFileWith(path, async (output) => {
    const merged = temporaryPathFor(`${path}.merged`)
    try {
      await source.writeParquet(selectMerged(context, added), merged)
      using database: Database = await openDatabase()
      const written = await ingestTable(
        database,
        {
          path: merged,
          place: layoutOf(project.name).incoming,
          read: { format: 'parquet' },
          output,
        },
        project.schema,
        { sha256: undefined, policy: parameters.checks.schema },
      )
      sha256 = written.sha256
    } finally {
      await rm(merged, { force: true })
    }
  })
  const place = join(directory, parametersFile)
  await writeFileAtomically(place, pinHash(await readFile(place, 'utf8'), sha256))
}

/** The project's data. @throws {ToolkitError} `FILE_MISSING` */
export function findRaw({ directory, project }: StepContext): string {
  const { raw } = layoutOf(project.name)
  const path = join(directory, raw)
  if (!existsSync(path)) {
    throw new ToolkitError('FILE_MISSING', `there is no '${raw}' for new rows to be added to`, {
      hint: "make it with 'mlpt run ingest'",
    })
  }
  return path
}

function selectRaw(context: StepContext): string {
  return `read_parquet(${quotePath(findRaw(context))})`
}

function selectMerged(context: StepContext, added: string): string {
  const names = Object.keys(context.project.schema.fields).map(quoteName).join(', ')
  return `SELECT ${names} FROM ((SELECT ${names}, 0 AS "#part", row_number() OVER () AS "#row" FROM ${selectRaw(context)})
    UNION ALL BY NAME (SELECT *, 1 AS "#part", row_number() OVER (ORDER BY ${quoteName(context.project.key)}) AS "#row"
      FROM ${added})) ORDER BY "#part", "#row"`
}

/** Of a row that was asked for by file: the path, or the table of a spool. */
export const fileColumn = quoteName('#file')

/**
 * A query for the labelled rows of a log that the project does not have, and that fit its schema, as rows of the project;
 * of several under one key one, or one in each file.
 */
export function selectNewRows(
  context: StepContext,
  { predictions, feedback }: LogView,
  { isByFile = false }: { readonly isByFile?: boolean } = {},
): string {
  const columns = columnsOf(predictions)
  const { project, parameters } = context
  const { fields } = project.schema
  const leftOut = parameters.monitor.retrainWithout.map(
    ({ from, until }) => ` AND NOT (time >= ${from} AND time < ${until})`,
  )
  const cells = Object.entries(fields).map(
    ([name, field]) =>
      `${cellSql(context, { name, type: valueType(field) }, columns)}::${valueType(field)} AS ${quoteName(name)}`,
  )
  const casts = Object.entries(fields).map(
    ([name, field]) => `CAST(${quoteName(name)} AS ${storageType(field)}) AS ${quoteName(name)}`,
  )
  const misfits = Object.entries(fields).map(([name, field]) =>
    violationSql(field, quoteName(name)),
  )
  const key = quoteName(project.key)
  const file = isByFile ? [`${partColumn} AS ${fileColumn}`] : []
  const kept = [...casts, ...file.map(() => fileColumn)]
  const own = [key, ...file.map(() => fileColumn)].join(', ')
  return `SELECT ${kept.join(', ')} FROM (SELECT ${[...cells, ...file].join(', ')} FROM ${labelledRelation(predictions, feedback)} WHERE label IS NOT NULL AND arm <> 'shadow'${leftOut.join('')})
    WHERE NOT (${misfits.join(' OR ')}) AND ${key} NOT IN (SELECT ${key} FROM ${selectRaw(context)})
    QUALIFY row_number() OVER (PARTITION BY ${own} ORDER BY ${key}) = 1`
}

/** Above the keys that people give, and below 2⁵³, where a double is exact. */
const firstKey = 2 ** 51

function cellSql(
  { project }: StepContext,
  { name, type }: { readonly name: string; readonly type: ReturnType<typeof valueType> },
  columns: ReadonlySet<string>,
): string {
  if (name === project.target) return labelSql(project)
  if (name === project.key) {
    return project.schema.fields[name]?.type === 'text'
      ? `'log-' || id`
      : `(md5_number_lower(id) % ${firstKey} + ${firstKey})`
  }
  const column = `input.${name}`
  if (!columns.has(column)) return 'NULL'
  // DuckDB's own cast leaves offsets out.
  if (type === 'TIMESTAMP') return momentSql(`CAST(${quoteName(column)} AS VARCHAR)`)
  return `TRY_CAST(${quoteName(column)} AS ${type})`
}

/** A class that is a text has its place as its label, and so has one of two of which one is positive. */
function labelSql({ output }: StepContext['project']): string {
  const classes = classesOf(output)
  if (classes === undefined) return 'label'
  const isPlace = output.kind === 'probability' || typeof classes[0] === 'string'
  if (!isPlace) return 'label'
  const names = classes.map((name) => (typeof name === 'string' ? quoteText(name) : name))
  return `list_extract([${names.join(', ')}], CAST(label AS INTEGER) + 1)`
}

/** @throws {ToolkitError} `CONFIG_INVALID` with every reason why rows of the log cannot become rows of the project */
export function checkLogFits({ project }: StepContext, { predictions }: LogView): void {
  const columns = columnsOf(predictions)
  const { fields } = project.schema
  const file = layoutOf(project.name).incoming
  const [first] = project.sources
  const isFound =
    first?.kind === 'folder' &&
    first.path === incomingFolder &&
    first.files.includes(`${project.name}.parquet`)
  const absent = Object.entries(fields)
    .filter(
      ([name, field]) =>
        isNeeded(field) &&
        name !== project.key &&
        name !== project.target &&
        !columns.has(`input.${name}`),
    )
    .map(([name]) => name)
  const problems = [
    ...(isFound ? [] : [`the first of its sources is not ${file}`]),
    ...findKeyProblems(fields[project.key]),
    ...(absent.length === 0
      ? []
      : [
          `the log has no ${absent.map((name) => `'${name}'`).join(', ')}, which may not be missing`,
        ]),
  ]
  if (problems.length === 0) return
  throw new ToolkitError(
    'CONFIG_INVALID',
    `project.ts cannot take rows of the log: ${problems.join('; ')}`,
    {
      hint: `begin the sources with { kind: 'folder', path: '${incomingFolder}', files: ['${project.name}.parquet'] }, make other columns nullable, or set monitor.on_drift to nothing`,
    },
  )
}

function isNeeded(field: Field): boolean {
  return field.nullable !== true
}

function findKeyProblems(field: Field | undefined): readonly string[] {
  if (field?.type === 'text') return field.levels === undefined ? [] : ['its key has levels']
  if (field?.type !== 'integer') return ['its key is neither an integer nor a text']
  return (field.max ?? Infinity) < 2 * firstKey
    ? [`its key ends at ${field.max}, and those of new rows begin at ${firstKey}`]
    : []
}
