/** The registry's log: who changed what, when and why. It only grows, and outlives the models. */

import type { Pairs, RegistryChange } from '../../../core/tracking.ts'
import type { Row, TrackingDatabase } from '../database/database-store.ts'
import { insertRow } from '../database/insert-row.ts'
import { numberOf, optionalNumberOf, optionalTextOf, textOf } from '../database/rows.ts'
import { findAlias } from './model-versions-store.ts'

export type RegistryAction =
  | 'model-created'
  | 'model-updated'
  | 'model-renamed'
  | 'model-deleted'
  | 'model-tag-set'
  | 'model-tag-deleted'
  | 'version-created'
  | 'version-updated'
  | 'version-deleted'
  | 'version-tag-set'
  | 'version-tag-deleted'
  | 'stage-changed'
  | 'alias-moved'
  | 'alias-deleted'

/** One change of a registered model. */
export interface AuditEntry {
  readonly timestamp: number
  readonly action: RegistryAction
  /** Who; empty when nobody said. */
  readonly userId: string
  readonly alias: string | undefined
  /** What an alias left, or a version that was deleted. */
  readonly fromVersion: string | undefined
  /** What an alias came to, or the version that was changed. */
  readonly toVersion: string | undefined
  /** Why; empty when nobody said. */
  readonly reason: string
  /** What else there is to say: the stages, the names, the key and value of a tag. */
  readonly details: Pairs
}

/** Writes one entry, in the transaction of the change itself. */
export function writeAudit(
  database: TrackingDatabase,
  entry: {
    readonly action: RegistryAction
    readonly name: string
    readonly alias?: string | undefined
    readonly from?: number | undefined
    readonly to?: number | undefined
    readonly details?: Pairs
  },
  change: RegistryChange,
): void {
  insertRow(database, 'registry_audit', {
    timestamp: change.timestamp,
    action: entry.action,
    name: entry.name,
    alias: entry.alias ?? null,
    from_version: entry.from ?? null,
    to_version: entry.to ?? null,
    reason: change.reason ?? '',
    user_id: change.userId ?? '',
    details: JSON.stringify(entry.details ?? {}),
  })
}

/** Under this name and, for a model that was renamed, under its names before; oldest first. */
export function readAudit(database: TrackingDatabase, name: string): AuditEntry[] {
  const found = new Map<number, AuditEntry>()
  const readBefore = new Map<string, number>()
  const collect = (asked: string, before: number): void => {
    if ((readBefore.get(asked) ?? 0) >= before) return
    readBefore.set(asked, before)
    for (const row of rowsBefore(database, asked, before)) {
      const entry = readEntry(row)
      found.set(numberOf(row, 'sequence'), entry)
      const previous = previousName(entry)
      if (previous !== undefined) collect(previous, numberOf(row, 'sequence'))
    }
  }
  collect(name, Number.MAX_SAFE_INTEGER)
  return [...found].sort(([a], [b]) => a - b).map(([, entry]) => entry)
}

/**
 * The version that an alias had before: what it goes back to in a rollback. A rollback is
 * taken for what it is, a step back: the one after it goes further back, not forth again.
 * Versions that are gone are passed over; an alias that is gone had its last version before.
 */
export function findPreviousVersion(
  database: TrackingDatabase,
  name: string,
  alias: string,
): string | undefined {
  const current = findAlias(database, name, alias)?.toString()
  return readTrail(readLife(database, name), alias).findLast((version) => version !== current)
}

/** The alias's versions, each the one it goes back to from the next. */
function readTrail(entries: readonly AuditEntry[], alias: string): readonly string[] {
  let trail: readonly string[] = []
  for (const { action, alias: moved, fromVersion, toVersion } of entries) {
    if (action === 'version-deleted') trail = without(trail, fromVersion)
    if (action !== 'alias-moved' || moved !== alias || toVersion === undefined) continue
    if (trail.at(-2) === toVersion) trail = trail.slice(0, -1)
    else if (trail.at(-1) !== toVersion) trail = [...trail, toVersion]
  }
  return trail
}

function without(trail: readonly string[], gone: string | undefined): readonly string[] {
  const left = trail.filter((version) => version !== gone)
  return left.filter((version, i) => version !== left[i - 1])
}

/** What happened to the model that has this name now: since it was created, under all its names. */
function readLife(database: TrackingDatabase, name: string): AuditEntry[] {
  const life: AuditEntry[] = []
  const collect = (asked: string, before: number): void => {
    for (const row of rowsBefore(database, asked, before)) {
      const entry = readEntry(row)
      // It was somebody else's name: a model that was deleted or renamed.
      if (entry.action === 'model-deleted' || entry.details['new_name'] !== undefined) return
      life.push(entry)
      const previous = previousName(entry)
      // The entry just before is the same renaming, under the old name.
      if (previous !== undefined) return collect(previous, numberOf(row, 'sequence') - 1)
    }
  }
  collect(name, Number.MAX_SAFE_INTEGER)
  return life.toReversed()
}

/** Newest first. */
function rowsBefore(database: TrackingDatabase, name: string, before: number): Row[] {
  return database.rows(
    'SELECT * FROM registry_audit WHERE name = ? AND sequence < ? ORDER BY sequence DESC',
    [name, before],
  )
}

function previousName({ action, details }: AuditEntry): string | undefined {
  return action === 'model-renamed' ? details['previous_name'] : undefined
}

function readEntry(row: Row): AuditEntry {
  return {
    timestamp: numberOf(row, 'timestamp'),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only writeAudit fills the column
    action: textOf(row, 'action') as RegistryAction,
    userId: textOf(row, 'user_id'),
    alias: optionalTextOf(row, 'alias'),
    fromVersion: optionalNumberOf(row, 'from_version')?.toString(),
    toVersion: optionalNumberOf(row, 'to_version')?.toString(),
    reason: textOf(row, 'reason'),
    details: JSON.parse(textOf(row, 'details')),
  }
}
