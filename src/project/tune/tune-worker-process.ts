import { formatError, ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { TrialEvaluation } from '../../training/tune/study.ts'
import { modelKinds, type ModelKind, type Parameters } from '../parameters/parameters.ts'
import type { TuneSettings } from '../parameters/parse-tuning.ts'
import { loadProject } from '../project-file.ts'
import { readTrainingRows } from '../read-training-rows.ts'
import { checkTrainable } from '../train.ts'
import { scoreTrial, type TrialContext } from './tune-trial.ts'

/** What a worker is told first. */
export interface WorkerStart {
  readonly directory: string
  readonly kind: ModelKind
  readonly parameters: Parameters
  readonly settings: TuneSettings
}

/** What a worker says of an evaluation: the metric on each fold, or why there is none. */
export type WorkerAnswer =
  | { readonly scores: readonly number[] }
  | { readonly failure: string }
  /** The worker cannot evaluate anything at all. */
  | { readonly defect: string }

/**
 * A worker process of {@link openTuneWorkers}: takes a start and then evaluations, one at a time,
 * and answers each. It ends with its parent, however that ends: between the steps of a fit it looks
 * whether it has become somebody else's child.
 */
export function runTuneWorker(): void {
  const parent = process.ppid
  // Ctrl-C reaches all processes of a terminal: the parent decides.
  process.on('SIGINT', () => undefined)
  process.on('disconnect', () => process.exit())
  const onStep = (): void => {
    if (process.ppid !== parent) process.exit()
  }
  let context: Promise<TrialContext> | undefined
  process.on('message', (message) => {
    if (isStart(message)) context = openContext(message, onStep)
    else if (isEvaluation(message) && context !== undefined) {
      void answer(context, message).then((said) => process.send?.(said))
    }
  })
}

async function answer(
  opening: Promise<TrialContext>,
  { values }: TrialEvaluation,
): Promise<WorkerAnswer> {
  let context: TrialContext
  try {
    context = await opening
  } catch (error) {
    return { defect: formatError(error) }
  }
  try {
    const scores = scoreTrial(context, values)
    const bad = scores.find((score) => !Number.isFinite(score))
    return bad === undefined ? { scores } : { failure: `the metric is ${bad}` }
  } catch (error) {
    if (error instanceof ToolkitError) return { failure: `${error.code}: ${error.message}` }
    return { failure: String(error) }
  }
}

async function openContext(
  { directory, kind, parameters, settings }: WorkerStart,
  onStep: () => void,
): Promise<TrialContext> {
  const project = await loadProject(directory)
  const rows = await readTrainingRows({ directory, project, parameters })
  checkTrainable(rows, kind, { project, parameters })
  // Transforms are learnt once, from all training folds.
  const fitted = { ...project, featureList: rows.features }
  return { project: fitted, parameters, kind, settings, rows, onStep }
}

function isStart(message: unknown): message is WorkerStart {
  return isObject(message) && modelKinds.some((kind) => kind === message['kind'])
}

function isEvaluation(message: unknown): message is TrialEvaluation {
  return isObject(message) && isObject(message['values'])
}
