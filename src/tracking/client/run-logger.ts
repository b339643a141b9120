/** One run as its user sees it: what is logged is in a file at once, and with the tracker soon. */

import { ToolkitError } from '../../core/errors.ts'
import type { DatasetInput, Pairs, Run, RunStatus, Tracking } from '../../core/tracking.ts'
import { listLocalFiles, openLocalFile } from './local-files-file.ts'
import { logModel, type LogModelResult, type NewLoggedModel } from './log-model.ts'
import { createMetricSender, type MetricSender } from './metric-sender.ts'
import { isRefusal } from './send-spools.ts'
import type { Spool } from './spool-file.ts'
import { flattenParams, toPoints, type MetricOptions, type ParamTree } from './run-values.ts'

/** A run that is going on. */
export interface RunLogger extends AsyncDisposable {
  readonly runId: string
  readonly runName: string
  readonly experimentId: string
  readonly artifactUri: string
  /** Returns when the point is safe from a crash of this process; it is sent in the background. */
  logMetric(key: string, value: number, options?: MetricOptions): void
  logMetrics(metrics: Readonly<Record<string, number>>, options?: MetricOptions): void
  /** Each param is written once: the same value again is fine. */
  logParam(key: string, value: string | number | boolean): Promise<void>
  /** Groups are joined by dots: `{model: {depth: 4}}` is the param `model.depth`. */
  logParams(params: ParamTree): Promise<void>
  setTag(key: string, value: string): Promise<void>
  setTags(tags: Pairs): Promise<void>
  /** The data that the run reads. */
  logDataset(input: DatasetInput): Promise<void>
  /** A file, or a folder with all that is in it, below `artifactPath`. */
  logArtifact(localPath: string, artifactPath?: string): Promise<void>
  /** A text as the file `artifactPath`. */
  logText(text: string, artifactPath: string): Promise<void>
  logModel(model: NewLoggedModel): Promise<LogModelResult>
  /** Waits until all metrics are with the tracker. @throws what it refused since the last time. */
  flush(): Promise<void>
  /** Flushes and ends the run; FINISHED by default. A second call does nothing. */
  end(status?: RunStatus): Promise<void>
}

/** What a logger works with. */
export interface RunLoggerParts {
  readonly run: Run
  readonly spool: Spool
  readonly flushIntervalMs: number
  readonly clock: () => number
  /** Called before the end: what else logs to the run stops. */
  readonly onEnd: (logger: RunLogger) => void
}

/** @throws {ToolkitError} from its methods, as the tracker says */
export function createRunLogger(tracking: Tracking, parts: RunLoggerParts): RunLogger {
  const { run, spool, clock } = parts
  const { runId } = run
  const sender = createMetricSender(tracking, runId, { spool, intervalMs: parts.flushIntervalMs })
  const isOpen = { value: true }
  const logger: RunLogger = {
    runId,
    runName: run.runName,
    experimentId: run.experimentId,
    artifactUri: run.artifactUri,
    logMetric: (key, value, options) => logger.logMetrics({ [key]: value }, options),
    logMetrics: (metrics, options = {}) => {
      checkOpen(isOpen.value, runId)
      sender.add(toPoints(metrics, options, clock))
    },
    logParam: async (key, value) => tracking.logParams(runId, { [key]: String(value) }),
    logParams: async (params) => tracking.logParams(runId, flattenParams(params)),
    setTag: async (key, value) => tracking.setTags(runId, { [key]: value }),
    setTags: async (tags) => tracking.setTags(runId, tags),
    logDataset: async (input) => tracking.logInputs(runId, { datasets: [input], modelIds: [] }),
    ...createArtifactLogging(tracking, runId),
    logModel: async (model) => logModel(tracking, run, model, clock),
    flush: async () => sender.flush(),
    end: async (status = 'FINISHED') => {
      if (!isOpen.value) return
      parts.onEnd(logger)
      isOpen.value = false
      await endRun(tracking, { runId, status, endTime: clock() }, { spool, sender })
    },
    [Symbol.asyncDispose]: async () => logger.end('FAILED'),
  }
  return logger
}

function createArtifactLogging(
  tracking: Tracking,
  runId: string,
): Pick<RunLogger, 'logArtifact' | 'logText'> {
  return {
    logArtifact: async (localPath, artifactPath = '') => {
      const prefix = artifactPath === '' ? '' : `${artifactPath}/`
      for (const file of await listLocalFiles(localPath)) {
        const { name, sizeBytes } = file
        await tracking.writeArtifact({ runId }, prefix + name, openLocalFile(file), sizeBytes)
      }
    },
    logText: async (text, artifactPath) =>
      tracking.writeArtifact({ runId }, artifactPath, Buffer.from(text)),
  }
}

/** The run ends whatever became of its last metrics; those that could not be sent stay in the file. */
async function endRun(
  tracking: Tracking,
  end: { readonly runId: string; readonly status: RunStatus; readonly endTime: number },
  { spool, sender }: { readonly spool: Spool; readonly sender: MetricSender },
): Promise<void> {
  using file = spool
  const { runId, status, endTime } = end
  let refusal: unknown
  try {
    await sender.flush().catch((error: unknown) => {
      if (!isRefusal(error)) throw error
      refusal = error
    })
    await tracking.endRun(runId, status, endTime)
  } catch (error) {
    throw file.noteEnd(status, endTime) ? unsent(error, file.path) : error
  } finally {
    sender.stop()
  }
  file.finish()
  if (refusal !== undefined) throw refusal
}

function unsent(error: unknown, path: string): unknown {
  if (!(error instanceof ToolkitError)) return error
  return new ToolkitError(error.code, `the end of the run could not be sent: ${error.message}`, {
    hint: `nothing is lost: it lies in ${path}, and the next run of this tracker sends it`,
    details: { ...error.details, path },
    cause: error,
  })
}

function checkOpen(isOpen: boolean, runId: string): void {
  if (isOpen) return
  throw new ToolkitError('TRACKING_INVALID', `run '${runId}' has ended, it takes no more metrics`)
}
