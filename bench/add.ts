/**
 * How long data takes into the cache: 10,000 small files, 1,000 as large as pictures, one of 100 MB, and several of 50 MB; first,
 * again, and to see that nothing changed. `mlpt` beside `dvc`, and beside `md5sum` and `cp` as the limit.
 *
 * Each has a copy of the data and nothing is removed before the end: ext4 looks at all files that were just
 * deleted for each one that is made, which then takes ten times as long.
 *
 * Run: node --conditions=mlpt-source bench/add.ts [rounds]
 */

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { createRandom } from '../src/core/random.ts'
import { describeMachine } from './machine.ts'
import { measureCommand, medianOf, roundSeconds, type Measured } from './measure.ts'

const rounds = Number(process.argv[2] ?? 3)
const fileCount = 10_000
const largeBytes = 100_000_000
const several = { count: 6, bytes: 50_000_000 }
const pictures = { count: 1000, bytes: 300_000 }
const repository = resolve(import.meta.dirname, '..')
const dvc = join(repository, '.venv/bin/dvc')
if (!existsSync(dvc)) throw new Error("there is no dvc to compare with: run 'make peers'")

execFileSync('npm', ['run', 'build'], { cwd: repository, stdio: 'pipe' })

const tools = {
  /** As it is installed: built, without the sources. */
  mlpt: `${process.execPath} ${join(repository, 'bin/mlpt.js')}`,
  dvc,
}

const machine = describeMachine()
const directory = mkdtempSync(join(tmpdir(), 'mlpt-bench-add-'))
const environment = {
  ...process.env,
  DVC_NO_ANALYTICS: '1',
  DVC_SITE_CACHE_DIR: join(directory, '.site'),
}
try {
  const steps = measureSteps(makeData())
  const result = {
    what: 'wall and CPU seconds, median of the rounds, tools in turns; limit is md5sum and one copy',
    files: fileCount,
    largeBytes,
    several,
    pictures,
    steps,
    ratioDvcToMlpt: Object.fromEntries(
      Object.entries(steps)
        .filter(([, { dvc: theirs }]) => theirs !== undefined)
        .map(([name, { mlpt, dvc: theirs }]) => [name, ratioOf(theirs!, mlpt!)]),
    ),
    rounds,
    machine,
  }
  await writeFileAtomically(join(repository, 'bench/results/add.json'), formatJson(result))
  process.stdout.write(formatJson(result))
} finally {
  rmSync(directory, { recursive: true, force: true })
}

function makeData(): string {
  const random = createRandom(1)
  const folder = join(directory, 'data')
  for (let i = 0; i < fileCount; i++) {
    const part = join(folder, 'small', String(i % 100))
    mkdirSync(part, { recursive: true })
    writeFileSync(join(part, `${i}.txt`), `${i} ${random.next()}\n`.repeat(1 + (i % 50)))
  }
  const words = new Uint32Array(largeBytes / 4)
  for (let i = 0; i < words.length; i++) words[i] = random.nextInteger(2 ** 32)
  writeFileSync(join(folder, 'large.bin'), words)
  for (const [name, { count, bytes }] of Object.entries({ several, pictures })) {
    mkdirSync(join(folder, name))
    for (let i = 0; i < count; i++) {
      writeFileSync(join(folder, name, `${i}.bin`), words.subarray(i, i + bytes / 4))
    }
  }
  return folder
}

interface Step {
  mlpt?: Measured
  dvc?: Measured
  limit?: Measured
}

function measureSteps(data: string): Record<string, Step> {
  const lists = new Map<string, Measured[]>()
  const note = (name: string, folder: string, command: string): void => {
    const one = measureCommand(command, { directory: folder, environment })
    lists.set(name, [...(lists.get(name) ?? []), one])
  }
  for (let i = 0; i < rounds; i++) {
    for (const [tool, program] of Object.entries(tools)) {
      const folder = copyOf(data)
      for (const [what, path] of [
        ['small', 'small'],
        ['large', 'large.bin'],
        ['several', 'several'],
        ['pictures', 'pictures'],
      ] as const) {
        note(`${what}Add ${tool}`, folder, `${program} add ${path}`)
        note(`${what}Again ${tool}`, folder, `${program} add ${path}`)
        note(`${what}Status ${tool}`, folder, `${program} status`)
      }
      for (const name of ['several', 'pictures']) {
        note(`${name}Checkout ${tool}`, folder, `rm -r ${name} && ${program} checkout ${name}.dvc`)
      }
    }
    const folder = copyOf(data)
    const hashAll = 'find small -type f -print0 | xargs -0 md5sum'
    note('smallAdd limit', folder, `${hashAll} && cp -r small copy`)
    note('largeAdd limit', folder, 'md5sum large.bin && cp large.bin copy.bin')
    for (const name of ['several', 'pictures']) {
      note(`${name}Add limit`, folder, `md5sum ${name}/* && cp -r ${name} ${name}-copy`)
    }
  }
  const steps: Record<string, Step> = {}
  for (const [name, list] of lists) {
    const [step = '', tool = ''] = name.split(' ')
    steps[step] = { ...steps[step], [tool]: medianOf(list) }
  }
  return steps
}

/** A repository with data that nobody has added or hashed before. */
function copyOf(data: string): string {
  const folder = mkdtempSync(join(directory, 'copy-'))
  cpSync(data, folder, { recursive: true })
  execFileSync('git', ['init', '-q'], { cwd: folder })
  execFileSync(dvc, ['init', '-q'], { cwd: folder, env: environment })
  execFileSync('sync', ['-f', folder])
  return folder
}

function ratioOf(theirs: Measured, ours: Measured): { wall: number; cpu: number } {
  return {
    wall: roundSeconds(theirs.wallSeconds / ours.wallSeconds),
    cpu: roundSeconds(theirs.cpuSeconds / ours.cpuSeconds),
  }
}
