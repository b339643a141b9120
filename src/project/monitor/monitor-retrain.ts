/** `on_drift: retrain`: new data out of the log, and a run of the pipeline, whose gates decide. */

import { covers } from '../../monitoring/watch/alert-notices.ts'
import { isAboutDrift } from '../../monitoring/watch/alert-condition.ts'
import type { JudgedRule } from '../../monitoring/watch/judge-alerts.ts'
import type { LogView } from '../../monitoring/watch/open-log-store.ts'
import type { MonitoringStore } from '../../monitoring/watch/monitoring-store.ts'
import { countNewRows, writeNewData } from './monitor-retrain-file.ts'
import { countWaitingRows, type WaitingMemory } from './monitor-waiting-file.ts'
import type { StepContext } from '../step.ts'

/** What came of it. */
export interface Training {
  /**
   * `waits`: there are too few new labelled rows; `refused`: a check or a gate of the pipeline said no, and the champion
   * stays; `failed`: the next look tries again.
   */
  readonly state: 'waits' | 'done' | 'refused' | 'failed'
  /** Names of the alerts that led to it. */
  readonly alerts: readonly string[]
  /** Labelled rows of the log that the project did not have. */
  readonly newRows: number
  /** Of the run; absent while it waits. */
  readonly exitCode?: number
  /** Why there was no run. */
  readonly reason?: string
}

/** What a training works with. */
export interface TrainingWorld {
  readonly context: StepContext & {
    readonly model: string
    readonly runPipeline: () => Promise<number>
  }
  readonly log: LogView
  readonly store: MonitoringStore
}

/**
 * Trains once for each episode of an alert about drift or performance; not for one about quality, because data that is broken
 * is nothing to learn from. What was begun is kept before it begins: of a process that was killed, the next one goes on.
 */
export async function retrainIfDue(
  rules: readonly JudgedRule[],
  { context, log, store }: TrainingWorld,
): Promise<Training | undefined> {
  const { model, parameters } = context
  const due = rules.flatMap((judged) => {
    const moment = findCause(judged, store.readMemory(model, judged.rule.name))
    return moment === undefined ? [] : [{ name: judged.rule.name, moment }]
  })
  if (due.length === 0) return undefined
  const alerts = due.map(({ name }) => name)
  const hasBegun = alerts.some((name) => store.readMemory(model, name).retraining !== undefined)
  const least = hasBegun ? 0 : parameters.monitor.retrainMinRows
  const counts: WaitingMemory = {
    read: () => store.readWaiting(model),
    save: (counted) => store.saveWaiting(model, counted),
  }
  const known = hasBegun ? Infinity : await countWaitingRows(context, log, counts)
  // All of the log is read once it may be enough.
  const waiting = known < least ? known : await countNewRows(context, log)
  if (waiting < least) return { state: 'waits', alerts, newRows: waiting }
  for (const { name, moment } of due) {
    store.saveMemory(model, name, { ...store.readMemory(model, name), retraining: moment })
  }
  const newRows = waiting === 0 ? 0 : (await writeNewData(context, log)).newRows
  const exitCode = await context.runPipeline()
  const state = exitCode === 0 ? 'done' : exitCode === 3 ? 'refused' : 'failed'
  if (state === 'failed') return { state, alerts, newRows, exitCode }
  for (const { name, moment } of due) {
    const { retraining: _over, ...memory } = store.readMemory(model, name)
    store.saveMemory(model, name, { ...memory, retrained: moment })
  }
  return { state, alerts, newRows, exitCode }
}

/** The moment of the log that leads to a training, if one is due or was not finished. */
function findCause(
  { rule, episodes }: JudgedRule,
  { retrained, retraining }: { readonly retrained?: number; readonly retraining?: number },
): number | undefined {
  if (retraining !== undefined) return retraining
  const latest = episodes.at(-1)
  const { trigger } = rule
  if (latest?.isOpen !== true || trigger.kind !== 'condition' || !isAboutDrift(trigger.condition))
    return undefined
  return covers(latest, retrained) ? undefined : latest.to
}
