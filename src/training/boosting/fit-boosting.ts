import { ToolkitError } from '../../core/errors.ts'
import { type Matrix } from '../../core/matrix.ts'
import { type Random } from '../../core/random.ts'
import { checkAbort } from '../check-abort.ts'
import { binMatrix } from './bin.ts'
import { type BoostingData, type ValidationRows } from './boosting-data.ts'
import { checkBoostingData } from './check-boosting-data.ts'
import { checkResumedTrees } from './check-resumed-trees.ts'
import { createObjective } from './create-objective.ts'
import {
  boundsOf,
  type DerivativeScale,
  scaleDerivatives,
  weighDerivatives,
} from './derivatives.ts'
import { openFillTeam } from './fill-threads-process.ts'
import { createDrawer, type Draw } from './draw.ts'
import { type Grower, type GrownTree, growTree } from './grow.ts'
import { layOutHistogram } from './histogram.ts'
import { meanLoss, type Objective, type ObjectiveName, type WeightedTarget } from './objective.ts'
import { type BoostingParameters, checkBoostingParameters } from './parameters.ts'
import { addTreeScores } from './predict.ts'
import { type BoostedTrees, type Tree } from './tree.ts'
import { type Validation, watchValidation } from './validation.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

/** How a fit draws, reports and ends. */
export interface BoostingOptions {
  /** Draws rows and features when their fractions are below 1. */
  readonly random: Random
  /** Called after each tree. */
  readonly onRound?: (progress: BoostingProgress) => void
  /** Looked at before each tree; as the fit blocks, only `onRound` can abort it meanwhile. */
  readonly signal?: AbortSignal
  /** Rows apart from those of the fit, to tell when to end: see `patience`. */
  readonly validation?: ValidationRows
  /** A checkpoint of the same rows, parameters and seed; the fit goes on after its last round and ends the same. */
  readonly resumeFrom?: BoostedTrees | undefined
  /**
   * Threads that share the sums over rows, this one among them; 1 by default, and always below
   * 100,000 rows; 16 at most. The trees do not depend on it.
   */
  readonly threads?: number
}

/** What is known after a round. */
export interface BoostingProgress {
  /** From 1. */
  readonly round: number
  /**
   * Mean loss over the rows of the fit, by weight: log loss in nats, squared error, pinball
   * loss, or Poisson's negative log likelihood without ln y!.
   */
  readonly trainLoss: number
  /** The same over the validation rows; absent without them. */
  readonly validationLoss?: number
  /** The trees so far, to go on from; `serialize` of node:v8 makes bytes of them. */
  readonly checkpoint: () => BoostedTrees
}

/**
 * Fits gradient boosted trees: second-order steps, histograms, leaf-wise
 * growth, native categories and missing values
 * [Friedman 2001, Chen & Guestrin 2016, Ke et al. 2017].
 *
 * The same data, parameters and seed give the same trees, byte for byte; the
 * order of the rows does not matter while `rowFraction` is 1. A category that
 * the fit has not seen goes right at every split; a missing value goes where
 * those of the fit went, or most rows when it had none.
 *
 * @param parameters - see {@link BoostingParameters}; what is left out has its default
 * @throws {ToolkitError} `TRAINING_INVALID` for bad parameters (all at once), then for bad rows (all
 *   at once): an infinite cell, nothing but missing cells, a target that is missing, constant or not of the
 *   objective, a bad weight or direction, no rows or no columns; for trees to resume from of another fit;
 *   `SHAPE_MISMATCH`;
 *   `TRAINING_DIVERGED` when a loss is not finite; `INTERRUPTED`.
 *
 * @example
 * ```ts
 * import { createRandom, fitBoosting, scoreTrees } from 'ml-pipeline-toolkit'
 * const x = { rows: 4, columns: 1, values: Float32Array.of(1, 2, 3, NaN) }
 * const data = { x, y: Float64Array.of(0, 0, 1, 1), categorical: [false] }
 * const model = fitBoosting(data, { rounds: 5, minRowsPerLeaf: 1 }, { random: createRandom(1) })
 * scoreTrees(model, x).map((score) => Number(score > 0)) // => Float64Array.of(0, 0, 1, 1)
 * ```
 */
export function fitBoosting(
  data: BoostingData,
  parameters: Partial<BoostingParameters>,
  options: BoostingOptions,
): BoostedTrees {
  const complete = checkBoostingParameters(parameters, options.threads)
  checkBoostingData(data, complete, options.validation)
  const objective = createObjective(complete, data.y)
  using fit = startFit(data, objective, { parameters: complete, threads: options.threads })
  const validation = options.validation && watchValidation(options.validation, fit)
  const draw = createDrawer(data.x, complete, options.random)
  const done = replay(fit, options.resumeFrom, draw, validation)
  for (let round = done + 1; round <= complete.rounds; round++) {
    if (validation?.isOver(complete.patience) === true) break
    checkAbort(options.signal)
    addRound(fit, draw())
    // The loss costs a pass over all rows, so it is only taken where somebody looks.
    if (options.onRound !== undefined || validation !== undefined || round === complete.rounds) {
      const progress = measure(fit, validation, round)
      options.onRound?.(progress)
    }
  }
  const rounds = complete.patience > 0 ? validation?.bestRound : undefined
  const { baseScores, trees, name } = fit
  const kept = rounds === undefined ? trees : trees.slice(0, rounds * objective.outputs)
  return { objective: name, baseScores, trees: kept }
}

/** A fit under way; `scores` and `trees` change with each round. */
interface Fit extends Disposable {
  readonly x: Matrix
  readonly target: WeightedTarget
  readonly name: ObjectiveName
  readonly objective: Objective
  readonly grower: Grower
  readonly baseScores: readonly number[]
  /** Per output, each of shape [rows]. */
  readonly scores: readonly Float64Array[]
  /** What no derivative exceeds, when that is known. */
  readonly bound: number | undefined
  readonly trees: Tree[]
}

function startFit(
  data: BoostingData,
  objective: Objective,
  options: { readonly parameters: BoostingParameters; readonly threads: number | undefined },
): Fit {
  const { x, y, weights } = data
  const target = { y, weights }
  const baseScores = objective.initialScores(target).map(Math.fround)
  const heaviest = weights?.reduce((most, weight) => Math.max(most, weight), 0) ?? 1
  const targets = objective.isLogistic === true ? x.rows : 0
  const room = { targets, weights: weights === undefined ? 0 : targets }
  const grower = createGrower(data, { ...options, ...room, outputs: objective.outputs })
  if (objective.isLogistic === true) {
    grower.workspace.target.set(y)
    if (weights !== undefined) grower.workspace.weights.set(weights)
  }
  return {
    x,
    target,
    name: options.parameters.objective,
    objective,
    grower,
    baseScores,
    scores: grower.workspace.scores.map((scores, output) => scores.fill(baseScores[output]!)),
    bound: objective.bound === undefined ? undefined : objective.bound * heaviest,
    trees: [],
    [Symbol.dispose]: () => grower.team[Symbol.dispose](),
  }
}

/** Takes trees over as if they had been grown, with the same draws; returns how many rounds they are. */
function replay(
  fit: Fit,
  resumed: BoostedTrees | undefined,
  draw: () => Draw,
  validation: Validation | undefined,
): number {
  if (resumed === undefined) return 0
  checkResumedTrees(resumed, { objective: fit.name, baseScores: fit.baseScores })
  const { outputs } = fit.objective
  const rounds = resumed.trees.length / outputs
  for (let round = 0; round < rounds; round++) {
    const { features } = draw()
    const trees = resumed.trees.slice(round * outputs, (round + 1) * outputs)
    for (const [output, tree] of trees.entries()) {
      features()
      addTreeScores(fit.scores[output]!, tree, fit.x)
    }
    fit.trees.push(...trees)
    validation?.addRound(trees)
  }
  return rounds
}

/** Grows one tree per output on the same rows and adds it to the scores. */
function addRound(fit: Fit, { rows, features }: Draw): void {
  const { x, target, objective, grower, scores } = fit
  const { derivatives, kernel } = grower.workspace
  const scales = fillDerivatives(fit)
  const order = grower.workspace.order.subarray(0, rows.length)
  if (rows.length === x.rows) kernel.list(order.byteOffset, rows.length)
  else order.set(rows)
  for (const [output, score] of scores.entries()) {
    const scale = scales[output]!
    const { tree, leaves } = growTree(grower, {
      order,
      derivatives: derivatives[output]!,
      scale,
      used: features(),
      leastGain: grower.parameters.minGain + rounding * scale.gainUnit,
      renewLeaf: objective.renewLeaf && ((leaf) => objective.renewLeaf!(leaf, score, target)),
    })
    if (order.length < x.rows) addTreeScores(score, tree, x)
    else addLeafScores(score, leaves, grower.workspace)
    fit.trees.push(tree)
  }
}

/** Writes what each row pulls at, as integers, per output; returns what those are worth. */
function fillDerivatives(fit: Fit): readonly DerivativeScale[] {
  const { x, objective, grower, scores, target, bound } = fit
  const { derivatives, kernel, ...workspace } = grower.workspace
  const known = bound === undefined ? undefined : { gradient: bound, hessian: bound }
  if (objective.isLogistic === true && known !== undefined) {
    const scale = scaleDerivatives(x.rows, known)
    const weights = target.weights === undefined ? 0 : workspace.weights.byteOffset
    const from = [scores[0]!.byteOffset, workspace.target.byteOffset, weights] as const
    kernel.logistic(...from, x.rows, derivatives[0]!.byteOffset, ...stepsOf(scale))
    return [scale]
  }
  objective.fillDerivatives(derivatives, scores, target.y)
  return derivatives.map((pairs) => {
    if (target.weights !== undefined) weighDerivatives(pairs, target.weights)
    const scale = scaleDerivatives(x.rows, known ?? boundsOf(pairs))
    kernel.quantize(pairs.byteOffset, x.rows, ...stepsOf(scale))
    return scale
  })
}

function stepsOf({
  gradientStep,
  hessianStep,
  countBits,
}: DerivativeScale): [gradientStep: number, hessianStep: number, countBits: number] {
  return [gradientStep, hessianStep, countBits]
}

/** What a gain may be by rounding alone, in the unit of gains. */
const rounding = 1e-9

function measure(
  { name, objective, baseScores, scores, target, trees }: Fit,
  validation: Validation | undefined,
  round: number,
): BoostingProgress {
  const trainLoss = meanLoss(objective, scores, target)
  checkLoss(trainLoss, round, 'the loss')
  const checkpoint = (): BoostedTrees => ({
    objective: name,
    baseScores,
    trees: trees.slice(0, round * objective.outputs),
  })
  if (validation === undefined) return { round, trainLoss, checkpoint }
  const validationLoss = validation.addRound(trees.slice(-objective.outputs))
  checkLoss(validationLoss, round, 'the loss on the validation rows')
  return { round, trainLoss, validationLoss, checkpoint }
}

function checkLoss(loss: number, round: number, what: string): void {
  if (Number.isFinite(loss)) return
  throw new ToolkitError('TRAINING_DIVERGED', `${what} is ${loss} after round ${round}`, {
    hint: 'lower the learning rate, raise l2, or look for targets far from all others',
  })
}

function createGrower(
  { x, categorical, monotone }: BoostingData,
  {
    parameters,
    outputs,
    threads = 1,
    targets,
    weights,
  }: {
    readonly parameters: BoostingParameters
    readonly outputs: number
    readonly threads: number | undefined
    /** See `createWorkspace`. */
    readonly targets: number
    readonly weights: number
  },
): Grower {
  const data = binMatrix(x, categorical, parameters.maxBins)
  const layout = layOutHistogram(data.features)
  // A leaf holds minRowsPerLeaf rows, so there cannot be more leaves than that allows.
  const most = Math.max(1, Math.floor(x.rows / parameters.minRowsPerLeaf))
  const leaves = Math.min(parameters.maxLeaves, most)
  const shared = x.rows < leastSharedRows ? 1 : Math.min(threads, mostThreads)
  const workspace = createWorkspace(data, layout, {
    outputs,
    leaves,
    threads: shared,
    targets,
    weights,
  })
  return {
    features: data.features,
    layout,
    parameters: { ...parameters, maxLeaves: leaves },
    workspace,
    team: openFillTeam(workspace),
    monotone: monotone?.some((direction) => direction !== 0) ? Int8Array.from(monotone) : undefined,
  }
}

/** Fewer are fitted sooner than threads have started and met. */
const leastSharedRows = 100_000

/** Each has a histogram of its own, which is added up after each leaf. */
const mostThreads = 16

/** As {@link addTreeScores}, for rows that the tree was grown on and has already put into leaves. */
function addLeafScores(
  into: Float64Array,
  leaves: GrownTree['leaves'],
  { kernel, order, leafNumbers, leafAddresses }: Workspace,
): void {
  for (const [i, { start, end, value }] of leaves.entries()) {
    leafAddresses[4 * i] = order.byteOffset + 4 * start
    leafAddresses[4 * i + 1] = order.byteOffset + 4 * end
    leafNumbers[2 * i + 1] = value
  }
  kernel.addLeaves(into.byteOffset, leafNumbers.byteOffset, leaves.length, into.length)
}
