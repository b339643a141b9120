/** What came of a run of the pipeline that monitoring has begun: which stage said no and why, or what the gates decided. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { JudgedGate, TrainingVerdict } from '../../core/monitored-training.ts'
import type { Tracking } from '../../core/tracking.ts'
import type { TrainingEnd } from '../../monitoring/watch/trainings-store.ts'
import { championAlias, isVerdict, registryTags, type Verdict } from '../../training/registry.ts'
import { layoutOf } from '../layout.ts'
import { readJson } from '../report-file.ts'
import type { StepContext } from '../step.ts'

/** How a run of the pipeline ended. */
export interface PipelineEnd {
  readonly exitCode: number
  /** In the history of runs. */
  readonly runId?: number
  /** The stage that failed, where one did. */
  readonly stage?: string
  /** What it, or the run, said to be wrong, a sentence each. */
  readonly reasons: readonly string[]
}

type VerdictContext = StepContext & {
  readonly model: string
  readonly openTracking: () => Promise<Tracking>
}

/** The version that the alias names; `undefined` when there is none. */
export async function findChampion({
  model,
  openTracking,
}: VerdictContext): Promise<string | undefined> {
  await using tracking = await openTracking()
  return await findAliased(tracking, model)
}

async function findAliased(tracking: Tracking, model: string): Promise<string | undefined> {
  return (await tracking.findModelVersion(model, championAlias))?.version
}

/** Puts together what came of it. */
export async function describeEnd(
  context: VerdictContext,
  { exitCode, runId, stage, reasons }: PipelineEnd,
  championBefore: string | undefined,
): Promise<Omit<TrainingEnd, 'newRows'>> {
  const isJudged = exitCode === 0 || (exitCode === 3 && stage === 'promote')
  const verdict = isJudged ? await readVerdict(context, championBefore) : undefined
  const state = exitCode === 0 ? 'done' : exitCode === 3 ? 'refused' : 'failed'
  const next = state === 'done' ? undefined : adviceFor(context, stage, state)
  return {
    state,
    ...(runId !== undefined && { runId }),
    ...(stage !== undefined && { stage }),
    reasons,
    ...(verdict !== undefined && { verdict }),
    ...(next !== undefined && { next }),
  }
}

function adviceFor(
  { project }: VerdictContext,
  stage: string | undefined,
  state: 'refused' | 'failed',
): string {
  const { promotionPage, validationPage, suite } = layoutOf(project.name)
  if (state === 'failed') return 'the next look tries again'
  const again = "the new rows are in the project, so that 'mlpt run' tries again"
  if (stage === 'promote')
    return `see ${promotionPage}; ${again} once the model, or the gate, is another`
  if (stage === 'validate')
    return `see ${validationPage}; mend the data, or ${suite} and the checks of params.yaml: ${again}`
  return again
}

/** @returns `undefined` where the pipeline decides on no promotion */
async function readVerdict(
  { directory, project, model, openTracking }: VerdictContext,
  championBefore: string | undefined,
): Promise<TrainingVerdict | undefined> {
  const path = join(directory, layoutOf(project.name).promotion)
  const verdict = existsSync(path) ? await readJson(path, "make it with 'mlpt run'") : undefined
  if (!isVerdict(verdict)) return undefined
  const { decision, reason, challenger, gates = [] } = verdict
  await using tracking = await openTracking()
  const champion = await findAliased(tracking, model)
  const version = await findVersion(tracking, model, challenger)
  return {
    decision,
    reason,
    kind: challenger.kind,
    gates: gates.map(({ gate, passed, value, limit }): JudgedGate => ({
      gate,
      passed,
      value,
      limit,
    })),
    ...(version !== undefined && { version }),
    ...(championBefore !== undefined && { championBefore }),
    ...(champion !== undefined && { champion }),
  }
}

/** The newest version of these bytes. */
async function findVersion(
  tracking: Tracking,
  model: string,
  { digest }: Verdict['challenger'],
): Promise<string | undefined> {
  const versions = await tracking.listModelVersions(model)
  return versions.find(({ tags }) => tags[registryTags.digest] === digest)?.version
}
