/** Aliases of model versions: each stands at one version and moves in one transaction. */

import type { RegistryChange } from '../../../core/tracking.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import { findAlias, hasVersion, versionNotFound } from './model-versions-store.ts'
import { hasRegisteredModel, modelNotFound } from './registered-models-store.ts'
import { findPreviousVersion, writeAudit } from './registry-audit-store.ts'
import { aliasChanged } from './registry-events.ts'
import { checkAlias, checkAliasText, checkChange, readVersion } from './registry-names.ts'
import { isPromptModel } from './registry-tags-store.ts'
import { numberOf, textOf } from '../database/rows.ts'
import { queueEvent } from '../../webhooks/webhook-deliveries-store.ts'

interface Alias {
  readonly name: string
  readonly alias: string
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function setModelAlias(
  database: TrackingDatabase,
  { name, alias, version }: Alias & { readonly version: string },
  change: RegistryChange,
): void {
  checkAlias(alias)
  checkChange(change)
  const to = readVersion(version)
  database.write(() => {
    if (!hasVersion(database, name, to)) throw versionNotFound(name, version)
    moveAlias(database, { name, alias, to }, change)
  })
}

/** What a rollback came to. */
export interface AliasRollback {
  /** The version that had the alias; `undefined` when none did. */
  readonly from: string | undefined
  /** The version that has it now; `undefined` when none had it before, and nothing was changed. */
  readonly to: string | undefined
}

/**
 * Gives an alias back to the version that `findPreviousVersion` finds, in one transaction: whoever moves it meanwhile comes
 * before or after, and is not overwritten unseen.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`
 */
export function rollBackAlias(
  database: TrackingDatabase,
  { name, alias }: Alias,
  change: RegistryChange,
): AliasRollback {
  checkAliasText(alias)
  checkChange(change)
  return database.write(() => {
    const from = findAlias(database, name, alias)
    const to = findPreviousVersion(database, name, alias)
    if (to !== undefined) moveAlias(database, { name, alias, to: readVersion(to) }, change)
    return { from: from === undefined ? undefined : String(from), to }
  })
}

/** Within a transaction. An alias that is there already is left alone, and nobody is told. */
export function moveAlias(
  database: TrackingDatabase,
  { name, alias, to }: Alias & { readonly to: number },
  change: RegistryChange,
): void {
  const from = findAlias(database, name, alias)
  if (from === to) return
  database.change(
    `INSERT INTO model_aliases (name, alias, version) VALUES (?, ?, ?)
     ON CONFLICT (name, alias) DO UPDATE SET version = excluded.version`,
    [name, alias, to],
  )
  writeAudit(database, { action: 'alias-moved', name, alias, from, to }, change)
  const event = aliasChanged({ name, alias, version: String(to) }, isPromptModel(database, name))
  queueEvent(database, event, change.timestamp)
}

/**
 * One that is not there, or not at the version that it is to be taken from, is left alone.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND`
 */
export function deleteModelAlias(
  database: TrackingDatabase,
  { name, alias, from }: Alias & { readonly from?: string | undefined },
  change: RegistryChange,
): void {
  checkAliasText(alias)
  checkChange(change)
  const expected = from === undefined ? undefined : readVersion(from)
  database.write(() => {
    if (!hasRegisteredModel(database, name)) throw modelNotFound(name)
    if (expected !== undefined && findAlias(database, name, alias) !== expected) return
    removeAlias(database, { name, alias }, change)
  })
}

/** Within a transaction: the aliases of a version that goes. */
export function removeAliasesOf(
  database: TrackingDatabase,
  { name, version }: { readonly name: string; readonly version: number },
  change: RegistryChange,
): void {
  const rows = database.rows(
    'SELECT alias FROM model_aliases WHERE name = ? AND version = ? ORDER BY alias',
    [name, version],
  )
  for (const row of rows) removeAlias(database, { name, alias: textOf(row, 'alias') }, change)
}

function removeAlias(
  database: TrackingDatabase,
  { name, alias }: Alias,
  change: RegistryChange,
): void {
  const [row] = database.rows(
    'DELETE FROM model_aliases WHERE name = ? AND alias = ? RETURNING version',
    [name, alias],
  )
  if (row === undefined) return
  const from = numberOf(row, 'version')
  writeAudit(database, { action: 'alias-deleted', name, alias, from }, change)
  queueEvent(
    database,
    aliasChanged({ name, alias }, isPromptModel(database, name)),
    change.timestamp,
  )
}
