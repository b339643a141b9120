import { nameHint } from '../../core/nearest.ts'
import type { LinearProgress } from './minimise-objective.ts'

/** What shapes the fit of a linear model, and who hears of it. */
export interface LinearOptions {
  /** Weight of ‖w‖₁, at least 0: with it, coefficients become 0. Default 0. */
  readonly l1?: number
  /** Weight of ½·‖w‖², at least 0. Default 1. */
  readonly l2?: number
  /** How much each row counts: finite, not negative, shape [rows]; 1 each when absent. */
  readonly weights?: ArrayLike<number>
  /** Newton steps at most. Default 100. */
  readonly maxIterations?: number
  /**
   * The fit ends when no slope of the mean loss is larger; of a number, in standard deviations of the target. A column whose largest
   * value is below 1 has a smaller one, times that value, so that its unit does not matter. Default 1e-10.
   */
  readonly tolerance?: number
  /** Called after each step. */
  readonly onIteration?: (progress: LinearProgress) => void
  /** Looked at before each step; as the fit blocks, only `onIteration` can abort it meanwhile. */
  readonly signal?: AbortSignal
}

/** The numbers of the options, completed. */
export interface LinearSettings {
  readonly l1: number
  readonly l2: number
  readonly maxIterations: number
  readonly tolerance: number
}

/** A fitted linear model. */
export interface LinearFit {
  readonly intercept: number
  /** Shape [columns]. */
  readonly coefficients: Float64Array
  /** Newton steps taken. */
  readonly iterations: number
  /** Whether a minimum was reached; `false` when `maxIterations` or float64's precision ended the fit before. */
  readonly converged: boolean
}

const defaults: LinearSettings = { l1: 0, l2: 1, maxIterations: 100, tolerance: 1e-10 }
const names = [...Object.keys(defaults), 'weights', 'onIteration', 'signal']

/** Completes options with the defaults; checks nothing. */
export function completeLinearOptions(options: LinearOptions): LinearSettings {
  return {
    l1: options.l1 ?? defaults.l1,
    l2: options.l2 ?? defaults.l2,
    maxIterations: options.maxIterations ?? defaults.maxIterations,
    tolerance: options.tolerance ?? defaults.tolerance,
  }
}

/** Every option that is unknown or out of range, as a sentence. */
export function linearOptionProblems(options: LinearOptions): string[] {
  const { l1, l2, maxIterations, tolerance } = completeLinearOptions(options)
  const problems = Object.keys(options)
    .filter((name) => !names.includes(name))
    .map((name) => `there is no option '${name}' (${nameHint(name, names, 'options')})`)
  for (const [name, value] of Object.entries({ l1, l2 })) {
    if (!(value >= 0 && value < Infinity)) {
      problems.push(`'${name}' is ${value}, expected a number of at least 0`)
    }
  }
  if (!(Number.isInteger(maxIterations) && maxIterations >= 1)) {
    problems.push(`'maxIterations' is ${maxIterations}, expected an integer of at least 1`)
  }
  if (!(tolerance > 0 && tolerance < Infinity)) {
    problems.push(`'tolerance' is ${tolerance}, expected a number above 0`)
  }
  return problems
}
