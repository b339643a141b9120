import type { Run } from '../core/tracking.ts'
import { modelFiles } from '../model/index.ts'
import { modelArtifact, registryTags } from '../training/registry.ts'
import { closeDeadRuns } from './close-dead-runs.ts'
import { tagsOfOwner } from './run-owner.ts'
import type { TrackedContext } from './step.ts'

/** Opens a run for one model of the project, named after it and its experiment, with where it comes from as tags. */
export async function startModelRun(context: TrackedContext, kind: string): Promise<string> {
  await closeDeadRuns(context, context.project.name, ['mlpt.model', kind])
  const { experiment } = context
  return context.tracking.startRun({
    experimentName: context.project.name,
    runName: experiment === undefined ? kind : `${kind} (${experiment})`,
    startTime: context.now(),
    tags: {
      ...lineageTags(context),
      'mlflow.source.name': `mlpt train ${kind}`,
      'mlflow.source.type': 'PROJECT',
      'mlpt.model': kind,
      ...tagsOfOwner(context),
      ...(experiment !== undefined && { 'mlpt.experiment': experiment }),
    },
  })
}

/** Where a model comes from: the hashes of the data and of dvc.lock and, in a git checkout, the commit. */
export function lineageTags(context: TrackedContext): Record<string, string> {
  return {
    'mlpt.data_sha256': context.parameters.ingest.sha256,
    ...(context.gitCommit !== undefined && { 'mlflow.source.git.commit': context.gitCommit }),
    ...(context.lockSha256 !== undefined && { 'mlpt.dvc.lock': context.lockSha256 }),
  }
}

/**
 * The run that holds a model: the newest finished one whose model has this
 * digest, or a new one when the store knows none (it was deleted, or the model came out of the cache).
 *
 * @param model.isRestated - the digest is that of another model too, so that the run must have this very MLmodel
 */
export async function findOrCreateRun(
  context: TrackedContext,
  model: {
    readonly kind: string
    readonly digest: string
    readonly files: ReadonlyMap<string, Uint8Array>
    readonly isRestated?: boolean
  },
): Promise<string> {
  const found = await findRunOf(context, model)
  if (found !== undefined) return found.runId
  const runId = await startModelRun(context, model.kind)
  await finishModelRun(context, runId, model)
  return runId
}

async function findRunOf(
  { project, tracking }: TrackedContext,
  { digest, files, isRestated = false }: Parameters<typeof findOrCreateRun>[1],
): Promise<Run | undefined> {
  const runs = await tracking.findRuns(project.name, { [registryTags.digest]: digest })
  const finished = runs.filter((run) => run.status === 'FINISHED')
  if (!isRestated) return finished[0]
  const wanted = files.get(modelFiles.manifest)
  for (const run of finished) {
    const stored = await tracking.readArtifacts(run.runId, modelArtifact)
    const manifest = stored.get(modelFiles.manifest)
    if (wanted && manifest && Buffer.compare(wanted, manifest) === 0) return run
  }
  return undefined
}

/** Stores the model folder among the run's artifacts and closes the run. */
export async function finishModelRun(
  context: TrackedContext,
  runId: string,
  model: { readonly digest: string; readonly files: ReadonlyMap<string, Uint8Array> },
): Promise<void> {
  await context.tracking.logArtifacts(runId, modelArtifact, model.files)
  await context.tracking.setTags(runId, { [registryTags.digest]: model.digest })
  await context.tracking.endRun(runId, 'FINISHED', context.now())
}
