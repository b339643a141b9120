/** The servers that are compared, as processes: how long they take to be ready, and what they use. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../tests/free-port.ts'

export interface Server extends AsyncDisposable {
  readonly address: string
  readonly startSeconds: number
  /** User and system time of all its processes since they started. */
  cpuSeconds(): number
  memory(): Memory
  /** Returns when nothing of it works any more: after its first answer MLflow still starts processes. */
  untilIdle(): Promise<void>
}

export interface Memory {
  readonly processes: number
  /** Shared pages are counted once, by shares. */
  readonly pssMib: number
  readonly rssMib: number
}

const root = resolve(import.meta.dirname, '../..')
const startTimeoutMs = 300_000
/** Who uses less than a twentieth of this is idle. */
const idleMs = 3000
/** Of Linux, in /proc/<pid>/stat. */
const ticksPerSecond = 100

/** @param options - `isBuilt`: what `npm run build` made, as users have it, instead of the sources */
export function startOurs(folder: string, options: { readonly isBuilt: boolean }): Promise<Server> {
  const conditions = options.isBuilt ? [] : ['--conditions=mlpt-source']
  return start(folder, (port) => {
    const server = ['server', '--port', String(port), '--store', folder]
    return [process.execPath, ...conditions, join(root, 'bin/mlpt.js'), ...server]
  })
}

/** @param settings - options of `mlflow server`, and its environment */
export function startMlflow(
  folder: string,
  settings: { readonly args: readonly string[]; readonly environment: Record<string, string> },
): Promise<Server> {
  const command = (port: number): string[] => {
    const server = ['server', '--host', '127.0.0.1', '--port', String(port), ...settings.args]
    server.push('--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`)
    server.push('--artifacts-destination', join(folder, 'artifacts'))
    return [join(root, '.venv/bin/mlflow'), ...server]
  }
  return start(folder, command, settings.environment)
}

async function start(
  folder: string,
  commandFor: (port: number) => string[],
  environment: Record<string, string> = {},
): Promise<Server> {
  const port = await findFreePort()
  const address = `http://127.0.0.1:${port}`
  const [program = '', ...args] = commandFor(port)
  const startTime = performance.now()
  // A process group of its own, so that all workers are found and ended.
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...environment },
  })
  await untilHealthy(child, address)
  const startSeconds = (performance.now() - startTime) / 1000
  const group = child.pid!
  return {
    address,
    startSeconds,
    cpuSeconds: () => processesOf(group).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    memory: () => memoryOf(group),
    untilIdle: () => untilIdle(group),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      process.kill(-group, 'SIGKILL')
      await ended
    },
  }
}

async function untilHealthy(child: ChildProcess, address: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline && child.exitCode === null) {
    try {
      if ((await fetch(`${address}/health`)).ok) return
    } catch {
      await sleep(5) // it does not listen yet
    }
  }
  throw new Error(`no server answered at ${address}`)
}

async function untilIdle(group: number): Promise<void> {
  let before = -Infinity
  for (let waitedMs = 0; waitedMs < startTimeoutMs; waitedMs += idleMs) {
    const used = processesOf(group).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
    if (used - before < idleMs / 1000 / 20) return
    before = used
    await sleep(idleMs)
  }
}

interface GroupMember {
  readonly pid: string
  readonly cpuSeconds: number
}

function processesOf(group: number): readonly GroupMember[] {
  const found: GroupMember[] = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const fields = readOrNothing(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
    if (Number(fields[2]) !== group) continue
    found.push({ pid, cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond })
  }
  return found
}

function memoryOf(group: number): Memory {
  const pages = processesOf(group).map(({ pid }) => readOrNothing(`/proc/${pid}/smaps_rollup`))
  const sumOf = (name: string): number => {
    const kib = pages.map((text) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]))
    return Math.round(kib.filter(Number.isFinite).reduce((a, b) => a + b, 0) / 1024)
  }
  return { processes: pages.length, pssMib: sumOf('Pss'), rssMib: sumOf('Rss') }
}

/** A process may be gone by the time it is looked at. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
