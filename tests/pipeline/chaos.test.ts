/**
 * kill -9 at random moments: of the engine, of a stage, of the watchdog, of all of them. After each, no stage
 * is left and the repository is sound; every few of them a run to the end gives what an undisturbed one gives.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'
import { createRandom, type Random } from '../../src/core/random.ts'
import { chaosFiles, checkSound, listObjects, listWork, readRecorded } from './chaos-repository.ts'
import {
  descendantsOf,
  isRunning,
  isWatchdog,
  killProcess,
  processesIn,
  waitForQuiet,
} from './processes.ts'
import { makeProject, until, type Engine, type Project } from './project.ts'

const killsOfLane = 50
const killsBetweenRuns = 6
const seed = Number(process.env['MLPT_TEST_SEED'] ?? Date.now() % 1e6)
const inputs = [1, 2, 3, 4].map((i) => `line\n`.repeat(i))

/** What an undisturbed run gives, for each input. */
const expected: Result[] = []
const expectedObjects = new Set<string>()

describe(`a pipeline killed at moments from MLPT_TEST_SEED=${seed}`, { concurrency: 3 }, () => {
  before(async () => {
    console.log(`the moments come from MLPT_TEST_SEED=${seed}`)
    for (const input of inputs) {
      using project = makePipeline(input)
      await project.run({ jobs: 1 })
      expected.push(resultOf(project))
      for (const object of expected.at(-1)!.objects) expectedObjects.add(object)
    }
  })

  for (const [lane, ...flags] of [
    ['first runs'],
    ['changed inputs', '--no-run-cache'],
    ['inputs that come back'],
  ] as const) {
    test(`${killsOfLane} times during runs with ${lane}`, async () => {
      using project = makePipeline(inputs[0]!)
      const random = createRandom(seed).fork(lane)
      const isFirst = lane === 'first runs'
      const start = (): Engine => project.start('--jobs', '3', ...flags)
      if (!isFirst) await project.run({ jobs: 2 })
      let input = 0
      let kills = 0
      while (kills < killsOfLane) {
        const recorded = readRecorded(project.directory)
        const hasKilled = await runAndKill(project, start(), random)
        if (hasKilled) kills++
        await waitForQuiet(project.directory)
        checkSound(project.directory, expectedObjects)
        const now = readRecorded(project.directory)
        assert.ok(recorded.every((name) => now.includes(name)))
        if (hasKilled && kills % killsBetweenRuns !== 0) {
          if (random.next() < 0.3) input = changeInput(project, random)
          continue
        }
        await finish(project, start(), { input, isFirst })
        if (isFirst) startOver(project)
        input = changeInput(project, random)
      }
    })
  }
})

/** @returns whether anything was killed */
async function runAndKill(project: Project, engine: Engine, random: Random): Promise<boolean> {
  // Sometimes while it starts, else after any of the lines that it prints.
  const line = Math.floor(random.next() ** 2 * 28) - 3
  if (line < 0) await Promise.race([sleep(random.nextInteger(400)), engine.ended])
  else await Promise.race([waitForLine(engine, line), engine.ended])
  await sleep(random.nextInteger(40))
  const id = engine.process.pid!
  const family = descendantsOf(id)
  if (engine.process.exitCode !== null) return false
  const hasKilled = await chooseVictims(project, engine, random)
  const end = await engine.ended
  assert.ok([null, 0, 1].includes(end.exitCode), `exit code ${end.exitCode}: ${end.errors}`)
  await until(() => family.every((member) => !isRunning(member)))
  return hasKilled
}

async function chooseVictims(project: Project, engine: Engine, random: Random): Promise<boolean> {
  const id = engine.process.pid!
  const kill = (): boolean => engine.process.kill('SIGKILL')
  const kind = random.next()
  if (kind < 0.6) return kill()
  if (kind < 0.75) {
    const hasKilled = kill()
    const members = (): number[] => [...descendantsOf(id), ...processesIn(project.directory)]
    // A shell may have started something between the look and the kill.
    for (let left = members(); left.length > 0; left = members()) left.forEach(killProcess)
    return hasKilled
  }
  if (kind < 0.88) {
    const stages = processesIn(project.directory).filter((member) => member !== id)
    const victim = stages[random.nextInteger(Math.max(1, stages.length))]
    if (victim === undefined) return kill()
    killProcess(victim)
    // The engine goes on, or is killed while it deals with that.
    if (random.next() < 0.5) return true
    await sleep(random.nextInteger(60))
    return kill() || true
  }
  const [watchdog] = descendantsOf(id).filter(isWatchdog)
  if (watchdog === undefined) return kill()
  killProcess(watchdog)
  const isReplaced = (): boolean =>
    engine.process.exitCode !== null ||
    descendantsOf(id).some((member) => member !== watchdog && isWatchdog(member)) ||
    processesIn(project.directory).every((member) => member === id)
  await until(isReplaced)
  return kill() || true
}

async function waitForLine(engine: Engine, count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let seen = 0
  engine.process.stderr?.on('data', (text: string) => {
    seen += text.split('\n').length - 1
    if (seen >= count) resolve()
  })
  if (count === 0) resolve()
  return promise
}

async function finish(
  project: Project,
  engine: Engine,
  { input, isFirst }: { readonly input: number; readonly isFirst: boolean },
): Promise<void> {
  const end = await engine.ended
  assert.equal(end.exitCode, 0, end.errors)
  const actual = resultOf(project)
  const { lock, objects, files, ignored } = expected[input]!
  assert.deepEqual(actual.files, files)
  assert.deepEqual(actual.ignored, ignored)
  // What a killed first run has recorded keeps its place, as with dvc.
  if (isFirst) assert.deepEqual(parse(actual.lock), parse(lock))
  else assert.equal(actual.lock, lock)
  const present = new Set(actual.objects)
  assert.deepEqual(
    objects.filter((object) => !present.has(object)),
    [],
  )
  const again = await project.run()
  assert.equal(again.isUpToDate, true, JSON.stringify(again.stages))
}

function changeInput(project: Project, random: Random): number {
  const input = random.nextInteger(inputs.length)
  project.write({ 'in.txt': inputs[input]! })
  return input
}

function startOver({ directory }: Project): void {
  execFileSync(
    'git',
    ['clean', '-qfdx', '-e', '/in.txt', '-e', '/dvc.yaml', '-e', '/params.yaml'],
    {
      cwd: directory,
    },
  )
}

interface Result {
  readonly files: Readonly<Record<string, string>>
  readonly lock: string
  /** Lines may come in another order. */
  readonly ignored: readonly string[]
  readonly objects: readonly string[]
}

function resultOf(project: Project): Result {
  const {
    'dvc.lock': lock = '',
    '.gitignore': ignored = '',
    ...files
  } = listWork(project.directory)
  return {
    files,
    lock,
    ignored: ignored.split('\n').sort(),
    objects: listObjects(project.directory),
  }
}

function makePipeline(input: string): Project {
  const project = makeProject({ ...chaosFiles(), 'in.txt': input })
  execFileSync('git', ['init', '-q'], { cwd: project.directory })
  return project
}
