/** Where the sources of model versions lead: to runs, logged models and other versions. */

import { ToolkitError } from '../../../core/errors.ts'
import type { VersionRegistration } from '../../../core/tracking.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import { checkModelSource, checkPromptSource, parseModelSource } from './model-source.ts'
import { findModelVersion, getDownloadUri } from './model-versions-store.ts'
import { hasRegisteredModel, modelNotFound } from './registered-models-store.ts'
import { isPrompt } from './registry-events.ts'
import { textOf } from '../database/rows.ts'

/** Where a source leads, and the lineage that comes with it. */
export interface ResolvedSource {
  readonly source: string
  /** Where it leads; the source itself when absent. */
  readonly storageLocation?: string | undefined
  readonly runId?: string | undefined
  readonly modelId?: string | undefined
}

/**
 * Checks the source of a new version and says where it leads.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND`
 */
export function resolveSource(
  database: TrackingDatabase,
  version: VersionRegistration,
): ResolvedSource {
  const { source } = version
  const ids = { runId: version.runId || undefined, modelId: version.modelId || undefined }
  if (isPrompt(version.tags ?? {})) {
    checkPromptSource(source)
    return { source, ...ids }
  }
  const parsed = parseModelSource(source)
  if (parsed.kind === 'version') return copyLineage(database, version, parsed)
  const model = findModel(database, ids.modelId)
  checkModelSource(source, parsed, {
    ...ids,
    runRoot: ids.runId === undefined ? undefined : findRunRoot(database, ids.runId),
    modelRoot: model?.root,
  })
  // A logged model knows the run that made it.
  const lineage = { ...ids, runId: ids.runId ?? model?.sourceRunId }
  return parsed.kind === 'logged-model'
    ? { source, ...lineage, storageLocation: model?.root }
    : { source, ...lineage }
}

/** A version of a version has the run and the logged model of that one, and its files. */
function copyLineage(
  database: TrackingDatabase,
  version: VersionRegistration,
  parsed: { readonly name: string; readonly selector: string },
): ResolvedSource {
  if (!hasRegisteredModel(database, parsed.name)) throw modelNotFound(parsed.name)
  const found = findModelVersion(database, parsed.name, parsed.selector)
  if (found === undefined) {
    throw new ToolkitError('TRACKING_NOT_FOUND', `Model Version of '${version.source}' not found`)
  }
  if (isOther(version.runId, found.runId) || isOther(version.modelId, found.modelId)) {
    throw new ToolkitError(
      'TRACKING_INVALID',
      `Invalid model version source: '${version.source}'. The run_id and model_id request parameters must match the referenced model version.`,
    )
  }
  return {
    source: `models:/${found.name}/${found.version}`,
    storageLocation: getDownloadUri(database, found.name, Number(found.version)),
    runId: found.runId,
    modelId: found.modelId,
  }
}

function isOther(given: string | undefined, own: string | undefined): boolean {
  return given !== undefined && given !== (own ?? '')
}

/** Where the artifacts of a run lie. */
export function findRunRoot(database: TrackingDatabase, runId: string): string | undefined {
  const row = database.row('SELECT artifact_uri FROM runs WHERE run_id = ?', [runId])
  return row === undefined ? undefined : textOf(row, 'artifact_uri')
}

function findModel(
  database: TrackingDatabase,
  modelId: string | undefined,
): { readonly root: string; readonly sourceRunId: string | undefined } | undefined {
  if (modelId === undefined) return undefined
  const row = database.row(
    `SELECT artifact_uri, source_run_id FROM logged_models
     WHERE model_id = ? AND lifecycle_stage = 'active'`,
    [modelId],
  )
  if (row === undefined) return undefined
  return {
    root: textOf(row, 'artifact_uri'),
    sourceRunId: textOf(row, 'source_run_id') || undefined,
  }
}
