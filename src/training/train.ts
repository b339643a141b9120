import { ToolkitError } from '../core/errors.ts'
import type { Matrix } from '../core/matrix.ts'
import { createRandom } from '../core/random.ts'
import type { Feature } from '../data/features.ts'
import type { OnnxModel } from '../model/index.ts'
import { fitBoosting, type BoostingParameters } from './boosting/index.ts'
import { exportBoosting } from './export-boosting.ts'
import { type CalibrationMethod, trainCalibrated } from './calibration/index.ts'
import { checkLinearFeatures } from './check-linear-features.ts'
import { exportLinear } from './export-linear.ts'
import { exportNeural } from './export-neural.ts'
import { type DesignOptions, encodeLinearDesign, fitLinearDesign } from './linear-design.ts'
import { holdOut } from './hold-out.ts'
import {
  fitLinear,
  fitLogistic,
  fitSoftmax,
  type LinearFit,
  type LinearProgress,
  type SoftmaxFit,
} from './linear/index.ts'
import { pickFittedRows, pickValues } from './splitting/pick-rows.ts'
import { fitNeural, type NeuralInput, type NeuralParameters } from './neural/index.ts'

/** A linear model: of the log odds of class 1 or of several classes, or of a number. */
export interface LinearConfig extends DesignOptions {
  readonly kind: 'logistic' | 'linear'
  /** Of a logistic model of several classes, which has no l1: how many there are. */
  readonly classes?: number
  readonly l1?: number
  readonly l2: number
  readonly maxIterations: number
}

/** What to train and with which numbers. */
export type ModelConfig = (
  | LinearConfig
  | {
      readonly kind: 'boosting'
      readonly parameters: Partial<BoostingParameters>
      /** Share of the rows that is held back to end the fit, where `parameters.patience` is above 0. Default 0.1. */
      readonly validationShare?: number
      readonly seed: number
    }
  | {
      readonly kind: 'neural'
      readonly parameters: Partial<NeuralParameters>
      readonly seed: number
    }
) & {
  /** Of the probability of class 1, or of those of the classes. Default 'none'. */
  readonly calibration?: CalibrationMethod
}

export interface TrainingRows {
  /** Raw feature columns, shape [rows, features]. */
  readonly x: Matrix
  /** 0 or 1, numbers, or numbers of classes from 0, as the config asks; shape [rows]. */
  readonly y: Float64Array
  /** How much each row counts: finite, not negative, shape [rows]; 1 each when absent. */
  readonly weights?: Float64Array | undefined
  /** Parts that rows are held out by where some belong together, for calibration; shape [rows]. */
  readonly parts?: Float64Array | undefined
}

/** How far a fit is after an iteration, a tree or an epoch. */
export interface TrainingStep {
  readonly step: number
  /** Mean log loss of the training rows by weight, without penalties; of numbers their mean squared error, or what boosting's objective is. */
  readonly loss: number
  /** The same of rows that were held back to end the fit; absent where there are none. */
  readonly validationLoss?: number | undefined
}

export interface TrainingOptions {
  /** Called after each step of the fit. */
  readonly onStep?: (step: TrainingStep) => void
  /** Called with a sentence when the model is not what it could be. */
  readonly onWarning?: (warning: string) => void
  /** Only networks take and give checkpoints; the other kinds start anew. */
  readonly checkpoints?: {
    readonly resumeFrom: Uint8Array | undefined
    readonly onCheckpoint: (checkpoint: Uint8Array) => void
  }
  /** Threads that share the work of a network's fit, or of boosted trees'; linear models take one. Models do not depend on it. */
  readonly threads?: number
  readonly signal?: AbortSignal
}

/**
 * Fits a model and exports it with its encodings inside: raw columns in,
 * probability of class 1 out, the number predicted, or a probability for each class. The same rows and config give the same bytes.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for rows or numbers nothing can be learnt from, `TRAINING_DIVERGED`,
 *   `CHECKPOINT_INVALID`, `INTERRUPTED`
 */
export function trainModel(
  config: ModelConfig,
  features: readonly Feature[],
  rows: TrainingRows,
  options: TrainingOptions = {},
): OnnxModel {
  const { calibration = 'none' } = config
  if (calibration === 'none') return fitModel(config, features, rows, options)
  const { signal } = options
  const train = (part: TrainingRows, isLast: boolean): OnnxModel =>
    fitModel(config, features, part, isLast ? options : { ...(signal && { signal }) })
  return trainCalibrated(calibration, rows, train, { classes: countClasses(config, rows) })
}

/** How many probabilities a model gives a row; undefined where it is one. */
function countClasses(config: ModelConfig, { y }: TrainingRows): number | undefined {
  if (config.kind !== 'boosting' && config.kind !== 'neural') return config.classes
  const hasClasses = config.parameters.objective === 'multiclass'
  return hasClasses ? 1 + y.reduce((most, label) => Math.max(most, label), 0) : undefined
}

function fitModel(
  config: ModelConfig,
  features: readonly Feature[],
  rows: TrainingRows,
  options: TrainingOptions,
): OnnxModel {
  switch (config.kind) {
    case 'logistic':
    case 'linear':
      return trainLinear(config, features, rows, options)
    case 'boosting':
      return trainBoosting(config, features, rows, options)
    case 'neural':
      return trainNeural(config, features, rows, options)
  }
}

function trainLinear(
  config: LinearConfig,
  features: readonly Feature[],
  { x, y, weights }: TrainingRows,
  options: TrainingOptions,
): OnnxModel {
  checkLinearFeatures(features, x, config)
  const design = fitLinearDesign(features, x, config)
  const encoded = encodeLinearDesign(design, x)
  const total = weights === undefined ? y.length : weights.reduce((sum, weight) => sum + weight, 0)
  const { l1 = 0, l2, maxIterations, kind, classes } = config
  const settings = {
    l2,
    maxIterations,
    // Without penalties, and of a number the whole squared error, as boosting tells it.
    onIteration: ({ iteration, loss }: LinearProgress) =>
      options.onStep?.({ step: iteration, loss: (loss * (kind === 'linear' ? 2 : 1)) / total }),
    ...(weights && { weights }),
    ...(options.signal && { signal: options.signal }),
  }
  const fitted =
    classes === undefined
      ? asSoftmax((kind === 'logistic' ? fitLogistic : fitLinear)(encoded, y, { l1, ...settings }))
      : fitSoftmax(encoded, y, { classes, ...settings })
  if (!fitted.converged) {
    options.onWarning?.(`the fit is cut off after ${maxIterations} iterations: allow more`)
  }
  checkFloats([...fitted.intercepts, ...fitted.coefficients])
  return exportLinear(design, { kind, columns: x.columns, ...fitted })
}

/** The graph has them as float32, where a larger one would be Infinity, and all predictions with it. */
function checkFloats(coefficients: readonly number[]): void {
  const tooLarge = coefficients.find((value) => !Number.isFinite(Math.fround(value)))
  if (tooLarge === undefined) return
  throw new ToolkitError(
    'TRAINING_INVALID',
    `a coefficient of the fit is ${tooLarge}, beyond float32`,
    { hint: 'look for extreme cells and targets, standardize the columns, or raise l2' },
  )
}

/** A fit of one score in the shape of one of several. */
function asSoftmax({ intercept, ...fit }: LinearFit): Omit<SoftmaxFit, 'iterations'> {
  return { ...fit, intercepts: Float64Array.of(intercept) }
}

function trainBoosting(
  config: Extract<ModelConfig, { kind: 'boosting' }>,
  features: readonly Feature[],
  rows: TrainingRows,
  options: TrainingOptions,
): OnnxModel {
  const categorical = features.map((feature) => feature.field.type === 'category')
  const monotone = features.map(({ monotone: direction }) =>
    direction === undefined ? 0 : direction === 'increasing' ? 1 : -1,
  )
  const { fitted, validation } = holdRowsBack(config, rows)
  const model = fitBoosting({ ...fitted, categorical, monotone }, config.parameters, {
    random: createRandom(config.seed),
    onRound: ({ round, trainLoss, validationLoss }) =>
      options.onStep?.({ step: round, loss: trainLoss, validationLoss }),
    ...(validation && { validation }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.signal && { signal: options.signal }),
  })
  return exportBoosting(model, rows.x.columns)
}

/** Trees that are to end by themselves are told when by rows that they are not grown on. */
function holdRowsBack(
  { parameters, validationShare: share = 0.1, seed }: Extract<ModelConfig, { kind: 'boosting' }>,
  rows: TrainingRows,
): { readonly fitted: TrainingRows; readonly validation?: TrainingRows } {
  const { patience = 0, objective = 'binary' } = parameters
  if (patience === 0) return { fitted: rows }
  const hasClasses = objective === 'binary' || objective === 'multiclass'
  const random = createRandom(seed).fork('validation')
  // A row that weighs nothing tells nothing: of these alone there would be no loss.
  const all = Int32Array.from(rows.y.keys())
  const counted = all.filter((row) => rows.weights?.[row] !== 0)
  const held = holdOut(pickValues(rows.y, counted), { hasClasses, share, random })
  const validation = held.validation.map((i) => counted[i]!)
  if (validation.length === 0) return { fitted: rows }
  const isHeld = new Set(validation)
  return {
    fitted: pickFittedRows(
      rows,
      all.filter((row) => !isHeld.has(row)),
    ),
    validation: pickFittedRows(rows, validation),
  }
}

function trainNeural(
  config: Extract<ModelConfig, { kind: 'neural' }>,
  features: readonly Feature[],
  rows: TrainingRows,
  options: TrainingOptions,
): OnnxModel {
  const data = { ...rows, inputs: features.map(neuralInputOf) }
  const model = fitNeural(data, config.parameters, {
    random: createRandom(config.seed),
    onEpoch: ({ epoch, trainLoss, validationLoss }) =>
      options.onStep?.({ step: epoch, loss: trainLoss, validationLoss }),
    ...options.checkpoints,
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.signal && { signal: options.signal }),
  })
  return exportNeural(model)
}

/** A network takes every number standardized: a linear model's "as-is" would only make its fit slower. */
function neuralInputOf({ field, encoding }: Feature): NeuralInput {
  if (field.type === 'category') return 'embedding'
  return encoding === 'log1p' ? 'log1p' : 'standardize'
}
