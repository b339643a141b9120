import { ToolkitError } from '../../core/errors.ts'
import { type Matrix } from '../../core/matrix.ts'
import { type Random } from '../../core/random.ts'
import { log } from '../../math/logarithm.ts'
import { softplus } from '../../math/sigmoid.ts'
import { checkAbort } from '../check-abort.ts'
import { checkBinaryTarget } from '../check-binary-target.ts'
import { binMatrix } from './bin.ts'
import { fillDerivatives } from './derivatives.ts'
import { type Grower, growTree } from './grow.ts'
import { layOutHistogram } from './histogram.ts'
import { type BoostingParameters, checkBoostingParameters } from './parameters.ts'
import { addTreeScores } from './predict.ts'
import { type BoostedTrees, type Tree } from './tree.ts'

export interface BoostingData {
  /** Features, NaN where missing. Shape [rows, columns]. */
  readonly x: Matrix
  /** 0 or 1, shape [rows]. */
  readonly y: Float64Array
  /** Which features hold category codes, which have no order. Shape [columns]. */
  readonly categorical: readonly boolean[]
}

/** How a fit draws, reports and ends. */
export interface BoostingOptions {
  /** Draws rows and features when their fractions are below 1. */
  readonly random: Random
  /** Called after each tree. */
  readonly onRound?: (progress: BoostingProgress) => void
  /** Looked at before each tree; as the fit blocks, only `onRound` can abort it meanwhile. */
  readonly signal?: AbortSignal
}

export interface BoostingProgress {
  /** From 1. */
  readonly round: number
  /** Mean log loss over the rows of the fit, in nats. */
  readonly trainLoss: number
}

/**
 * Fits gradient boosted trees for a binary target: log loss, second-order
 * steps, histograms, leaf-wise growth, native categories and missing values
 * [Friedman 2001, Chen & Guestrin 2016, Ke et al. 2017].
 *
 * The same data, parameters and seed give the same trees, byte for byte; the
 * order of the rows does not matter while `rowFraction` is 1.
 *
 * @param parameters - see {@link BoostingParameters}; what is left out has its default
 * @throws {ToolkitError} `TRAINING_INVALID` for bad parameters (all at once), an infinite cell, a target
 *   that is not 0 or 1, a single class, no rows or no columns; `SHAPE_MISMATCH`; `INTERRUPTED`.
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
  const complete = checkBoostingParameters(parameters)
  checkData(data)
  const { x, y } = data
  const grower = createGrower(data, complete)
  const drawRows = options.random.fork('rows')
  const drawFeatures = options.random.fork('features')
  const baseScore = Math.fround(logOdds(y))
  const scores = new Float64Array(x.rows).fill(baseScore)
  const derivatives = new Float64Array(2 * x.rows)
  const trees: Tree[] = []
  for (let round = 1; round <= complete.rounds; round++) {
    checkAbort(options.signal)
    fillDerivatives(derivatives, scores, y)
    const order = sampleIndices(x.rows, complete.rowFraction, drawRows)
    const features = sampleIndices(x.columns, complete.featureFraction, drawFeatures)
    const { tree, leaves } = growTree(grower, order, derivatives, features)
    if (order.length < x.rows) addTreeScores(scores, tree, x)
    else addLeafScores(scores, order, leaves)
    trees.push(tree)
    options.onRound?.({ round, trainLoss: meanLogLoss(scores, y) })
  }
  return { baseScore, trees }
}

function createGrower({ x, categorical }: BoostingData, parameters: BoostingParameters): Grower {
  const data = binMatrix(x, categorical, parameters.maxBins)
  const layout = layOutHistogram(data)
  // A leaf holds minRowsPerLeaf rows, so there cannot be more leaves than that allows.
  const most = Math.max(1, Math.floor(x.rows / parameters.minRowsPerLeaf))
  const leaves = Math.min(parameters.maxLeaves, most)
  return {
    data,
    layout,
    parameters: { ...parameters, maxLeaves: leaves },
    histograms: Array.from({ length: leaves }, () => new Float64Array(layout.length)),
    spare: new Int32Array(x.rows),
  }
}

/** The log odds of class 1 among all rows. */
function logOdds(y: Float64Array): number {
  const positives = y.reduce((sum, value) => sum + value, 0)
  return log(positives / (y.length - positives))
}

/** A share of the numbers below `count`, ascending, each equally likely: selection sampling [Knuth 1997, 3.4.2 S]. */
function sampleIndices(count: number, fraction: number, random: Random): Int32Array {
  const wanted = Math.max(1, Math.round(fraction * count))
  const chosen = new Int32Array(wanted)
  let taken = 0
  for (let i = 0; taken < wanted; i++) {
    const isChosen = wanted === count || random.next() * (count - i) < wanted - taken
    if (isChosen) chosen[taken++] = i
  }
  return chosen
}

/** As {@link addTreeScores}, for rows that the tree was grown on and has already put into leaves. */
function addLeafScores(
  into: Float64Array,
  order: Int32Array,
  leaves: readonly { readonly start: number; readonly end: number; readonly value: number }[],
): void {
  for (const { start, end, value } of leaves) {
    for (let i = start; i < end; i++) into[order[i]!]! += value
  }
}

function meanLogLoss(scores: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let row = 0; row < y.length; row++) sum += softplus(scores[row]!) - y[row]! * scores[row]!
  return sum / y.length
}

function checkData({ x, y, categorical }: BoostingData): void {
  const shapes = [
    [x.values.length, x.rows * x.columns, `values, expected ${x.rows} rows of ${x.columns}`],
    [y.length, x.rows, `targets, expected ${x.rows}, one per row`],
    [
      categorical.length,
      x.columns,
      `entries in 'categorical', expected ${x.columns}, one per column`,
    ],
  ] as const
  for (const [actual, expected, words] of shapes) {
    if (actual === expected) continue
    throw new ToolkitError('SHAPE_MISMATCH', `there are ${actual} ${words}`, {
      hint: 'make the data agree in rows and columns',
      details: { actual, expected },
    })
  }
  checkBinaryTarget(y)
  checkCells(x)
}

function checkCells({ columns, values }: Matrix): void {
  if (columns === 0) {
    throw new ToolkitError('TRAINING_INVALID', 'there are no columns', {
      hint: 'pass at least one feature',
    })
  }
  const index = values.findIndex((value) => value === Infinity || value === -Infinity)
  if (index === -1) return
  const row = Math.floor(index / columns)
  const column = index % columns
  throw new ToolkitError(
    'TRAINING_INVALID',
    `row ${row}, column ${column} is ${values[index]!}, expected a finite number or NaN`,
    { hint: 'look for a division by zero or a value beyond float32', details: { row, column } },
  )
}
