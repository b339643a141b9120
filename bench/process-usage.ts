/** What a whole process uses, beside another one's. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { quantile } from '../src/math/index.ts'

export interface Usage {
  readonly wallSeconds: number
  /** User and system time of the process and all its children. */
  readonly cpuSeconds: number
  /** Resident bytes of the largest of its processes. */
  readonly maxRssBytes: number
}

/** Runs a command to its end. @param python - runs the script that measures */
export function measureProcess(python: string, command: readonly string[]): Usage {
  const script = join(import.meta.dirname, 'peers/measure.py')
  const printed = execFileSync(python, [script, ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, GX_ANALYTICS_ENABLED: 'false', DO_NOT_TRACK: '1' },
  })
  return JSON.parse(printed)
}

export function medianUsage(list: readonly Usage[]): Usage {
  const median = (read: (usage: Usage) => number): number =>
    quantile(Float64Array.from(list, read).sort(), 0.5)
  return {
    wallSeconds: roundThousandths(median((usage) => usage.wallSeconds)),
    cpuSeconds: roundThousandths(median((usage) => usage.cpuSeconds)),
    maxRssBytes: median((usage) => usage.maxRssBytes),
  }
}

/** How many times more the peer uses. */
export function ratioOfUsage(peer: Usage, ours: Usage): object {
  return {
    wall: roundHundredths(peer.wallSeconds / ours.wallSeconds),
    cpu: roundHundredths(peer.cpuSeconds / ours.cpuSeconds),
    memory: roundHundredths(peer.maxRssBytes / ours.maxRssBytes),
  }
}

function roundHundredths(value: number): number {
  return Math.round(value * 100) / 100
}

/** A short process takes hundredths of a second: rounded to them, a ratio would be off by 5 %. */
function roundThousandths(value: number): number {
  return Math.round(value * 1000) / 1000
}
