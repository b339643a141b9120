import { join } from 'node:path'
import type { Predictor } from '../core/predictor.ts'
import { createRandom } from '../core/random.ts'
import { openDatabase, type Database } from '../data/duckdb-store.ts'
import { readFeatures, type FeatureRows } from '../data/read-features.ts'
import { compareModels, type Comparison } from '../training/compare-models.ts'
import { noBudget, type PromotionPolicy } from '../training/promotion-policy.ts'
import { layoutOf } from './layout.ts'
import { measureLatency } from './measure-latency.ts'
import { readSlices } from './read-slices.ts'
import type { TrackedContext } from './step.ts'

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
  const championRows = await readTestRows(context, database, champion)
  const { evaluate } = context.parameters
  const comparison = compareModels(
    rows.y,
    Float64Array.from(champion.predict(championRows.x)),
    Float64Array.from(challenger.predict(rows.x)),
    {
      metric: policy.metric,
      test: policy.test,
      minImprovement: policy.minImprovement,
      random: createRandom(evaluate.seed),
      replicates: evaluate.replicates,
      level: evaluate.confidence_level,
      slices: await readSlices(context, database),
      minSliceRows: policy.minSliceRows,
    },
  )
  return { comparison, latencyUs }
}

async function readTestRows(
  context: TrackedContext,
  database: Database,
  predictor: Predictor,
): Promise<FeatureRows> {
  const { project, directory, parameters } = context
  return readFeatures(database, join(directory, layoutOf(project.name).raw), {
    features: Object.keys(predictor.inputs),
    target: project.target,
    testFold: parameters.split.test_fold,
    folds: parameters.split.folds,
    part: 'test',
  })
}
