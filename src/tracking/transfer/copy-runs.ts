/** Runs on their way: first all are opened, so that they can name each other, then each is filled. */

import type { MetricPoint, Pairs, Run } from '../../core/tracking.ts'
import { forEachAtOnce } from './at-once.ts'
import { copyFiles, listReachableFiles } from './copy-artifacts.ts'
import type { CopySession } from './copy-session.ts'
import { copiedFromTag, originOf, type Moved, type MovedIds } from './moved-ids.ts'
import { countRun, readRunContents, type RunContents } from './run-contents.ts'
import { isSameCounts } from './tally.ts'
import type { TransferSource } from './transfer-source.ts'

/** A run and where it goes. */
export interface RunCopy {
  readonly fromId: string
  /** `undefined` in a dry run, when there is no copy yet. */
  readonly toId: string | undefined
  /** Opened by this copy: it holds nothing yet. */
  readonly isNew: boolean
  readonly isDeletedThere: boolean
  /** Deleted in the target too when all is done. */
  readonly isDeleted: boolean
}

const runNameTag = 'mlflow.runName'
const batchPoints = 1000
const batchPairs = 100

/** Finds the copies of an experiment's runs, and opens those that are missing. */
export async function openRunCopies(
  session: CopySession,
  experiment: { readonly fromId: string; readonly toId: string | undefined },
  moved: Map<string, Moved>,
): Promise<readonly RunCopy[]> {
  const known = await findCopies(session, experiment.toId)
  const copies: RunCopy[] = []
  const runs = session.source.listRuns(experiment.fromId, session.since)
  await forEachAtOnce(runs, async (run) => {
    const there = known.get(originOf(run.runId, run.tags))
    const isNew = there === undefined && !session.isDryRun
    const copy = isNew ? await openCopy(session, run, experiment.toId!) : there
    copies.push({
      fromId: run.runId,
      toId: copy?.runId,
      isNew,
      isDeletedThere: copy?.lifecycleStage === 'deleted',
      isDeleted: run.lifecycleStage === 'deleted',
    })
    if (copy === undefined) return
    moved.set(run.runId, {
      fromId: run.runId,
      toId: copy.runId,
      fromUri: run.artifactUri,
      toUri: copy.artifactUri,
    })
  })
  return copies
}

/** Runs of the target by their origins. */
async function findCopies(
  { present }: CopySession,
  experimentId: string | undefined,
): Promise<ReadonlyMap<string, Run>> {
  const known = new Map<string, Run>()
  if (experimentId === undefined) return known
  for await (const run of present.listRuns(experimentId, undefined)) {
    known.set(originOf(run.runId, run.tags), run)
  }
  return known
}

async function openCopy({ target }: CopySession, run: Run, experimentId: string): Promise<Run> {
  return target.createRun({
    experimentId,
    runName: run.runName === '' ? undefined : run.runName,
    userId: run.userId,
    startTime: run.startTime,
    tags: { [copiedFromTag]: originOf(run.runId, run.tags) },
  })
}

/** Copies what the copy of a run lacks, and counts it before and after. */
export async function copyRun(session: CopySession, copy: RunCopy, ids: MovedIds): Promise<void> {
  const { source, tally } = session
  const run = await source.getRun(copy.fromId)
  const files = await listReachableFiles(session, source, { runId: run.runId })
  const wanted = withName(run, await readRunContents(source, run, { ids, files }))
  const found = countRun(wanted, wanted)
  const { toId } = copy
  if (toId === undefined) return tally.add({ found, before: {}, after: {} })
  const there = await readCopy(session, toId, wanted)
  const before = copy.isNew ? {} : countRun(wanted, there)
  if (session.isDryRun || isSameCounts(found, before) || !(await openForWriting(session, copy))) {
    return tally.add({ found, before, after: before })
  }
  try {
    await fillRun(session, { run, toId, wanted, there }, ids)
  } finally {
    tally.add({ found, before, after: countRun(wanted, await readCopy(session, toId, wanted)) })
  }
}

/** What the target has; its files only when there are some to compare them with. */
async function readCopy(
  session: CopySession,
  runId: string,
  wanted: RunContents,
): Promise<RunContents> {
  const { present } = session
  const files =
    wanted.files.size === 0 ? wanted.files : await listReachableFiles(session, present, { runId })
  return readRunContents(present, await present.getRun(runId), { ids: undefined, files })
}

/** The name is a tag too; a run that had none got one. */
function withName(run: Run, contents: RunContents): RunContents {
  const { [runNameTag]: _name, ...tags } = contents.tags
  return { ...contents, tags: run.runName === '' ? tags : { ...tags, [runNameTag]: run.runName } }
}

/**
 * Whether the copy may be written to: one that is deleted like its original is restored for the
 * time, one that was only thrown away in the target stays as it is.
 */
export async function openForWriting({ target }: CopySession, copy: RunCopy): Promise<boolean> {
  if (!copy.isDeletedThere) return true
  if (!copy.isDeleted || copy.toId === undefined) return false
  await target.restoreRun(copy.toId)
  return true
}

interface Filling {
  readonly run: Run
  readonly toId: string
  readonly wanted: RunContents
  readonly there: RunContents
}

/** Each step may be done twice: a copy that was killed goes on here. */
async function fillRun(
  session: CopySession,
  { run, toId, wanted, there }: Filling,
  ids: MovedIds,
): Promise<void> {
  const { target } = session
  const tags = cutPairs(without(wanted.tags, there.tags))
  const params = cutPairs(without(wanted.params, there.params))
  for (let i = 0; i < Math.max(tags.length, params.length); i++) {
    await target.logBatch(toId, { tags: tags[i] ?? {}, params: params[i] ?? {} })
  }
  await copyInputs(session, run, toId, ids)
  const incomplete = [...wanted.points].filter(([key, count]) => there.points.get(key) !== count)
  await copyHistories(
    session,
    { fromId: run.runId, toId },
    incomplete.map(([key]) => key),
  )
  const owners = { from: { runId: run.runId }, to: { runId: toId } }
  await copyFiles(session, owners, wanted.files, there.files)
  await target.updateRun(toId, { status: run.status, endTime: run.endTime })
}

async function copyInputs(
  { target }: CopySession,
  { inputs, outputs }: Run,
  toId: string,
  ids: MovedIds,
): Promise<void> {
  const modelIds = inputs.modelIds.flatMap((modelId) => ids.models.get(modelId)?.toId ?? [])
  if (inputs.datasets.length + modelIds.length > 0) {
    await target.logInputs(toId, { datasets: inputs.datasets, modelIds })
  }
  const made = outputs.flatMap(({ modelId, step }) => {
    const moved = ids.models.get(modelId)
    return moved === undefined ? [] : [{ modelId: moved.toId, step }]
  })
  if (made.length > 0) await target.logOutputs(toId, made)
}

/** As many points at once as a server takes; one that is there already stays one point. */
async function copyHistories(
  { source, target }: CopySession,
  { fromId, toId }: { readonly fromId: string; readonly toId: string },
  keys: readonly string[],
): Promise<void> {
  let waiting: MetricPoint[] = []
  for await (const point of readPoints(source, fromId, keys)) {
    waiting.push(point)
    if (waiting.length < batchPoints) continue
    await target.logMetrics(toId, waiting)
    waiting = []
  }
  if (waiting.length > 0) await target.logMetrics(toId, waiting)
}

async function* readPoints(
  source: TransferSource,
  runId: string,
  keys: readonly string[],
): AsyncGenerator<MetricPoint> {
  for (const key of keys) {
    for await (const page of source.readHistory(runId, key)) {
      for (const { value, timestamp, step } of page) yield { key, value, timestamp, step }
    }
  }
}

/** The pairs that the target has not, or with another value. */
export function without(wanted: Pairs, there: Pairs): Pairs {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => there[key] !== value))
}

/** As many at once as a server takes. */
export function cutPairs(pairs: Pairs): readonly Pairs[] {
  const entries = Object.entries(pairs)
  return Array.from({ length: Math.ceil(entries.length / batchPairs) }, (_, i) =>
    Object.fromEntries(entries.slice(i * batchPairs, (i + 1) * batchPairs)),
  )
}
