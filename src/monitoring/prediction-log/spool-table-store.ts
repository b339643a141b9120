/** A spool as a table of DuckDB. */

import {
  quoteName,
  quotePath,
  quoteText,
  type Cell,
  type Database,
} from '../../data/duckdb-store.ts'
import type { LogKind } from './log-folder.ts'

/** A query for the rows of a spool, in the columns of the log. */
export interface SpoolTable {
  /** Without WHERE and ORDER BY: they may follow. */
  readonly select: string
  readonly rows: number
  /** Lines that hold no row. */
  readonly tornLines: number
  /** Days in UTC on which the rows were written: '2026-01-31'. */
  readonly dates: readonly string[]
}

/** Columns of every row besides those of the model. */
export const rowColumns = {
  id: 'VARCHAR',
  time: 'BIGINT',
  request_id: 'VARCHAR',
  trace_id: 'VARCHAR',
  protocol: 'VARCHAR',
  model: 'VARCHAR',
  version: 'VARCHAR',
  digest: 'VARCHAR',
  arm: 'VARCHAR',
  score: 'DOUBLE',
  prediction: 'DOUBLE',
  latency_us: 'DOUBLE',
} as const

/** Columns of every label. */
export const labelColumns = { id: 'VARCHAR', label: 'DOUBLE', time: 'BIGINT' } as const

/**
 * Reads a spool. What is not whole, such as the last line of a process that was killed, is counted and left out.
 * An input is the column `input.<field>`, a number or a text, a hashed one `hashed.<field>`, of several classes `probability.<class>`; DuckDB has one column for names that differ in case only, and calls
 * the second `input.<field>_1`.
 */
export async function selectSpool(
  database: Database,
  path: string,
  kind: LogKind,
): Promise<SpoolTable> {
  const isOfRows = kind === 'predictions'
  const own = isOfRows ? rowColumns : labelColumns
  const types = Object.entries({
    ...own,
    ...(isOfRows && { ...numberColumns, ...mapColumns }),
  }).map(([name, type]) => `${name}: ${quoteText(type)}`)
  const lines = `read_json(${quotePath(path)}, format = 'newline_delimited', ignore_errors = true, columns = {${types.join(', ')}})`
  const groups = await groupLines(database, lines, isOfRows ? groupedColumns : [])
  const whole = groups.filter(({ date }) => date !== null)
  const naming = groups.filter(({ date, names }) => date === null && typeof names === 'string')
  const columns = [
    ...Object.keys(own).map((name) => ownOverrides.get(name) ?? name),
    ...(isOfRows ? selectFields(whole, naming) : []),
  ]
  return {
    select: `SELECT * FROM (SELECT ${columns.join(', ')} FROM ${lines} WHERE ${isWhole})`,
    rows: sumOf(whole),
    tornLines: sumOf(groups) - sumOf(whole) - sumOf(naming),
    dates: [...new Set(whole.map(({ date }) => String(date)))].toSorted(),
  }
}

const isWhole = 'id IS NOT NULL AND time IS NOT NULL'

/** A request of one row has that row's id. */
const ownOverrides: ReadonlyMap<string, string> = new Map([
  ['request_id', 'coalesce(request_id, id) AS request_id'],
])

/** The numbers of a row, and their names in a line before the rows of a model. */
const numberColumns = { values: 'DOUBLE[]', names: 'VARCHAR[]' } as const

/** What says its own names, each with what a column of it begins with. */
const mapColumns = {
  probabilities: 'MAP(VARCHAR, DOUBLE)',
  texts: 'MAP(VARCHAR, VARCHAR)',
  hashed: 'MAP(VARCHAR, VARCHAR)',
} as const

const groupedColumns = [
  'digest',
  'to_json(names) AS names',
  ...Object.keys(mapColumns).map((member) => `to_json(map_keys(${member})) AS ${member}`),
]

type LineGroup = Record<string, Cell>

/**
 * What has to be known of a spool before it is read, in one pass, for parsing the lines is nearly all of the work: how
 * many there are of each day (NULL for those that are not whole) with the same fields, the earliest first.
 */
function groupLines(
  database: Database,
  lines: string,
  others: readonly string[],
): Promise<readonly LineGroup[]> {
  const day = `CASE WHEN ${isWhole} THEN strftime(epoch_ms(time), '%Y-%m-%d') END`
  const groups = [`${day} AS date`, ...others].join(', ')
  return database.query(
    `SELECT min(time) AS first, ${groups}, count(*) AS lines FROM ${lines} GROUP BY ALL ORDER BY ALL`,
  )
}

function sumOf(groups: readonly LineGroup[]): number {
  return groups.reduce((sum, { lines }) => sum + Number(lines), 0)
}

/** Each field of each model of the spool, in the order in which they first come. */
function selectFields(rows: readonly LineGroup[], naming: readonly LineGroup[]): readonly string[] {
  const inputs = [...placesOf(rows, naming)].map(([name, places]) => {
    const cases = Array.from(
      places,
      ([digest, place]) => `WHEN ${quoteText(digest)} THEN "values"[${place}]`,
    )
    return `CASE digest ${cases.join(' ')} END AS ${quoteName(`input.${name}`)}`
  })
  const [probabilities = [], ...others] = Object.entries({
    probabilities: 'probability',
    texts: 'input',
    hashed: 'hashed',
  }).map(([member, prefix]) =>
    [...new Set(rows.flatMap(({ [member]: list }) => parseNames(list)))].map(
      (name) => `${member}[${quoteText(name)}] AS ${quoteName(`${prefix}.${name}`)}`,
    ),
  )
  return [...probabilities, ...inputs, ...others.flat()]
}

/** Where the number of each name is in the rows of each model, from 1: not of texts, in whose place is nothing. */
function placesOf(
  rows: readonly LineGroup[],
  naming: readonly LineGroup[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const places = new Map<string, Map<string, number>>()
  for (const digest of new Set(rows.map((group) => String(group['digest'])))) {
    const isOwn = (group: LineGroup): boolean => group['digest'] === digest
    const texts = new Set(rows.filter(isOwn).flatMap((group) => parseNames(group['texts'])))
    const names = parseNames(naming.find(isOwn)?.['names'])
    for (const [i, name] of names.entries()) {
      if (texts.has(name)) continue
      const known = places.get(name) ?? new Map<string, number>()
      places.set(name, known.set(digest, i + 1))
    }
  }
  return places
}

function parseNames(list: Cell | undefined): readonly string[] {
  if (typeof list !== 'string') return []
  const names: unknown = JSON.parse(list)
  return Array.isArray(names) ? names.map(String) : []
}
