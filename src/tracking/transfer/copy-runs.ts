/** Runs on their way: first all are opened, so that they can name each other, then each is filled. */

import type { Run } from '../../core/tracking.ts'
import { runNameTag } from '../store/runs/run-rules.ts'
import { forEachAtOnce } from '../at-once.ts'
import { compareFiles, copyFiles, listReachableFiles, type FileSizes } from './copy-artifacts.ts'
import type { ExperimentCopy } from './copy-experiments.ts'
import { compareHistories, copyHistories } from './copy-histories.ts'
import { cutPairs, without } from './copy-pairs.ts'
import type { CopySession } from './copy-session.ts'
import { copiedFromTag, indexByOrigin, originOf, type Moved, type MovedIds } from './moved-ids.ts'
import {
  contentsOf,
  countRun,
  sumPoints,
  type ComparedHistories,
  type RunContents,
} from './run-contents.ts'
import { isSameCounts, type Counts } from './tally.ts'

/** A run and where it goes. */
export interface RunCopy {
  readonly fromId: string
  /** `undefined` in a dry run, when there is no copy yet. */
  readonly toId: string | undefined
  readonly experiment: ExperimentCopy
  /** Opened by this copy: it holds nothing yet. */
  readonly isNew: boolean
  readonly isDeletedThere: boolean
  /** Deleted in the target too when all is done. */
  readonly isDeleted: boolean
}

/** Finds the copies of an experiment's runs, and opens those that are missing. */
export async function openRunCopies(
  session: CopySession,
  experiment: ExperimentCopy,
  moved: Map<string, Moved>,
): Promise<readonly RunCopy[]> {
  const known = await findCopies(session, experiment.toId)
  const copies: RunCopy[] = []
  const runs = session.source.listRuns(experiment.fromId, session.since)
  await forEachAtOnce(runs, async (run) => {
    const there = known.get(originOf(run.runId, run.tags))
    const isNew = there === undefined && !session.isDryRun
    const copy = isNew ? await openCopy(session, run, experiment) : there
    copies.push({
      fromId: run.runId,
      toId: copy?.runId,
      experiment,
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
  if (experimentId === undefined) return new Map()
  return indexByOrigin(present.listRuns(experimentId, undefined), ({ runId }) => runId)
}

async function openCopy(
  { target }: CopySession,
  run: Run,
  experiment: ExperimentCopy,
): Promise<Run> {
  await experiment.wake()
  return target.createRun({
    experimentId: experiment.toId!,
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
  const content = { run, wanted: withName(run, ids), files }
  const state = await readCopyState(session, copy, content)
  const before = copy.isNew ? {} : countState(state)
  const { toId } = copy
  if (toId === undefined || session.isDryRun || isSameCounts(countFound(state), before)) {
    return tally.add({ found: countFound(state), before, after: before })
  }
  if (!copy.isNew && !(await openForWriting(session, copy))) {
    return tally.add({ found: countFound(state), before, after: before })
  }
  const count = (after: CopyState): void =>
    tally.add({ found: countFound(after), before, after: countState(after) })
  try {
    count(await fillRun(session, { toId, state }, ids))
  } catch (error) {
    // What came before the error is there, and counts.
    count(await readCopyState(session, { ...copy, isNew: false }, content))
    throw error
  }
}

/** What is to be copied of a run, and what is known to be in the copy. */
interface CopyState {
  readonly run: Run
  readonly wanted: RunContents
  readonly files: FileSizes
  readonly there: RunContents | undefined
  readonly histories: ComparedHistories
  readonly provedFiles: ReadonlySet<string>
}

/** Of a new copy nothing is read: it holds nothing yet. */
async function readCopyState(
  session: CopySession,
  { toId, isNew }: RunCopy,
  content: Pick<CopyState, 'run' | 'wanted' | 'files'>,
): Promise<CopyState> {
  const { run, files } = content
  const keys = run.metrics.map(({ key }) => key)
  if (isNew) {
    // How many there are is counted when they are sent.
    const histories = new Map(keys.map((key) => [key, { found: 1, same: 0 }]))
    return { ...content, there: undefined, histories, provedFiles: new Set() }
  }
  const histories = await compareHistories(session, { fromId: run.runId, toId }, keys)
  if (toId === undefined) return { ...content, there: undefined, histories, provedFiles: new Set() }
  const owners = { from: { runId: run.runId }, to: { runId: toId } }
  return {
    ...content,
    there: contentsOf(await session.present.getRun(toId)),
    histories,
    provedFiles: await compareFiles(session, owners, files),
  }
}

function countFound({ wanted, histories, files }: CopyState): Counts {
  return countRun(wanted, wanted, { points: sumPoints(histories, 'found'), files: files.size })
}

function countState({ wanted, there, histories, provedFiles }: CopyState): Counts {
  if (there === undefined) return {}
  const points = sumPoints(histories, 'same')
  return countRun(wanted, there, { points, files: provedFiles.size })
}

/** The name is a tag too; a run that had none got one. */
function withName(run: Run, ids: MovedIds): RunContents {
  const contents = contentsOf(run, ids)
  const { [runNameTag]: _name, ...tags } = contents.tags
  return { ...contents, tags: run.runName === '' ? tags : { ...tags, [runNameTag]: run.runName } }
}

/**
 * Whether the copy may be written to: one that is deleted like its original is restored for the
 * time, one that was only thrown away in the target stays as it is.
 */
export async function openForWriting({ target }: CopySession, copy: RunCopy): Promise<boolean> {
  // All runs of an experiment are restored with it.
  if (await copy.experiment.wake()) return true
  if (!copy.isDeletedThere) return true
  if (!copy.isDeleted || copy.toId === undefined) return false
  await target.restoreRun(copy.toId)
  return true
}

interface Filling {
  readonly toId: string
  readonly state: CopyState
}

/**
 * Each step may be done twice: a copy that was killed goes on here.
 *
 * @returns what is proved to be there now
 */
async function fillRun(
  session: CopySession,
  { toId, state }: Filling,
  ids: MovedIds,
): Promise<CopyState> {
  const { target } = session
  const { run, wanted, there, files, provedFiles } = state
  const tags = cutPairs(without(wanted.tags, there?.tags ?? {}))
  const params = cutPairs(without(wanted.params, there?.params ?? {}))
  for (let i = 0; i < Math.max(tags.length, params.length); i++) {
    await target.logBatch(toId, { tags: tags[i] ?? {}, params: params[i] ?? {} })
  }
  await copyInputs(session, run, toId, ids)
  const incomplete = [...state.histories].filter(([, { found, same }]) => same < found)
  const keys = incomplete.map(([key]) => key)
  const sent = await copyHistories(session, { fromId: run.runId, toId }, keys)
  const owners = { from: { runId: run.runId }, to: { runId: toId } }
  const missing = files.entries().filter(([path]) => !provedFiles.has(path))
  const copied = await copyFiles(session, owners, missing)
  await target.updateRun(toId, { status: run.status, endTime: run.endTime })
  return {
    ...state,
    there: contentsOf(await session.present.getRun(toId)),
    histories: new Map([...state.histories, ...sent]),
    provedFiles: provedFiles.union(copied),
  }
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
