import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { selectStages } from '../stages/targets.ts'
import { checkSingle, stageFileOf, writeFrozen } from './stage-file.ts'

/** Which stages to freeze or to let loose. */
export interface FreezeOptions {
  /** Stages or `*.dvc` files. */
  readonly targets: readonly string[]
  readonly isFrozen: boolean
}

/**
 * Marks stages or `*.dvc` files as frozen: they do not run, whatever changes; or takes the mark
 * away. To be used while the repository's lock is held.
 *
 * @returns absolute paths of the files of the stages
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`, `PIPELINE_INVALID`; nothing is changed then
 */
export async function freezeStages(
  repository: Repository,
  { targets, isFrozen }: FreezeOptions,
): Promise<string[]> {
  const pipeline = readPipeline(openWorktree(repository))
  const stages = targets.flatMap((target) => {
    if (/(?:^|\/)dvc\.yaml$/.test(target)) throw wholeFileError(target)
    return selectStages(pipeline, [target], repository)
  })
  for (const stage of stages) if (stage.data === undefined) checkSingle(stage, 'frozen by itself')
  for (const stage of stages) await writeFrozen(repository, stage, isFrozen)
  return [...new Set(stages.map((stage) => stageFileOf(repository, stage)))]
}

function wholeFileError(target: string): ToolkitError {
  return new ToolkitError('PIPELINE_STAGE_UNKNOWN', `'${target}' is a file, not a stage`, {
    hint: `name its stages: ${target}:<stage>`,
    details: { target },
  })
}
