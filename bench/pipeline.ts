/**
 * How long `make all` takes after the install, on the real data; and how long it
 * takes to find that there is nothing to do, ours beside `dvc repro` on the same repository.
 *
 * Run: node --conditions=mlpt-source bench/pipeline.ts
 */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { quantile } from '../src/math/index.ts'
import {
  createWorkspace,
  findRealData,
  repository,
  type Workspace,
} from '../tests/end-to-end/workspace.ts'
import { describeMachine } from './machine.ts'

const rounds = 5

/** Seconds. */
interface Measured {
  readonly wallSeconds: number
  /** User and system time of the command and all its children. */
  readonly cpuSeconds: number
}

const { mirror, skip } = findRealData()
if (skip !== false) throw new Error(skip)
using workspace = createWorkspace({ mirror })
execFileSync('git', ['init', '--quiet'], { cwd: workspace.directory })

const machine = describeMachine()
const first = measure(workspace, 'make all')
const dvc = join(repository, '.venv/bin/dvc')
const commands = {
  makeAll: 'make all',
  run: 'node --conditions=mlpt-source bin/mlpt.js run',
  ...(existsSync(dvc) && { dvcRepro: `${dvc} repro` }),
}
const noOp = measureInTurns(commands)
const result = {
  what: 'wall and CPU seconds; no-op: median of the rounds, commands in turns',
  firstMakeAll: first,
  noOp,
  ratioDvcToOurs: noOp['dvcRepro'] && {
    wall: round(noOp['dvcRepro'].wallSeconds / noOp['run']!.wallSeconds),
    cpu: round(noOp['dvcRepro'].cpuSeconds / noOp['run']!.cpuSeconds),
  },
  rounds,
  machine,
}
await writeFileAtomically(join(repository, 'bench/results/pipeline.json'), formatJson(result))
process.stdout.write(formatJson(result))

function measureInTurns(all: Readonly<Record<string, string>>): Record<string, Measured> {
  const measured = Object.keys(all).map((name) => [name, [] as Measured[]] as const)
  for (let i = 0; i <= rounds; i++) {
    for (const [name, list] of measured) {
      const one = measure(workspace, all[name]!)
      if (i > 0) list.push(one) // The first is the warm-up.
    }
  }
  return Object.fromEntries(
    measured.map(([name, list]) => [
      name,
      {
        wallSeconds: median(list.map((one) => one.wallSeconds)),
        cpuSeconds: median(list.map((one) => one.cpuSeconds)),
      },
    ]),
  )
}

/** The shell's `times` tells the CPU time of its children. */
function measure({ directory, environment }: Workspace, command: string): Measured {
  const start = performance.now()
  const printed = execFileSync('sh', ['-c', `${command} > /dev/null 2>&1 || exit 1; times`], {
    cwd: directory,
    env: {
      ...environment,
      PATH: `${join(repository, 'node_modules/.bin')}:${environment['PATH']}`,
      DVC_NO_ANALYTICS: '1',
    },
    encoding: 'utf8',
  })
  const wallSeconds = round((performance.now() - start) / 1000)
  const [, children = ''] = printed.split('\n')
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)]
  const cpu = parts.reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  )
  return { wallSeconds, cpuSeconds: round(cpu) }
}

function median(values: readonly number[]): number {
  return round(quantile(Float64Array.from(values).sort(), 0.5))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
