/** Runs one shell command of a stage in a process group of its own. */

import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { asWriteError, processHints, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { ResourceLimits } from '../stages/stage-settings.ts'
import { drainOutput } from './drain-process.ts'
import { watchMemory } from './memory-process.ts'
import type { Watchdog } from './watchdog-process.ts'

/** How a command runs, and who hears of it. */
export interface CommandOptions {
  readonly workingFolder: string
  /** Program and arguments that the command is the last argument of. */
  readonly shell: readonly string[]
  readonly limits: ResourceLimits
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal | undefined
  readonly watchdog: Watchdog
  readonly onOutput: (stream: 'stdout' | 'stderr', printed: Printed) => void
}

/** A piece of what a command printed. */
export interface Printed {
  readonly bytes: Uint8Array
  /** The same to read: bytes that are no UTF-8 are replaced, and a character that is cut comes with the next piece. */
  readonly text: string
}

/** How a command ended. */
export interface CommandResult {
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined
  readonly signalName: string | undefined
  /** The last lines it printed, both streams mixed. */
  readonly lastLines: readonly string[]
  /** Resident bytes of its processes at the moment in which it was ended for them. */
  readonly memoryBytes: number | undefined
}

/** How long a command may clean up after SIGTERM. */
const graceMs = 500
/** The end that is kept for messages, in lines and in characters: a progress bar draws over one line for hours. */
const keptLines = 20
const keptLength = 1 << 14

/**
 * The shell waits for a line on its input before it becomes the command, so
 * that the watchdog knows the group first and there is no moment without it.
 */
function launcherFor({ cpuSeconds, fileBytes, openFiles }: ResourceLimits): string {
  const limits = [
    cpuSeconds === undefined ? '' : `ulimit -t ${cpuSeconds} && `,
    // POSIX counts in blocks of 512 bytes.
    fileBytes === undefined ? '' : `ulimit -f ${Math.ceil(fileBytes / 512)} && `,
    openFiles === undefined ? '' : `ulimit -n ${openFiles} && `,
  ]
  return `read -r go && exec </dev/null && ${limits.join('')}exec "$@"`
}

/** The shell as DVC chooses it: the user's, without its start-up files. */
export function shellFrom(environment: Readonly<Record<string, string | undefined>>): string[] {
  const program = environment['SHELL'] ?? ''
  const name = basename(program)
  if (name === 'bash') return [program, '--noprofile', '--norc', '-c']
  if (name === 'zsh') return [program, '--no-rcs', '-c']
  return [program === '' ? '/bin/sh' : program, '-c']
}

/**
 * Runs a command in a shell and waits for it. An aborted signal sends
 * SIGTERM to the whole group and SIGKILL half a second later. Whatever the command
 * leaves running in its group is killed when it ends.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when it cannot be started
 */
export async function runCommand(command: string, options: CommandOptions): Promise<CommandResult> {
  const child = startCommand(command, options)
  const tail = collectOutput(child, options.onOutput)
  const { exit, memoryBytes } = await superviseChild(child, command, options)
  const [exitCode, signalName] = exit
  return {
    exitCode: exitCode ?? undefined,
    signalName: signalName ?? undefined,
    lastLines: tail(),
    memoryBytes,
  }
}

function startCommand(
  command: string,
  { limits, shell, workingFolder, environment }: CommandOptions,
): ChildProcess {
  try {
    return spawn('/bin/sh', ['-c', launcherFor(limits), 'sh', ...shell, command], {
      cwd: workingFolder,
      detached: true,
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  } catch (error) {
    // Some of what keeps a command from starting is thrown, as when it is too long; the rest is an event.
    throw startError(command, workingFolder, error)
  }
}

function collectOutput(child: ChildProcess, onOutput: CommandOptions['onOutput']): () => string[] {
  let kept = ''
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8')
    child[name]?.on('data', (bytes: Buffer) => {
      const text = decoder.write(bytes)
      kept = lastLinesOf((kept + text).slice(-keptLength)).join('\n')
      onOutput(name, { bytes, text })
    })
  }
  return () => lastLinesOf(kept.trimEnd())
}

function lastLinesOf(text: string): string[] {
  return text.split('\n').slice(-keptLines)
}

type Exit = [code: number | null, signal: NodeJS.Signals | null]

async function superviseChild(
  child: ChildProcess,
  command: string,
  { workingFolder, signal, watchdog, limits }: CommandOptions,
): Promise<{ readonly exit: Exit; readonly memoryBytes: number | undefined }> {
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', (error) => reject(startError(command, workingFolder, error)))
    child.on('exit', (code, signalName) => resolve([code, signalName]))
  })
  const closed = new Promise((resolve) => child.on('close', resolve))
  const group = child.pid
  if (group === undefined) return { exit: await exited, memoryBytes: undefined }
  let killTimer: NodeJS.Timeout | undefined
  const stop = (): void => {
    killGroup(group, 'SIGTERM')
    killTimer = setTimeout(() => killGroup(group, 'SIGKILL'), graceMs)
  }
  signal?.addEventListener('abort', stop, { once: true })
  let memoryBytes: number | undefined
  try {
    await watchdog.guard(group)
    using _ = await watchMemory(group, limits.memoryBytes, (usedBytes) => {
      memoryBytes = usedBytes
      killGroup(group, 'SIGKILL')
    })
    if (signal?.aborted === true) stop()
    else releaseChild(child)
    const exit = await exited
    await drainOutput(closed)
    return { exit, memoryBytes }
  } finally {
    signal?.removeEventListener('abort', stop)
    clearTimeout(killTimer)
    killGroup(group, 'SIGKILL')
    await watchdog.forget(group)
    // An open pipe would keep the engine from ending, even one whose other side is gone.
    for (const pipe of child.stdio) pipe?.destroy()
  }
}

function releaseChild(child: ChildProcess): void {
  const gate = child.stdin
  if (gate === null) return
  // A child that died in the meantime is reported by its exit.
  gate.on('error', () => undefined)
  gate.end('go\n')
}

function killGroup(group: number, signalName: NodeJS.Signals): void {
  try {
    process.kill(-group, signalName)
  } catch (error) {
    if (systemCode(error) !== 'ESRCH' && systemCode(error) !== 'EPERM') throw error
  }
}

function startError(command: string, workingFolder: string, error: unknown): ToolkitError {
  const reason = systemCode(error) ?? (error instanceof Error ? error.message : String(error))
  const shown = command.length > 200 ? `${command.slice(0, 200)}…` : command
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `cannot start '${shown}' in '${workingFolder}': ${reason}`,
    { hint: startHints[reason], cause: error },
  )
}

const startHints: Readonly<Record<string, string>> = {
  ...processHints,
  E2BIG: 'the command is too long: put it into a script',
  ENOENT: `create the folder named by 'wdir'`,
}

/** A file that keeps what a stage prints. */
export interface StageLog extends Disposable {
  write(bytes: Uint8Array | string): void
}

/**
 * Opens an empty log, and its folder. A stage is not failed for its log.
 *
 * @param onFailure - hears once, with an error that has code and path, that not all of it could be written
 */
export function openStageLog(path: string, onFailure: (error: unknown) => void): StageLog {
  let file: number | undefined
  const close = (): void => {
    if (file !== undefined) closeSync(file)
    file = undefined
  }
  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      close()
      onFailure(asWriteError(path, error))
    }
  }
  attempt(() => {
    file = openEmpty(path)
  })
  return {
    write: (bytes) => {
      const opened = file
      if (opened !== undefined) attempt(() => writeFileSync(opened, bytes))
    },
    [Symbol.dispose]: close,
  }
}

function openEmpty(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'w')
  }
}
