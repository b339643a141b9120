import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { anderson } from './anderson.ts'
import { chisquare } from './chisquare.ts'
import { cramerVonMises } from './cramer-von-mises.ts'
import { ed } from './ed.ts'
import { fisherExact } from './fisher-exact.ts'
import { gTest } from './g-test.ts'
import { hellinger } from './hellinger.ts'
import { jensenshannon } from './jensenshannon.ts'
import { klDiv } from './kl-div.ts'
import { ks } from './ks.ts'
import { mannw } from './mannw.ts'
import { psi } from './psi.ts'
import type { Statistic } from './statistic.ts'
import { tTest } from './t-test.ts'
import { wasserstein } from './wasserstein.ts'
import { z } from './z.ts'

const statistics: readonly Statistic[] = [
  ks,
  anderson,
  cramerVonMises,
  mannw,
  tTest,
  chisquare,
  gTest,
  z,
  fisherExact,
  wasserstein,
  ed,
  jensenshannon,
  psi,
  klDiv,
  hellinger,
]

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
