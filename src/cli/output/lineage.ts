/** Where a model version comes from, as its tags and those of its run tell. */

import { ToolkitError } from '../../core/errors.ts'
import type { ModelVersion, Run, Tracking } from '../../core/tracking.ts'

export interface Lineage {
  readonly runId: string | undefined
  readonly modelId: string | undefined
  readonly commit: string | undefined
  readonly dataHash: string | undefined
  /** SHA-256 of the dvc.lock that was there. */
  readonly lockHash: string | undefined
}

/** What the version says counts; the run says the rest. */
export function lineageOf(version: ModelVersion, run: Run | undefined): Lineage {
  const tagOf = (key: string): string | undefined => version.tags[key] ?? run?.tags[key]
  const digests = run?.inputs.datasets.map(({ dataset }) => dataset.digest) ?? []
  return {
    runId: version.runId,
    modelId: version.modelId,
    commit: tagOf('mlflow.source.git.commit'),
    dataHash: tagOf('mlpt.data_sha256') ?? (digests.length > 0 ? digests.join(' ') : undefined),
    lockHash: tagOf('mlpt.dvc.lock'),
  }
}

/** The run of a version; `undefined` when it names none, or one that is gone. */
export async function findRun(
  tracking: Tracking,
  { runId }: ModelVersion,
): Promise<Run | undefined> {
  if (runId === undefined) return undefined
  try {
    return await tracking.getRun(runId)
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'TRACKING_NOT_FOUND') return undefined
    throw error
  }
}
