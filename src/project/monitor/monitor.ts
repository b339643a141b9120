/** Watches the prediction log of a model: windows, alerts, and who is told. */

import { dirname, join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { MonitoredTraining } from '../../core/monitored-training.ts'
import type { LastLook, MonitoredAlert, MonitoredWindow } from '../../core/monitored-window.ts'
import type { Tracking } from '../../core/tracking.ts'
import { whileHeld } from '../../core/hold-store.ts'
import { modelLogFolder } from '../../monitoring/prediction-log/log-folder.ts'
import type { AgeLimit } from '../../monitoring/watch/alert-age.ts'
import type { AlertNotice } from '../../monitoring/watch/alert-notices.ts'
import { isOfInput } from '../../monitoring/watch/alert-condition.ts'
import { judgeAlerts, type JudgedRule } from '../../monitoring/watch/judge-alerts.ts'
import type { LogVersion } from '../../monitoring/watch/log-catalogue.ts'
import {
  monitoringPath,
  openMonitoringStore,
  type MonitoringStore,
} from '../../monitoring/watch/monitoring-store.ts'
import { mostWindows } from '../../monitoring/watch/plan-windows.ts'
import {
  openLogView,
  type LogView,
  type LogViewOptions,
} from '../../monitoring/watch/open-log-store.ts'
import { listOutputColumns } from '../../monitoring/watch/output-columns.ts'
import type { VersionReference } from '../../monitoring/watch/observe-reference-store.ts'
import { tellAlerts } from '../../monitoring/watch/tell-alerts.ts'
import {
  lookAtLog,
  watchLog,
  type WatchedVersion,
  type WatchOutcome,
  type WatchWorld,
} from '../../monitoring/watch/watch-log-store.ts'
import { formatWindowSize } from '../../monitoring/watch/window-size.ts'
import { checkAlerts } from './check-alerts.ts'
import { readNewest } from './feature-ages-file.ts'
import type { Monitoring } from '../parameters/monitor-parameters.ts'
import { describeError, retrainIfDue, type Training } from './monitor-retrain.ts'
import type { PipelineEnd } from './monitor-verdict-file.ts'
import { measurePerformance } from './monitor-performance.ts'
import { warnOfLateRows, warnOfRules, warnOfRowsAhead } from './monitor-warnings.ts'
import {
  findModel,
  openKnownData,
  scoreKnownRows,
  type KnownData,
} from './monitor-reference-file.ts'
import type { StepContext } from '../step.ts'

/** What a look at a log works with. */
export interface MonitorContext extends StepContext {
  readonly model: string
  /** The folder with a folder for each model. */
  readonly logFolder: string
  /** The project's `.mlpt`. */
  readonly storeFolder: string
  /** A table or stored profile to compare with, instead of the project's own. */
  readonly reference: string | undefined
  /** The file of the online store, for rules about its age. */
  readonly onlineStore: string
  readonly openTracking: () => Promise<Tracking>
  /** Tells one receiver, and says whether it was reached. */
  readonly tell: (hook: string, event: AlertEvent) => Promise<boolean>
  /** Runs the pipeline, which decides on promotion. */
  readonly runPipeline: () => Promise<PipelineEnd>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a receiver of alerts gets, as JSON. */
export interface AlertEvent {
  readonly event: AlertNotice['event']
  readonly model: string
  /** The version that answered last; null of an empty log. */
  readonly version: string | null
  readonly alert: string
  readonly severity: string
  readonly condition: string
  /** What was measured last while the condition was met. */
  readonly value: number | null
  /** Moments of the log, milliseconds since 1970. */
  readonly since: number | null
  readonly until: number | null
  /** The inputs that drifted in the version's newest window. */
  readonly drifted: readonly string[]
}

/** What a look at a log says. */
export interface MonitorReport {
  readonly format: 'mlpt.monitor/1'
  readonly model: string
  readonly log: string
  /** The version that answered last is the last. */
  readonly versions: readonly WatchedVersion[]
  /** Windows that were judged now, or of which more labels are known. */
  readonly windows: readonly MonitoredWindow[]
  /** The newest window of each version. */
  readonly latest: readonly MonitoredWindow[]
  readonly alerts: readonly MonitoredAlert[]
  readonly firing: readonly string[]
  /** What came of `on_drift: retrain`; absent when nothing led to it. */
  readonly training?: Training
  /** The newest trainings, the newest first. */
  readonly trainings: readonly MonitoredTraining[]
  readonly warnings: readonly string[]
}

/**
 * Judges what is new and tells who wants to know.
 *
 * @throws {ToolkitError} as `checkAlerts`, the log, the reference and the stores do
 */
export async function monitor(context: MonitorContext): Promise<MonitorReport> {
  checkAlerts(context.parameters, context.project)
  const folder = dirname(monitoringPath(context.storeFolder))
  const { report, judged } = await whileHeld(join(folder, 'lock'), async () => {
    using store = openMonitoringStore(context.storeFolder)
    return await look(context, store)
  })
  const isAsked = context.parameters.monitor.onDrift === 'retrain'
  const training = isAsked ? await retrain(context, judged) : undefined
  using store = openMonitoringStore(context.storeFolder)
  store.saveLook(context.model, describeLook(report, training, context.now()))
  const trainings = store.listTrainings(context.model, shownTrainings)
  return { ...report, ...(training !== undefined && { training }), trainings }
}

const shownTrainings = 20

function describeLook(
  { versions }: Pick<MonitorReport, 'versions'>,
  training: Training | undefined,
  time: number,
): LastLook {
  const newest = versions.at(-1)
  return {
    time,
    ...(newest !== undefined && {
      answering: { version: newest.version, lastRow: newest.lastRow },
    }),
    // One that has begun stands among the trainings.
    ...(training !== undefined && !('id' in training) && { wish: training }),
  }
}

/** Apart from the looks: others may look while it takes its time. */
async function retrain(
  context: MonitorContext,
  judged: readonly JudgedRule[],
): Promise<Training | undefined> {
  const { logFolder, storeFolder, model, now } = context
  const lock = join(dirname(monitoringPath(storeFolder)), 'training.lock')
  try {
    return await whileHeld(lock, async () => {
      using store = openMonitoringStore(storeFolder)
      using log = await openLogView(logFolder, { model, now: now(), catalogue: store })
      if (log === undefined) return undefined
      return await retrainIfDue(judged, { context, log, store })
    })
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    if (error.code === 'DATA_UNSAVED')
      return { state: 'waits', alerts: [], reason: 'another look is training' }
    return { state: 'failed', alerts: [], reason: describeError(error) }
  }
}

async function look(
  context: MonitorContext,
  store: MonitoringStore,
): Promise<{ readonly report: LookReport; readonly judged: readonly JudgedRule[] }> {
  const { model, parameters, now } = context
  const { alerts: rules } = parameters.monitor
  const began = store.readBeginning(model, now())
  const outcome = await withLog(context, { catalogue: store }, (world) => watchLog(world, store))
  const newest = outcome?.versions.at(-1)
  const listOf = ({ version, digest }: WatchedVersion): readonly MonitoredWindow[] => {
    const size = formatWindowSize(parameters.monitor.size)
    return store
      .listWindows({ model, version, digest, size, limit: mostWindows })
      .map(({ window }) => window)
  }
  const windows = newest === undefined ? [] : listOf(newest)
  const ages = await readAges(context, began)
  const judged = judgeAlerts(rules, {
    windows,
    lastRow: newest?.lastRow ?? began,
    newestOf: (limit) => ages.get(limit) ?? began,
    now: now(),
  })
  const alerts = judged.map(({ alert }) => alert)
  store.saveAlerts(model, alerts)
  // A version of which no window is full yet says nothing for or against an alert.
  const telling = judged.filter(
    ({ rule }) => rule.trigger.kind !== 'condition' || windows.length > 0,
  )
  await tellAlerts(telling, {
    read: (rule) => store.readMemory(model, rule),
    save: (rule, memory) => store.saveMemory(model, rule, memory),
    tell: (hook, rule, notice) =>
      context.tell(hook, {
        ...describeNotice(rule, notice),
        model,
        version: newest?.version ?? null,
        drifted: windows.at(-1)?.drifted ?? [],
      }),
    now: now(),
  })
  return { report: createReport(context, { outcome, alerts, windows, listOf }), judged }
}

/** The moments of which rules want to know the age. */
async function readAges(
  context: MonitorContext,
  began: number,
): Promise<ReadonlyMap<AgeLimit, number>> {
  const ages = new Map<AgeLimit, number>()
  for (const { trigger } of context.parameters.monitor.alerts) {
    if (trigger.kind === 'age') ages.set(trigger, (await readNewest(trigger, context)) ?? began)
  }
  return ages
}

/** One window of the rows between two moments, for each version. Nothing is kept, and nobody is told. */
export async function lookBetween(
  context: MonitorContext,
  range: { readonly since: number; readonly until: number },
): Promise<readonly MonitoredWindow[]> {
  return (await withLog(context, { dates: range }, (world) => lookAtLog(world, range))) ?? []
}

type LookReport = Omit<MonitorReport, 'training' | 'trainings'>

interface Looked {
  readonly outcome: WatchOutcome | undefined
  readonly alerts: readonly MonitoredAlert[]
  readonly windows: readonly MonitoredWindow[]
  readonly listOf: (version: WatchedVersion) => readonly MonitoredWindow[]
}

function createReport(
  { model, logFolder, parameters }: MonitorContext,
  { outcome, alerts, windows, listOf }: Looked,
): LookReport {
  const versions = outcome?.versions ?? []
  const latest = versions.flatMap((version) => listOf(version).slice(-1))
  return {
    format: 'mlpt.monitor/1',
    model,
    log: modelLogFolder(logFolder, model),
    versions,
    windows: [...(outcome?.remeasured ?? []), ...(outcome?.judged ?? [])],
    latest,
    alerts,
    firing: alerts.filter(({ isFiring }) => isFiring).map(({ name }) => name),
    warnings: [
      ...warnOfRowsAhead(outcome?.ahead),
      ...warnOfLateRows(outcome?.lateRows ?? 0, parameters.monitor),
      ...(versions.length > 0
        ? warnOfRules(parameters.monitor, windows)
        : [
            outcome === undefined
              ? `there is no prediction log of '${model}' in ${logFolder} yet`
              : 'the log is empty',
          ]),
    ],
  }
}

/** Does the work with the log open; `undefined` when there is no log, or no row in it. */
async function withLog<T>(
  context: MonitorContext,
  options: Pick<LogViewOptions, 'catalogue' | 'dates'>,
  work: (world: WatchWorld) => Promise<T>,
): Promise<T | undefined> {
  const { logFolder, storeFolder, model, parameters, reference, now } = context
  using log = await openLogView(logFolder, { model, now: now(), ...options })
  if (log === undefined) return undefined
  await using known = await openKnownData(context, log.database, {
    named: reference,
    keptFolder: join(dirname(monitoringPath(storeFolder)), 'references'),
  })
  const world: WatchWorld = {
    log,
    model,
    settings: parameters.monitor,
    referenceOf: (version) => describeReference(context, { log, known, version }),
    now: now(),
  }
  return await work(world)
}

async function describeReference(
  context: MonitorContext,
  {
    log,
    known,
    version,
  }: { readonly log: LogView; readonly known: KnownData; readonly version: LogVersion },
): Promise<VersionReference> {
  const { parameters, model, openTracking } = context
  const found = await findModel(context, model, version, openTracking)
  const ofProject = context.project.inputList.map(({ name }) => name)
  checkColumns(parameters.monitor, [...new Set([...Object.keys(found.fields), ...ofProject])])
  const rows = await known.of(found.dataSha256)
  const outputs = listOutputColumns(found.output)
  const isCount = parameters.train.boosting.objective === 'poisson'
  const settings = { ...parameters.monitor, output: found.output, isCount }
  const note =
    found.predictor === undefined
      ? '; the model is not at hand, so that its scores are compared with nothing'
      : ''
  return {
    fields: found.fields,
    what: `${rows.what}${note}`,
    inputs: rows.inputs,
    outputs,
    readScores: () => scoreKnownRows(log.database, found.predictor, rows.scored),
    measure: (labelled) => measurePerformance(labelled, settings),
  }
}

/**
 * A column that the project has and this version not yet, or that it has no longer, is none to refuse: the others have it.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` naming all columns of rules and segments that no model takes
 */
function checkColumns({ alerts, segments }: Monitoring, inputs: readonly string[]): void {
  const asked = [
    ...Object.keys(segments).map((column) => ({ column, place: 'params.yaml, monitor.segments' })),
    ...alerts.flatMap(({ trigger, place }) => {
      if (trigger.kind !== 'condition' || !isOfInput(trigger.condition)) return []
      const { column } = trigger.condition
      return column === undefined ? [] : [{ column, place }]
    }),
  ]
  const problems = asked.filter(({ column }) => !inputs.includes(column)).slice(0, 20)
  if (problems.length === 0) return
  throw new ToolkitError(
    'CONFIG_INVALID',
    problems.map(({ column, place }) => `${place}: the model has no input '${column}'`).join('; '),
    { hint: problems.map(({ column }) => nameHint(column, inputs, 'inputs')).join('; ') },
  )
}

function describeNotice(
  { rule, alert }: JudgedRule,
  { event, episode }: AlertNotice,
): Omit<AlertEvent, 'model' | 'version' | 'drifted'> {
  return {
    event,
    alert: rule.name,
    severity: rule.severity,
    condition: alert.condition,
    value: episode?.value ?? null,
    since: episode?.from ?? null,
    until: episode === undefined || episode.isOpen ? null : episode.to,
  }
}
