/** Registered models in the tracking database. */

import { ToolkitError } from '../../../core/errors.ts'
import type { RegisteredModel, RegisteredModels, RegistryChange } from '../../../core/tracking.ts'
import type { Row, TrackingDatabase } from '../database/database-store.ts'
import { insertRow } from '../database/insert-row.ts'
import { listLatestVersions } from './model-versions-store.ts'
import { writeAudit } from './registry-audit-store.ts'
import { modelCreated } from './registry-events.ts'
import {
  checkChange,
  checkDescription,
  checkModelName,
  checkNewRegistryItem,
} from './registry-names.ts'
import { groupPairs, numberOf, textOf } from '../database/rows.ts'
import { queueEvent } from '../../webhooks/webhook-deliveries-store.ts'

type NewRegisteredModel = Parameters<RegisteredModels['createRegisteredModel']>[0]

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_EXISTS` */
export function createRegisteredModel(
  database: TrackingDatabase,
  model: NewRegisteredModel,
  change: RegistryChange,
): RegisteredModel {
  checkNewRegistryItem(model)
  checkChange(change)
  return database.write(() => {
    addRegisteredModel(database, model, change)
    return getRegisteredModel(database, model.name)
  })
}

/** Within a transaction. @throws {ToolkitError} `TRACKING_EXISTS` */
export function addRegisteredModel(
  database: TrackingDatabase,
  model: NewRegisteredModel,
  change: RegistryChange,
): void {
  const { name, description = '', tags = {} } = model
  if (hasRegisteredModel(database, name)) throw modelExists(name)
  insertRow(database, 'registered_models', {
    name,
    description,
    creation_timestamp: change.timestamp,
    last_updated_timestamp: change.timestamp,
  })
  for (const [key, value] of Object.entries(tags)) {
    insertRow(database, 'registered_model_tags', { name, key, value })
  }
  writeAudit(database, { action: 'model-created', name }, change)
  queueEvent(database, modelCreated({ name, tags, description }), change.timestamp)
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getRegisteredModel(database: TrackingDatabase, name: string): RegisteredModel {
  const rows = database.rows('SELECT * FROM registered_models WHERE name = ?', [name])
  const [model] = completeModels(database, rows)
  if (model !== undefined) return model
  throw modelNotFound(name)
}

export function hasRegisteredModel(database: TrackingDatabase, name: string): boolean {
  return database.row('SELECT 1 FROM registered_models WHERE name = ?', [name]) !== undefined
}

/** Versions, tags, aliases and the audit log go along. @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND`, `TRACKING_EXISTS` */
export function renameRegisteredModel(
  database: TrackingDatabase,
  { name, newName }: { readonly name: string; readonly newName: string },
  change: RegistryChange,
): void {
  checkModelName(newName)
  checkChange(change)
  database.write(() => {
    if (!hasRegisteredModel(database, name)) throw modelNotFound(name)
    if (newName === name) return
    if (hasRegisteredModel(database, newName)) throw modelExists(newName)
    const { timestamp } = change
    database.change(
      'UPDATE registered_models SET name = ?, last_updated_timestamp = ? WHERE name = ?',
      [newName, timestamp, name],
    )
    database.change('UPDATE model_versions SET last_updated_timestamp = ? WHERE name = ?', [
      timestamp,
      newName,
    ])
    const action = 'model-renamed'
    writeAudit(database, { action, name, details: { new_name: newName } }, change)
    writeAudit(database, { action, name: newName, details: { previous_name: name } }, change)
  })
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function updateRegisteredModel(
  database: TrackingDatabase,
  { name, description }: { readonly name: string; readonly description: string },
  change: RegistryChange,
): void {
  checkDescription(description)
  checkChange(change)
  database.write(() => {
    const changed = database.change(
      'UPDATE registered_models SET description = ?, last_updated_timestamp = ? WHERE name = ?',
      [description, change.timestamp, name],
    )
    if (changed === 0) throw modelNotFound(name)
    writeAudit(database, { action: 'model-updated', name }, change)
  })
}

/** With all that belongs to it but its audit log. @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function deleteRegisteredModel(
  database: TrackingDatabase,
  name: string,
  change: RegistryChange,
): void {
  checkChange(change)
  database.write(() => {
    if (database.change('DELETE FROM registered_models WHERE name = ?', [name]) === 0) {
      throw modelNotFound(name)
    }
    writeAudit(database, { action: 'model-deleted', name }, change)
  })
}

/** The model was changed, or something that belongs to it. */
export function touchRegisteredModel(
  database: TrackingDatabase,
  name: string,
  { timestamp }: RegistryChange,
): void {
  database.change(
    'UPDATE registered_models SET last_updated_timestamp = max(last_updated_timestamp, ?) WHERE name = ?',
    [timestamp, name],
  )
}

/** Rows of `registered_models` with their tags, aliases and latest versions; a few queries, however many rows. */
export function completeModels(
  database: TrackingDatabase,
  rows: readonly Row[],
): RegisteredModel[] {
  const names = rows.map((row) => textOf(row, 'name'))
  const sidesOf = (table: string, order: string): Row[] =>
    database.rows(
      `SELECT side.* FROM json_each(?) AS asked JOIN ${table} AS side ON side.name = asked.value
       ORDER BY side.name, ${order}`,
      [JSON.stringify(names)],
    )
  const tags = groupPairs(sidesOf('registered_model_tags', 'key'), nameOf)
  const aliases = Map.groupBy(sidesOf('model_aliases', 'alias'), nameOf)
  const latest = Map.groupBy(listLatestVersions(database, names), ({ name }) => name)
  return rows.map((row) => {
    const name = nameOf(row)
    return {
      name,
      creationTimestamp: numberOf(row, 'creation_timestamp'),
      lastUpdatedTimestamp: numberOf(row, 'last_updated_timestamp'),
      description: textOf(row, 'description'),
      aliases: Object.fromEntries(
        (aliases.get(name) ?? []).map((alias) => [
          textOf(alias, 'alias'),
          String(numberOf(alias, 'version')),
        ]),
      ),
      tags: tags.get(name) ?? {},
      latestVersions: latest.get(name) ?? [],
    }
  })
}

function nameOf(row: Row): string {
  return textOf(row, 'name')
}

/** @throws {ToolkitError} `TRACKING_INVALID` for a name that no model can have. */
export function modelNotFound(name: string): ToolkitError {
  checkModelName(name)
  return new ToolkitError(
    'TRACKING_NOT_FOUND',
    `Registered Model with name=${name.slice(0, 300)} not found`,
  )
}

function modelExists(name: string): ToolkitError {
  return new ToolkitError('TRACKING_EXISTS', `Registered Model (name=${name}) already exists.`)
}
