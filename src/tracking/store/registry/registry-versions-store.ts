/** Registering, changing and deleting model versions in the tracking database. */

import { ToolkitError } from '../../../core/errors.ts'
import type {
  ModelStage,
  ModelVersion,
  NewModelVersion,
  RegistryChange,
  VersionRegistration,
} from '../../../core/tracking.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import { insertRow } from '../database/insert-row.ts'
import { addRegistration } from '../models/logged-models-store.ts'
import { getVersion } from './model-versions-store.ts'
import {
  addRegisteredModel,
  hasRegisteredModel,
  modelNotFound,
  touchRegisteredModel,
} from './registered-models-store.ts'
import { moveAlias, removeAliasesOf } from './registry-aliases-store.ts'
import { writeAudit } from './registry-audit-store.ts'
import { versionCreated } from './registry-events.ts'
import {
  checkChange,
  checkDescription,
  checkNewRegistryItem,
  readVersion,
} from './registry-names.ts'
import { findRunRoot, resolveSource } from './registry-sources-store.ts'
import { numberOf } from '../database/rows.ts'
import { queueEvent } from '../../webhooks/webhook-deliveries-store.ts'

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` when there is no such model. */
export function registerModelVersion(
  database: TrackingDatabase,
  version: VersionRegistration,
  change: RegistryChange,
): ModelVersion {
  checkNewRegistryItem(version)
  checkChange(change)
  return database.write(() => {
    if (!hasRegisteredModel(database, version.name)) throw modelNotFound(version.name)
    const number = addVersion(database, { ...version, ...resolveSource(database, version) }, change)
    return getVersion(database, version.name, number)
  })
}

/**
 * Adds the next version of a model, its tags, its aliases and the audit entries: all or nothing.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` when there is no such run.
 */
export function createModelVersion(
  database: TrackingDatabase,
  version: NewModelVersion,
): ModelVersion {
  const { name, artifactPath } = version
  const { reason, timestamp, userId } = version
  const change = { reason, timestamp, userId }
  checkNewRegistryItem(version)
  checkChange(change)
  return database.write(() => {
    const root = findRunRoot(database, version.runId)
    if (root === undefined) {
      throw new ToolkitError('TRACKING_NOT_FOUND', `Run with id=${version.runId} not found`)
    }
    if (!hasRegisteredModel(database, name)) addRegisteredModel(database, { name }, change)
    const source = artifactPath === '' ? root : `${root}/${artifactPath}`
    const number = addVersion(database, { ...version, source }, change)
    for (const alias of new Set(version.aliases)) {
      moveAlias(database, { name, alias, to: number }, change)
    }
    return getVersion(database, name, number)
  })
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function updateModelVersion(
  database: TrackingDatabase,
  asked: { readonly name: string; readonly version: string; readonly description: string },
  change: RegistryChange,
): ModelVersion {
  checkDescription(asked.description)
  checkChange(change)
  const version = readVersion(asked.version)
  const { name } = asked
  return database.write(() => {
    getVersion(database, name, version)
    database.change(
      `UPDATE model_versions SET description = ?, last_updated_timestamp = ?
       WHERE name = ? AND version = ?`,
      [asked.description, change.timestamp, name, version],
    )
    writeAudit(database, { action: 'version-updated', name, to: version }, change)
    return getVersion(database, name, version)
  })
}

/** Its aliases go with it. @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function deleteModelVersion(
  database: TrackingDatabase,
  asked: { readonly name: string; readonly version: string },
  change: RegistryChange,
): void {
  checkChange(change)
  const version = readVersion(asked.version)
  const { name } = asked
  database.write(() => {
    getVersion(database, name, version)
    removeAliasesOf(database, { name, version }, change)
    database.change('DELETE FROM model_versions WHERE name = ? AND version = ?', [name, version])
    touchRegisteredModel(database, name, change)
    writeAudit(database, { action: 'version-deleted', name, from: version }, change)
  })
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function transitionStage(
  database: TrackingDatabase,
  asked: { readonly name: string; readonly version: string; readonly stage: ModelStage },
  change: RegistryChange & { readonly archivesOthers: boolean },
): ModelVersion {
  const { name, stage } = asked
  if (change.archivesOthers && stage !== 'Staging' && stage !== 'Production') {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are Staging, Production`,
    )
  }
  checkChange(change)
  const version = readVersion(asked.version)
  return database.write(() => {
    const before = getVersion(database, name, version)
    if (change.archivesOthers) {
      const others = database.rows(
        'SELECT version FROM model_versions WHERE name = ? AND stage = ? AND version <> ?',
        [name, stage, version],
      )
      for (const row of others) {
        const other = numberOf(row, 'version')
        setStage(database, { name, version: other, from: stage, to: 'Archived' }, change)
      }
    }
    setStage(database, { name, version, from: before.stage, to: stage }, change)
    touchRegisteredModel(database, name, change)
    return getVersion(database, name, version)
  })
}

function setStage(
  database: TrackingDatabase,
  move: {
    readonly name: string
    readonly version: number
    readonly from: ModelStage
    readonly to: ModelStage
  },
  change: RegistryChange,
): void {
  const { name, version, from, to } = move
  database.change(
    `UPDATE model_versions SET stage = ?, last_updated_timestamp = ?
     WHERE name = ? AND version = ?`,
    [to, change.timestamp, name, version],
  )
  if (from === to) return
  const details = { from_stage: from, to_stage: to }
  writeAudit(database, { action: 'stage-changed', name, to: version, details }, change)
}

function addVersion(
  database: TrackingDatabase,
  version: VersionRegistration & { readonly storageLocation?: string | undefined },
  change: RegistryChange,
): number {
  const { name, source, runId, modelId, description = '', tags = {} } = version
  const number = takeVersionNumber(database, name, change)
  insertRow(database, 'model_versions', {
    name,
    version: number,
    run_id: runId ?? null,
    model_id: modelId ?? null,
    source,
    storage_location: version.storageLocation ?? '',
    run_link: version.runLink ?? '',
    user_id: change.userId ?? '',
    description,
    creation_timestamp: change.timestamp,
    last_updated_timestamp: change.timestamp,
  })
  for (const [key, value] of Object.entries(tags)) {
    insertRow(database, 'model_version_tags', { name, version: number, key, value })
  }
  if (modelId !== undefined) addRegistration(database, modelId, { name, version: String(number) })
  writeAudit(database, { action: 'version-created', name, to: number }, change)
  const event = versionCreated({ name, version: String(number), source, runId, tags, description })
  queueEvent(database, event, change.timestamp)
  return number
}

function takeVersionNumber(
  database: TrackingDatabase,
  name: string,
  { timestamp }: RegistryChange,
): number {
  const [row] = database.rows(
    `UPDATE registered_models SET next_version = next_version + 1,
       last_updated_timestamp = max(last_updated_timestamp, ?)
     WHERE name = ? RETURNING next_version - 1 AS version`,
    [timestamp, name],
  )
  if (row === undefined) throw modelNotFound(name)
  return numberOf(row, 'version')
}
