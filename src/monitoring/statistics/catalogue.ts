import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { anderson } from './anderson.ts'
import { chisquare } from './chisquare.ts'
import { cramerVonMises } from './cramer-von-mises.ts'
import { ed } from './ed.ts'
import { es } from './es.ts'
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

const statistics = {
  ks,
  anderson,
  cramer_von_mises: cramerVonMises,
  es,
  mannw,
  t_test: tTest,
  chisquare,
  g_test: gTest,
  z,
  fisher_exact: fisherExact,
  wasserstein,
  ed,
  jensenshannon,
  psi,
  kl_div: klDiv,
  hellinger,
} as const satisfies Record<string, Statistic>

/** Evidently's name of a statistic. */
export type StatisticName = keyof typeof statistics

/** Evidently's names of all statistics. */
export const statisticNames: readonly string[] = Object.keys(statistics)

/**
 * The statistic that Evidently calls so.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` for another name.
 */
export function findStatistic(name: string): Statistic {
  const statistic = Object.values(statistics).find((known) => known.name === name)
  if (statistic !== undefined) return statistic
  throw new ToolkitError('CONFIG_INVALID', `there is no statistic '${name}'`, {
    hint: nameHint(name, statisticNames, 'statistics'),
    details: { name, names: statisticNames },
  })
}
