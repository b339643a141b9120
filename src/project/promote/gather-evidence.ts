import { join } from 'node:path'
import type { ModelOutput, Predictor } from '../../core/predictor.ts'
import { createRandom } from '../../core/random.ts'
import { openDatabase, type Database } from '../../data/duckdb-store.ts'
import { rawRelation } from '../../data/features.ts'
import { readFeatures, type FeatureRows } from '../../data/read-features.ts'
import { fitBaseline, repeatAnswer } from '../../training/baseline.ts'
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
import type { Incomparable, Lead } from '../../training/promotion-gates.ts'
import { measureClasses, measureValues, type OutputMeasure } from '../../training/output-measure.ts'
import { noBudget, type PromotionPolicy } from '../../training/promotion-policy.ts'
import { classCostsOf } from '../parameters/class-costs.ts'
import { foldRuleOf } from '../fold-rule.ts'
import { knowTexts } from '../known-texts.ts'
import { layoutOf } from '../layout.ts'
import { measureLatency } from './measure-latency.ts'
import { readSlices } from '../read-slices.ts'
import type { TrackedContext } from '../step.ts'
import { whyIncomparable } from './why-incomparable.ts'
import { targetColumnsOf } from '../definition/target-output.ts'

/** What only the test rows can tell. */
interface Evidence {
  /** Undefined when there is no champion to compare with; else with it, or why it cannot be. */
  readonly comparison: Comparison | Incomparable | undefined
  /** Median of one prediction; undefined when there is no budget. */
  readonly latencyUs: number | undefined
  /** Over a model without features; undefined when the policy does not ask. */
  readonly lead: Lead | undefined
}

/**
 * Scores the test rows with both models, each through its own columns of the raw table, times the challenger, and holds it against
 * a model without features.
 */
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
  if (champion === undefined && !isTimed && !policy.baseline) {
    return { comparison: undefined, latencyUs: undefined, lead: undefined }
  }
  using database = await openDatabase()
  const test = await readTestRows(context, database, challenger)
  const { rows } = test
  const latencyUs = isTimed
    ? measureLatency(test.predictor, rows.x, () => performance.now())
    : undefined
  if (latencyUs !== undefined) context.log(`${latencyUs.toFixed(1)} µs for a prediction`)
  const { evaluate } = context.parameters
  const { output } = challenger
  const predicted = test.predictor.predict(rows.x)
  const options = {
    metric: policy.metric,
    random: createRandom(evaluate.seed),
    replicates: evaluate.replicates,
    level: evaluate.confidence_level,
    minSliceRows: policy.minSliceRows,
    ...(rows.weights && { weights: rows.weights }),
  }
  const compare = (before: Float32Array, how: typeof options & HowToCompare): Comparison =>
    compareOn(
      rows,
      { champion: before, challenger: predicted },
      { output, costs: classCostsOf(evaluate.costs, output), options: how },
    )
  const lead = policy.baseline
    ? compare(await predictBaseline(context, database, { output, policy, rows: rows.x.rows }), {
        ...options,
        random: options.random.fork('baseline'),
        test: 'bootstrap',
        minImprovement: 0,
        slices: [],
      })
    : undefined
  if (champion === undefined) return { comparison: undefined, latencyUs, lead }
  const relation = rawRelation(join(context.directory, layoutOf(context.project.name).raw))
  const incomparable = await whyIncomparable(champion, context.project, { database, relation })
  if (incomparable !== undefined) return { comparison: { incomparable }, latencyUs, lead }
  const championTest = await readTestRows(context, database, champion)
  const comparison = compare(championTest.predictor.predict(championTest.rows.x), {
    ...options,
    test: policy.test,
    minImprovement: policy.minImprovement,
    slices: await readSlices(context, database),
  })
  return { comparison, latencyUs, lead }
}

type HowToCompare = Pick<ComparisonOptions, 'test' | 'minImprovement' | 'slices'>

/** What a model without features gives for the test rows, of what the training rows tell. */
async function predictBaseline(
  context: TrackedContext,
  database: Database,
  { output, policy, rows }: BaselineRows,
): Promise<Float32Array> {
  const learnt = await readRows(context, database, { features: [], part: 'train' })
  return repeatAnswer(fitBaseline(learnt, output, policy.metric), rows)
}

interface BaselineRows {
  readonly output: ModelOutput
  readonly policy: PromotionPolicy
  readonly rows: number
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
  model: Predictor,
): Promise<{ readonly rows: FeatureRows; readonly predictor: Predictor }> {
  const path = join(context.directory, layoutOf(context.project.name).raw)
  const predictor = await knowTexts(database, rawRelation(path), model)
  const { inputs: features, doubles } = predictor
  const rows = await readRows(context, database, { features, doubles, part: 'test' })
  return { rows, predictor }
}

async function readRows(
  context: TrackedContext,
  database: Database,
  wanted: Pick<Parameters<typeof readFeatures>[2], 'features' | 'doubles' | 'part'>,
): Promise<FeatureRows> {
  const { project, directory, parameters } = context
  return readFeatures(database, join(directory, layoutOf(project.name).raw), {
    ...wanted,
    ...targetColumnsOf(project),
    testFold: parameters.split.test_fold,
    folds: foldRuleOf(context),
  })
}
