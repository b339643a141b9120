import { pluralize } from '../../core/format-number.ts'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { MonitorContext, MonitorReport } from '../../project/monitor/monitor.ts'
import { addLogFolderFlag, defaultLogFolder } from '../flags/log-folder-flag.ts'
import { logRemoteOption, openLogRemote } from '../flags/log-remote-flag.ts'
import { parseLookInterval, repeatAtTimes, type LookInterval } from '../flags/look-times.ts'
import { runInChild } from '../contexts/monitored-run.ts'
import { openStepContext, storeDirectory, trackerPlace } from '../contexts/project-context.ts'
import { openPlace } from '../flags/tracker-flags.ts'
import { fitText } from '../output/terminal-text.ts'
import { onlinePath } from './features.ts'
import { parseInstantFlag } from '../flags/parse-instant-flag.ts'

/** `mlpt monitor`: the prediction log against what the model learned from. */
export function addMonitorCommand(program: Command): void {
  const command = program
    .command('monitor')
    .description('judge what the model has answered lately; exit 3 when an alert is firing')
    .option('--model <name>', "whose log; by default the project's name")
    .option(
      '--reference <file>',
      'table or stored profile to compare with, instead of the training folds',
    )
    .option(
      '--since <instant>',
      'look at the rows from here on as one window; nothing is kept',
      parseInstantFlag,
    )
    .option('--until <instant>', 'and before this', parseInstantFlag)
    .option(
      '--watch <seconds or cron line>',
      "look now, and again so many seconds after, or at times such as '0 3 * * *'",
      parseLookInterval,
    )
    .option('--online-store <path>', 'the online store, for rules about its age', onlinePath)
    .option('--metrics <file>', 'write the newest windows for Prometheus')
    .option('--json', 'print what was found as one JSON document')
    .addOption(
      new Option(
        '--store <folder>',
        'folder of the tracking store, and of what monitoring keeps',
      ).env('MLPT_STORE'),
    )
    .addOption(
      new Option(
        '--tracking-uri <uri>',
        'tracking server to ask for models, instead of the store',
      ).env('MLPT_TRACKING_URI'),
    )
    .addOption(
      logRemoteOption('bring what servers elsewhere have sent before each look').env(
        'MLPT_PREDICTIONS_REMOTE',
      ),
    )
  addLogFolderFlag(command).action(runMonitor)
}

interface MonitorFlags {
  readonly model?: string
  readonly log: string
  readonly remote?: string
  readonly reference?: string
  readonly since?: number
  readonly until?: number
  readonly watch?: LookInterval
  readonly onlineStore: string
  readonly metrics?: string
  readonly json?: true
  readonly store?: string
  readonly trackingUri?: string
}

async function runMonitor(given: MonitorFlags, command: Command): Promise<void> {
  const flags = { ...given, isLogNamed: command.getOptionValueSource('log') !== 'default' }
  checkFlags(flags)
  if (flags.watch !== undefined) return watch(flags, flags.watch)
  const context = await openContext(flags)
  if (flags.since !== undefined || flags.until !== undefined) return lookOnce(context, flags)
  await lookAndReport(context, flags)
}

/** @throws {ToolkitError} `CLI_USAGE` */
function checkFlags({ since, until, watch: interval, json, metrics }: MonitorFlags): void {
  const isRange = since !== undefined || until !== undefined
  const fault = [
    isRange && interval !== undefined && '--watch goes on for ever, and --since and --until do not',
    isRange && metrics !== undefined && '--metrics is for the windows of params.yaml',
    json === true &&
      interval !== undefined &&
      '--json prints one document, and --watch goes on for ever',
    since !== undefined && until !== undefined && since >= until && '--since is not before --until',
  ].find((text) => typeof text === 'string')
  if (fault === undefined) return
  throw new ToolkitError('CLI_USAGE', fault, { hint: 'leave one of them out' })
}

interface NamedFlags extends MonitorFlags {
  /** Whether somebody said where the logs are. */
  readonly isLogNamed: boolean
}

/** Where nobody has said where logs are, there may be none yet. @throws {ToolkitError} `FILE_MISSING` */
function checkLogFolder({ log, isLogNamed }: NamedFlags): void {
  if (!isLogNamed || existsSync(log)) return
  throw new ToolkitError('FILE_MISSING', `there is no folder '${log}' of prediction logs`, {
    hint: `name the folder that 'mlpt serve --prediction-log' fills, or leave --log and MLPT_PREDICTIONS out for '${defaultLogFolder}'`,
    details: { folder: log },
  })
}

/** The run that an alert begins keeps its models where this command looks for them. */
function trackerEnvironment({ store, trackingUri }: MonitorFlags): Record<string, string> {
  return {
    MLPT_STORE: resolve(storeDirectory(store)),
    ...(trackingUri !== undefined && { MLPT_TRACKING_URI: trackingUri }),
  }
}

async function pullModelLog(
  { log: root, remote: place }: MonitorFlags,
  model: string,
): Promise<void> {
  if (place === undefined) return
  const { pullLog } = await import('../../project/collect/pull-log-file.ts')
  await using remote = await openLogRemote(place)
  await pullLog(remote, { root, model })
}

async function openContext(flags: NamedFlags): Promise<MonitorContext> {
  const { callHook } = await import('../../pipeline/automation/hook-process.ts')
  const step = await openStepContext()
  const storeFolder = storeDirectory(flags.store)
  const model = flags.model ?? step.project.name
  await pullModelLog(flags, model)
  checkLogFolder(flags)
  return {
    ...step,
    model,
    logFolder: flags.log,
    storeFolder,
    reference: flags.reference,
    onlineStore: flags.onlineStore,
    openTracking: () => openPlace(trackerPlace(flags), { mustExist: false }),
    tell: async (hook, event) => {
      let isReached = true
      const address = readHook(hook)
      if (address === undefined) {
        process.stderr.write(`warning: nobody was told of ${event.alert}: ${hook} is not set\n`)
        return false
      }
      await callHook(
        address,
        { ...event },
        {
          workingFolder: step.directory,
          environment: process.env,
          warn: (message) => {
            isReached = false
            process.stderr.write(`warning: ${message}\n`)
          },
        },
      )
      return isReached
    },
    runPipeline: () => runInChild(step.directory, trackerEnvironment(flags)),
    now: Date.now,
  }
}

/** An address that begins with '$' is the name of an environment variable: addresses are secrets. */
function readHook(hook: string): string | undefined {
  return /^\$[A-Za-z_]\w*$/.test(hook) ? process.env[hook.slice(1)] : hook
}

async function lookOnce(context: MonitorContext, flags: MonitorFlags): Promise<void> {
  const { lookBetween } = await import('../../project/monitor/monitor.ts')
  const { renderWindow } = await import('../../monitoring/watch/watch-text.ts')
  const since = flags.since ?? 0
  const until = flags.until ?? context.now()
  const windows = await lookBetween(context, { since, until })
  if (flags.json === true)
    process.stdout.write(formatJson({ format: 'mlpt.monitor-look/1', windows }))
  else print(windows.length === 0 ? 'no rows' : windows.map(renderWindow).join('\n'))
  const drifted = [...new Set(windows.flatMap((window) => window.drifted))]
  if (drifted.length === 0) return
  throw new ToolkitError('DATA_DRIFTED', `drifted: ${drifted.join(', ')}`, {
    hint: 'look at the windows above; train again if the change is real',
    details: { drifted },
  })
}

async function lookAndReport(context: MonitorContext, flags: MonitorFlags): Promise<void> {
  const report = await look(context, flags)
  if (flags.json === true) process.stdout.write(formatJson(report))
  else await printReport(report)
  if (report.firing.length === 0) return
  throw new ToolkitError('MONITOR_ALERT', `firing: ${report.firing.join(', ')}`, {
    hint: 'look at the windows above; params.yaml, monitor.alerts, has the rules',
    details: { firing: report.firing },
  })
}

async function look(context: MonitorContext, { metrics }: MonitorFlags): Promise<MonitorReport> {
  const { monitor } = await import('../../project/monitor/monitor.ts')
  const report = await monitor(context)
  if (metrics !== undefined) {
    const { formatPrometheus } = await import('../../monitoring/watch/prometheus-text.ts')
    const { model, latest: windows, alerts, trainings } = report
    await writeFileAtomically(metrics, formatPrometheus({ model, windows, alerts, trainings }))
  }
  return report
}

/** Looks until it is told to stop, each time by params.yaml as it is then. */
async function watch(flags: NamedFlags, interval: LookInterval): Promise<void> {
  const work = async (): Promise<void> => printReport(await look(await openContext(flags), flags))
  await repeatAtTimes(interval, work, { isDoneAtEnd: false })
}

async function printReport({
  windows,
  alerts,
  versions,
  warnings,
  training,
  trainings: [last],
}: MonitorReport): Promise<void> {
  const { formatMoment, renderAlert, renderWindows } =
    await import('../../monitoring/watch/watch-text.ts')
  const { renderEarlier, renderTraining } = await import('../../monitoring/watch/training-text.ts')
  for (const warning of warnings) process.stderr.write(`warning: ${fitText(warning, Infinity)}\n`)
  const waiting = versions.map(({ version, rows, lastRow, waiting: left }) => {
    const rest =
      left === undefined
        ? ''
        : `, ${left} ${left === 1 ? 'waits for its' : 'wait for their'} window`
    return `version ${version}: ${rows} ${pluralize(rows, 'row')} in the log, the last at ${formatMoment(lastRow)}${rest}`
  })
  print(
    [
      ...renderWindows(windows),
      ...waiting,
      ...alerts.map(renderAlert),
      ...(last === undefined || (training !== undefined && 'id' in training)
        ? []
        : [renderEarlier(last)]),
      ...(training === undefined ? [] : renderTraining(training)),
    ].join('\n'),
  )
}

/** Names and values come from data: nothing of them may steer the terminal. */
function print(text: string): void {
  const lines = text.split('\n').map((line) => fitText(line, Infinity))
  process.stdout.write(`${lines.join('\n')}\n`)
}
