import { ToolkitError } from '../../core/errors.ts'
import { type BoostedTrees } from './tree.ts'

/**
 * Checks that trees are of a fit that starts as this one does.
 *
 * @param fresh - what this fit has before its first tree
 * @throws {ToolkitError} `TRAINING_INVALID` for those of another objective or target, or of broken rounds.
 */
export function checkResumedTrees(
  { objective, baseScores, trees }: BoostedTrees,
  fresh: Pick<BoostedTrees, 'objective' | 'baseScores'>,
): void {
  const problems = [
    ...(objective === fresh.objective
      ? []
      : [`they are for '${objective}', the fit is for '${fresh.objective}'`]),
    ...(String(baseScores) === String(fresh.baseScores)
      ? []
      : [`they start at ${String(baseScores)}, the fit starts at ${String(fresh.baseScores)}`]),
    ...(trees.length % baseScores.length === 0
      ? []
      : [`${trees.length} trees are no whole rounds of ${baseScores.length}`]),
  ]
  if (problems.length === 0) return
  throw new ToolkitError(
    'TRAINING_INVALID',
    `the trees to go on from are of another fit: ${problems.join('; ')}`,
    { hint: 'resume with the rows and parameters of the checkpoint, or leave it out' },
  )
}
