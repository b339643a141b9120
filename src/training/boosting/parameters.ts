import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'

/** What shapes boosted trees; every bound is in `fitBoosting`’s errors. */
export interface BoostingParameters {
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
  /** Added to the curvature of a category when categories are put in order: small ones move to the middle. */
  readonly categorySmoothing: number
  /** Added to `l2` where a split by more than four categories is judged. */
  readonly categoryL2: number
  /** Categories that one split names at most. */
  readonly maxCategories: number
  /** A category with fewer rows in a node is not named there and goes right. */
  readonly minRowsPerCategory: number
  /** Share of the features each tree may use, drawn anew, at least one. */
  readonly featureFraction: number
  /** Share of the rows each tree is grown on, drawn anew without replacement. */
  readonly rowFraction: number
}

/**
 * Good first values for some thousands of rows, chosen by cross-validation on
 * the reference project's 24,012 training rows. With few hundreds of rows take
 * a smaller `minRowsPerLeaf` and `l2`; with very many, more of all sizes.
 */
export const defaultBoostingParameters: BoostingParameters = {
  rounds: 200,
  learningRate: 0.05,
  maxLeaves: 10,
  minRowsPerLeaf: 50,
  maxBins: 63,
  l2: 20,
  categorySmoothing: 10,
  categoryL2: 10,
  maxCategories: 32,
  minRowsPerCategory: 10,
  featureFraction: 0.4,
  rowFraction: 1,
}

interface Range {
  readonly integer?: true
  readonly min: number
  readonly max: number
  /** Whether `min` itself is out. */
  readonly above?: true
}

const ranges: Readonly<Record<keyof BoostingParameters, Range>> = {
  rounds: { integer: true, min: 1, max: 100_000 },
  learningRate: { min: 0, max: 1, above: true },
  maxLeaves: { integer: true, min: 2, max: 65_536 },
  minRowsPerLeaf: { integer: true, min: 1, max: 2 ** 31 },
  maxBins: { integer: true, min: 2, max: 255 },
  l2: { min: 0, max: 1e9 },
  categorySmoothing: { min: 0, max: 1e9 },
  categoryL2: { min: 0, max: 1e9 },
  maxCategories: { integer: true, min: 1, max: 255 },
  minRowsPerCategory: { integer: true, min: 1, max: 2 ** 31 },
  featureFraction: { min: 0, max: 1, above: true },
  rowFraction: { min: 0, max: 1, above: true },
}

/**
 * Completes parameters with the defaults and checks every one.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` naming every parameter that is unknown or out of range.
 */
export function checkBoostingParameters(
  parameters: Partial<BoostingParameters>,
): BoostingParameters {
  const unknown = Object.keys(parameters).filter((name) => !Object.hasOwn(ranges, name))
  const complete = { ...defaultBoostingParameters, ...parameters }
  const problems = [
    ...unknown.map((name) => `there is no parameter '${name}'`),
    ...Object.entries(complete).flatMap(([name, value]) => describeProblem(name, value)),
  ]
  if (problems.length === 0) return complete
  throw new ToolkitError('TRAINING_INVALID', problems.join('; '), {
    hint:
      unknown[0] === undefined
        ? 'correct the parameters of the fit'
        : nameHint(unknown[0], Object.keys(ranges), 'parameters'),
    details: { parameters },
  })
}

function describeProblem(name: string, value: unknown): string[] {
  const range = new Map(Object.entries(ranges)).get(name)
  if (range === undefined || isWithin(value, range)) return []
  return [`'${name}' is ${String(value)}, expected ${describe(range)}`]
}

function isWithin(value: unknown, { integer, min, max, above }: Range): boolean {
  if (typeof value !== 'number' || (integer === true && !Number.isInteger(value))) return false
  return value <= max && (above === true ? value > min : value >= min)
}

function describe({ integer, min, max, above }: Range): string {
  const kind = integer === true ? 'an integer' : 'a number'
  return above === true ? `${kind} above ${min}, up to ${max}` : `${kind} from ${min} to ${max}`
}
