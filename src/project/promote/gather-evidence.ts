import { join } from 'node:path'
import type { ModelOutput, Predictor } from '../../core/predictor.ts'
import { createRandom } from '../../core/random.ts'
import { openDatabase, type Database } from '../../data/duckdb-store.ts'
import { readFeatures, type FeatureRows } from '../../data/read-features.ts'
import {
  compareModels,
  compareOutputs,
  type Comparison,
  type ComparisonOptions,
} from '../../training/compare-models.ts'
import {
  decidingMetrics,
  headlineMetrics,
  type HeadlineMetric,
  type HeadlineMetricOf,
} from '../../training/headline-metrics.ts'
import type { ClassCosts } from '../../training/metrics/index.ts'
import { measureClasses, measureValues, type OutputMeasure } from '../../training/output-measure.ts'
import { noBudget, type PromotionPolicy } from '../../training/promotion-policy.ts'
import { checkOutput } from '../check-output.ts'
import { classCostsOf } from '../parameters/class-costs.ts'
import { layoutOf } from '../layout.ts'
import { measureLatency } from './measure-latency.ts'
import { readSlices } from '../read-slices.ts'
import type { TrackedContext } from '../step.ts'
import { targetColumnsOf } from '../definition/target-output.ts'

/** What only the test rows can tell. */
interface Evidence {
  /** Undefined when there is no champion to compare with. */
  readonly comparison: Comparison | undefined
  /** Median of one prediction; undefined when there is no budget. */
  readonly latencyUs: number | undefined
}

/** Scores the test rows with both models, each through its own columns of the raw table, and times the challenger. */
export async function gatherEvidence(
  context: TrackedContext,
  models: {
    readonly policy: PromotionPolicy
    readonly challenger: Predictor
    readonly champion: Predictor | undefined
  },
): Promise<Evidence> {
  const { policy, challenger, champion } = models
  const isTimed = policy.maxLatencyUs < noBudget
  if (champion === undefined && !isTimed) return { comparison: undefined, latencyUs: undefined }
  using database = await openDatabase()
  const rows = await readTestRows(context, database, challenger)
  const latencyUs = isTimed
    ? measureLatency(challenger, rows.x, () => performance.now())
    : undefined
  if (latencyUs !== undefined) context.log(`${latencyUs.toFixed(1)} µs for a prediction`)
  if (champion === undefined) return { comparison: undefined, latencyUs }
  checkOutput(champion, context.project, 'the champion')
  const championRows = await readTestRows(context, database, champion)
  const { evaluate } = context.parameters
  const predictions = {
    champion: champion.predict(championRows.x),
    challenger: challenger.predict(rows.x),
  }
  const comparison = compareOn(rows, predictions, {
    output: challenger.output,
    costs: classCostsOf(evaluate.costs, challenger.output),
    options: {
      metric: policy.metric,
      test: policy.test,
      minImprovement: policy.minImprovement,
      random: createRandom(evaluate.seed),
      replicates: evaluate.replicates,
      level: evaluate.confidence_level,
      slices: await readSlices(context, database),
      minSliceRows: policy.minSliceRows,
      ...(rows.weights && { weights: rows.weights }),
    },
  })
  return { comparison, latencyUs }
}

function compareOn(
  { y, x }: FeatureRows,
  { champion, challenger }: { readonly champion: Float32Array; readonly challenger: Float32Array },
  {
    output,
    costs,
    options,
  }: {
    readonly output: ModelOutput
    readonly costs: ClassCosts | undefined
    readonly options: ComparisonOptions<HeadlineMetric>
  },
): Comparison {
  const { metric } = options
  if (isProbabilityMetric(metric) && output.kind === 'probability') {
    const before = Float64Array.from(champion)
    return compareModels(y, before, Float64Array.from(challenger), { ...options, metric })
  }
  const measure = (values: Float32Array): OutputMeasure =>
    output.kind === 'classes'
      ? measureClasses(y, { rows: x.rows, columns: output.classes.length, values }, { costs })
      : measureValues(y, values, { quantile: 0.5 })
  const measures = { champion: measure(champion), challenger: measure(challenger) }
  const headline = decidingMetrics(output.kind, costs !== undefined)
  return compareOutputs(measures, x.rows, { ...options, headline })
}

function isProbabilityMetric(metric: HeadlineMetric): metric is HeadlineMetricOf<'probability'> {
  return headlineMetrics.probability.some((known) => known === metric)
}

async function readTestRows(
  context: TrackedContext,
  database: Database,
  predictor: Predictor,
): Promise<FeatureRows> {
  const { project, directory, parameters } = context
  return readFeatures(database, join(directory, layoutOf(project.name).raw), {
    features: predictor.inputs,
    ...targetColumnsOf(project),
    testFold: parameters.split.test_fold,
    folds: parameters.split.folds,
    part: 'test',
  })
}
