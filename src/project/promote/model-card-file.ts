import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson, isObject } from '../../core/json.ts'
import { openDatabase } from '../../data/duckdb-store.ts'
import { rawRelation } from '../../data/features.ts'
import { readFeatures } from '../../data/read-features.ts'
import { readCardEvaluation } from '../../training/card/card-evaluation.ts'
import { explainForCard } from '../../training/card/card-explanations.ts'
import { renderModelCardPage } from '../../training/card/card-page.ts'
import { createModelCard } from '../../training/card/create-model-card.ts'
import type {
  CalibrationPoint,
  CardData,
  CardDecision,
  ModelCard,
} from '../../training/card/model-card.ts'
import { cardArtifact, cardFiles } from '../../training/card/card-artifact.ts'
import { isLoss, measureOutput } from '../../training/output-metric.ts'
import { classCostsOf } from '../parameters/class-costs.ts'
import { foldRuleOf } from '../fold-rule.ts'
import { knowTexts } from '../known-texts.ts'
import { layoutOf } from '../layout.ts'
import type { ModelOnDisk } from '../model-file.ts'
import { lineageTags } from '../model-run.ts'
import { readJson, readText } from '../report-file.ts'
import type { TrackedContext } from '../step.ts'
import { targetColumnsOf } from '../definition/target-output.ts'

/** A model about to be registered, and what the gate said of it. */
export interface CarriedModel {
  readonly runId: string
  readonly kind: string
  readonly model: ModelOnDisk
  readonly decision: CardDecision | null
}

/**
 * Makes the card of a model from what the stages before wrote and from the model
 * itself, and stores it among its run's artifacts, as JSON and as a page. The
 * same model on the same data gives the same card.
 *
 * @throws {ToolkitError} as the predictor
 */
export async function logModelCard(context: TrackedContext, carried: CarriedModel): Promise<void> {
  const card = await makeModelCard(context, carried)
  const { name, digest } = card.model
  const encoder = new TextEncoder()
  await context.tracking.logArtifacts(
    carried.runId,
    cardArtifact,
    new Map([
      [cardFiles.json, encoder.encode(formatJson(card))],
      [
        cardFiles.page,
        encoder.encode(renderModelCardPage(card, `${name}, ${digest.slice(0, 12)}`)),
      ],
    ]),
  )
}

async function makeModelCard(
  context: TrackedContext,
  { runId, kind, model, decision }: CarriedModel,
): Promise<ModelCard> {
  const { project, directory, parameters } = context
  const layout = layoutOf(project.name)
  const { output } = model.predictor
  const { metric } = parameters.promote
  using database = await openDatabase()
  const path = join(directory, layout.raw)
  const predictor = await knowTexts(database, rawRelation(path), model.predictor)
  const rows = await readFeatures(database, path, {
    features: predictor.inputs,
    doubles: predictor.doubles,
    ...targetColumnsOf(project),
    testFold: parameters.split.test_fold,
    folds: foldRuleOf(context),
    part: 'test',
  })
  const run = await context.tracking.getRun(runId)
  const costs = classCostsOf(parameters.evaluate.costs, output)
  return createModelCard({
    model: {
      name: project.name,
      kind,
      digest: predictor.digest,
      size_bytes: model.onnxBytes,
      target: model.target,
      inputs: model.predictor.inputs,
      // Cards of earlier versions are of probabilities, and say nothing of it.
      ...((output.kind !== 'probability' || output.classes !== undefined) && { output }),
    },
    data: await describeData(context),
    parameters: run.params,
    decision,
    evaluation:
      readCardEvaluation(await readIfThere(join(directory, layout.evaluation(kind)))) ?? null,
    calibration: await readCalibration(join(directory, layout.plots(kind), 'calibration.csv')),
    explanations: explainForCard(predictor, rows, {
      metric: {
        name: metric,
        isLoss: isLoss(metric),
        measure: (y, given) => measureOutput(metric, { output, y, given, costs }),
      },
      seed: parameters.evaluate.seed,
    }),
    lineage: { run: runId, ...lineageTags(context) },
  })
}

async function describeData({ project, directory, parameters }: TrackedContext): Promise<CardData> {
  const layout = layoutOf(project.name)
  const manifest = await readIfThere(join(directory, layout.manifest))
  const rows = isObject(manifest) ? manifest['rows'] : undefined
  const { title, url, licence } = project.citation
  return {
    title,
    url,
    licence,
    sha256: parameters.ingest.sha256,
    rows: typeof rows === 'number' ? rows : null,
    validation: readValidation(await readIfThere(join(directory, layout.validation))),
  }
}

function readValidation(report: unknown): CardData['validation'] {
  if (!isObject(report) || !isObject(report['statistics'])) return null
  const { evaluated_expectations: evaluated, successful_expectations: held } = report['statistics']
  if (typeof evaluated !== 'number' || typeof held !== 'number') return null
  const meta = isObject(report['meta']) ? report['meta'] : {}
  const severity = meta['highest_failing_severity']
  return {
    success: report['success'] === true,
    evaluated_expectations: evaluated,
    successful_expectations: held,
    highest_failing_severity: typeof severity === 'string' ? severity : null,
  }
}

async function readCalibration(path: string): Promise<readonly CalibrationPoint[]> {
  const text = await missingIsUndefined(readText(path, remake))
  const lines = text?.trim().split('\n').slice(1) ?? []
  return lines.map((line) => {
    const [predicted = 0, share = 0, rows = 0] = line.split(',').map(Number)
    return { mean_predicted_probability: predicted, positive_share: share, rows }
  })
}

/** What a stage before wrote; a card of a model without it says less. */
async function readIfThere(path: string): Promise<unknown> {
  return missingIsUndefined(readJson(path, remake))
}

const remake = "make it with 'mlpt run'"

async function missingIsUndefined<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'FILE_MISSING') return undefined
    throw error
  }
}
