import type { FeatureRows } from '../../data/read-features.ts'
import { compileModel } from '../../model/index.ts'
import { measureOutput } from '../../training/output-metric.ts'
import { pickFittedRows } from '../../training/splitting/pick-rows.ts'
import { splitByTime, splitParts } from '../../training/splitting/split.ts'
import { trainModel } from '../../training/train.ts'
import type { TrialValues } from '../../training/tune/search-space.ts'
import type { Project } from '../definition/define-project.ts'
import { withValues } from '../parameters/check-parameters.ts'
import { classCostsOf } from '../parameters/class-costs.ts'
import { pinballQuantile, type ModelKind, type Parameters } from '../parameters/parameters.ts'
import type { TuneSettings } from '../parameters/parse-tuning.ts'
import { checkRows, configOf } from '../train.ts'

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

/** The metric on each fold that is validated on, in their order, each by a model of all the other training folds; by time, of the older ones. */
export function scoreTrial(context: TrialContext, values: TrialValues): readonly number[] {
  const { project, kind, settings, rows, onStep } = context
  const quantile = pinballQuantile(context.parameters)
  const { output } = project
  const costs = classCostsOf(context.parameters.evaluate.costs, output)
  const config = configOf(withValues(context.parameters, kind, values), kind, project.output)
  const split = project.time === undefined ? splitParts : splitByTime
  return split(rows.folds)
    .slice(0, settings.folds)
    .map(({ train, test }) => {
      const fitted = pickFittedRows(rows, train)
      checkRows(fitted, project)
      const options = { ...(onStep && { onStep }) }
      const model = trainModel(config, project.featureList, fitted, options)
      const { x, ...held } = pickFittedRows(rows, test)
      const given = compileModel(model)(x)
      return measureOutput(settings.metric, { ...held, given, output, quantile, costs })
    })
}
