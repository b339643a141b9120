import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { type ObjectiveName } from './objective.ts'
import { threadProblems } from '../thread-problems.ts'
import { isWithin, type NumberRange } from '../number-range.ts'

/** What shapes boosted trees; every bound is in `fitBoosting`’s errors. */
export interface BoostingParameters {
  /**
   * What the target is: `binary` a class 0 or 1, `multiclass` a class from 0 on,
   * `regression` a number whose mean is wanted, `quantile` one whose quantile is
   * wanted, `poisson` a count or rate from 0 on.
   */
  readonly objective: ObjectiveName
  /** Share of the targets that the wanted quantile leaves below; read by `quantile` alone. 0.5 lowers the absolute error. */
  readonly quantile: number
  /** Trees to grow. */
  readonly rounds: number
  /** Share of each tree's values that is added. */
  readonly learningRate: number
  readonly maxLeaves: number
  /** Rows of the fit that each leaf holds at least. */
  readonly minRowsPerLeaf: number
  /** Bins per feature; a missing value has one more. */
  readonly maxBins: number
  /** Pulls the value of every leaf to 0: λ of [Chen & Guestrin 2016]. */
  readonly l2: number
  /** What the sum of a leaf's gradients must exceed to count: α of the software of [Chen & Guestrin 2016]. */
  readonly l1: number
  /** What a split must gain, in the unit of a tree's `gain`. */
  readonly minGain: number
  /** Curvature, the sum of hessians, that each leaf has at least: rows already certain have almost none. */
  readonly minHessianPerLeaf: number
  /** Added to the curvature of a category when categories are put in order: small ones move to the middle. */
  readonly categorySmoothing: number
  /** Added to `l2` where a split by more than four categories is judged. */
  readonly categoryL2: number
  /** Categories that one split names at most. */
  readonly maxCategories: number
  /** A category with fewer rows in a node is not named there and goes right. */
  readonly minRowsPerCategory: number
  /** A feature with at most so many categories is parted one category from the rest; 0 for none. */
  readonly maxOneHotCategories: number
  /** Share of the features each tree may use, drawn anew, at least one. */
  readonly featureFraction: number
  /** Share of the rows each tree is grown on, drawn anew without replacement. */
  readonly rowFraction: number
  /** Rounds without a lower loss on the validation rows after which a fit ends, and keeps the rounds up to its best; 0 for none. */
  readonly patience: number
}

/**
 * Good first values for some thousands of rows, chosen by cross-validation on
 * the reference project's 24,012 training rows. With few hundreds of rows take
 * a smaller `minRowsPerLeaf` and `l2`; with very many, more of all sizes.
 */
export const defaultBoostingParameters: BoostingParameters = {
  objective: 'binary',
  quantile: 0.5,
  rounds: 200,
  learningRate: 0.05,
  maxLeaves: 10,
  minRowsPerLeaf: 50,
  maxBins: 63,
  l2: 20,
  l1: 0,
  minGain: 0,
  // LightGBM's.
  minHessianPerLeaf: 1e-3,
  categorySmoothing: 10,
  categoryL2: 10,
  maxCategories: 32,
  minRowsPerCategory: 10,
  maxOneHotCategories: 0,
  featureFraction: 0.4,
  rowFraction: 1,
  patience: 0,
}

const objectives: readonly string[] = [
  'binary',
  'multiclass',
  'regression',
  'quantile',
  'poisson',
] satisfies readonly ObjectiveName[]

const ranges: Readonly<Record<Exclude<keyof BoostingParameters, 'objective'>, NumberRange>> = {
  quantile: { min: 0, max: 1, above: true, below: true },
  rounds: { integer: true, min: 1, max: 100_000 },
  learningRate: { min: 0, max: 1, above: true },
  maxLeaves: { integer: true, min: 2, max: 65_536 },
  minRowsPerLeaf: { integer: true, min: 1, max: 2 ** 31 },
  maxBins: { integer: true, min: 2, max: 255 },
  l2: { min: 0, max: 1e9 },
  l1: { min: 0, max: 1e9 },
  minGain: { min: 0, max: 1e9 },
  minHessianPerLeaf: { min: 0, max: 1e9, above: true },
  categorySmoothing: { min: 0, max: 1e9 },
  categoryL2: { min: 0, max: 1e9 },
  maxCategories: { integer: true, min: 1, max: 255 },
  minRowsPerCategory: { integer: true, min: 1, max: 2 ** 31 },
  maxOneHotCategories: { integer: true, min: 0, max: 255 },
  featureFraction: { min: 0, max: 1, above: true },
  rowFraction: { min: 0, max: 1, above: true },
  patience: { integer: true, min: 0, max: 100_000 },
}

/**
 * Completes parameters with the defaults and checks every one.
 *
 * @param threads - of the fit, checked with them
 * @throws {ToolkitError} `TRAINING_INVALID` naming every parameter that is unknown or out of range.
 */
export function checkBoostingParameters(
  parameters: Partial<BoostingParameters>,
  threads = 1,
): BoostingParameters {
  const names = ['objective', ...Object.keys(ranges)]
  const unknown = Object.keys(parameters).filter((name) => !names.includes(name))
  const complete = { ...defaultBoostingParameters, ...parameters }
  const objective = String(Object(complete).objective)
  const isObjective = objectives.includes(objective)
  const problems = [
    ...unknown.map((name) => `there is no parameter '${name}'`),
    ...(isObjective ? [] : [`there is no objective '${objective}'`]),
    ...Object.entries(ranges).flatMap(([name, range]) =>
      describeProblem(name, Object(complete)[name], range),
    ),
    ...threadProblems(threads),
  ]
  if (problems.length === 0) return complete
  throw new ToolkitError('TRAINING_INVALID', problems.join('; '), {
    hint: hintOf({ unknown: unknown[0], names, objective: isObjective ? undefined : objective }),
    details: { parameters },
  })
}

function hintOf({
  unknown,
  names,
  objective,
}: {
  readonly unknown: string | undefined
  readonly names: readonly string[]
  readonly objective: string | undefined
}): string {
  if (unknown !== undefined) return nameHint(unknown, names, 'parameters')
  if (objective === undefined) return 'correct the parameters of the fit'
  return nameHint(objective, objectives, 'objectives')
}

function describeProblem(name: string, value: unknown, range: NumberRange): string[] {
  return isWithin(value, range)
    ? []
    : [`'${name}' is ${String(value)}, expected ${describe(range)}`]
}

function describe({ integer, min, max, above, below }: NumberRange): string {
  const kind = integer === true ? 'an integer' : 'a number'
  if (above !== true) return `${kind} from ${min} to ${max}`
  return below === true
    ? `${kind} above ${min}, below ${max}`
    : `${kind} above ${min}, up to ${max}`
}
