/**
 * What the engine costs by itself, beside `dvc` in the same run: a run and a status with nothing to
 * do, the first run of stages that do next to nothing, and the start of the program.
 *
 * The limit of a first run is the shells: a script that starts one for each command takes an eighth of
 * what we take. Of ours, a quarter is the file system making the eight files and folders of a stage (six
 * of them are DVC's layout of the cache and the output itself); the rest is spread thin. What was tried to make
 * it less stands in docs/engine.md. The limit of a run with nothing to do is the start of node and of the
 * command's modules: `version` below.
 *
 * Each run has a folder of its own and nothing is removed before the end: ext4 does not give the number of a file
 * that was just deleted to a new one, and looks at all of them for each file that somebody makes.
 *
 * Run: node --conditions=mlpt-source bench/pipeline.ts [rounds]
 */

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { quantile } from '../src/math/index.ts'
import { describeMachine } from './machine.ts'

const rounds = Number(process.argv[2] ?? 5)
const repository = resolve(import.meta.dirname, '..')
const python = join(repository, '.venv/bin/python')
const dvc = [join(repository, '.venv/bin/dvc')]
if (!existsSync(dvc[0]!)) throw new Error("there is no dvc to compare with: run 'make peers'")
/** As it is installed: built, without the sources. */
const mlpt = [process.execPath, join(repository, 'bin/mlpt.js')]
execFileSync('npm', ['run', 'build'], { cwd: repository, stdio: 'pipe' })

interface Usage {
  readonly wallSeconds: number
  /** User and system time of the command and all its children. */
  readonly cpuSeconds: number
  /** Resident bytes of the largest of its processes. */
  readonly maxRssBytes: number
}

interface Comparison {
  readonly mlpt: Usage
  readonly dvc: Usage
  /** What the work takes without an engine. */
  readonly limit?: Usage
}

const machine = describeMachine()
const directory = mkdtempSync(join(tmpdir(), 'mlpt-bench-pipeline-'))
try {
  const small = measurePipeline(6)
  const large = measurePipeline(200)
  const comparisons: Record<string, Comparison> = {
    noOp6: small.noOp,
    status6: small.status,
    noOp200: large.noOp,
    status200: large.status,
    firstRun200: large.firstRun,
    version: compare(directory, ['--version'], ['--version']),
    help: compare(directory, ['--help'], ['--help']),
  }
  const result = {
    what: 'wall and CPU seconds, resident bytes of the largest process; medians of the rounds, tools in turns',
    note: 'the first run of 200 stages: mlpt three times, dvc once, because it takes minutes; both locks have the same bytes',
    ...comparisons,
    ratioDvcToMlpt: Object.fromEntries(
      Object.entries(comparisons).map(([name, both]) => [name, ratioOf(both)]),
    ),
    rounds,
    machine,
  }
  await writeFileAtomically(join(repository, 'bench/results/pipeline.json'), formatJson(result))
  process.stdout.write(formatJson(result))
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function measurePipeline(count: number): Record<'firstRun' | 'noOp' | 'status', Comparison> {
  const template = makeRepository(count)
  const [ours, theirs] = [copyOf(template), copyOf(template)]
  const first = median([
    measure(ours, [...mlpt, 'run']),
    ...Array.from({ length: 2 }, () => measure(copyOf(template), [...mlpt, 'run'])),
  ])
  const firstRun = {
    mlpt: first,
    dvc: round(measure(theirs, [...dvc, 'repro'])),
    limit: measureLimit(template, count),
  }
  checkSame(join(ours, 'dvc.lock'), join(theirs, 'dvc.lock'))
  const noOp = compare([ours, theirs], ['run'], ['repro'])
  return { firstRun, noOp, status: compare([ours, theirs], ['status'], ['status']) }
}

/** A chain: each stage reads what the one before wrote. */
function makeRepository(count: number): string {
  const folder = join(directory, String(count))
  mkdirSync(folder)
  const stages = Array.from({ length: count }, (_, i) => {
    const input = i === 0 ? 'in.txt' : `o${i - 1}.txt`
    return `  s${i}: {cmd: echo ${i} > o${i}.txt, deps: [${input}], outs: [o${i}.txt]}\n`
  })
  writeFileSync(join(folder, 'dvc.yaml'), `stages:\n${stages.join('')}`)
  writeFileSync(join(folder, 'in.txt'), 'input\n')
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
  execFileSync(dvc[0]!, ['init', '--quiet'], { cwd: folder, env: environment() })
  return folder
}

/** The same commands, each in a shell of its own, and nothing else. */
function measureLimit(template: string, count: number): Usage {
  const script = `for ((i = 0; i < ${count}; i++)); do bash -c "echo $i > o$i.txt; exit"; done`
  return median(Array.from({ length: 3 }, () => measure(copyOf(template), ['bash', '-c', script])))
}

function copyOf(template: string): string {
  const folder = mkdtempSync(`${template}-`)
  cpSync(template, folder, { recursive: true })
  execFileSync('sync', ['-f', folder])
  return folder
}

function checkSame(ours: string, theirs: string): void {
  if (readFileSync(ours).equals(readFileSync(theirs))) return
  throw new Error(`'${ours}' and '${theirs}' differ`)
}

/** @param folders - where each tool runs; one for both, or ours and theirs */
function compare(
  folders: string | readonly [string, string],
  ourWords: readonly string[],
  theirWords: readonly string[],
): Comparison {
  const [ours, theirs] = typeof folders === 'string' ? [folders, folders] : folders
  const measured = { mlpt: [] as Usage[], dvc: [] as Usage[] }
  for (let i = 0; i <= rounds; i++) {
    const pair = [measure(ours, [...mlpt, ...ourWords]), measure(theirs, [...dvc, ...theirWords])]
    if (i === 0) continue // The first is the warm-up.
    measured.mlpt.push(pair[0]!)
    measured.dvc.push(pair[1]!)
  }
  return { mlpt: median(measured.mlpt), dvc: median(measured.dvc) }
}

function measure(folder: string, command: readonly string[]): Usage {
  const script = join(import.meta.dirname, 'peers/measure.py')
  const printed = execFileSync(python, [script, ...command], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is the script beside this one
  return JSON.parse(printed) as Usage
}

function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: join(directory, '.site'),
    PYTHONHASHSEED: '0',
  }
}

function median(list: readonly Usage[]): Usage {
  const of = (name: keyof Usage): number =>
    quantile(Float64Array.from(list, (one) => one[name]).sort(), 0.5)
  return round({
    wallSeconds: of('wallSeconds'),
    cpuSeconds: of('cpuSeconds'),
    maxRssBytes: of('maxRssBytes'),
  })
}

function round({ wallSeconds, cpuSeconds, maxRssBytes }: Usage): Usage {
  return {
    wallSeconds: toDigits(wallSeconds, 3),
    cpuSeconds: toDigits(cpuSeconds, 3),
    maxRssBytes: Math.round(maxRssBytes),
  }
}

function ratioOf({ mlpt: ours, dvc: theirs }: Comparison): Record<'wall' | 'cpu' | 'rss', number> {
  return {
    wall: toDigits(theirs.wallSeconds / ours.wallSeconds, 1),
    cpu: toDigits(theirs.cpuSeconds / ours.cpuSeconds, 1),
    rss: toDigits(theirs.maxRssBytes / ours.maxRssBytes, 2),
  }
}

function toDigits(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
