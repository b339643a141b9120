/** Tags of registered models and their versions. */

import type { RegistryChange } from '../../../core/tracking.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import { hasVersion, versionNotFound } from './model-versions-store.ts'
import { hasRegisteredModel, modelNotFound } from './registered-models-store.ts'
import { writeAudit } from './registry-audit-store.ts'
import { isPrompt, promptTag, tagChanged } from './registry-events.ts'
import { checkChange, checkRegistryTag, readVersion } from './registry-names.ts'
import { textOf } from '../database/rows.ts'
import { queueEvent } from '../../webhooks/webhook-deliveries-store.ts'

/** So much of a value the log keeps. */
const auditedLength = 1000

/** A tag of a model or, with a version, of that version. */
export interface RegistryTag {
  readonly name: string
  readonly version?: string | undefined
  readonly key: string
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function setRegistryTag(
  database: TrackingDatabase,
  tag: RegistryTag & { readonly value: string },
  change: RegistryChange,
): void {
  checkRegistryTag(tag.key, tag.value)
  changeTag(database, tag, change)
}

/** One that is not there is gone already. @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function deleteRegistryTag(
  database: TrackingDatabase,
  tag: RegistryTag,
  change: RegistryChange,
): void {
  checkRegistryTag(tag.key, '')
  changeTag(database, { ...tag, value: undefined }, change)
}

/** Whether a registered model is a prompt. */
export function isPromptModel(database: TrackingDatabase, name: string): boolean {
  const row = database.row('SELECT value FROM registered_model_tags WHERE name = ? AND key = ?', [
    name,
    promptTag,
  ])
  return row !== undefined && isPrompt({ [promptTag]: textOf(row, 'value') })
}

function changeTag(
  database: TrackingDatabase,
  tag: RegistryTag & { readonly value: string | undefined },
  change: RegistryChange,
): void {
  checkChange(change)
  const { name, key, value } = tag
  const version = tag.version === undefined ? undefined : readVersion(tag.version)
  database.write(() => {
    checkOwner(database, name, version)
    if (!write(database, { name, version, key, value })) return
    const action =
      version === undefined
        ? (`model-tag-${value === undefined ? 'deleted' : 'set'}` as const)
        : (`version-tag-${value === undefined ? 'deleted' : 'set'}` as const)
    const details = { key, ...(value !== undefined && { value: value.slice(0, auditedLength) }) }
    writeAudit(database, { action, name, to: version, details }, change)
    const event = tagChanged(tag, isPromptModel(database, name))
    if (event !== undefined) queueEvent(database, event, change.timestamp)
  })
}

function checkOwner(database: TrackingDatabase, name: string, version: number | undefined): void {
  if (version === undefined) {
    if (!hasRegisteredModel(database, name)) throw modelNotFound(name)
  } else if (!hasVersion(database, name, version)) {
    throw versionNotFound(name, String(version))
  }
}

/** Whether something changed. */
function write(
  database: TrackingDatabase,
  tag: {
    readonly name: string
    readonly version: number | undefined
    readonly key: string
    readonly value: string | undefined
  },
): boolean {
  const { name, version, key, value } = tag
  const [table, owner, owners] =
    version === undefined
      ? (['registered_model_tags', 'name', [name]] as const)
      : (['model_version_tags', 'name, version', [name, version]] as const)
  const places = owners.map(() => '?').join(', ')
  const sql =
    value === undefined
      ? `DELETE FROM ${table} WHERE (${owner}, key) = (${places}, ?)`
      : `INSERT INTO ${table} (${owner}, key, value) VALUES (${places}, ?, ?)
         ON CONFLICT DO UPDATE SET value = excluded.value WHERE value <> excluded.value`
  return database.change(sql, [...owners, key, ...(value === undefined ? [] : [value])]) > 0
}
