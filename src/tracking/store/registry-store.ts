/** Registered models, versions, aliases and their audit log in the tracking database. */

import { ToolkitError } from '../../core/errors.ts'
import type { ModelVersion, NewModelVersion } from '../../core/tracking.ts'
import type { TrackingDatabase } from './database-store.ts'
import { checkAlias, checkNewModelVersion, checkTime, parseVersion } from './names.ts'
import { findVersion, getVersion } from './registry-search.ts'
import { getRun } from './runs-store.ts'

/**
 * Adds the next version of a model, its tags, its aliases and the audit entries: all or nothing.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` when there is no such run.
 */
export function createModelVersion(
  database: TrackingDatabase,
  version: NewModelVersion,
): ModelVersion {
  checkNewModelVersion(version)
  return database.write(() => {
    const run = getRun(database, version.runId)
    const number = takeVersionNumber(database, version.name, version.timestamp)
    const source =
      version.artifactPath === '' ? run.artifactUri : `${run.artifactUri}/${version.artifactPath}`
    const { name, description, timestamp, reason } = version
    database.change('INSERT INTO model_versions VALUES (?, ?, ?, ?, ?, ?, ?)', [
      name,
      number,
      version.runId,
      source,
      description,
      timestamp,
      timestamp,
    ])
    for (const [key, value] of Object.entries(version.tags)) {
      database.change('INSERT INTO model_version_tags VALUES (?, ?, ?, ?)', [
        name,
        number,
        key,
        value,
      ])
    }
    audit(database, { action: 'version-created', name, to: number, reason, timestamp })
    for (const alias of new Set(version.aliases)) {
      moveAlias(database, { name, alias, to: number, reason, timestamp })
    }
    return getVersion(database, name, number)
  })
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function setModelAlias(
  database: TrackingDatabase,
  change: {
    readonly name: string
    readonly alias: string
    readonly version: string
    readonly reason: string
    readonly timestamp: number
  },
): void {
  checkAlias(change.alias)
  checkTime('the timestamp', change.timestamp)
  database.write(() => {
    const to = parseVersion(change.version)
    if (to === undefined || findVersion(database, change.name, to) === undefined) {
      throw new ToolkitError(
        'TRACKING_NOT_FOUND',
        `Model Version (name=${change.name}, version=${change.version}) not found`,
      )
    }
    moveAlias(database, { ...change, to })
  })
}

function takeVersionNumber(database: TrackingDatabase, name: string, timestamp: number): number {
  const row = database.row(
    `INSERT INTO registered_models (name, creation_timestamp, last_updated_timestamp, next_version)
     VALUES (?, ?, ?, 2)
     ON CONFLICT (name) DO UPDATE SET next_version = next_version + 1,
       last_updated_timestamp = max(last_updated_timestamp, excluded.last_updated_timestamp)
     RETURNING next_version - 1 AS version`,
    [name, timestamp, timestamp],
  )
  return Number(row?.['version'])
}

interface AliasMove {
  readonly name: string
  readonly alias: string
  readonly to: number
  readonly reason: string
  readonly timestamp: number
}

/** An alias that is there already is left alone and not audited again. */
function moveAlias(database: TrackingDatabase, { name, alias, ...move }: AliasMove): void {
  const row = database.row('SELECT version FROM model_aliases WHERE name = ? AND alias = ?', [
    name,
    alias,
  ])
  const from = row === undefined ? undefined : Number(row['version'])
  if (from === move.to) return
  database.change(
    `INSERT INTO model_aliases (name, alias, version) VALUES (?, ?, ?)
     ON CONFLICT (name, alias) DO UPDATE SET version = excluded.version`,
    [name, alias, move.to],
  )
  database.change(
    `UPDATE registered_models SET last_updated_timestamp = max(last_updated_timestamp, ?) WHERE name = ?`,
    [move.timestamp, name],
  )
  audit(database, { action: 'alias-moved', name, alias, from, ...move })
}

function audit(
  database: TrackingDatabase,
  entry: {
    readonly action: 'version-created' | 'alias-moved'
    readonly name: string
    readonly alias?: string
    readonly from?: number | undefined
    readonly to: number
    readonly reason: string
    readonly timestamp: number
  },
): void {
  database.change(
    `INSERT INTO registry_audit (timestamp, action, name, alias, from_version, to_version, reason)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      entry.timestamp,
      entry.action,
      entry.name,
      entry.alias ?? null,
      entry.from ?? null,
      entry.to,
      entry.reason,
    ],
  )
}
