import { join } from 'node:path'
import { writeFolderAtomically } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { formatNumber } from '../core/format-number.ts'
import { numberAt } from '../core/matrix.ts'
import { decodeInput, otherText, otherTextName, type InputField } from '../core/input-field.ts'
import type { ModelOutput } from '../core/predictor.ts'
import type { MetricPoint } from '../core/tracking.ts'
import { formatFloat } from '../monitoring/prediction-log/format-float.ts'
import {
  digestOf,
  encodeModel,
  formatModelFolder,
  meanContributions,
  withRawInputs,
  type ModelManifest,
  type OnnxModel,
} from '../model/index.ts'
import { fitOutOfFoldInterval } from '../training/conformal/fit-out-of-fold-interval.ts'
import { composeFeatures } from '../training/compose-features.ts'
import { refuseProblems } from '../training/refuse-problems.ts'
import {
  trainModel,
  type ModelConfig,
  type TrainingRows as FittedRows,
  type TrainingStep,
} from '../training/train.ts'
import { decidedOutput } from './parameters/decided-output.ts'
import { checkKind, checkParameters } from './parameters/check-parameters.ts'
import { checkTargets } from './check-targets.ts'
import { openCheckpoint } from './checkpoint-file.ts'
import type { Project } from './definition/define-project.ts'
import { layoutOf } from './layout.ts'
import { endFailed } from './end-failed.ts'
import { finishModelRun, startModelRun } from './model-run.ts'
import type { ModelKind, Parameters } from './parameters/parameters.ts'
import { readTrainingRows, type TrainingRows } from './read-training-rows.ts'
import type { TrackedContext } from './step.ts'

/** The model that was written. */
interface TrainedModel {
  readonly model: ModelKind
  /** Its folder, from the project's on. */
  readonly path: string
  /** SHA-256 of its ONNX file. */
  readonly digest: string
  /** Id of the tracked run. */
  readonly run: string
  /** What the fit lowers, after its last step; `null` of a fit without steps. */
  readonly loss: number | null
}

/**
 * Stage 4: fits one model on the training folds, writes it as a model folder
 * and logs the run: parameters, training loss by step, the model itself.
 *
 * @param options.threads - that share the work where a kind's fit can; the model does not depend on it
 * @throws {ToolkitError} as `trainModel`
 */
export async function train(
  context: TrackedContext,
  kind: ModelKind,
  options: { readonly threads?: number } = {},
): Promise<TrainedModel> {
  const { project, directory, parameters } = context
  const layout = layoutOf(project.name)
  checkKind(kind, project)
  checkParameters(parameters, project)
  const rows = await readTrainingRows(context)
  checkTrainable(rows, kind, context)
  const runId = await startModelRun(context, kind)
  try {
    await context.tracking.logParams(runId, paramsOf(parameters, kind))
    const { files, digest, losses } = fitModel(context, kind, { rows, ...options })
    await context.tracking.logMetrics(runId, losses)
    await finishModelRun(context, runId, { files, digest })
    await writeFolderAtomically(join(directory, layout.model(kind)), files)
    openCheckpoint(directory, kind).remove()
    const loss = losses.findLast(({ key }) => key.startsWith('train_'))?.value
    context.log(
      `${kind}: training ${lossOf(project)} ${loss?.toFixed(4)}, model ${digest.slice(0, 12)}`,
    )
    return { model: kind, path: layout.model(kind), digest, run: runId, loss: loss ?? null }
  } catch (error) {
    await endFailed(context, () => context.tracking.endRun(runId, 'FAILED', context.now()))
    throw error
  }
}

/** What a fit lowers, in words. */
function lossOf({ output }: Pick<Project, 'output'>): string {
  return output.kind === 'value' ? 'loss' : 'log loss'
}

/**
 * Checks that there is something to learn from rows, which stand in the raw table.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` naming rows without a target, or as `checkRows`
 */
export function checkTrainable(
  rows: TrainingRows,
  kind: ModelKind,
  { project, parameters }: Pick<TrackedContext, 'project' | 'parameters'>,
): void {
  const { objective } = parameters.train.boosting
  checkTargets(rows, project, kind === 'boosting' && objective === 'poisson' ? 0 : undefined)
  checkRows(rows, project)
}

/**
 * Checks what each estimator would say of numbers, in the words of the project.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for classes without a row
 */
export function checkRows(
  { y, weights }: FittedRows,
  project: Pick<Project, 'output' | 'target'>,
): void {
  const { output, target } = project
  const problems: string[] = []
  if (output.kind === 'classes') {
    const seen = new Set(weights === undefined ? y : y.filter((_, row) => weights[row]! > 0))
    for (const [k, name] of output.classes.entries()) {
      if (!seen.has(k)) problems.push(`no training row has the class '${name}' of '${target}'`)
    }
  }
  refuseProblems(
    problems,
    'train another model, or change project.ts: take the class out of the levels, or join it with another one',
  )
}

interface FittedModel {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly digest: string
  readonly losses: readonly MetricPoint[]
}

function fitModel(
  context: TrackedContext,
  kind: ModelKind,
  given: { readonly rows: TrainingRows; readonly threads?: number },
): FittedModel {
  const { rows } = given
  const losses: MetricPoint[] = []
  const isProgressDue = createPacer(context.now)
  const measured = lossOf(context.project)
  const key = measured.replaceAll(' ', '_')
  const onStep = ({ step, loss, validationLoss }: TrainingStep): void => {
    const at = { step, timestamp: context.now() }
    losses.push({ key: `train_${key}`, value: loss, ...at })
    if (validationLoss !== undefined) {
      losses.push({ key: `validation_${key}`, value: validationLoss, ...at })
    }
    if (isProgressDue())
      context.log(`${kind}: step ${step}, training ${measured} ${loss.toFixed(4)}`)
  }
  const fitted = fitFromCheckpoint(context, kind, { ...given, onStep })
  const inputs = Object.keys(rows.inputs)
  const model = composeFeatures(fitted, rows.inputs, rows.features)
  const onnx = encodeModel(withRawInputs(model, rows.inputs))
  const output = statedOutput(context, kind, rows)
  const manifest = manifestOf({ ...context.project, output }, kind, rows)
  const contributionMeans = meanContributions(model, inputs, rows.raw)
  const folder = formatModelFolder({ ...manifest, contributionMeans }, onnx)
  const encoder = new TextEncoder()
  const files = new Map(
    [...folder].map(([name, content]) => [
      name,
      typeof content === 'string' ? encoder.encode(content) : content,
    ]),
  )
  return { files, digest: digestOf(onnx), losses }
}

/** What the model gives: the project's output, of classes with what is called, of numbers with an interval where one is asked for. */
function statedOutput(
  { project, parameters, log }: TrackedContext,
  kind: ModelKind,
  rows: TrainingRows,
): ModelOutput {
  const coverage = kind === 'logistic' ? 0 : parameters.train[kind].interval
  if (project.output.kind !== 'value' || coverage === 0) {
    return decidedOutput(project.output, parameters.evaluate)
  }
  const config = configOf(parameters, kind, project.output)
  const fit = (part: FittedRows): OnnxModel => trainModel(config, rows.features, part)
  const { radius } = fitOutOfFoldInterval(rows, { coverage, train: fit })
  log(`${kind}: ${coverage} of the rows lie within ${formatNumber(radius)} of their prediction`)
  return { kind: 'value', interval: { coverage, radius } }
}

/** Goes on where an interrupted fit of the same rows and parameters was; its model is the same, byte for byte. */
function fitFromCheckpoint(
  context: TrackedContext,
  kind: ModelKind,
  given: {
    readonly rows: TrainingRows
    readonly threads?: number
    readonly onStep: (step: TrainingStep) => void
  },
): OnnxModel {
  const { rows, ...options } = given
  const file = openCheckpoint(context.directory, kind)
  const isCheckpointDue = createPacer(context.now)
  const fit = (resumeFrom: Uint8Array | undefined): OnnxModel =>
    trainModel(configOf(context.parameters, kind, context.project.output), rows.features, rows, {
      ...options,
      onWarning: (warning) => context.log(`warning: ${kind}: ${warning}`),
      checkpoints: {
        resumeFrom,
        onCheckpoint: (checkpoint) => {
          if (isCheckpointDue()) file.write(checkpoint)
        },
      },
    })
  try {
    return fit(file.last)
  } catch (error) {
    if (!(error instanceof ToolkitError && error.code === 'CHECKPOINT_INVALID')) throw error
    context.log(`${kind}: ${error.message}: the fit starts anew`)
    return fit(undefined)
  }
}

const paceMs = 5000

/** Says yes when so much time has passed since it last did. */
function createPacer(now: () => number): () => boolean {
  let last = now()
  return () => {
    const isDue = now() - last >= paceMs
    if (isDue) last = now()
    return isDue
  }
}

function manifestOf(
  project: Project,
  kind: ModelKind,
  { inputs, raw, policies }: Pick<TrainingRows, 'inputs' | 'raw' | 'policies'>,
): ModelManifest {
  const example = Object.entries(inputs).map(
    ([name, field], c) => [name, exampleCell(field, numberAt(raw, 0, c))] as const,
  )
  return {
    name: project.name,
    kind,
    target: project.target,
    ...(policies && { policies }),
    output: project.output,
    inputs,
    example: Object.fromEntries(example),
  }
}

function exampleCell(field: InputField, value: number): number | string | null {
  // A person reads and sends it: 82.86, which was learnt as 82.86000061035156.
  if (field.type === 'number' && Number.isFinite(value)) return Number(formatFloat(value))
  if (field.type !== 'text' || value !== otherText) return decodeInput(field, value)
  return field.levels?.[0] ?? field.known?.[0] ?? otherTextName
}

/** The numbers of params.yaml as one model's training takes them. */
export function configOf(
  parameters: Parameters,
  kind: ModelKind,
  output: ModelOutput,
): ModelConfig {
  if (kind === 'logistic' || kind === 'linear') {
    const { max_iterations: maxIterations, ...settings } = parameters.train[kind]
    const { interval: _, ...others } = { interval: 0, ...settings }
    const classes = output.kind === 'classes' ? output.classes.length : undefined
    return { kind, maxIterations, ...others, ...(classes !== undefined && { classes }) }
  }
  if (kind === 'neural') return neuralConfig(parameters.train.neural, output)
  const { boosting } = parameters.train
  return {
    kind,
    seed: boosting.seed,
    calibration: boosting.calibration,
    validationShare: boosting.validation_share,
    parameters: {
      objective: objectiveOf(boosting.objective, output),
      quantile: boosting.quantile,
      patience: boosting.patience,
      rounds: boosting.rounds,
      learningRate: boosting.learning_rate,
      maxLeaves: boosting.max_leaves,
      minRowsPerLeaf: boosting.min_rows_per_leaf,
      maxBins: boosting.max_bins,
      l2: boosting.l2,
      featureFraction: boosting.feature_fraction,
      rowFraction: boosting.row_fraction,
      l1: boosting.l1,
      minGain: boosting.min_gain,
      minHessianPerLeaf: boosting.min_hessian_per_leaf,
      maxOneHotCategories: boosting.max_one_hot_categories,
      maxCategories: boosting.max_categories,
      minRowsPerCategory: boosting.min_rows_per_category,
      categorySmoothing: boosting.category_smoothing,
      categoryL2: boosting.category_l2,
    },
  }
}

/** What is fitted for an output; only numbers leave a choice. */
function objectiveOf<O extends string>(
  chosen: O | 'auto',
  { kind }: ModelOutput,
): Exclude<O, 'auto'> | 'binary' | 'multiclass' | 'regression' {
  if (kind === 'probability') return 'binary'
  if (kind === 'classes') return 'multiclass'
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all but 'auto', which the condition is about
  return chosen === 'auto' ? 'regression' : (chosen as Exclude<O, 'auto'>)
}

/** Each hidden layer has half the units of the one before, at least one. */
function neuralConfig(neural: Parameters['train']['neural'], output: ModelOutput): ModelConfig {
  const hiddenUnits = Array.from({ length: neural.hidden_layers }, (_, layer) =>
    Math.max(1, Math.round(neural.hidden_units / 2 ** layer)),
  )
  return {
    kind: 'neural',
    seed: neural.seed,
    calibration: neural.calibration,
    parameters: {
      objective: objectiveOf('auto', output),
      hiddenUnits,
      dropout: neural.dropout,
      learningRate: neural.learning_rate,
      weightDecay: neural.weight_decay,
      batchSize: neural.batch_size,
      maxEpochs: neural.max_epochs,
      patience: neural.patience,
      validationShare: neural.validation_share,
    },
  }
}

function paramsOf(parameters: Parameters, kind: ModelKind): Record<string, string> {
  const entries = [
    ['model', kind],
    ...Object.entries(parameters.train[kind]),
    ['split.folds', parameters.split.folds],
    ['split.test_fold', parameters.split.test_fold],
  ]
  return Object.fromEntries(entries.map(([name, value]) => [String(name), String(value)]))
}
