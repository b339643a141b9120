/** The commands of a stage, tried as often as its settings allow. */

import { delimiter, join, relative } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameStage } from '../stages/graph.ts'
import { commandsOf, type Stage } from '../stages/stage.ts'
import type { Retries } from '../stages/stage-settings.ts'
import type { Aside } from './aside-store.ts'
import { skipNpx } from './npx-file.ts'
import { pause } from '../../core/pause-process.ts'
import type { StageRun } from './stage-run.ts'
import {
  openStageLog,
  runCommand,
  shellFrom,
  type CommandOptions,
  type CommandResult,
  type StageLog,
} from './stage-process.ts'

/**
 * Runs a stage's commands, again after a failure while there are retries left.
 *
 * @returns how many attempts it took
 * @throws {ToolkitError} `PIPELINE_STAGE_FAILED`; or the signal's reason
 */
export async function attemptCommands(stage: Stage, aside: Aside, run: StageRun): Promise<number> {
  const { retries } = stage.settings
  using log = openStageLog(logPathOf(stage, run.repository.stateFolder), (error) => {
    const message = error instanceof Error ? error.message : String(error)
    run.report({ kind: 'warning', message: `the log of ${nameStage(stage)} is cut: ${message}` })
  })
  for (let attempt = 1; ; attempt++) {
    try {
      await runCommands(stage, log, run)
      return attempt
    } catch (error) {
      run.signal.throwIfAborted()
      if (attempt > retries.limit || !isFailure(error)) throw error
      const delayMs = delayBefore(attempt, retries)
      run.report({
        kind: 'stage-retried',
        stage: stage.address,
        attempt,
        delayMs,
        message: error.message,
      })
      await aside.clear()
      await pause(delayMs, run.signal)
    }
  }
}

/** A check that says no (exit code 3) says it again. */
function isFailure(error: unknown): error is ToolkitError {
  return (
    error instanceof ToolkitError && error.code === 'PIPELINE_STAGE_FAILED' && error.exitCode !== 3
  )
}

function delayBefore(attempt: number, { delayMs, factor, maxDelayMs }: Retries): number {
  return Math.min(maxDelayMs, delayMs * factor ** (attempt - 1))
}

/** Where a stage's output is kept. */
export function logPathOf(stage: Stage, stateFolder: string): string {
  // Addresses may hold slashes.
  const name = encodeURIComponent(stage.address).replaceAll('%40', '@').replaceAll('%20', ' ')
  return join(stateFolder, 'logs', `${name}.log`)
}

async function runCommands(stage: Stage, log: StageLog, run: StageRun): Promise<void> {
  const { signal, report } = run
  const { timeoutMs } = stage.settings
  const timeout = new AbortController()
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => timeout.abort(), timeoutMs).unref()
  const options: CommandOptions = {
    workingFolder: stage.workingFolder,
    shell: shellFrom(run.environment),
    limits: stage.settings.limits,
    environment: environmentOf(stage, run),
    signal: AbortSignal.any([signal, timeout.signal]),
    watchdog: run.watchdog,
    onOutput: (stream, { bytes, text }) => {
      log.write(bytes)
      report({ kind: 'stage-output', stage: stage.address, stream, text })
    },
  }
  try {
    for (const command of commandsOf(stage)) {
      signal.throwIfAborted()
      report({ kind: 'command-started', stage: stage.address, command })
      const started = skipNpx(command, stage.workingFolder, options.environment)
      const result = await runCommand(started, options)
      signal.throwIfAborted()
      if (timeout.signal.aborted) throw timeoutError(stage, command, result)
      if (result.exitCode !== 0) throw commandError(stage, command, result, run)
    }
  } finally {
    clearTimeout(timer)
  }
}

function environmentOf(
  stage: Stage,
  { repository, environment }: StageRun,
): Readonly<Record<string, string | undefined>> {
  const paths = [repository.binFolder, environment['PATH']].filter((path) => path !== undefined)
  return {
    ...environment,
    PATH: paths.join(delimiter),
    ...stage.settings.environment,
    DVC_ROOT: repository.root,
    DVC_STAGE: stage.address,
  }
}

const limitHint = `raise it in the stage's 'meta.mlpt'`

function timeoutError(stage: Stage, command: string, { lastLines }: CommandResult): ToolkitError {
  const seconds = (stage.settings.timeoutMs ?? 0) / 1000
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `${nameStage(stage)} failed: '${command}' was ended by its timeout of ${seconds} s`,
    { hint: limitHint, details: { stage: stage.address, command, seconds, lastLines } },
  )
}

function commandError(
  stage: Stage,
  command: string,
  result: CommandResult,
  { repository }: StageRun,
): ToolkitError {
  const { exitCode, signalName, lastLines, memoryBytes } = result
  const details = { stage: stage.address, command, exitCode, signalName, lastLines }
  if (memoryBytes !== undefined) {
    const [used, allowed] = [memoryBytes, stage.settings.limits.memoryBytes ?? 0].map(
      formatMegabytes,
    )
    return new ToolkitError(
      'PIPELINE_STAGE_FAILED',
      `${nameStage(stage)} failed: '${command}' used ${used} of memory, its limit is ${allowed}`,
      { hint: limitHint, details: { ...details, memoryBytes } },
    )
  }
  const how = exitCode === undefined ? `was ended by ${signalName}` : `exited with ${exitCode}`
  const limit = reachedLimit(stage, result)
  if (limit !== undefined) {
    return new ToolkitError(
      'PIPELINE_STAGE_FAILED',
      `${nameStage(stage)} failed: '${command}' ${how}, its limit is ${limit}`,
      { hint: limitHint, details },
    )
  }
  const log = relative(repository.directory, logPathOf(stage, repository.stateFolder))
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `${nameStage(stage)} failed: '${command}' ${how}`,
    {
      hint: `its outputs are as they were before; what it printed is in ${log}`,
      details,
      // 3 means that a check said no, and whoever called the run wants to know.
      exitCode: exitCode === 3 ? 3 : 1,
    },
  )
}

/** The limit whose signal ended a command, in words; a shell gives it as 128 and the signal's number. */
function reachedLimit(
  { settings: { limits } }: Stage,
  { exitCode, signalName }: CommandResult,
): string | undefined {
  const name = signalName ?? limitSignals[(exitCode ?? 0) - 128]
  if (limits.fileBytes !== undefined && name === 'SIGXFSZ') {
    return `${limits.fileBytes} bytes for a file`
  }
  const isLong = name === 'SIGXCPU' || name === 'SIGKILL'
  return limits.cpuSeconds !== undefined && isLong
    ? `${limits.cpuSeconds} s of processor time`
    : undefined
}

/** By number, alike on Linux, macOS and the BSDs. */
const limitSignals: Readonly<Record<number, string>> = {
  9: 'SIGKILL',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
}

function formatMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}
