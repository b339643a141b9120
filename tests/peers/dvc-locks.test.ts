/** Our runs and those of the real dvc at once in one repository, and one after the other was killed. */

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../src/core/random.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { chaosFiles, checkSound, readRecorded } from '../pipeline/chaos-repository.ts'
import { killProcess, processesIn, waitForQuiet } from '../pipeline/processes.ts'
import { makeProject, outcomes, until, type Project } from '../pipeline/project.ts'
import { findPeer } from './python.ts'
import { makeDvcEnvironment, startDvcProgram } from './dvc-program.ts'

const peer = findPeer('.venv', 'dvc')
/** Forks of one process, which a kill of the program leaves alone: the test of a kill takes dvc itself. */
const dvcProgram = startDvcProgram()
const dvcItself = join(dirname(peer.python), 'dvc')
const mlpt = [process.execPath, ...mlptArguments].join(' ')
const seed = Number(process.env['MLPT_TEST_SEED'] ?? Date.now() % 1e6)

describe('while one of our stages runs', { skip: peer.skip }, () => {
  test('dvc refuses the same stage, runs another one, and neither loses what the other recorded', async () => {
    using project = makeRepository()
    const engine = project.start('slow')
    await until(() => usesOf(project).includes('slow.txt'))
    const refused = startDvc(project, 'repro', 'slow')
    const other = await startDvc(project, 'repro', 'other').ended
    assert.equal(other.exitCode, 0, other.text)
    const { exitCode, text } = await refused.ended
    assert.equal(exitCode, 255, text)
    assert.match(text, new RegExp(`slow.txt' is busy.*\\n.*PID ${engine.process.pid}\\): mlpt run`))
    project.write({ go: '' })
    assert.equal((await engine.ended).exitCode, 0)
    assert.deepEqual(readRecorded(project.directory).sort(), ['other', 'slow'])
    await assertClean(project, 'slow', 'other')
  })

  test('dvc refuses a stage that reads what ours writes', async () => {
    using project = makeRepository()
    const engine = project.start('slow')
    await until(() => usesOf(project).includes('slow.txt'))
    const { exitCode, text } = await startDvc(project, 'repro', '-s', 'reader').ended
    assert.equal(exitCode, 255, text)
    project.write({ go: '' })
    assert.equal((await engine.ended).exitCode, 0)
  })

  test('it may itself call dvc in the same repository', async () => {
    using project = makeRepository()
    project.write({
      'dvc.yaml': `stages:
  outer: {cmd: '${dvcProgram} repro -q inner && touch outer.txt', outs: [outer.txt]}
  inner: {cmd: touch inner.txt, outs: [inner.txt]}
`,
    })
    await project.run({ targets: ['outer'], env: dvcEnvironment })
    assert.deepEqual(readRecorded(project.directory).sort(), ['inner', 'outer'])
  })
})

describe('while a stage of dvc runs', { skip: peer.skip }, () => {
  test('we refuse the same stage, run another one, and wait when asked to', async () => {
    using project = makeRepository()
    const dvc = startDvc(project, 'repro', 'slow')
    await until(() => existsSync(join(project.directory, 'begun')))
    await assert.rejects(project.run({ targets: ['slow'] }), {
      code: 'PIPELINE_LOCKED',
      message: /'.*\/slow\.txt' is in use by '.*dvc repro slow' \(process \d+\)/,
    })
    await assert.rejects(project.run({ targets: ['reader'], singleItem: true }), {
      code: 'PIPELINE_LOCKED',
    })
    assert.deepEqual(outcomes(await project.run({ targets: ['other'] })), { other: 'ran' })
    const waiting = project.start('--wait', '60')
    await sleep(1000)
    assert.equal(waiting.process.exitCode, null)
    project.write({ go: '' })
    const { exitCode, text } = await dvc.ended
    assert.equal(exitCode, 0, text)
    const end = await waiting.ended
    assert.equal(end.exitCode, 0, end.errors)
    assert.equal(project.read('runs'), 'slow\n', 'it ran once')
    assert.deepEqual(readRecorded(project.directory).sort(), ['other', 'reader', 'slow'])
    await assertClean(project)
  })

  test('that stage may be a run of ours, of the same repository or another', async () => {
    using project = makeRepository()
    project.write({
      'dvc.yaml': `stages:
  same: {cmd: '${mlpt} run inner && touch same.txt', outs: [same.txt]}
  inner: {cmd: touch inner.txt, outs: [inner.txt]}
  nested: {cmd: cd nested && ${mlpt} run, outs: [nested/out.txt]}
`,
      'nested/.dvc/config': '',
      'nested/dvc.yaml': `stages:\n  a: {cmd: sleep 0.7; echo > out.txt, outs: [out.txt]}\n`,
    })
    const { exitCode, text } = await startDvc(project, 'repro', 'same', 'nested').ended
    assert.equal(exitCode, 0, text)
    assert.deepEqual(readRecorded(project.directory).sort(), ['inner', 'nested', 'same'])
    assert.deepEqual(readRecorded(join(project.directory, 'nested')), ['a'])
  })
})

describe('several at once', { skip: peer.skip }, () => {
  test('each end with all done, or refused, and nothing recorded is lost', async () => {
    using project = makeProject({ ...chaosFiles({ isTame: true }), 'in.txt': 'x\n' })
    makeDvcRepository(project)
    for (let round = 0; round < 2; round++) {
      project.write({ 'in.txt': `${round}\n` })
      const dvcs = [startDvc(project, 'repro'), startDvc(project, 'repro', 'right')]
      const ours = [project.start('--wait', '60'), project.start('--wait', '60', '--jobs', '3')]
      for (const run of ours) {
        const end = await run.ended
        assert.equal(end.exitCode, 0, end.errors)
      }
      for (const dvc of dvcs) {
        const end = await dvc.ended
        assert.ok(end.exitCode === 0 || /is busy|Unable to acquire lock/.test(end.text), end.text)
      }
      checkSound(project.directory)
      await project.run()
      await assertClean(project)
    }
  })
})

describe('after a kill', { skip: peer.skip }, () => {
  test('of dvc we go on: its lock and its paths in use count no more', async () => {
    using project = makeRepository()
    const dvc = startProgram(dvcItself, project.directory, ['repro', 'slow'])
    await until(() => existsSync(join(project.directory, 'begun')))
    dvc.kill()
    await dvc.ended
    // Unlike ours, its stages live on.
    for (const id of processesIn(project.directory)) killProcess(id)
    assert.match(usesOf(project), /slow\.txt/)
    project.write({ go: '' })
    assert.equal(Object.keys(outcomes(await project.run())).length, 3)
    await assertClean(project)
  })

  test('of ours dvc goes on: our lock and our paths in use count no more', async () => {
    using project = makeRepository()
    const engine = project.start('slow')
    await until(() => usesOf(project).includes('slow.txt'))
    engine.process.kill('SIGKILL')
    await engine.ended
    await waitForQuiet(project.directory)
    project.write({ go: '' })
    const { exitCode, text } = await startDvc(project, 'repro').ended
    assert.equal(exitCode, 0, text)
    assert.equal((await project.run()).isUpToDate, true)
  })

  test('or ten of ours, dvc accepts the repository and finishes it', async () => {
    using project = makeProject({ ...chaosFiles({ isTame: true }), 'in.txt': 'x\n' })
    makeDvcRepository(project)
    using twin = makeProject({ ...chaosFiles({ isTame: true }), 'in.txt': 'x\n' })
    makeDvcRepository(twin)
    await twin.run()
    const random = createRandom(seed)
    console.log(`the moments come from MLPT_TEST_SEED=${seed}`)
    for (let round = 0; round < 3; round++) {
      project.write({ 'in.txt': `${round}\n` })
      for (let kills = 0; kills < 4; kills++) {
        const engine = project.start('--jobs', '3', '--no-run-cache')
        await Promise.race([once(engine.process.stderr!, 'data'), engine.ended])
        await Promise.race([sleep(random.nextInteger(300)), engine.ended])
        engine.process.kill('SIGKILL')
        await engine.ended
        await waitForQuiet(project.directory)
        if (kills === 1)
          assert.equal((await startDvc(project, 'status', '--json').ended).exitCode, 0)
      }
      const { exitCode, text } = await startDvc(project, 'repro').ended
      assert.equal(exitCode, 0, text)
      checkSound(project.directory)
    }
    project.write({ 'in.txt': 'x\n' })
    await startDvc(project, 'repro').ended
    assert.equal(project.read('last.txt'), twin.read('last.txt'))
    assert.equal((await project.run()).isUpToDate, true)
    await assertClean(project)
  })
})

const dvcEnvironment = makeDvcEnvironment()

interface DvcEnd {
  readonly exitCode: number | null
  readonly output: string
  /** All that it printed. */
  readonly text: string
}

interface Dvc {
  readonly ended: Promise<DvcEnd>
  kill(): void
}

function startDvc({ directory }: Project, ...args: readonly string[]): Dvc {
  return startProgram(dvcProgram, directory, args)
}

function startProgram(program: string, cwd: string, args: readonly string[]): Dvc {
  const child = spawn(program, args, {
    cwd,
    env: dvcEnvironment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (stream === child.stdout) output += piece
    })
  }
  // Not its closing: what a killed dvc leaves running has its pipes.
  const ended = once(child, 'exit').then(async ([exitCode]) => {
    await sleep(50)
    return { exitCode: exitCode as number | null, text, output }
  })
  return { ended, kill: () => void child.kill('SIGKILL') }
}

async function assertClean(project: Project, ...targets: readonly string[]): Promise<void> {
  const { exitCode, output, text } = await startDvc(project, 'status', '--json', ...targets).ended
  assert.equal(exitCode, 0, text)
  assert.equal(output.trim(), '{}')
}

function usesOf({ directory }: Project): string {
  const path = join(directory, '.dvc/tmp/rwlock')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function makeRepository(): Project {
  const project = makeProject({
    'dvc.yaml': `stages:
  slow:
    cmd: echo slow >> runs; touch begun; for i in $(seq 400); do [ -e go ] && break; sleep 0.05; done; echo slow > slow.txt
    outs: [slow.txt]
  other: {cmd: echo other > other.txt, outs: [other.txt]}
  reader: {cmd: cp slow.txt reader.txt, deps: [slow.txt], outs: [reader.txt]}
`,
  })
  makeDvcRepository(project)
  return project
}

/** As `dvc init` leaves it, without the second and a half. */
function makeDvcRepository({ directory }: Project): void {
  execFileSync('git', ['init', '-q'], { cwd: directory })
  mkdirSync(join(directory, '.dvc/tmp'), { recursive: true })
  execFileSync('touch', ['.dvc/config', '.dvcignore'], { cwd: directory })
}
