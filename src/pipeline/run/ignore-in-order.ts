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
  const rankOf = (location: string): number => ranks.get(location) ?? ranks.size
  /** By the folder of the `.gitignore`. */
  const added = new Map<string, AddedLines>()
  const note = (location: string): void => {
    const lines = added.get(dirname(location)) ?? { locations: new Set(), lastRank: -1 }
    added.set(dirname(location), lines)
    lines.locations.add(location)
    lines.lastRank = Math.max(lines.lastRank, rankOf(location))
  }
  for (const { location } of before.flatMap(({ outputs }) => outputs)) note(location)
  return (location) =>
    inTurn(async () => {
      const rank = rankOf(location)
      const beside = added.get(dirname(location))
      // In a run of one at a time nothing is later, and thousands need not be asked for it.
      const later =
        beside === undefined || beside.lastRank <= rank
          ? []
          : [...beside.locations].filter((other) => rankOf(other) > rank)
      if (await ignoreOutput(folder, location, later)) note(location)
    })
}

interface AddedLines {
  readonly locations: Set<string>
  /** Of the one that would have run last. */
  lastRank: number
}
