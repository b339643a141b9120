/** Builds small pipelines in temporary folders and runs them, in this process or as `mlpt`. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  runPipeline,
  type PipelineEvent,
  type RunOptions,
  type RunSummary,
} from '../../src/pipeline/index.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder, type Folder } from './folder.ts'

export interface Project extends Folder {
  /** Runs in this process. */
  run(options?: Partial<RunOptions>): Promise<RunSummary>
  /** Starts `mlpt run` in a process of its own. */
  start(...flags: readonly string[]): Engine
  /** What was reported by the last `run`. */
  readonly events: readonly PipelineEvent[]
}

export interface Engine {
  readonly process: ChildProcess
  /** Resolves when it has ended. */
  readonly ended: Promise<{
    readonly exitCode: number | null
    readonly output: string
    readonly errors: string
  }>
}

export function makeProject(files: Readonly<Record<string, string>>): Project {
  const folder = makeFolder(files)
  const { directory } = folder
  const events: PipelineEvent[] = []
  return {
    ...folder,
    events,
    run: async (options) => {
      events.length = 0
      return runPipeline({
        directory,
        env: process.env,
        clock: Date.now,
        report: (event) => events.push(event),
        ...options,
      })
    },
    start: (...flags) => startEngine(directory, flags),
  }
}

function startEngine(directory: string, flags: readonly string[]): Engine {
  const child = spawn(process.execPath, [...mlptArguments, 'run', ...flags], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece
    })
  }
  const ended = once(child, 'close').then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    output: text.stdout,
    errors: text.stderr,
  }))
  return { process: child, ended }
}

/** Outcome by stage. */
export function outcomes(summary: RunSummary): Record<string, string> {
  return Object.fromEntries(summary.stages.map(({ name, outcome }) => [name, outcome]))
}

/** Waits until a condition holds, for at most half a minute. */
export async function until(condition: () => boolean): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>()
  const started = Date.now()
  const timer = setInterval(() => {
    if (condition()) done()
    else if (Date.now() - started > 30_000) reject(new Error('it did not happen within 30 s'))
  }, 10)
  try {
    await promise
  } finally {
    clearInterval(timer)
  }
}

export function isProcessAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}
