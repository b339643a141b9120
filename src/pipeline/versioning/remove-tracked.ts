import { resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { unprotect } from '../cache/link-store.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { existsNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { dataFileFor } from '../stages/parse-data-file.ts'
import type { Output, Stage } from '../stages/stage.ts'
import { selectStages } from '../stages/targets.ts'
import { showToGit } from './ignore-lines.ts'
import { rememberPlaced } from './placed-store.ts'
import { checkSingle, deleteStage } from './stage-file.ts'
import { removePath } from './work-tree-file.ts'

/** What to stop tracking. */
export interface RemoveOptions {
  /** `*.dvc` files, stages, or a whole `dvc.yaml`. */
  readonly targets: readonly string[]
  /** Also deletes the outputs from the work tree; the cache keeps them. */
  readonly withOutputs?: boolean
}

/** What was removed, and what git should know of. */
export interface RemoveResult {
  /** Stages and `*.dvc` files, as they were named. */
  readonly removed: readonly string[]
  /** Absolute paths of files that were written or removed. */
  readonly written: readonly string[]
}

/**
 * Takes stages out of their `dvc.yaml`, or removes `*.dvc` files, with the lines in `.gitignore` that
 * kept their outputs out of git. To be used while the repository's lock is held.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`; `PIPELINE_INVALID` when a stage is made by
 * `foreach` or `matrix`; nothing is removed then
 */
export async function removeTracked(
  repository: Repository,
  { targets, withOutputs = false }: RemoveOptions,
): Promise<RemoveResult> {
  const pipeline = readPipeline(openWorktree(repository))
  const stages = findStages(pipeline, targets, repository)
  for (const stage of stages) checkSingle(stage, 'removed by itself')
  const written = new Set<string>()
  for (const stage of stages) {
    for (const path of await deleteStage(repository, stage)) written.add(path)
    for (const output of stage.outputs) {
      for (const path of await releaseOutput(repository, output, withOutputs)) written.add(path)
    }
  }
  const outputs = stages.flatMap((stage) => stage.outputs)
  await rememberPlaced(
    repository,
    outputs.map(({ location }) => ({ location, md5: undefined })),
  )
  return { removed: stages.map(({ address }) => address), written: [...written] }
}

function findStages(
  pipeline: Pipeline,
  targets: readonly string[],
  repository: Repository,
): Stage[] {
  return [...new Set(targets.flatMap((target) => findStage(pipeline, target, repository)))]
}

function findStage(pipeline: Pipeline, target: string, repository: Repository): Stage[] {
  const { directory } = repository
  try {
    return selectStages(pipeline, [target], repository)
  } catch (error) {
    const isData = existsNow(dataFileFor(resolve(directory, target)))
    if (!isData || !(error instanceof ToolkitError)) throw error
    throw new ToolkitError('PIPELINE_STAGE_UNKNOWN', `'${target}' is data, not a stage`, {
      hint: `name the file that tracks it: ${target}.dvc`,
      details: { target },
      cause: error,
    })
  }
}

async function releaseOutput(
  repository: Repository,
  { location, isCached }: Output,
  isDeleting: boolean,
): Promise<string[]> {
  if (isDeleting) removePath(location)
  else if (isCached && existsNow(location)) unprotect(location, repository.ignore)
  return isCached ? showToGit(repository, location) : []
}
