/** Reading model versions from the tracking database. */

import { ToolkitError } from '../../../core/errors.ts'
import type { ModelStage, ModelVersion } from '../../../core/tracking.ts'
import type { Row, TrackingDatabase } from '../database/database-store.ts'
import { checkModelName, parseVersion } from './registry-names.ts'
import { groupPairs, numberOf, optionalTextOf, textOf } from '../database/rows.ts'

/** `undefined` when there is no such model, version or alias. A selector is a version ('3') or an alias. */
export function findModelVersion(
  database: TrackingDatabase,
  name: string,
  selector: string,
): ModelVersion | undefined {
  const version = parseVersion(selector) ?? findAlias(database, name, selector)
  return version === undefined ? undefined : findVersion(database, name, version)
}

/** The version that an alias stands at. */
export function findAlias(
  database: TrackingDatabase,
  name: string,
  alias: string,
): number | undefined {
  const row = database.row('SELECT version FROM model_aliases WHERE name = ? AND alias = ?', [
    name,
    alias,
  ])
  return row === undefined ? undefined : numberOf(row, 'version')
}

export function hasVersion(database: TrackingDatabase, name: string, version: number): boolean {
  const sql = 'SELECT 1 FROM model_versions WHERE name = ? AND version = ?'
  return database.row(sql, [name, version]) !== undefined
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getVersion(
  database: TrackingDatabase,
  name: string,
  version: number,
): ModelVersion {
  const found = findVersion(database, name, version)
  if (found !== undefined) return found
  throw versionNotFound(name, String(version))
}

/** @throws {ToolkitError} `TRACKING_INVALID` for a name that no model can have. */
export function versionNotFound(name: string, version: string): ToolkitError {
  checkModelName(name)
  return new ToolkitError(
    'TRACKING_NOT_FOUND',
    `Model Version (name=${name.slice(0, 300)}, version=${version.slice(0, 100)}) not found`,
  )
}

/** All versions of one model, newest first. */
export function listModelVersions(database: TrackingDatabase, name: string): ModelVersion[] {
  const rows = database.rows('SELECT * FROM model_versions WHERE name = ? ORDER BY version DESC', [
    name,
  ])
  return completeVersions(database, rows)
}

/** The newest version of each stage that has one, of each of the models. */
export function listLatestVersions(
  database: TrackingDatabase,
  names: readonly string[],
): ModelVersion[] {
  const rows = database.rows(
    // CROSS: in this order, one look into the index for each stage, however many versions there are.
    `SELECT model_versions.* FROM json_each(?) AS asked
       CROSS JOIN json_each('["None", "Staging", "Production", "Archived"]') AS stages
       CROSS JOIN model_versions ON name = asked.value
         AND version = (SELECT max(version) FROM model_versions AS other
           WHERE other.name = asked.value AND other.stage = stages.value)
       ORDER BY name, version`,
    [JSON.stringify(names)],
  )
  return completeVersions(database, rows)
}

/** Where the files of a version lie. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getDownloadUri(database: TrackingDatabase, name: string, version: number): string {
  const row = database.row(
    `SELECT iif(storage_location = '', source, storage_location) AS uri
     FROM model_versions WHERE name = ? AND version = ?`,
    [name, version],
  )
  if (row === undefined) throw versionNotFound(name, String(version))
  return textOf(row, 'uri')
}

/** Rows of `model_versions` with their tags and aliases; two queries, however many rows. */
export function completeVersions(database: TrackingDatabase, rows: readonly Row[]): ModelVersion[] {
  const asked = JSON.stringify(
    rows.map((row) => [textOf(row, 'name'), numberOf(row, 'version')] as const),
  )
  const tagRows = database.rows(
    `SELECT side.* FROM json_each(?) AS asked JOIN model_version_tags AS side
       ON side.name = asked.value ->> 0 AND side.version = asked.value ->> 1
     ORDER BY side.name, side.version, side.key`,
    [asked],
  )
  const aliasRows = database.rows(
    `SELECT * FROM model_aliases
     WHERE name IN (SELECT value ->> 0 FROM json_each(?)) ORDER BY name, alias`,
    [asked],
  )
  const tags = groupPairs(tagRows, keyOf)
  const aliases = Map.groupBy(aliasRows, keyOf)
  return rows.map((row) => ({
    name: textOf(row, 'name'),
    version: String(numberOf(row, 'version')),
    runId: optionalTextOf(row, 'run_id'),
    modelId: optionalTextOf(row, 'model_id'),
    source: textOf(row, 'source'),
    runLink: textOf(row, 'run_link'),
    userId: textOf(row, 'user_id'),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the column has a CHECK
    stage: textOf(row, 'stage') as ModelStage,
    description: textOf(row, 'description'),
    creationTimestamp: numberOf(row, 'creation_timestamp'),
    lastUpdatedTimestamp: numberOf(row, 'last_updated_timestamp'),
    aliases: (aliases.get(keyOf(row)) ?? []).map((alias) => textOf(alias, 'alias')),
    tags: tags.get(keyOf(row)) ?? {},
  }))
}

function findVersion(
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

function keyOf(row: Row): string {
  return `${numberOf(row, 'version')}:${textOf(row, 'name')}`
}
