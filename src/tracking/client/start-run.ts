import { ToolkitError } from '../../core/errors.ts'
import type { Pairs, Run, Tracking } from '../../core/tracking.ts'
import { provideExperiment } from './experiments-client.ts'
import type { Environment } from './open-tracking.ts'
import { readRunContext, type RunContext } from './run-context-process.ts'
import { createRunLogger, type RunLogger } from './run-logger.ts'
import { flattenParams, type ParamTree } from './run-values.ts'
import { sendSpools } from './send-spools.ts'
import { openSpool } from './spool-file.ts'
import { createSystemSampler } from './system-metrics-process.ts'

/** What a run starts with, and how it is logged. */
export interface StartRunOptions {
  /** Created when it does not exist; else MLFLOW_EXPERIMENT_NAME of the environment, else 'Default'. */
  readonly experimentName?: string
  /** Made up when absent. */
  readonly runName?: string
  /** Goes on with this run; else with MLFLOW_RUN_ID of the environment, else a new one starts. */
  readonly runId?: string
  /** The run that this one is a part of. */
  readonly parentRunId?: string
  readonly params?: ParamTree
  readonly tags?: Pairs
  /** Where MLFLOW_EXPERIMENT_NAME and MLFLOW_RUN_ID are looked up; `process.env` for most. */
  readonly environment?: Environment
  /**
   * The folder whose git commit, package.json, params.yaml and dvc.lock the run is told with;
   * `false` leaves all of that out. The working folder by default.
   */
  readonly context?: string | false
  /** Samples of processor and memory as `system/…` metrics; every 10,000 ms by default. */
  readonly systemMetrics?: { readonly intervalMs: number } | false
  /** Holds what is not stored yet; by default the tracker's own, and a tracker without one needs it. */
  readonly spoolDirectory?: string
  /** How long a metric may wait for others; 1,000 by default. */
  readonly flushIntervalMs?: number
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

/** A tracker, and where it keeps what is not stored yet. */
export type LoggingTracker = Tracking & { readonly spoolDirectory?: string | undefined }

/**
 * Starts a run, after it has sent what runs of killed processes left behind.
 *
 * `await using run = await startRun(…)` ends it as FAILED when its scope ends before `run.end()`,
 * which is what a thrown error does; {@link withRun} says either for you.
 *
 * @throws {ToolkitError} as the tracker says
 */
export async function startRun(
  tracking: LoggingTracker,
  options: StartRunOptions = {},
): Promise<RunLogger> {
  // oxlint-disable-next-line no-restricted-properties -- for all who have no clock of their own to give
  const { clock = Date.now, flushIntervalMs = 1000 } = options
  const spoolDirectory = options.spoolDirectory ?? tracking.spoolDirectory
  if (spoolDirectory === undefined) {
    throw new ToolkitError('TRACKING_INVALID', 'this tracker has no spool folder', {
      hint: 'open it with openTracking(), or name a spoolDirectory',
    })
  }
  await sendSpools(tracking, spoolDirectory)
  const run = await provideRun(tracking, options, clock)
  const sampling = startSampling(options.systemMetrics ?? { intervalMs: 10_000 })
  const spool = openSpool(spoolDirectory, run.runId)
  const logger = createRunLogger(tracking, {
    run,
    spool,
    flushIntervalMs,
    clock,
    onEnd: (ending) => sampling.stop(ending),
  })
  sampling.start(logger)
  return logger
}

/**
 * Runs `work` as a run: FINISHED when it returns, FAILED when it throws, KILLED when it was
 * interrupted.
 *
 * @returns what `work` returns
 */
export async function withRun<T>(
  tracking: LoggingTracker,
  options: StartRunOptions,
  work: (run: RunLogger) => Promise<T>,
): Promise<T> {
  const run = await startRun(tracking, options)
  let result: T
  try {
    result = await work(run)
  } catch (error) {
    const isInterrupted = error instanceof ToolkitError && error.code === 'INTERRUPTED'
    // What went wrong first is what the caller wants to know.
    await run.end(isInterrupted ? 'KILLED' : 'FAILED').catch(() => undefined)
    throw error
  }
  await run.end()
  return result
}

async function provideRun(
  tracking: Tracking,
  options: StartRunOptions,
  clock: () => number,
): Promise<Run> {
  const runId = options.runId ?? options.environment?.['MLFLOW_RUN_ID']
  return runId === undefined || runId === ''
    ? createRun(tracking, options, clock)
    : continueRun(tracking, options, runId)
}

/** It keeps what it was started with. */
async function continueRun(
  tracking: Tracking,
  { tags = {}, params = {} }: StartRunOptions,
  runId: string,
): Promise<Run> {
  const run = await tracking.updateRun(runId, { status: 'RUNNING' })
  await tracking.setTags(runId, tags)
  await tracking.logParams(runId, flattenParams(params))
  return run
}

async function createRun(
  tracking: Tracking,
  options: StartRunOptions,
  clock: () => number,
): Promise<Run> {
  const context = readContext(options)
  const { parentRunId } = options
  const run = await tracking.createRun({
    experimentId: await provideExperiment(tracking, experimentNameOf(options)),
    runName: options.runName,
    userId: context.tags['mlflow.user'],
    startTime: clock(),
    tags: {
      ...context.tags,
      ...options.tags,
      ...(parentRunId !== undefined && { 'mlflow.parentRunId': parentRunId }),
    },
  })
  const { runId } = run
  await tracking.logParams(runId, { ...context.params, ...flattenParams(options.params ?? {}) })
  const { datasets } = context
  if (datasets.length > 0) await tracking.logInputs(runId, { datasets, modelIds: [] })
  return run
}

function readContext({ context = process.cwd() }: StartRunOptions): RunContext {
  return context === false ? { tags: {}, params: {}, datasets: [] } : readRunContext(context)
}

function experimentNameOf({ experimentName, environment }: StartRunOptions): string {
  return experimentName ?? (environment?.['MLFLOW_EXPERIMENT_NAME'] || 'Default')
}

interface Sampling {
  start(logger: RunLogger): void
  /** With a last sample, so that short runs have one too. */
  stop(logger: RunLogger): void
}

function startSampling(wanted: { readonly intervalMs: number } | false): Sampling {
  if (wanted === false) return { start: () => undefined, stop: () => undefined }
  const sample = createSystemSampler()
  let step = 0
  let timer: NodeJS.Timeout | undefined
  /** A full disk ends the samples, not the run that they are of. */
  const log = (logger: RunLogger): void => {
    try {
      logger.logMetrics(sample(), { step: step++ })
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error
      clearInterval(timer)
    }
  }
  return {
    start: (logger) => {
      timer = setInterval(() => log(logger), wanted.intervalMs).unref()
    },
    stop: (logger) => {
      clearInterval(timer)
      log(logger)
    },
  }
}
