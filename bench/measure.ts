import { execFileSync } from 'node:child_process'
import { quantile } from '../src/math/index.ts'

/** Seconds. */
export interface Measured {
  readonly wallSeconds: number
  /** User and system time of the command and all its children. */
  readonly cpuSeconds: number
}

/** Where a command runs. */
export interface MeasureOptions {
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Runs a shell command that must succeed. The shell's `times` tells the CPU time of its children. */
export function measureCommand(
  command: string,
  { directory, environment }: MeasureOptions,
): Measured {
  const start = performance.now()
  const script = `{ ${command}; } > /dev/null || exit 1; times`
  const printed = execFileSync('bash', ['-c', script], {
    cwd: directory,
    env: environment,
    encoding: 'utf8',
  })
  const wallSeconds = roundSeconds((performance.now() - start) / 1000)
  const [own = '', children = ''] = printed.split('\n')
  return { wallSeconds, cpuSeconds: roundSeconds(secondsIn(own) + secondsIn(children)) }
}

function secondsIn(line: string): number {
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)]
  return parts.reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  )
}

/** The median of each figure. */
export function medianOf(list: readonly Measured[]): Measured {
  return {
    wallSeconds: median(list.map((one) => one.wallSeconds)),
    cpuSeconds: median(list.map((one) => one.cpuSeconds)),
  }
}

function median(values: readonly number[]): number {
  return roundSeconds(quantile(Float64Array.from(values).sort(), 0.5))
}

/** To hundredths. */
export function roundSeconds(value: number): number {
  return Math.round(value * 100) / 100
}
