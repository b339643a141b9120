import type { Matrix } from '../core/matrix.ts'
import type { FeatureRows } from '../data/read-features.ts'
import { compileModel } from '../model/index.ts'
import {
  averagePrecisionScore,
  brierScoreLoss,
  logLoss,
  rocAucScore,
} from '../training/metrics/index.ts'
import { trainModel, type TrainingRows } from '../training/train.ts'
import type { TrialValues } from '../training/tune/search-space.ts'
import type { Project } from './define-project.ts'
import type { ModelKind, Parameters } from './parameters.ts'
import type { TuneMetric, TuneSettings } from './parse-tuning.ts'
import { configOf } from './train.ts'

/** What every trial of a study is measured with. */
export interface TrialContext {
  readonly project: Project
  readonly parameters: Parameters
  readonly kind: ModelKind
  readonly settings: Pick<TuneSettings, 'folds' | 'metric'>
  /** The training folds. */
  readonly rows: FeatureRows
  /** Called after each step of a fit. */
  readonly onStep?: () => void
}

/** The metric on each fold that is validated on, in their order, each by a model of all the other training folds. */
export function scoreTrial(context: TrialContext, values: TrialValues): readonly number[] {
  const { project, kind, settings, rows, onStep } = context
  const config = configOf(withTrialValues(context.parameters, kind, values), kind)
  return foldsOf(rows)
    .slice(0, settings.folds)
    .map((fold) => {
      const model = trainModel(
        config,
        project.featureList,
        takeRows(rows, (other) => other !== fold),
        { ...(onStep && { onStep }) },
      )
      const held = takeRows(rows, (other) => other === fold)
      return metricFunctions[settings.metric](held.y, compileModel(model)(held.x))
    })
}

/** The training folds that have rows, ascending. */
export function foldsOf({ folds }: Pick<FeatureRows, 'folds'>): readonly number[] {
  return [...new Set(folds)].sort((a, b) => a - b)
}

/** The parameters with a trial's values in the place of one model's own. */
function withTrialValues(parameters: Parameters, kind: ModelKind, values: TrialValues): Parameters {
  const { train } = parameters
  return { ...parameters, train: { ...train, [kind]: { ...train[kind], ...values } } }
}

const metricFunctions: Readonly<
  Record<TuneMetric, (target: ArrayLike<number>, score: ArrayLike<number>) => number>
> = {
  roc_auc: rocAucScore,
  average_precision: averagePrecisionScore,
  log_loss: logLoss,
  brier_score: brierScoreLoss,
}

function takeRows({ x, y, folds }: FeatureRows, isTaken: (fold: number) => boolean): TrainingRows {
  const taken: number[] = []
  folds.forEach((fold, row) => isTaken(fold) && taken.push(row))
  return {
    x: takeMatrixRows(x, taken),
    y: Float64Array.from(taken, (row) => y[row]!),
  }
}

function takeMatrixRows({ columns, values }: Matrix, taken: readonly number[]): Matrix {
  const into = new Float32Array(taken.length * columns)
  taken.forEach((row, i) => {
    into.set(values.subarray(row * columns, (row + 1) * columns), i * columns)
  })
  return { rows: taken.length, columns, values: into }
}
