/** Finds out what is in the files of a log. */

import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { type Cell, type Database, quoteName, quotePath } from '../../data/duckdb-store.ts'
import type { LogKind } from '../prediction-log/log-folder.ts'
import type { LogParts } from '../prediction-log/log-parts-store.ts'
import type { FilePart, KnownFile, LogFile } from './log-catalogue.ts'

/** What is asked of which log. */
export interface FilesToDescribe {
  /** Of the model's log. */
  readonly folder: string
  readonly kind: LogKind
  /** By name; files that are known are not read. */
  readonly known: ReadonlyMap<string, KnownFile>
}

/** All files of one kind with what is in them. */
export async function describeFiles(
  database: Database,
  { paths, spools }: LogParts,
  { folder, kind, known }: FilesToDescribe,
): Promise<readonly LogFile[]> {
  const listed = paths.map((path) => ({
    path,
    name: relative(folder, path),
    bytes: statSync(path).size,
  }))
  const isKnown = ({ name, bytes }: (typeof listed)[number]): boolean =>
    known.get(name)?.bytes === bytes
  const fresh = await describeParquet(
    database,
    listed.filter((one) => !isKnown(one)).map(({ path }) => path),
    kind,
  )
  const files: LogFile[] = listed.map((one) => {
    const { columns, parts } = (isKnown(one) ? known.get(one.name) : fresh.get(one.path)) ?? empty
    return Object.assign(one, { columns, parts })
  })
  for (const { name, table } of spools) {
    const parts = await describeTable(database, table, kind)
    const columns = await database.query(
      'SELECT column_name AS name FROM duckdb_columns() WHERE table_name = ?',
      [table],
    )
    files.push({
      name: `${kind}/${name}.jsonl`,
      bytes: parts.reduce((sum, { rows }) => sum + rows, 0),
      table,
      columns: columns.map((column) => String(column['name'])),
      parts,
    })
  }
  return files
}

/** What a table of the database has of each version. */
export async function describeTable(
  database: Database,
  table: string,
  kind: LogKind,
): Promise<readonly FilePart[]> {
  return (await listRows(database, quoteName(table), { kind })).map(toPart)
}

type Content = Pick<KnownFile, 'columns' | 'parts'>
const empty: Content = { columns: [], parts: [] }

async function describeParquet(
  database: Database,
  paths: readonly string[],
  kind: LogKind,
): Promise<ReadonlyMap<string, Content>> {
  if (paths.length === 0) return new Map()
  const list = `[${paths.map(quotePath).join(', ')}]`
  const relation = `read_parquet(${list}, union_by_name = true, hive_partitioning = false, filename = true)`
  const rows = await listRows(database, relation, { kind, source: 'filename' })
  const columns = await database.query(
    `SELECT file_name AS source, name FROM parquet_schema(${list}) WHERE num_children IS NULL`,
  )
  const rowsOf = Map.groupBy(rows, ({ source }) => source)
  const columnsOf = Map.groupBy(columns, ({ source }) => source)
  return new Map(
    paths.map((path) => [
      path,
      {
        columns: (columnsOf.get(path) ?? []).map(({ name }) => String(name)),
        parts: (rowsOf.get(path) ?? []).map(toPart),
      },
    ]),
  )
}

async function listRows(
  database: Database,
  relation: string,
  { kind, source = 'NULL' }: { readonly kind: LogKind; readonly source?: string },
): Promise<readonly Readonly<Record<string, Cell>>[]> {
  const own =
    kind === 'predictions'
      ? `version, digest, coalesce(max(time) FILTER (arm <> 'shadow'), -1) AS answered`
      : 'NULL AS version, NULL AS digest, -1 AS answered'
  return database.query(
    `SELECT ${source} AS source, ${own}, count(*) AS rows, min(time) AS first, max(time) AS last, min(id) AS first_id, max(id) AS last_id
     FROM ${relation} GROUP BY ALL ORDER BY source, version, digest`,
  )
}

function toPart(row: Readonly<Record<string, Cell>>): FilePart {
  const text = (name: string): string | null => {
    const cell = row[name]
    return cell === null || cell === undefined ? null : String(cell)
  }
  return {
    version: text('version'),
    digest: text('digest'),
    rows: Number(row['rows']),
    first: Number(row['first']),
    last: Number(row['last']),
    lastAnswered: Number(row['answered']),
    firstId: String(row['first_id']),
    lastId: String(row['last_id']),
  }
}
