/** What requests cost a server: wrk sends them, the kernel counts the processor's time. */

import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** One request, sent over and over. */
export interface Target {
  readonly port: number
  readonly path: string
  readonly body: string
}

/** Of one burst of requests. */
export interface Load {
  /** Microseconds of the server and its children, user and system. */
  readonly cpuUsPerRequest: number
  readonly p50Us: number
  readonly p99Us: number
  readonly requestsPerSecond: number
}

/** Whether wrk is installed. */
export function hasWrk(): boolean {
  return spawnSync('wrk', ['-v']).error === undefined
}

/**
 * Sends requests for `seconds` and measures what they cost.
 *
 * @param options.scratch - folder for wrk's script
 */
export async function measureLoad(
  pid: number,
  target: Target,
  options: { readonly connections: number; readonly seconds: number; readonly scratch: string },
): Promise<Load> {
  const { connections, seconds, scratch } = options
  const script = join(scratch, 'post.lua')
  const quoted = JSON.stringify(target.body)
  writeFileSync(
    script,
    `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = ${quoted}\n`,
  )
  const before = readCpuMs(pid)
  const url = `http://127.0.0.1:${target.port}${target.path}`
  // Some peers keep sixty-four clients waiting for seconds.
  const words = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '20s',
    '-s',
    script,
    '--latency',
    url,
  ]
  const { stdout } = await promisify(execFile)('wrk', words)
  const cpuMs = readCpuMs(pid) - before
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  if (/Non-2xx|Socket errors/.test(stdout) || !(requests > 0)) throw new Error(stdout)
  return {
    cpuUsPerRequest: (1000 * cpuMs) / requests,
    p50Us: microseconds(/50% +([\d.]+)(\w+)/.exec(stdout)),
    p99Us: microseconds(/99% +([\d.]+)(\w+)/.exec(stdout)),
    requestsPerSecond: Number(/Requests\/sec: +([\d.]+)/.exec(stdout)?.[1]),
  }
}

function microseconds(found: RegExpExecArray | null): number {
  const unit = { us: 1, ms: 1000, s: 1e6 }[found?.[2] ?? '']
  return Number(found?.[1]) * (unit ?? Number.NaN)
}

/** Resident bytes of a process and all below it; what they share counts for each. */
export function readMemoryBytes(pid: number): number {
  const kilobytes = treeOf(pid).map((one) =>
    Number(/VmRSS:\s+(\d+)/.exec(readProc(one, 'status'))?.[1] ?? 0),
  )
  return 1024 * kilobytes.reduce((sum, value) => sum + value, 0)
}

/** User and system time of a process, of all below it, and of those of them that have ended. */
function readCpuMs(pid: number): number {
  const ticks = treeOf(pid).flatMap((one) =>
    readProc(one, 'stat')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(11, 15)
      .map(Number),
  )
  return 10 * ticks.reduce((sum, value) => sum + value, 0)
}

function treeOf(root: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(
      (name) =>
        [
          Number(name),
          Number(
            readProc(Number(name), 'stat')
              .replace(/^.*\) . /, '')
              .split(' ')[0],
          ),
        ] as const,
    )
  const found = [root]
  for (const pid of found)
    found.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child))
  return found
}

/** '' for a process that has ended meanwhile. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
