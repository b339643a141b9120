/** The lines in `.gitignore` of a run whose stages end in any order. */

import { dirname } from 'node:path'
import { ignoreOutput, type GitFolder } from '../repository/gitignore-file.ts'
import { createKnownGitRules } from '../repository/git-rules-file.ts'
import { createTurns } from '../repository/turns.ts'
import type { Stage } from '../stages/stage.ts'

/**
 * Creates what keeps an output out of git: as `ignoreOutput`, but the lines of one run stand in
 * the order in which its stages would have run one by one.
 *
 * @param order - all stages of the run
 * @param before - those whose lines an unfinished run has added
 */
export function createIgnore(
  { gitRoot }: GitFolder,
  order: readonly Stage[],
  before: readonly Stage[],
): (location: string) => Promise<void> {
  const inTurn = createTurns()
  const folder = { gitRoot, known: createKnownGitRules() }
  const ranks = new Map(
    order.flatMap(({ outputs }) => outputs).map(({ location }, rank) => [location, rank] as const),
  )
  /** By the folder of the `.gitignore`. */
  const added = new Map<string, Set<string>>()
  for (const { location } of before.flatMap(({ outputs }) => outputs)) {
    const folderOf = dirname(location)
    added.set(folderOf, (added.get(folderOf) ?? new Set()).add(location))
  }
  const rankOf = (location: string): number => ranks.get(location) ?? ranks.size
  return (location) =>
    inTurn(async () => {
      const beside = added.get(dirname(location)) ?? new Set()
      added.set(dirname(location), beside)
      const later = [...beside].filter((other) => rankOf(other) > rankOf(location))
      if (await ignoreOutput(folder, location, later)) beside.add(location)
    })
}
