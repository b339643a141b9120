import { join } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import type { Predictor } from '../core/predictor.ts'
import { createRandom } from '../core/random.ts'
import { openDatabase, type Database } from '../data/duckdb-store.ts'
import { readFeatures, type FeatureRows } from '../data/read-features.ts'
import {
  bestCandidate,
  decidePromotion,
  type Candidate,
  type Comparison,
  type PromotionPolicy,
} from '../training/decide-promotion.ts'
import { pairedBootstrap } from '../training/metrics/index.ts'
import {
  championAlias,
  findVerdict,
  openModelVersion,
  registerVerdict,
  type Verdict,
} from '../training/registry.ts'
import { layoutOf } from './layout.ts'
import { listEvaluatedKinds, readMetrics } from './metrics-file.ts'
import { readModel, type ModelOnDisk } from './model-file.ts'
import { findOrCreateRun, lineageTags } from './model-run.ts'
import type { Parameters } from './parameters.ts'
import { writeJson } from './report-file.ts'
import type { TrackedContext } from './step.ts'

/**
 * Stage 6: takes the best candidate, compares it with the champion on the same
 * test rows, registers it with the verdict and moves the alias it earned. Safe
 * to repeat: the same challenger against the same champion gets the same verdict, once.
 *
 * @throws {ToolkitError} `PROMOTION_REFUSED` (exit 3) when no candidate passes the absolute gate
 */
export async function promote(context: TrackedContext): Promise<void> {
  const { project, directory, tracking } = context
  const { challenger, model } = await chooseChallenger(context)
  const verdict =
    (await findVerdict(tracking, project.name, {
      digest: challenger.digest,
      policy: policyOf(context.parameters),
    })) ?? (await judge(context, challenger, model))
  await writeJson(join(directory, layoutOf(project.name).promotion), verdict)
  context.log(`${verdict.decision}: ${verdict.reason}`)
  if (verdict.decision === 'refused') {
    throw new ToolkitError('PROMOTION_REFUSED', verdict.reason, {
      hint: 'improve the model, or lower promote.min_roc_auc in params.yaml',
    })
  }
}

async function chooseChallenger(
  context: TrackedContext,
): Promise<{ challenger: Candidate; model: ModelOnDisk }> {
  const layout = layoutOf(context.project.name)
  const pairs = await Promise.all(
    listEvaluatedKinds(context.directory, layout).map(async (kind) => {
      const model = await readModel(join(context.directory, layout.model(kind)))
      const metrics = await readMetrics(join(context.directory, layout.metrics(kind)))
      return { model, challenger: { kind, digest: model.predictor.digest, metrics } }
    }),
  )
  const best = bestCandidate(
    pairs.map((pair) => pair.challenger),
    policyOf(context.parameters).metric,
  )
  // The list is not empty, so that there is a best.
  return pairs.find((pair) => pair.challenger.digest === best?.digest)!
}

async function judge(
  context: TrackedContext,
  challenger: Candidate,
  model: ModelOnDisk,
): Promise<Verdict> {
  const { project, tracking, parameters } = context
  const policy = policyOf(parameters)
  const champion = await tracking.findModelVersion(project.name, championAlias)
  const championModel = champion && (await openModelVersion(tracking, champion))
  const isItself = championModel?.digest === challenger.digest
  const comparison =
    championModel === undefined || isItself
      ? undefined
      : await compare(context, championModel, model.predictor)
  const verdict: Verdict = {
    ...decidePromotion(challenger, comparison ?? (isItself ? 'itself' : 'nobody'), policy),
    policy,
    challenger: { kind: challenger.kind, digest: challenger.digest },
    champion: championModel === undefined ? null : { digest: championModel.digest },
    comparison: comparison ?? null,
  }
  // The champion has its version already.
  if (isItself) return verdict
  const runId = await findOrCreateRun(context, {
    kind: challenger.kind,
    digest: challenger.digest,
    files: model.files,
  })
  await registerVerdict(tracking, verdict, {
    name: project.name,
    runId,
    tags: { ...lineageTags(context), 'mlpt.model': challenger.kind },
    timestamp: context.now(),
    userId: context.userId,
  })
  return verdict
}

/** Both models score the same rows, each through its own columns of the raw table. */
async function compare(
  context: TrackedContext,
  champion: Predictor,
  challenger: Predictor,
): Promise<Comparison> {
  const { evaluate } = context.parameters
  const { metric } = policyOf(context.parameters)
  using database = await openDatabase()
  const championRows = await readTestRows(context, database, champion)
  const challengerRows = await readTestRows(context, database, challenger)
  const { difference, interval, shareBetter } = pairedBootstrap(
    challengerRows.y,
    Float64Array.from(champion.predict(championRows.x)),
    Float64Array.from(challenger.predict(challengerRows.x)),
    {
      metric: bootstrapNames[metric],
      random: createRandom(evaluate.seed),
      replicates: evaluate.replicates,
      level: evaluate.confidence_level,
    },
  )
  // A loss is better when it is smaller: turn the sign, so that positive is better.
  return metric === 'roc_auc'
    ? { improvement: difference, lower: interval[0], upper: interval[1], shareBetter }
    : { improvement: -difference, lower: -interval[1], upper: -interval[0], shareBetter }
}

const bootstrapNames = { roc_auc: 'rocAuc', log_loss: 'logLoss', brier_score: 'brier' } as const

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

function policyOf({ promote: section }: Parameters): PromotionPolicy {
  return {
    metric: section.metric,
    minImprovement: section.min_improvement,
    minRocAuc: section.min_roc_auc,
  }
}
