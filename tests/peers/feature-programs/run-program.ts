/** Runs a drawn program with the feature store as users call it, and tells what each joining and reading step finds. */

import { join } from 'node:path'
import {
  type DrawnFact,
  type DrawnRow,
  type Kind,
  kinds,
  picker,
  type Program,
  type ProgramView,
  type Step,
} from './draw-program.ts'
import type { Random } from '../../../src/core/random.ts'
import {
  type Cell,
  type Database,
  quoteName,
  quotePath,
  quoteText,
} from '../../../src/data/duckdb-store.ts'
import { createFeatureReader } from '../../../src/data/feature-store/create-feature-reader.ts'
import {
  appendFeatures,
  compactFeatures,
  joinFeatures,
  materializeFeatures,
} from '../../../src/data/feature-store/feature-store-file.ts'
import {
  defineFeatureView,
  type FeatureView,
} from '../../../src/data/feature-store/feature-view.ts'
import { readOnlineFeatures } from '../../../src/data/feature-store/materialize-store.ts'
import { type OnlineStore, openOnlineStore } from '../../../src/data/feature-store/online-store.ts'

/** Of each joined row, or of each entity that was read, the features; statuses stand for values that are missing online. */
export type Observation = readonly (readonly (string | null)[])[]

interface Running {
  readonly program: Program
  readonly views: readonly FeatureView[]
  readonly folder: string
  readonly database: Database
  readonly online: OnlineStore
  readonly random: Random
  /** By view: the furthest moment that was materialized, in microseconds. */
  readonly furthest: Map<number, number>
}

export async function runProgram(
  program: Program,
  tools: { readonly database: Database; readonly folder: string; readonly random: Random },
): Promise<Observation[]> {
  using online = openOnlineStore(join(tools.folder, 'online.db'))
  const running: Running = {
    ...tools,
    program,
    online,
    views: program.views.map((view) => defineView(program, view)),
    furthest: new Map(),
  }
  const found: Observation[] = []
  for (const step of program.steps) {
    const observation = await runStep(running, step)
    if (observation !== undefined) found.push(observation)
  }
  return found
}

function defineView(program: Program, view: ProgramView): FeatureView {
  const entities = program.entities.filter(({ name }) => view.entities.includes(name))
  const fieldsOf = (list: readonly { readonly name: string; readonly kind: Kind }[]) =>
    Object.fromEntries(list.map(({ name, kind }) => [name, kinds[kind].field]))
  return defineFeatureView({
    name: view.name,
    entities: fieldsOf(entities),
    timestamp: view.timestamp,
    ...(view.hasCreated && { created: 'created' }),
    ...(view.ttlUs !== null && { ttl: `${view.ttlUs / 1e6}s` }),
    features: fieldsOf(view.features),
  })
}

async function runStep(running: Running, step: Step): Promise<Observation | undefined> {
  const { views, folder, online, furthest } = running
  const store = join(folder, 'store')
  switch (step.kind) {
    case 'append': {
      const file = await writeFacts(running, step)
      await appendFeatures(views[step.view]!, { store, file })
      return undefined
    }
    case 'compact':
      await compactFeatures(views[step.view]!, { store })
      return undefined
    case 'materialize': {
      const until = new Date(step.until / 1000).toISOString()
      await materializeFeatures(views[step.view]!, { store, online, until })
      furthest.set(step.view, Math.max(step.until, furthest.get(step.view) ?? step.until))
      return undefined
    }
    case 'join':
      return joinRows(running, step)
    case 'read':
      return readAll(running, step)
  }
}

async function writeFacts(
  { program, database, folder, random }: Running,
  { view, facts }: Extract<Step, { kind: 'append' }>,
): Promise<string> {
  const pick = picker(random)
  const { entities: names, timestamp, hasCreated, features } = program.views[view]!
  const entities = program.entities.filter(({ name }) => names.includes(name))
  const type = pick(momentTypes)
  const [keyTypes, cellTypes] = [entities, features].map((list) =>
    list.map(({ kind }) => pick<string>(kinds[kind].columns)),
  )
  const select = ([keys, at, created, cells]: Columns): string =>
    `SELECT ${[
      ...entities.map(({ name, kind }, i) =>
        named(typed(literal(kind, keys[i] ?? null), keyTypes![i]!), name),
      ),
      named(momentSql(at, type), timestamp),
      ...(hasCreated ? [named(momentSql(created, type), 'created')] : []),
      ...features.map(({ name, kind }, i) =>
        named(typed(literal(kind, cells[i] ?? null), cellTypes![i]!), name),
      ),
    ].join(', ')}`
  const nothing: Columns = [entities.map(() => null), null, null, []]
  const sql =
    facts.length === 0
      ? `${select(nothing)} WHERE false`
      : facts.map((fact) => select(fact)).join(' UNION ALL ')
  const file = join(folder, 'facts.parquet')
  await database.writeParquet(sql, file)
  return file
}

/** A fact, or the lack of one, where only the types of the columns count. */
type Columns =
  | DrawnFact
  | readonly [
      keys: readonly null[],
      at: number | null,
      created: number | null,
      cells: readonly (string | null)[],
    ]

const momentTypes = ['TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_NS', 'TIMESTAMP_MS']

function named(sql: string, name: string): string {
  return `${sql} AS ${quoteName(name)}`
}

function literal(kind: Kind, text: string | null): string {
  if (text === null) return 'NULL'
  if (kind === 'text') return quoteText(text)
  if (kind === 'date') return `DATE '${text}'`
  if (kind === 'datetime') return `TIMESTAMP '${text.slice(0, -1)}'`
  return kind === 'number' ? `CAST('${text}' AS DOUBLE)` : text
}

function typed(sql: string, type: string): string {
  return type === 'TIMESTAMPTZ'
    ? `make_timestamptz(epoch_us(CAST(${sql} AS TIMESTAMP)))`
    : `CAST(${sql} AS ${type})`
}

function momentSql(us: number | null, type: string): string {
  return typed(us === null ? 'NULL' : `make_timestamp(${us})`, type)
}

async function joinRows(
  running: Running,
  { rows, knownBy }: Extract<Step, { kind: 'join' }>,
): Promise<Observation> {
  const { program, views, folder, database } = running
  const [file, output] = [join(folder, 'rows.parquet'), join(folder, 'joined.parquet')]
  await writeRows(running, rows, file)
  const known =
    typeof knownBy === 'number' ? new Date(knownBy / 1000).toISOString() : (knownBy ?? undefined)
  await joinFeatures(
    views.map((view) => ({ view })),
    { store: join(folder, 'store'), file, output },
    { timestamp: 'asked', fullNames: true, ...(known !== undefined && { knownBy: known }) },
  )
  const columns = program.views.flatMap(({ name, features }) =>
    features.map((feature) => ({ name: `${name}__${feature.name}`, kind: feature.kind })),
  )
  const shown = columns.map(({ name, kind }) => named(showSql(quoteName(name), kind), name))
  const joined = await database.query(
    `SELECT number, ${shown.join(', ')} FROM read_parquet(${quotePath(output)})`,
  )
  return joined.map((row) => [
    String(row['number']),
    ...columns.map(({ name }) => textOf(row[name])),
  ])
}

async function writeRows(
  { program, database, random }: Running,
  rows: readonly DrawnRow[],
  file: string,
): Promise<void> {
  const pick = picker(random)
  const type = pick(['TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_NS'])
  const types = program.entities.map(({ kind }) => pick<string>(kinds[kind].columns))
  const selects = rows.map(([keys, at], number) => {
    const cells = program.entities.map(({ name, kind }, i) =>
      named(typed(literal(kind, keys[i] ?? null), types[i]!), name),
    )
    return `SELECT ${[`${number} AS number`, ...cells, named(momentSql(at, type), 'asked')].join(', ')}`
  })
  await database.writeParquet(selects.join(' UNION ALL '), file)
}

function showSql(value: string, kind: Kind): string {
  if (kind === 'datetime') return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  return kind === 'date' ? `CAST(${value} AS VARCHAR)` : value
}

function textOf(value: Cell | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}

/** As `features get` reads and as a server does; both have to be the same. */
function readAll(
  { program, views, online, furthest }: Running,
  { view: index, laterUs }: Extract<Step, { kind: 'read' }>,
): Observation | undefined {
  const until = furthest.get(index)
  if (until === undefined) return undefined
  const view = views[index]!
  const at = (until + laterUs) / 1000
  const reader = createFeatureReader(online, [{ view }], { now: () => at })
  return keysOfView(program, program.views[index]!).map((key) => {
    const { values, statuses } = readOnlineFeatures(online, view, { key, at })
    const served = isServed(key) ? reader.read(key) : undefined
    return Object.keys(view.features).map((name) => {
      const value = textOf(values[name]) ?? statuses[name]!
      const other = served && (textOf(served.values[name]) ?? served.absent[name])
      return served === undefined || other === value ? value : `${value}, served ${other}`
    })
  })
}

/** JSON has no whole numbers beyond 2⁵³. */
function isServed(key: Key): key is Readonly<Record<string, string | number | boolean>> {
  return Object.values(key).every((part) => typeof part !== 'bigint')
}

type Key = Readonly<Record<string, string | number | bigint | boolean>>

/** All that there could be, in the order in which the oracle tells them. */
function keysOfView(program: Program, { entities }: ProgramView): readonly Key[] {
  return program.entities
    .filter(({ name }) => entities.includes(name))
    .reduce<readonly Key[]>(
      (keys, { name, kind, values }) =>
        keys.flatMap((key) => values.map((text) => ({ ...key, [name]: keyPart(kind, text) }))),
      [{}],
    )
}

function keyPart(kind: Kind, text: string): Key[string] {
  if (kind === 'long') return BigInt(text)
  if (kind === 'boolean') return text === 'true'
  const isNumber = kind === 'integer' || kind === 'number' || kind === 'level'
  return isNumber ? Number(text) : text
}
