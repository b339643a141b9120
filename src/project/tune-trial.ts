import type { FeatureRows } from '../data/read-features.ts'
import { compileModel } from '../model/index.ts'
import {
  averagePrecisionScore,
  brierScoreLoss,
  logLoss,
  rocAucScore,
} from '../training/metrics/index.ts'
import { pickRows, pickValues } from '../training/splitting/pick-rows.ts'
import { splitsOf, type Split } from '../training/splitting/split.ts'
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
  const config = configOf(withTrialValues(context.parameters, kind, values), kind, project.output)
  const pick = (picked: Int32Array): TrainingRows => ({
    x: pickRows(rows.x, picked),
    y: pickValues(rows.y, picked),
  })
  return splitTrainingFolds(rows.folds)
    .slice(0, settings.folds)
    .map(({ train, test }) => {
      const options = { ...(onStep && { onStep }) }
      const model = trainModel(config, project.featureList, pick(train), options)
      const held = pick(test)
      return metricFunctions[settings.metric](held.y, compileModel(model)(held.x))
    })
}

/** A split for each training fold that has rows, by number. */
function splitTrainingFolds(foldOfRow: Float64Array): readonly Split[] {
  const folds = [...new Set(foldOfRow)].sort((a, b) => a - b)
  return splitsOf(
    foldOfRow.map((fold) => folds.indexOf(fold)),
    folds.length,
  )
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
