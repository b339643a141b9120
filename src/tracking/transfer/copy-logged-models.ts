/** Logged models on their way, and what runs measured of them. */

import type { LoggedModel, MetricPoint } from '../../core/tracking.ts'
import { copyFiles, listReachableFiles } from './copy-artifacts.ts'
import { cutPairs, openForWriting, without, type RunCopy } from './copy-runs.ts'
import type { CopySession } from './copy-session.ts'
import { copiedFromTag, moveTags, originOf, type Moved, type MovedIds } from './moved-ids.ts'
import { countFiles, countPairs } from './run-contents.ts'
import { isSameCounts, type Counts } from './tally.ts'

/** A logged model and where it goes. */
export interface LoggedModelCopy {
  readonly model: LoggedModel
  /** `undefined` in a dry run, when there is no copy yet. */
  readonly there: LoggedModel | undefined
  readonly isNew: boolean
}

/** Finds the copies of an experiment's logged models, and creates those that are missing. */
export async function openLoggedModelCopies(
  session: CopySession,
  experiment: { readonly fromId: string; readonly toId: string | undefined },
  ids: MovedIds & { readonly models: Map<string, Moved> },
): Promise<readonly LoggedModelCopy[]> {
  const known = await findCopies(session, experiment.toId)
  const copies: LoggedModelCopy[] = []
  for await (const model of session.source.listLoggedModels(experiment.fromId)) {
    // Chosen runs bring their models.
    if (session.since !== undefined && !ids.runs.has(model.sourceRunId)) continue
    const found = known.get(originOf(model.modelId, model.tags))
    const isNew = found === undefined && !session.isDryRun
    const there = isNew ? await openCopy(session, model, experiment.toId!, ids) : found
    copies.push({ model, there, isNew })
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
  const known = new Map<string, LoggedModel>()
  if (experimentId === undefined) return known
  for await (const model of present.listLoggedModels(experimentId)) {
    known.set(originOf(model.modelId, model.tags), model)
  }
  return known
}

async function openCopy(
  { target }: CopySession,
  model: LoggedModel,
  experimentId: string,
  ids: MovedIds,
): Promise<LoggedModel> {
  return target.createLoggedModel({
    experimentId,
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
  { model, there, isNew }: LoggedModelCopy,
  ids: MovedIds,
): Promise<void> {
  const { source, target, tally } = session
  const owner = { modelId: model.modelId }
  const files = await listReachableFiles(session, source, owner)
  const wanted = { ...model, tags: moveTags(model.tags, ids), files }
  const found = countLoggedModel(wanted, wanted)
  if (there === undefined) return tally.add({ found, before: {}, after: {} })
  const known = await readCopy(session, there, wanted)
  const before = isNew ? {} : countLoggedModel(wanted, known)
  if (session.isDryRun || isSameCounts(found, before)) {
    return tally.add({ found, before, after: before })
  }
  const toId = there.modelId
  for (const tags of cutPairs(without(wanted.tags, there.tags))) {
    await target.setLoggedModelTags(toId, tags)
  }
  for (const params of cutPairs(without(model.params, there.params))) {
    await target.logLoggedModelParams(toId, params)
  }
  await copyFiles(session, { from: owner, to: { modelId: toId } }, files, known.files)
  if (model.status !== there.status) await target.finishLoggedModel(toId, model.status)
  const now = await readCopy(session, await target.getLoggedModel(toId), wanted)
  tally.add({ found, before, after: countLoggedModel(wanted, now) })
}

/** What the target has; its files only when there are some to compare them with. */
async function readCopy(
  session: CopySession,
  copy: LoggedModel,
  { files }: CountedModel,
): Promise<CountedModel> {
  const owner = { modelId: copy.modelId }
  if (files.size === 0) return { ...copy, files }
  return { ...copy, files: await listReachableFiles(session, session.present, owner) }
}

type CountedModel = Pick<LoggedModel, 'params' | 'tags' | 'status'> & {
  readonly files: ReadonlyMap<string, number>
}

function countLoggedModel(wanted: CountedModel, there: CountedModel): Counts {
  return {
    'logged models': wanted.status === there.status ? 1 : 0,
    params: countPairs(wanted.params, there.params),
    tags: countPairs(wanted.tags, there.tags),
    'artifact files': countFiles(wanted.files, there.files),
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

function identityOf({ key, step, timestamp, datasetName, datasetDigest }: MetricPoint): string {
  return JSON.stringify([key, step, timestamp, datasetName ?? '', datasetDigest ?? ''])
}
