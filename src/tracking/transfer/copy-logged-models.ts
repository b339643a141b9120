/** Logged models on their way, and what runs measured of them. */

import type { LoggedModel, MetricPoint } from '../../core/tracking.ts'
import { comparable } from './compare-points.ts'
import { compareFiles, copyFiles, listReachableFiles } from './copy-artifacts.ts'
import type { ExperimentCopy } from './copy-experiments.ts'
import { cutPairs, without } from './copy-pairs.ts'
import { openForWriting, type RunCopy } from './copy-runs.ts'
import type { CopySession } from './copy-session.ts'
import {
  copiedFromTag,
  indexByOrigin,
  moveTags,
  originOf,
  type Moved,
  type MovedIds,
} from './moved-ids.ts'
import { countPairs } from './run-contents.ts'
import { isSameCounts, type Counts } from './tally.ts'

/** A logged model and where it goes. */
export interface LoggedModelCopy {
  readonly model: LoggedModel
  /** `undefined` in a dry run, when there is no copy yet. */
  readonly there: LoggedModel | undefined
  readonly experiment: ExperimentCopy
  readonly isNew: boolean
}

/** Finds the copies of an experiment's logged models, and creates those that are missing. */
export async function openLoggedModelCopies(
  session: CopySession,
  experiment: ExperimentCopy,
  ids: MovedIds & { readonly models: Map<string, Moved> },
): Promise<readonly LoggedModelCopy[]> {
  const known = await findCopies(session, experiment.toId)
  const copies: LoggedModelCopy[] = []
  for await (const model of session.source.listLoggedModels(experiment.fromId)) {
    // Chosen runs bring their models.
    if (session.since !== undefined && !ids.runs.has(model.sourceRunId)) continue
    const found = known.get(originOf(model.modelId, model.tags))
    const isNew = found === undefined && !session.isDryRun
    const there = isNew ? await openCopy(session, model, { experiment, ids }) : found
    copies.push({ model, there, experiment, isNew })
    if (there === undefined) continue
    ids.models.set(model.modelId, {
      fromId: model.modelId,
      toId: there.modelId,
      fromUri: model.artifactUri,
      toUri: there.artifactUri,
    })
  }
  return copies
}

async function findCopies(
  { present }: CopySession,
  experimentId: string | undefined,
): Promise<ReadonlyMap<string, LoggedModel>> {
  if (experimentId === undefined) return new Map()
  return indexByOrigin(present.listLoggedModels(experimentId), ({ modelId }) => modelId)
}

async function openCopy(
  { target }: CopySession,
  model: LoggedModel,
  { experiment, ids }: { readonly experiment: ExperimentCopy; readonly ids: MovedIds },
): Promise<LoggedModel> {
  await experiment.wake()
  return target.createLoggedModel({
    experimentId: experiment.toId!,
    name: model.name === '' ? undefined : model.name,
    modelType: model.modelType === '' ? undefined : model.modelType,
    sourceRunId: ids.runs.get(model.sourceRunId)?.toId,
    params: model.params,
    tags: {
      ...moveTags(model.tags, ids),
      [copiedFromTag]: originOf(model.modelId, model.tags),
    },
  })
}

/** Copies what the copy of a logged model lacks, and counts it before and after. */
export async function copyLoggedModel(
  session: CopySession,
  { model, there, experiment, isNew }: LoggedModelCopy,
  ids: MovedIds,
): Promise<void> {
  const { source, target, tally } = session
  const files = await listReachableFiles(session, source, { modelId: model.modelId })
  const wanted = { ...model, tags: moveTags(model.tags, ids) }
  const found = countLoggedModel(wanted, wanted, files.size)
  if (there === undefined) return tally.add({ found, before: {}, after: {} })
  const toId = there.modelId
  const owners = { from: { modelId: model.modelId }, to: { modelId: toId } }
  const known = isNew ? new Set<string>() : await compareFiles(session, owners, files)
  const before = isNew ? {} : countLoggedModel(wanted, there, known.size)
  if (session.isDryRun || isSameCounts(found, before)) {
    return tally.add({ found, before, after: before })
  }
  await experiment.wake()
  for (const tags of cutPairs(without(wanted.tags, there.tags))) {
    await target.setLoggedModelTags(toId, tags)
  }
  for (const params of cutPairs(without(model.params, there.params))) {
    await target.logLoggedModelParams(toId, params)
  }
  const missing = files.entries().filter(([path]) => !known.has(path))
  const proved = known.union(await copyFiles(session, owners, missing))
  if (model.status !== there.status) await target.finishLoggedModel(toId, model.status)
  const now = await target.getLoggedModel(toId)
  tally.add({ found, before, after: countLoggedModel(wanted, now, proved.size) })
}

type CountedModel = Pick<LoggedModel, 'params' | 'tags' | 'status'>

function countLoggedModel(wanted: CountedModel, there: CountedModel, files: number): Counts {
  return {
    'logged models': wanted.status === there.status ? 1 : 0,
    params: countPairs(wanted.params, there.params),
    tags: countPairs(wanted.tags, there.tags),
    'artifact files': files,
  }
}

/** Says again, in the runs that measured it, which of their points are a logged model's. */
export async function copyModelMetrics(
  session: CopySession,
  { model, there }: LoggedModelCopy,
  runs: ReadonlyMap<string, RunCopy>,
): Promise<void> {
  const { target, tally } = session
  // A metric of a run that was not copied stays behind with it.
  const wanted = model.metrics.filter(({ runId }) => runs.has(runId ?? model.sourceRunId))
  const found = { 'model metrics': wanted.length }
  if (there === undefined) return tally.add({ found, before: {}, after: {} })
  const count = (copy: LoggedModel): Counts => ({
    'model metrics': wanted.length - missingFrom(wanted, copy.metrics).length,
  })
  const before = count(there)
  if (session.isDryRun) return tally.add({ found, before, after: before })
  for (const point of missingFrom(wanted, there.metrics)) {
    const run = runs.get(point.runId ?? model.sourceRunId)!
    if (run.toId === undefined || !(await openForWriting(session, run))) continue
    await target.logMetrics(run.toId, [{ ...point, runId: undefined, modelId: there.modelId }])
  }
  tally.add({ found, before, after: count(await target.getLoggedModel(there.modelId)) })
}

function missingFrom(
  wanted: readonly MetricPoint[],
  there: readonly MetricPoint[],
): readonly MetricPoint[] {
  const known = new Set(there.map(identityOf))
  return wanted.filter((point) => !known.has(identityOf(point)))
}

function identityOf(point: MetricPoint): string {
  const { key, value, step, timestamp, datasetName = '', datasetDigest = '' } = point
  // As text, because JSON has no NaN.
  const valueText = String(comparable(value))
  return JSON.stringify([key, valueText, step, timestamp, datasetName, datasetDigest])
}
