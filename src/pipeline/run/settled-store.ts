/** Watches over outputs that a run has done with: a stage that writes to them makes their record a false one. */

import { statSync } from 'node:fs'
import { ToolkitError } from '../../core/errors.ts'
import { isAbsent, readError } from '../repository/text-file.ts'
import { nameStage } from '../stages/graph.ts'
import type { Output, Stage } from '../stages/stage.ts'
import type { Outcome } from './events.ts'
import type { StageRun } from './stage-run.ts'

/** The outputs of the stages of one run that have ended well, and when each stage was at work. */
export interface SettledOutputs {
  /** Looks at what a stage has written, or was found to have. */
  settle(stage: Stage, end: StageEnd): Promise<void>
  /** An error that names each output which is no longer what its stage left. */
  findTrespass(): Promise<ToolkitError | undefined>
}

/** How a stage ended. Times are milliseconds since 1970. */
export interface StageEnd {
  readonly outcome: Outcome
  readonly startMs: number
  readonly endMs: number
}

interface SettledOutput {
  readonly stage: Stage
  readonly output: Output
  readonly seen: Sighting
  /** Of data that this run has recorded anew, which is not read again. */
  readonly md5: string | undefined
}

interface Work {
  readonly stage: Stage
  readonly startMs: number
  readonly endMs: number
}

/**
 * Keeps the times of files; a file is hashed again only when they differ, a folder always.
 *
 * @param run - hashes and the records in `dvc.lock`
 */
export function watchSettledOutputs(
  run: Pick<StageRun, 'cache' | 'lock' | 'lockFiles'>,
): SettledOutputs {
  const settled: SettledOutput[] = []
  const works: Work[] = []
  return {
    settle: async (stage, { outcome, startMs, endMs }) => {
      if (outcome === 'ran' || outcome === 'failed') works.push({ stage, startMs, endMs })
      if (outcome === 'failed') return
      const isRecordedAnew = outcome === 'saved' && stage.data !== undefined
      for (const output of stage.outputs) {
        const seen = lookAt(output.location)
        const content = isRecordedAnew
          ? await run.cache.hash(output.location, { skipsMembers: true })
          : undefined
        settled.push({ stage, output, seen, md5: content?.fingerprint.md5 })
      }
    },
    findTrespass: () =>
      run.lock.hold(async () => {
        const changed: SettledOutput[] = []
        for (const one of settled) if (await hasChanged(one, run)) changed.push(one)
        return changed.length === 0 ? undefined : trespassError(changed, works)
      }),
  }
}

interface Sighting {
  /** Differs when something was written; a folder has none, because its times say nothing of what lies below. */
  readonly stamp: string | undefined
  readonly changedMs: number | undefined
}

function lookAt(location: string): Sighting {
  try {
    const stats = statSync(location, { bigint: true, throwIfNoEntry: false })
    if (stats === undefined) return { stamp: '', changedMs: undefined }
    const { ino, size, mtimeNs, ctimeNs } = stats
    const changedMs = Number(ctimeNs / 1_000_000n)
    if (stats.isDirectory()) return { stamp: undefined, changedMs: undefined }
    return { stamp: `${ino} ${size} ${mtimeNs} ${ctimeNs}`, changedMs }
  } catch (error) {
    if (isAbsent(error)) return { stamp: '', changedMs: undefined }
    throw readError(location, error)
  }
}

async function hasChanged(
  { stage, output, seen, md5 }: SettledOutput,
  { cache, lockFiles }: Pick<StageRun, 'cache' | 'lockFiles'>,
): Promise<boolean> {
  const { stamp } = lookAt(output.location)
  if (stamp !== undefined && stamp === seen.stamp) return false
  const recorded = lockFiles.recordOf(stage)?.outputs.get(output.path)
  const expected = md5 ?? recorded?.md5
  if (expected === undefined) return false
  const isLegacy = md5 === undefined && recorded?.isLegacy === true
  const content = await cache.hash(output.location, { isLegacy, skipsMembers: true })
  return content?.fingerprint.md5 !== expected
}

function trespassError(changed: readonly SettledOutput[], works: readonly Work[]): ToolkitError {
  const writers = [...new Set(changed.flatMap((one) => findWriters(one, works)))]
  const outputs = changed.map(({ output }) => output.path)
  const names = changed.map(
    ({ stage, output }) => `'${output.path}', an output of ${nameStage(stage)},`,
  )
  const stages = [...new Set(changed.map(({ stage }) => stage))]
  const owners = stages.length === 1 ? 'the stage' : 'their stages'
  const whose =
    writers.length === 0
      ? ': another stage writes to it'
      : `, while ${writers.map(nameStage).join(' or ')} ran`
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `${names.join(' ')} changed after ${owners} had ended${whose}`,
    {
      hint: `let each stage write to outputs of its own; 'mlpt run' puts back what was overwritten`,
      details: {
        outputs,
        stages: stages.map(({ address }) => address),
        writers: writers.map(({ address }) => address),
      },
    },
  )
}

/** The clock that files are stamped with ticks every 4 to 10 ms. */
const tickMs = 20

/** The stages whose commands ran at the time of the last change; of a folder, all that came after. */
function findWriters({ stage, output, seen }: SettledOutput, works: readonly Work[]): Stage[] {
  const { changedMs } = lookAt(output.location)
  const others = works.filter((work) => work.stage !== stage)
  if (changedMs === undefined || seen.stamp === undefined) {
    const own = works.find((work) => work.stage === stage)
    const after = others.filter(({ endMs }) => own === undefined || endMs > own.endMs)
    return after.length === 1 ? after.map((work) => work.stage) : []
  }
  return others
    .filter(({ startMs, endMs }) => startMs - tickMs <= changedMs && changedMs <= endMs + tickMs)
    .map((work) => work.stage)
}
