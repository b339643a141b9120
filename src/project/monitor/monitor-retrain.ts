/** `on_drift: retrain`: new data out of the log, and a run of the pipeline, whose gates decide. */

import { ToolkitError } from '../../core/errors.ts'
import type { MonitoredTraining, TrainingWish } from '../../core/monitored-training.ts'
import type { Tracking } from '../../core/tracking.ts'
import { covers, type AlertMemory } from '../../monitoring/watch/alert-notices.ts'
import { isAboutDrift } from '../../monitoring/watch/alert-condition.ts'
import type { JudgedRule } from '../../monitoring/watch/judge-alerts.ts'
import type { LogView } from '../../monitoring/watch/open-log-store.ts'
import type { MonitoringStore } from '../../monitoring/watch/monitoring-store.ts'
import type { TrainingEnd } from '../../monitoring/watch/trainings-store.ts'
import { countNewRows, hashRefusers, writeNewData } from './monitor-retrain-file.ts'
import { describeEnd, findChampion, type PipelineEnd } from './monitor-verdict-file.ts'
import { countWaitingRows, type WaitingMemory } from './monitor-waiting-file.ts'
import type { StepContext } from '../step.ts'

/** What came of it: none was begun, or what the one that was came to. */
export type Training = TrainingWish | MonitoredTraining

/** What a training works with. */
export interface TrainingWorld {
  readonly context: StepContext & {
    readonly model: string
    readonly runPipeline: () => Promise<PipelineEnd>
    readonly openTracking: () => Promise<Tracking>
    readonly now: () => number
  }
  readonly log: LogView
  readonly store: MonitoringStore
}

/** An alert that leads to a training, and the moment of the log that does. */
interface Cause {
  readonly name: string
  readonly moment: number
  /** Whether it has begun, and nobody has said that it is over. */
  readonly hasBegun: boolean
  /** Until when it has to wait, milliseconds since 1970. */
  readonly coolUntil: number
}

/**
 * Trains once for each episode of an alert about drift or performance; not for one about quality, because data that is broken
 * is nothing to learn from. What was begun is kept before it begins: of a process that was killed, the next one goes on.
 */
export async function retrainIfDue(
  rules: readonly JudgedRule[],
  world: TrainingWorld,
): Promise<Training | undefined> {
  const { context, log, store } = world
  const { model, parameters } = context
  const refusers = await hashRefusers(context)
  const causes = rules.flatMap((judged) => {
    const cause = findCause(judged, store.readMemory(model, judged.rule.name), refusers)
    return cause === undefined ? [] : [cause]
  })
  const due = causes.filter(({ coolUntil }) => coolUntil <= context.now())
  if (due.length === 0) return describeCooling(causes)
  const alerts = due.map(({ name }) => name)
  const hasBegun = due.some((cause) => cause.hasBegun)
  const leastRows = hasBegun ? 0 : parameters.monitor.retrainMinRows
  const counts: WaitingMemory = {
    read: () => store.readWaiting(model),
    save: (counted) => store.saveWaiting(model, counted),
  }
  const known = hasBegun ? Infinity : await countWaitingRows(context, log, counts)
  // All of the log is read once it may be enough.
  const newRows = known < leastRows ? known : await countNewRows(context, log)
  if (newRows < leastRows) return { state: 'waits', alerts, newRows, leastRows }
  return train(due, newRows, world)
}

async function train(
  due: readonly Cause[],
  newRows: number,
  world: TrainingWorld,
): Promise<MonitoredTraining> {
  const { context, store } = world
  const { model } = context
  for (const { name, moment } of due) {
    store.saveMemory(model, name, { ...store.readMemory(model, name), retraining: moment })
  }
  const alerts = due.map(({ name }) => name)
  const id = store.beginTraining(model, { alerts, startTime: context.now(), newRows })
  const end = await workOrFail(newRows, world)
  const training = store.endTraining({ model, id }, { ...end, endTime: context.now() })
  if (end.state !== 'failed') closeCauses(due, world, await listMarks(end, world))
  return training
}

/** What keeps the episode from training once more. */
type Marks = Pick<AlertMemory, 'retrainedAt' | 'refusedBy'>

async function listMarks(
  { runId, state }: TrainingEnd,
  { context }: TrainingWorld,
): Promise<Marks> {
  const isOfRows = state === 'refused' && runId === undefined
  return {
    retrainedAt: context.now(),
    ...(isOfRows && { refusedBy: await hashRefusers(context) }),
  }
}

function closeCauses(due: readonly Cause[], { context, store }: TrainingWorld, marks: Marks): void {
  const { model } = context
  for (const { name, moment } of due) {
    const { retraining: _over, refusedBy: _before, ...memory } = store.readMemory(model, name)
    store.saveMemory(model, name, { ...memory, retrained: moment, ...marks })
  }
}

/** What cannot be done is what came of it; a bug is none, and the next look goes on. */
async function workOrFail(newRows: number, world: TrainingWorld): Promise<TrainingEnd> {
  try {
    return await work(newRows, world)
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return {
      state: 'failed',
      newRows,
      reasons: [describeError(error)],
      next: 'the next look tries again',
    }
  }
}

/** In one sentence. */
export function describeError({ message, hint }: ToolkitError): string {
  return hint === undefined ? message : `${message} (${hint})`
}

async function work(waiting: number, { context, log }: TrainingWorld): Promise<TrainingEnd> {
  const written = waiting === 0 ? { newRows: 0, refusals: [] } : await writeNewData(context, log)
  const { newRows, refusals } = written
  if (refusals.length > 0) {
    return {
      state: 'refused',
      newRows,
      stage: 'new rows',
      reasons: refusals.slice(0, shownReasons),
      next: 'nothing was changed. If they are broken, mend what sends them and leave their time out (monitor.retrain_without); if the world is so now, widen the expectation. The next look then tries again',
    }
  }
  const championBefore = await findChampion(context)
  const end = await context.runPipeline()
  return { newRows, ...(await describeEnd(context, end, championBefore)) }
}

const shownReasons = 20

/** What leads to a training of this rule, if anything does that none has come of yet. */
function findCause(
  { rule, episodes }: JudgedRule,
  { retrained, retraining, retrainedAt = -Infinity, refusedBy }: AlertMemory,
  refusers: string,
): Cause | undefined {
  const { name, trigger, coolDownMs } = rule
  if (retraining !== undefined) return { name, moment: retraining, hasBegun: true, coolUntil: 0 }
  const latest = episodes.at(-1)
  if (latest?.isOpen !== true || trigger.kind !== 'condition' || !isAboutDrift(trigger.condition))
    return undefined
  const cause = { name, moment: latest.to, hasBegun: false }
  // Somebody has changed what refused the new rows: they are asked once more, and at once.
  if (refusedBy !== undefined && refusedBy !== refusers) return { ...cause, coolUntil: 0 }
  if (covers(latest, retrained)) return undefined
  return { ...cause, coolUntil: retrainedAt + coolDownMs }
}

/** An alert fires anew soon after a training: that is told, since nobody would know why nothing follows. */
function describeCooling(causes: readonly Cause[]): TrainingWish | undefined {
  if (causes.length === 0) return undefined
  const until = new Date(Math.min(...causes.map(({ coolUntil }) => coolUntil))).toISOString()
  return {
    state: 'waits',
    alerts: causes.map(({ name }) => name),
    reason: `the cool-down after the last training lasts until ${until.slice(0, 19)}Z`,
  }
}
