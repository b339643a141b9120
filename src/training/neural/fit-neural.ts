import { ToolkitError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import { checkAbort } from '../check-abort.ts'
import { checkNeuralFit, type NeuralData } from './check-neural-fit.ts'
import {
  encodeCheckpoint,
  type FitCells,
  fingerprintFit,
  type FitState,
  readCheckpoint,
} from './checkpoint.ts'
import { simplifyWeights, sumWeights, weighRows } from './weigh-rows.ts'
import { encodeNeuralRows, fitNeuralEncoding, type NeuralEncoding } from './encoding.ts'
import { holdOut, type HeldOut } from '../hold-out.ts'
import { shuffleInPlace } from '../shuffle.ts'
import { fillParameters, fillUnseenRows, layOutNetwork, type Network } from './network.ts'
import { type NeuralModel, takeParameters } from './neural-model.ts'
import { createOutputLoss } from './output-loss.ts'
import type { NeuralParameters } from './parameters.ts'
import {
  beta1,
  beta2,
  createLoneTeam,
  judgeRows,
  type Lesson,
  type ShardTeam,
  trainBatch,
} from './train-batch.ts'
import { shareNumbers, shareRows } from './share-rows.ts'
import { openThreadTeam } from './shard-threads-process.ts'
import { createWorkspaces, parameterCells, type Workspace, type Workspaces } from './workspace.ts'

/** How a fit draws, reports, goes on and ends. */
export interface NeuralOptions {
  /** Draws the first weights, the rows held back, the order of the rows and dropout. */
  readonly random: Random
  /** Called after each epoch. */
  readonly onEpoch?: (progress: NeuralProgress) => void
  /** Called after each epoch, before `onEpoch`, with what a later fit resumes from. */
  readonly onCheckpoint?: (checkpoint: Uint8Array) => void
  /** A checkpoint of a fit on the same data with the same parameters and seed; `maxEpochs` and `patience` may differ. */
  readonly resumeFrom?: Uint8Array | undefined
  /** Looked at before each epoch; as the fit blocks, only the callbacks can abort it meanwhile. */
  readonly signal?: AbortSignal
  /** Threads that share each batch, this one among them; 1 by default; more than 4 find nothing to do. The weights do not depend on it. */
  readonly threads?: number
  /** Computes in plain JavaScript: ten times slower, the same bits. */
  readonly isPlain?: boolean
}

/** What is known after an epoch. */
export interface NeuralProgress {
  /** From 1. */
  readonly epoch: number
  /** Weighted mean loss over the epoch's batches, with dropout, each before its step: nats, or the target's unit squared. */
  readonly trainLoss: number
  /** Weighted mean loss of the rows held back; absent when there are none. */
  readonly validationLoss: number | undefined
  /** The epoch whose weights would be kept now. */
  readonly bestEpoch: number
}

/**
 * Fits a multilayer perceptron: standardized numbers with indicators of what is missing, learned rows
 * for categories, ReLU, dropout, mini-batches with AdamW, and early stopping on rows held back, whose
 * best epoch's weights are kept [Loshchilov & Hutter 2019, Srivastava et al. 2014].
 *
 * With weights, losses, means and deviations are weighted; a step's gradient is the sum of weight times gradient over the
 * batch's rows, divided by their number times the mean weight of all rows learned from, so that each row pulls by its
 * weight whichever rows it meets in a batch. Equal weights are none, and a row of weight 0 is as if it were not there.
 *
 * The same data, parameters and seed give the same weights, byte for byte, also when the fit is
 * resumed from a checkpoint.
 *
 * @param parameters - see {@link NeuralParameters}; what is left out has its default
 * @throws {ToolkitError} `TRAINING_INVALID` for bad parameters, infinite cells, bad weights and targets nothing can be learnt
 *   from (all at once); `CHECKPOINT_INVALID` for a checkpoint of another fit; `TRAINING_DIVERGED` when a loss is not finite;
 *   `SHAPE_MISMATCH`; `INTERRUPTED`.
 *
 * @example
 * ```ts
 * import { createRandom, fitNeural, scoreNeural } from 'ml-pipeline-toolkit'
 * const x = { rows: 4, columns: 1, values: Float32Array.of(1, 2, 3, NaN) }
 * const data = { x, y: Float64Array.of(0, 0, 1, 1), inputs: ['standardize'] as const }
 * const model = fitNeural(data, { hiddenUnits: [8], learningRate: 0.1 }, { random: createRandom(1) })
 * scoreNeural(model, x).map((score) => Number(score > 0)) // => Float32Array.of(0, 0, 1, 1)
 * ```
 */
export function fitNeural(
  given: NeuralData,
  parameters: Partial<NeuralParameters>,
  options: NeuralOptions,
): NeuralModel {
  const complete = checkNeuralFit(given, parameters, options.threads)
  const data = simplifyWeights(given)
  using fit = startFit(data, complete, options)
  const fingerprint = fingerprintFit(data, complete, fit.draw('name').nextInteger(2 ** 32))
  let state = fit.firstState
  if (options.resumeFrom !== undefined) {
    state = readCheckpoint(options.resumeFrom, fingerprint, fit.cells)
  }
  while (!isFinished(state, complete)) {
    checkAbort(options.signal)
    const { next, progress } = runEpoch(fit, state, complete)
    state = next
    options.onCheckpoint?.(encodeCheckpoint(fingerprint, state, fit.cells))
    options.onEpoch?.(progress)
  }
  checkLastStep(fit, state, complete)
  return modelOf(fit, state, complete)
}

/** A loss is taken before each step: what the last one led to is known by rows that were held back, or not yet. */
function checkLastStep(
  { rows, workspace, lesson }: Fit,
  { epoch }: FitState,
  parameters: NeuralParameters,
): void {
  if (rows.validation.length > 0) return
  checkLoss(judgeRows(workspace, lesson, rows.training), epoch, parameters)
}

/** All that a fit works on; the cells change, the rest does not. */
interface Fit extends Disposable {
  readonly draw: (label: string) => Random
  readonly dropoutSeed: number
  readonly columns: number
  readonly encoding: NeuralEncoding
  readonly network: Network
  readonly workspace: Workspace
  readonly cells: FitCells
  readonly lesson: Lesson
  readonly team: ShardTeam
  readonly rows: HeldOut
  /** What the rows held back weigh. */
  readonly validationWeight: number
  /** What the training rows weigh by row of each table. */
  readonly counts: readonly Float64Array[]
  readonly target: NeuralModel['target']
  readonly firstState: FitState
}

function startFit(data: NeuralData, parameters: NeuralParameters, options: NeuralOptions): Fit {
  const { x, y } = data
  const { objective, validationShare: share } = parameters
  const draw = (label: string): Random => options.random.fork(label)
  const rows = holdOut(y, {
    hasClasses: objective !== 'regression',
    share,
    random: draw('validation'),
  })
  const weights = weighRows(data.weights, rows.training)
  const encoding = fitNeuralEncoding(x, data.inputs, { rows: rows.training, weights })
  const outputs = objective === 'multiclass' ? 1 + y.reduce((a, b) => Math.max(a, b)) : 1
  const network = layOutNetwork(encoding, parameters.hiddenUnits, outputs)
  const batchSize = Math.min(parameters.batchSize, rows.training.length)
  const { isPlain = false, threads = 1 } = options
  const workspaces = createWorkspaces(network, { batchSize, threads, isPlain })
  const workspace = workspaces.own
  fillParameters(parameterCells(workspace), network, draw('weights'))
  const inputs = shareRows(encodeNeuralRows(encoding, x))
  const target =
    objective === 'regression' ? scaleOf(y, rows.training, weights) : { mean: 0, deviation: 1 }
  const scaled = y.map((value) => (value - target.mean) / target.deviation)
  const lesson = {
    inputs,
    target: shareNumbers(scaled),
    weights: weights && shareNumbers(weights),
    order: shareNumbers(rows.training),
    dropout: parameters.dropout,
    loss: createOutputLoss(objective, outputs),
  }
  const team = createTeam(workspaces, lesson, { objective, outputs })
  return {
    draw,
    dropoutSeed: draw('dropout').nextInteger(2 ** 32),
    columns: x.columns,
    encoding,
    network,
    workspace,
    cells: {
      parameters: parameterCells(workspace),
      firstMoments: parameterCells(workspace, 'firstMoments'),
      secondMoments: parameterCells(workspace, 'secondMoments'),
      best: new Float32Array(network.cells),
    },
    lesson,
    team,
    rows,
    validationWeight: sumWeights(rows.validation, weights),
    counts: countCodes(inputs.codes, network, { rows: rows.training, weights }),
    target,
    firstState: { epoch: 0, step: 0, bestEpoch: 0, bestLoss: Infinity },
    [Symbol.dispose]: () => team[Symbol.dispose](),
  }
}

function createTeam(
  { memory, ...workspaces }: Workspaces,
  lesson: Lesson,
  output: { readonly objective: NeuralParameters['objective']; readonly outputs: number },
): ShardTeam {
  return memory === undefined || workspaces.others.length === 0
    ? createLoneTeam(workspaces.own, lesson)
    : openThreadTeam({ ...workspaces, memory }, lesson, output)
}

/** Weighted mean and deviation of the training rows' targets, as float32; the deviation is 1 where they are equal. */
function scaleOf(
  y: Float64Array,
  rows: Int32Array,
  weights: Float64Array | undefined,
): NeuralModel['target'] {
  const total = sumWeights(rows, weights)
  const weightOf = (row: number): number => weights?.[row] ?? 1
  const mean = Math.fround(rows.reduce((sum, row) => sum + weightOf(row) * y[row]!, 0) / total)
  const squares = rows.reduce((sum, row) => sum + weightOf(row) * (y[row]! - mean) ** 2, 0)
  const deviation = Math.fround(Math.sqrt(squares / total))
  return { mean, deviation: deviation > 0 ? deviation : 1 }
}

function countCodes(
  codes: Int32Array,
  network: Network,
  { rows, weights }: { readonly rows: Int32Array; readonly weights: Float64Array | undefined },
): Float64Array[] {
  const width = network.tables.length
  return network.tables.map((table, t) => {
    const counts = new Float64Array(table.rows)
    for (const row of rows) counts[codes[row * width + t]!]! += weights?.[row] ?? 1
    return counts
  })
}

function isFinished({ epoch, bestEpoch }: FitState, parameters: NeuralParameters): boolean {
  const isStalled = bestEpoch > 0 && epoch - bestEpoch >= parameters.patience
  return isStalled || epoch >= parameters.maxEpochs
}

function runEpoch(
  fit: Fit,
  state: FitState,
  parameters: NeuralParameters,
): { readonly next: FitState; readonly progress: NeuralProgress } {
  const { workspace, network, rows, cells } = fit
  const epoch = state.epoch + 1
  const variance = fit.target.deviation ** 2
  const { loss, step } = trainEpoch(fit, { ...state, epoch }, parameters)
  fillUnseenRows(cells.parameters, network, fit.counts)
  const trainLoss = (variance * loss) / rows.training.length
  if (rows.validation.length === 0) {
    const next = { ...state, epoch, step }
    return { next, progress: { epoch, trainLoss, validationLoss: undefined, bestEpoch: epoch } }
  }
  const judged = judgeRows(workspace, fit.lesson, rows.validation)
  const validationLoss = checkLoss((variance * judged) / fit.validationWeight, epoch, parameters)
  const isBest = validationLoss < state.bestLoss
  if (isBest) cells.best.set(cells.parameters)
  const best = isBest ? { bestEpoch: epoch, bestLoss: validationLoss } : {}
  const next = { ...state, ...best, epoch, step }
  return { next, progress: { epoch, trainLoss, validationLoss, bestEpoch: next.bestEpoch } }
}

/** Goes through the training rows in an order of the epoch's own. */
function trainEpoch(
  fit: Fit,
  { epoch, step: stepsDone }: FitState,
  parameters: NeuralParameters,
): { loss: number; step: number } {
  const { workspace, team, dropoutSeed } = fit
  const { order } = fit.lesson
  order.set(fit.rows.training)
  shuffleInPlace(order, fit.draw(`epoch ${epoch}`))
  let step = stepsDone
  let [beta1Power, beta2Power] = [powerOf(beta1, step), powerOf(beta2, step)]
  let loss = 0
  for (let start = 0; start < order.length; start += parameters.batchSize) {
    step++
    beta1Power *= beta1
    beta2Power *= beta2
    const count = Math.min(parameters.batchSize, order.length - start)
    const batch = { start, count, dropoutSeed: dropoutSeed + step }
    loss += trainBatch(workspace, team, batch, { ...parameters, beta1Power, beta2Power })
    checkLoss(loss, epoch, parameters)
  }
  return { loss, step }
}

/** By multiplication, which is the same everywhere; Math.pow need not be. */
function powerOf(base: number, exponent: number): number {
  let power = 1
  for (let i = 0; i < exponent && power > 0; i++) power *= base
  return power
}

function checkLoss(loss: number, epoch: number, { learningRate }: NeuralParameters): number {
  if (Number.isFinite(loss)) return loss
  throw new ToolkitError('TRAINING_DIVERGED', `the loss is ${loss} in epoch ${epoch}`, {
    hint: `lower the learning rate, which is ${learningRate}, or look for extreme cells in the columns`,
    details: { epoch, learningRate },
  })
}

function modelOf(fit: Fit, state: FitState, { objective }: NeuralParameters): NeuralModel {
  const isBestKept = state.bestEpoch > 0
  return {
    objective,
    columns: fit.columns,
    encoding: fit.encoding,
    ...takeParameters(fit.network, isBestKept ? fit.cells.best : fit.cells.parameters),
    target: fit.target,
    epoch: isBestKept ? state.bestEpoch : state.epoch,
  }
}
