/** The value of each feature that held at a moment, as SQL. */

import { ToolkitError } from '../../core/errors.ts'
import { parseInstant } from '../../core/instant.ts'
import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import { quoteName } from '../duckdb-store.ts'
import { type Column, momentOf, type Table } from '../table/column.ts'
import { type FeatureView, ttlMicroseconds } from './feature-view.ts'
import { keyOfRow } from './key-sql.ts'
import { momentLiteral } from './moment-sql.ts'
import { storageOf } from './field-storage.ts'

/** A view with the features that are wanted of it. */
export interface WantedView {
  readonly view: FeatureView
  /** Features by name, or by name with the column that each becomes; all when absent. */
  readonly features?: readonly string[] | Readonly<Record<string, string>>
  /**
   * What held so many calendar months before the row's moment: 0 when absent. A month before 31 March is the
   * last day of February. A `ttl` counts from there, and what was known (`knownBy`) is still asked of the row's moment.
   */
  readonly monthsBefore?: number
}

/** A view to be joined, with its facts for SQL's FROM. */
export interface JoinedView extends WantedView {
  /** With `#sequence`: facts that are the only ones of their entity and moment, and others. */
  readonly facts: { readonly single: string; readonly repeated?: string }
}

/** What rows features are joined to, and how. */
export interface JoinOptions {
  /** The column of the moment at which the features are wanted. */
  readonly timestamp: string
  /** Features are called `view__feature`. */
  readonly fullNames?: boolean
  /**
   * Only what was known then: 'row' demands that a fact was created by its row's moment, an ISO 8601 instant that it was by then.
   * Each view needs a `created` column; facts without a value in it were never known.
   */
  readonly knownBy?: string
}

/**
 * Each row of the table once and in its order, with the features that held at its moment: of the facts of equal
 * entities that are no later than the row and, where the view has a `ttl`, no older than that (both ends count),
 * the newest; of equally new ones the one created last, then the one appended last. Where there is none the
 * features are missing. A missing feature of the newest fact is missing: no older fact is looked for.
 * A row without a key or a moment finds nothing.
 *
 * @throws {ToolkitError} `CONFIG_INVALID`, `DATA_COLUMN_MISSING`, naming all that does not fit
 */
export function pointInTimeJoin(
  rows: Table,
  views: readonly JoinedView[],
  options: JoinOptions,
): string {
  checkColumns(rows, views, options)
  checkNames(rows, views, options)
  const moment = rows.columns.find(({ name }) => name === options.timestamp)!
  const steps = [
    `"#0" AS (SELECT row_number() OVER () AS "#row", ${momentOf(moment)} AS "#moment", * FROM ${rows.relation})`,
    ...views.map(
      (joined, i) =>
        `"#${i + 1}" AS (${joinOne(joined, { columns: rows.columns, from: `"#${i}"` }, options)})`,
    ),
  ]
  return `WITH ${steps.join(',\n')}
    SELECT * EXCLUDE ("#row", "#moment") FROM "#${views.length}" ORDER BY "#row"`
}

/** The rows, and what they have become under the joins before. */
interface JoinedRows {
  readonly columns: readonly Column[]
  readonly from: string
}

function joinOne(joined: JoinedView, rows: JoinedRows, options: JoinOptions): string {
  const { columns, from } = rows
  const inTime = isInTime(joined)
  const taken = namesOf(joined, options).map(([feature, name]) => {
    const value = `f.${quoteName(feature)}`
    const held = inTime === undefined ? value : `CASE WHEN ${inTime} THEN ${value} END`
    return `${held} AS ${quoteName(name)}`
  })
  const matched =
    options.knownBy === 'row'
      ? `LEFT JOIN (${selectKnown(joined, rows)}) f ON r."#row" = f."#known"`
      : `ASOF LEFT JOIN (${selectNewest(joined, options.knownBy)}) f
         ON ${equalKeys(joined.view, columns)} AND ${momentAt(joined)} >= f.${quoteName(joined.view.timestamp)}`
  return `SELECT r.*, ${taken.join(', ')} FROM ${from} r ${matched}`
}

/** Features with the columns that they become. */
export function namesOf(
  { view, features = Object.keys(view.features) }: WantedView,
  { fullNames }: Pick<JoinOptions, 'fullNames'> = {},
): readonly (readonly [string, string])[] {
  if (!isList(features)) return Object.entries(features)
  return features.map((name) => [name, fullNames === true ? `${view.name}__${name}` : name])
}

function isList(features: object): features is readonly string[] {
  return Array.isArray(features)
}

/** The moment whose features are wanted. */
function momentAt({ monthsBefore = 0 }: WantedView): string {
  return monthsBefore === 0 ? 'r."#moment"' : `r."#moment" - to_months(${monthsBefore})`
}

function equalKeys(view: FeatureView, columns: readonly Column[]): string {
  return Object.entries(view.entities)
    .map(([name, field]) => {
      const column = columns.find((one) => one.name === name)!
      return `${keyOfRow(column, field, 'r.')} = f.${quoteName(name)}`
    })
    .join(' AND ')
}

function isInTime(wanted: WantedView): string | undefined {
  const ttl = ttlMicroseconds(wanted.view)
  if (ttl === undefined) return undefined
  return `f.${quoteName(wanted.view.timestamp)} >= ${momentAt(wanted)} - to_microseconds(${ttl})`
}

/** One fact an entity and moment, as the join by nearest moment needs it. */
function selectNewest({ view, facts }: JoinedView, knownBy: string | undefined): string {
  const known =
    knownBy === undefined ? '' : `WHERE ${quoteName(view.created!)} <= ${momentLiteral(knownBy)}`
  const single = `SELECT * FROM ${facts.single} ${known}`
  if (facts.repeated === undefined) return single
  const keys = [...Object.keys(view.entities), view.timestamp].map(quoteName)
  return `${single} UNION ALL SELECT * FROM ${facts.repeated} ${known}
    QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${lastFirst(view, '')}) = 1`
}

/** The newest fact that was known at the row's own moment: no join by nearest moment can say that. */
function selectKnown(joined: JoinedView, { columns, from }: JoinedRows): string {
  const { view } = joined
  const moment = `f.${quoteName(view.timestamp)}`
  const { single, repeated } = joined.facts
  const all =
    repeated === undefined
      ? single
      : `(SELECT * FROM ${single} UNION ALL SELECT * FROM ${repeated})`
  const inTime = isInTime(joined)
  return `SELECT r."#row" AS "#known", f.* FROM ${from} r JOIN ${all} f
      ON ${equalKeys(view, columns)} AND ${moment} <= ${momentAt(joined)} AND f.${quoteName(view.created!)} <= r."#moment"
      ${inTime === undefined ? '' : `AND ${inTime}`}
    QUALIFY row_number() OVER (PARTITION BY r."#row" ORDER BY ${moment} DESC, ${lastFirst(view, 'f.')}) = 1`
}

function lastFirst({ created }: FeatureView, qualifier: string): string {
  const byCreation =
    created === undefined ? '' : `${qualifier}${quoteName(created)} DESC NULLS LAST, `
  return `${byCreation}${qualifier}"#sequence" DESC`
}

function checkColumns(rows: Table, views: readonly JoinedView[], options: JoinOptions): void {
  const names = rows.columns.map(({ name }) => name)
  const needed = new Set([
    options.timestamp,
    ...views.flatMap(({ view }) => Object.keys(view.entities)),
  ])
  const missing = [...needed].filter((name) => !names.includes(name))
  if (missing.length > 0) {
    throw new ToolkitError(
      'DATA_COLUMN_MISSING',
      `the rows lack ${missing.map((name) => `'${name}'`).join(', ')}`,
      { hint: missing.map((name) => nameHint(name, names, 'columns')).join('; ') },
    )
  }
  const problems = rows.columns.flatMap((column) => [
    ...(column.name === options.timestamp && column.family !== 'time'
      ? [`'${column.name}' is ${column.type} and has to be a date or a time`]
      : []),
    ...views.flatMap(({ view }) => findUnfitKey(column, view)),
  ])
  if (problems.length > 0) {
    throw new ToolkitError('CONFIG_INVALID', problems.join('; '), {
      hint: 'say how columns are read, as with --type name=timestamp, or name another column',
    })
  }
}

function findUnfitKey(column: Column, view: FeatureView): string[] {
  const field = ownMember(view.entities, column.name)
  if (field === undefined || storageOf(field).families.includes(column.family)) return []
  return [
    `'${column.name}' is ${column.type}, and in feature view '${view.name}' it is ${field.type}`,
  ]
}

function checkNames(rows: Table, views: readonly JoinedView[], options: JoinOptions): void {
  const owners = new Map(rows.columns.map(({ name }) => [name.toLowerCase(), 'the rows']))
  const problems = views.flatMap((joined) => {
    const { view, monthsBefore = 0 } = joined
    const isFit = Number.isInteger(monthsBefore) && monthsBefore >= 0 && monthsBefore <= 12_000
    const isUndated = options.knownBy !== undefined && view.created === undefined
    return [
      ...(isFit
        ? []
        : [`feature view '${view.name}': ${monthsBefore} is no number of months before`]),
      ...namesOf(joined, options).flatMap((names) => claimName(view, names, owners)),
      ...(isUndated
        ? [`feature view '${view.name}' has no column that says when a fact was created`]
        : []),
    ]
  })
  problems.push(...checkKnownBy(options.knownBy), ...checkOwnNames(rows))
  if (problems.length > 0) throw new ToolkitError('CONFIG_INVALID', problems.join('; '))
}

/** Columns of the join itself, which the result has not. */
function checkOwnNames({ columns }: Table): string[] {
  return columns
    .filter(({ name }) => /^#(?:row|moment)$/i.test(name))
    .map(({ name }) => `a column of the rows cannot be called '${name}'`)
}

/** What is wrong with a feature's name in the joined rows, which is the view's from now on. */
function claimName(
  view: FeatureView,
  [feature, name]: readonly [feature: string, name: string],
  owners: Map<string, string>,
): string[] {
  const known = Object.keys(view.features)
  if (!known.includes(feature)) {
    const hint = nameHint(feature, known, 'features')
    return [`feature view '${view.name}' has no feature '${feature}'; ${hint}`]
  }
  const owner = owners.get(name.toLowerCase())
  owners.set(name.toLowerCase(), `'${view.name}'`)
  if (owner === undefined) return []
  return [
    `'${name}' is a column of ${owner} and of '${view.name}': give it another name, or ask for full names`,
  ]
}

/** Written so that DuckDB reads what was meant, whatever zone the instant was given in. */
function checkKnownBy(knownBy: string | undefined): string[] {
  if (knownBy === undefined || knownBy === 'row' || parseInstant(knownBy) !== undefined) return []
  return [`'${knownBy}' is no instant such as 2026-01-31T00:00:00Z`]
}
