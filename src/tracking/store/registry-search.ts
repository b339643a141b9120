/** Reading the registry: models, versions, the audit log. */

import { ToolkitError } from '../../core/errors.ts'
import type { ModelVersion, RegisteredModel } from '../../core/tracking.ts'
import type { Row, TrackingDatabase } from './database-store.ts'
import { parseVersion } from './names.ts'
import { cutPage, type Page, type PageRequest } from './page.ts'
import { groupPairs, numberOf, textOf } from './rows.ts'
import type { Clause, OrderItem, Searchable } from '../search/search-filter.ts'
import { planConditions, planOrder, type SearchTables } from '../search/search-sql.ts'

export interface RegistrySearch extends PageRequest {
  readonly filter: readonly Clause[]
  readonly orderBy: readonly OrderItem[]
}

/** What happened to a model's versions and aliases, and why. */
export interface AuditEntry {
  readonly timestamp: number
  readonly action: string
  readonly alias: string | undefined
  readonly fromVersion: string | undefined
  readonly toVersion: string | undefined
  readonly reason: string
}

/** The fields a search for registered models may name. */
export const searchableModel: Searchable = {
  entities: new Set(['attribute', 'tag']),
  attributes: { name: 'text', timestamp: 'number', last_updated_timestamp: 'number' },
}

/** The fields a search for model versions may name. */
export const searchableVersion: Searchable = {
  entities: new Set(['attribute', 'tag']),
  attributes: {
    name: 'text',
    run_id: 'text',
    source_path: 'text',
    version_number: 'number',
    creation_timestamp: 'number',
    last_updated_timestamp: 'number',
  },
}

const modelTables: SearchTables = {
  columns: {
    name: 'name',
    timestamp: 'last_updated_timestamp',
    last_updated_timestamp: 'last_updated_timestamp',
  },
  sides: { tag: { table: 'registered_model_tags', on: 'side.name = registered_models.name' } },
}

const versionTables: SearchTables = {
  columns: {
    name: 'name',
    run_id: 'run_id',
    source_path: 'source',
    version_number: 'version',
    creation_timestamp: 'creation_timestamp',
    last_updated_timestamp: 'last_updated_timestamp',
  },
  sides: {
    tag: {
      table: 'model_version_tags',
      on: 'side.name = model_versions.name AND side.version = model_versions.version',
    },
  },
}

/** `undefined` when there is no such model, version or alias. A selector is a version ('3') or an alias. */
export function findModelVersion(
  database: TrackingDatabase,
  name: string,
  selector: string,
): ModelVersion | undefined {
  const version = parseVersion(selector) ?? findAlias(database, name, selector)
  return version === undefined ? undefined : findVersion(database, name, version)
}

export function findVersion(
  database: TrackingDatabase,
  name: string,
  version: number,
): ModelVersion | undefined {
  const rows = database.rows('SELECT * FROM model_versions WHERE name = ? AND version = ?', [
    name,
    version,
  ])
  return completeVersions(database, rows)[0]
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getVersion(
  database: TrackingDatabase,
  name: string,
  version: number,
): ModelVersion {
  const found = findVersion(database, name, version)
  if (found !== undefined) return found
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `Model Version (name=${name}, version=${version}) not found`,
  )
}

/** All versions of one model, newest first. */
export function listModelVersions(database: TrackingDatabase, name: string): ModelVersion[] {
  const rows = database.rows('SELECT * FROM model_versions WHERE name = ? ORDER BY version DESC', [
    name,
  ])
  return completeVersions(database, rows)
}

/** The newest version of a model, or `undefined`. */
export function findLatestVersion(
  database: TrackingDatabase,
  name: string,
): ModelVersion | undefined {
  const rows = database.rows(
    'SELECT * FROM model_versions WHERE name = ? ORDER BY version DESC LIMIT 1',
    [name],
  )
  return completeVersions(database, rows)[0]
}

export function searchModelVersions(
  database: TrackingDatabase,
  search: RegistrySearch,
): Page<ModelVersion> {
  const conditions = planConditions(search.filter, versionTables)
  const order = planOrder(search.orderBy, versionTables)
  const rows = database.rows(
    `SELECT * FROM model_versions WHERE TRUE${conditions.sql}
     ORDER BY ${order.sql}last_updated_timestamp DESC, name, version DESC LIMIT ? OFFSET ?`,
    [...conditions.values, ...order.values, search.maxResults + 1, search.offset],
  )
  const page = cutPage(rows, search)
  return { ...page, items: completeVersions(database, page.items) }
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getRegisteredModel(database: TrackingDatabase, name: string): RegisteredModel {
  const rows = database.rows('SELECT * FROM registered_models WHERE name = ?', [name])
  const [model] = completeModels(database, rows)
  if (model !== undefined) return model
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `Registered Model with name=${name.slice(0, 300)} not found`,
  )
}

export function searchRegisteredModels(
  database: TrackingDatabase,
  search: RegistrySearch,
): Page<RegisteredModel> {
  const conditions = planConditions(search.filter.filter(canExclude), modelTables)
  const order = planOrder(search.orderBy, modelTables)
  const rows = database.rows(
    `SELECT * FROM registered_models WHERE TRUE${conditions.sql}
     ORDER BY ${order.sql}name LIMIT ? OFFSET ?`,
    [...conditions.values, ...order.values, search.maxResults + 1, search.offset],
  )
  const page = cutPage(rows, search)
  return { ...page, items: completeModels(database, page.items) }
}

/** Oldest first. */
export function readAudit(database: TrackingDatabase, name: string): AuditEntry[] {
  const rows = database.rows('SELECT * FROM registry_audit WHERE name = ? ORDER BY sequence', [
    name,
  ])
  return rows.map((row) => ({
    timestamp: numberOf(row, 'timestamp'),
    action: textOf(row, 'action'),
    alias: row['alias'] === null ? undefined : textOf(row, 'alias'),
    fromVersion: toVersionText(row, 'from_version'),
    toVersion: toVersionText(row, 'to_version'),
    reason: textOf(row, 'reason'),
  }))
}

/**
 * The Python client always asks for models that are no prompts. In MLflow a model without
 * that tag counts as none; there are no prompts here, so the clause excludes nothing.
 */
function canExclude({ entity, key, operator, value }: Clause): boolean {
  const isPrompt = entity === 'tag' && key === 'mlflow.prompt.is_prompt'
  return !(isPrompt && operator === '!=' && value === 'true')
}

function findAlias(database: TrackingDatabase, name: string, alias: string): number | undefined {
  const row = database.row('SELECT version FROM model_aliases WHERE name = ? AND alias = ?', [
    name,
    alias,
  ])
  return row === undefined ? undefined : numberOf(row, 'version')
}

/** Adds tags and aliases; two queries per model, however many versions. */
function completeVersions(database: TrackingDatabase, rows: readonly Row[]): ModelVersion[] {
  const names = JSON.stringify([...new Set(rows.map((row) => textOf(row, 'name')))])
  const sidesOf = (table: string, order: string): Row[] =>
    database.rows(
      `SELECT * FROM ${table} WHERE name IN (SELECT value FROM json_each(?)) ORDER BY ${order}`,
      [names],
    )
  const tags = groupPairs(sidesOf('model_version_tags', 'key'), versionOf)
  const aliases = Map.groupBy(sidesOf('model_aliases', 'alias'), versionOf)
  return rows.map((row) => ({
    name: textOf(row, 'name'),
    version: String(numberOf(row, 'version')),
    runId: row['run_id'] === null ? undefined : textOf(row, 'run_id'),
    source: textOf(row, 'source'),
    description: textOf(row, 'description'),
    creationTimestamp: numberOf(row, 'creation_timestamp'),
    lastUpdatedTimestamp: numberOf(row, 'last_updated_timestamp'),
    aliases: (aliases.get(versionOf(row)) ?? []).map((alias) => textOf(alias, 'alias')),
    tags: tags.get(versionOf(row)) ?? {},
  }))
}

function versionOf(row: Row): string {
  return `${numberOf(row, 'version')}:${textOf(row, 'name')}`
}

function completeModels(database: TrackingDatabase, rows: readonly Row[]): RegisteredModel[] {
  return rows.map((row) => {
    const name = textOf(row, 'name')
    const aliases = database.rows(
      'SELECT alias, version FROM model_aliases WHERE name = ? ORDER BY alias',
      [name],
    )
    return {
      name,
      creationTimestamp: numberOf(row, 'creation_timestamp'),
      lastUpdatedTimestamp: numberOf(row, 'last_updated_timestamp'),
      description: textOf(row, 'description'),
      aliases: Object.fromEntries(
        aliases.map((alias) => [textOf(alias, 'alias'), String(numberOf(alias, 'version'))]),
      ),
    }
  })
}

function toVersionText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : String(numberOf(row, column))
}
