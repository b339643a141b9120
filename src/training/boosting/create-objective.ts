import { type Objective } from './objective.ts'
import { binary } from './objectives/binary.ts'
import { createMulticlass } from './objectives/multiclass.ts'
import { poisson } from './objectives/poisson.ts'
import { createQuantile } from './objectives/quantile.ts'
import { regression } from './objectives/regression.ts'
import { type BoostingParameters } from './parameters.ts'

/**
 * The objective that parameters name.
 *
 * @param y - checked; of several classes, each from 0 to the largest occurs
 */
export function createObjective(
  { objective, quantile }: BoostingParameters,
  y: Float64Array,
): Objective {
  switch (objective) {
    case 'binary':
      return binary
    case 'multiclass':
      return createMulticlass(y.reduce((most, value) => Math.max(most, value), 0) + 1)
    case 'regression':
      return regression
    case 'quantile':
      return createQuantile(quantile)
    case 'poisson':
      return poisson
  }
}
