/** Artifacts of the tracking contract: what belongs to whom in the folder of artifacts. */

import { ToolkitError } from '../../../core/errors.ts'
import type { ArtifactOwner, ArtifactTracking } from '../../../core/tracking.ts'
import { parseArtifactPath, parseArtifactUri } from './artifact-path.ts'
import type { ArtifactsStore } from './artifacts-store.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import { getLoggedModel } from '../models/logged-models-store.ts'
import { checkActive, getRun } from '../runs/runs-store.ts'

export function createArtifactTracking(
  database: TrackingDatabase,
  artifacts: ArtifactsStore,
): ArtifactTracking {
  const place = (owner: ArtifactOwner, path: string): string =>
    [rootOf(database, owner), ...parseArtifactPath(path)].join('/')
  const checkWritable = (owner: ArtifactOwner): void => {
    if ('runId' in owner) checkActive(database, owner.runId)
  }
  return {
    logArtifacts: async (runId, artifactPath, files) => {
      checkWritable({ runId })
      const folder = place({ runId }, artifactPath)
      // Every name is checked before the first file is written.
      const targets = [...files].map(
        ([name, content]) => [`${folder}/${parseFileName(name)}`, content] as const,
      )
      for (const [path, content] of targets) await artifacts.write(path, content)
    },
    readArtifacts: async (runId, artifactPath) => {
      const files = await artifacts.readAll(place({ runId }, artifactPath))
      if (files.size > 0) return files
      throw new ToolkitError(
        'TRACKING_NOT_FOUND',
        `run ${runId} has no artifacts below '${artifactPath}'`,
      )
    },
    listArtifacts: async (owner, path) => {
      const prefix = parseArtifactPath(path).map((part) => `${part}/`)
      const found = await artifacts.list(place(owner, path))
      return found.map(({ name, isFolder, sizeBytes }) => ({
        path: [...prefix, name].join(''),
        isFolder,
        sizeBytes,
      }))
    },
    openArtifact: async (owner, path) => artifacts.open(place(owner, path)),
    writeArtifact: async (owner, path, content) => {
      checkWritable(owner)
      await artifacts.write(place(owner, parseFileName(path)), content)
    },
  }
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, `TRACKING_INVALID` when they lie elsewhere */
function rootOf(database: TrackingDatabase, owner: ArtifactOwner): string {
  const { artifactUri } =
    'runId' in owner ? getRun(database, owner.runId) : getLoggedModel(database, owner.modelId)
  return parseArtifactUri(artifactUri)
}

/** A path that is not the root. */
function parseFileName(name: string): string {
  const parts = parseArtifactPath(name)
  if (parts.length > 0) return parts.join('/')
  throw new ToolkitError('TRACKING_INVALID', `'' is a folder, expected the name of a file`)
}
