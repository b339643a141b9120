import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { chisquare } from './chisquare.ts'
import { jensenshannon } from './jensenshannon.ts'
import { ks } from './ks.ts'
import { psi } from './psi.ts'
import type { Statistic } from './statistic.ts'
import { wasserstein } from './wasserstein.ts'
import { z } from './z.ts'

/** All statistics, by Evidently's name. */
const statistics: readonly Statistic[] = [ks, chisquare, z, wasserstein, jensenshannon, psi]

/** Evidently's names of all statistics. */
export const statisticNames: readonly string[] = statistics.map(({ name }) => name)

/**
 * The statistic that Evidently calls so.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` for another name.
 */
export function findStatistic(name: string): Statistic {
  const statistic = statistics.find((known) => known.name === name)
  if (statistic !== undefined) return statistic
  throw new ToolkitError('CONFIG_INVALID', `there is no statistic '${name}'`, {
    hint: nameHint(name, statisticNames, 'statistics'),
    details: { name, names: statisticNames },
  })
}
