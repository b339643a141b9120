import { join } from 'node:path'
import { writeFolderAtomically } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { formatMetric } from '../core/format-number.ts'
import { formatJson } from '../core/json.ts'
import { nameHint } from '../core/nearest.ts'
import { createRandom } from '../core/random.ts'
import type { ModelOutput, Predictor } from '../core/predictor.ts'
import type { MetricPoint } from '../core/tracking.ts'
import { openDatabase, quotePath } from '../data/duckdb-store.ts'
import { readFeatures, type FeatureRows } from '../data/read-features.ts'
import {
  evaluateClasses,
  evaluateProbabilities,
  evaluateValues,
  formatCurve,
  type Curve,
  type Evaluation,
} from '../training/evaluate.ts'
import type { EvaluationOptions } from '../training/evaluation-report.ts'
import { costMetric, decidingMetrics } from '../training/headline-metrics.ts'
import type { ValueSettings } from '../training/metrics/value-metrics.ts'
import type { ClassOptions } from '../training/output-report.ts'
import { checkOutput } from './check-output.ts'
import { classCostsOf } from './parameters/class-costs.ts'
import { checkDecision } from './parameters/decided-output.ts'
import { checkParameters } from './parameters/check-parameters.ts'
import { checkTargets } from './check-targets.ts'
import { checkColumns, readColumnTypes } from './column-types.ts'
import { knowTexts } from './known-texts.ts'
import { layoutOf } from './layout.ts'
import { listModels } from './metrics-file.ts'
import { readModel } from './model-file.ts'
import { findOrCreateRun } from './model-run.ts'
import { pinballQuantile, type Parameters } from './parameters/parameters.ts'
import { readSlices } from './read-slices.ts'
import type { TrackedContext } from './step.ts'
import { targetColumnsOf } from './definition/target-output.ts'
import { writeJson } from '../core/json-file.ts'

/** A model and what it is worth on the test fold. */
interface MeasuredModel {
  readonly model: string
  /** SHA-256 of its ONNX file. */
  readonly digest: string
  /** Id of the tracked run. */
  readonly run: string
  readonly metrics: Evaluation['metrics']
}

/**
 * Stage 5: scores the test fold through the very ONNX file that is served,
 * writes metrics, curves and a report of slices and fairness, and logs them to the model's run.
 *
 * @param kind - the name of a folder in `models/`, which `train` or any other program wrote
 * @throws {ToolkitError} `MODEL_NOT_FOUND`, `DATA_COLUMN_MISSING`; as `readModel`, `readSlices` and `evaluateProbabilities`
 */
export async function evaluate(context: TrackedContext, kind: string): Promise<MeasuredModel> {
  const { project, directory, parameters } = context
  const layout = layoutOf(project.name)
  checkParameters(parameters, project)
  checkHasModel(kind, listModels(directory, layout))
  const model = await readModel(join(directory, layout.model(kind)))
  const place = layout.model(kind)
  checkOutput(model.predictor, project, place)
  checkDecision(model.predictor, { evaluate: parameters.evaluate, place })
  using database = await openDatabase()
  const path = join(directory, layout.features)
  const relation = `read_parquet(${quotePath(path)})`
  checkColumns(model.predictor.inputs, await readColumnTypes(database, relation), {
    model: layout.model(kind),
    table: layout.features,
  })
  const predictor = await knowTexts(database, relation, model.predictor)
  const rows = await readFeatures(database, path, {
    features: predictor.inputs,
    doubles: predictor.doubles,
    ...targetColumnsOf(project),
    testFold: parameters.split.test_fold,
    part: 'test',
  })
  checkTargets(rows, project)
  const slices = await readSlices(context, database)
  const evaluation = evaluateOutput(rows, predictor, {
    ...optionsOf(parameters.evaluate),
    quantile: pinballQuantile(parameters),
    isCount: parameters.train.boosting.objective === 'poisson',
    classCosts: classCostsOf(parameters.evaluate.costs, project.output),
    slices,
    ...(rows.weights && { weights: rows.weights }),
  })
  const runId = await findOrCreateRun(context, {
    kind,
    digest: model.predictor.digest,
    files: model.files,
  })
  await logEvaluation(context, runId, evaluation)
  await writePlots(join(directory, layout.plots(kind)), evaluation.curves)
  await writeJson(join(directory, layout.evaluation(kind)), {
    model: kind,
    digest: model.predictor.digest,
    ...evaluation.report,
  })
  await writeJson(join(directory, layout.metrics(kind)), evaluation.metrics)
  context.log(`${kind}: ${describeMetrics(evaluation.metrics, project.output)}`)
  const { digest } = model.predictor
  return { model: kind, digest, run: runId, metrics: evaluation.metrics }
}

function evaluateOutput(
  { x, y }: FeatureRows,
  predictor: Predictor,
  options: EvaluationOptions & ValueSettings & Pick<ClassOptions, 'classCosts'>,
): Evaluation {
  const { output } = predictor
  const predicted = predictor.predict(x)
  switch (output.kind) {
    case 'probability':
      return evaluateProbabilities(y, Float64Array.from(predicted), options)
    case 'value':
      return evaluateValues(y, predicted, { ...options, interval: output.interval })
    case 'classes': {
      const { classes } = output
      const matrix = { rows: x.rows, columns: classes.length, values: predicted }
      return evaluateClasses(y, matrix, { ...options, classes })
    }
  }
}

function checkHasModel(name: string, names: readonly string[]): void {
  if (names.includes(name)) return
  const hint =
    names.length === 0 ? "make one with 'mlpt run'" : nameHint(name, names, 'model folders')
  throw new ToolkitError('MODEL_NOT_FOUND', `there is no model folder 'models/${name}'`, { hint })
}

function optionsOf(section: Parameters['evaluate']): Omit<EvaluationOptions, 'slices'> {
  return {
    random: createRandom(section.seed),
    replicates: section.replicates,
    sliceReplicates: section.slice_replicates,
    level: section.confidence_level,
    threshold: section.threshold,
    liftShare: section.lift_share,
    costs: {
      falsePositive: section.false_positive_cost,
      falseNegative: section.false_negative_cost,
    },
    minSliceRows: section.min_slice_rows,
  }
}

function describeMetrics(metrics: Evaluation['metrics'], { kind }: ModelOutput): string {
  return decidingMetrics(kind, Object.hasOwn(metrics, costMetric))
    .map((name) => `${name} ${formatMetric(metrics[name]!)}`)
    .join(', ')
}

async function writePlots(
  directory: string,
  curves: Readonly<Record<string, Curve>>,
): Promise<void> {
  const files = Object.entries(curves).map(
    ([name, curve]) => [`${name}.csv`, formatCurve(curve)] as const,
  )
  await writeFolderAtomically(directory, new Map(files))
}

async function logEvaluation(
  context: TrackedContext,
  runId: string,
  evaluation: Evaluation,
): Promise<void> {
  const timestamp = context.now()
  const points = Object.entries(evaluation.metrics).map(([key, value]): MetricPoint => ({
    key,
    value,
    timestamp,
    step: 0,
  }))
  const encoder = new TextEncoder()
  const curves = Object.entries(evaluation.curves).map(([name, curve]) => {
    const points2d = { points: curve.rows.map((row) => row.slice(0, 2)) }
    return [`${name}.json`, encoder.encode(JSON.stringify(points2d))] as const
  })
  await context.tracking.logMetrics(runId, points)
  await context.tracking.logArtifacts(runId, 'curves', new Map(curves))
  const report = encoder.encode(formatJson(evaluation.report))
  await context.tracking.logArtifacts(runId, 'evaluation', new Map([['report.json', report]]))
}
