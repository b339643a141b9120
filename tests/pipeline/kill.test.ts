/** The second promise of docs/architecture.md: kill it anywhere, run it again. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../src/core/random.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { isProcessAlive, makeProject, outcomes, until, type Project } from './project.ts'

describe('a killed engine', () => {
  test('leaves nothing that the next run does not put right, whenever it is killed', async () => {
    const expected = await resultOfCleanRun()
    const random = createRandom(20)
    let killedWhileRunning = 0
    using project = makeProject(slowChain)
    for (let round = 0; killedWhileRunning < 12; round++) {
      project.write({ 'in.txt': `round ${round}\n` })
      const engine = project.start()
      await sleep(random.nextInteger(600))
      if (engine.process.kill('SIGKILL')) killedWhileRunning++
      await engine.ended
    }
    project.write({ 'in.txt': slowChain['in.txt'] })
    await project.run()
    assert.deepEqual(resultOf(project), expected)
  })

  test('killed after the same point of a first run gives the same files as an undisturbed one', async () => {
    const expected = await resultOfCleanRun()
    for (const delayMs of [250, 350, 450, 600]) {
      using project = makeProject(slowChain)
      const engine = project.start()
      await sleep(delayMs)
      engine.process.kill('SIGKILL')
      await engine.ended
      await project.run()
      assert.deepEqual(resultOf(project), expected)
    }
  })

  test('takes its running stage and all that the stage started with it', async () => {
    using project = makeProject(sleeper)
    const engine = project.start()
    await until(() => hasText(project, 'pids', /\d+\n\d+\n/))
    const pids = project.read('pids').trim().split('\n').map(Number)
    engine.process.kill('SIGKILL')
    await until(() => pids.every((pid) => !isProcessAlive(pid)))
    await engine.ended
  })

  test('leaves the old output aside, and the next run puts it back first', async () => {
    using project = makeProject(sleeper)
    project.write({ 'out.txt': 'before\n' })
    const engine = project.start()
    await until(() => hasText(project, 'out.txt', /half/))
    engine.process.kill('SIGKILL')
    await engine.ended
    project.write({ 'dvc.yaml': `stages:\n  sleep: {cmd: 'exit 1', outs: [out.txt]}\n` })
    await assert.rejects(project.run())
    assert.ok(project.events.some((event) => event.kind === 'recovered' && event.stage === 'sleep'))
    assert.equal(project.read('out.txt'), 'before\n')
  })

  test('frees the lock at once', async () => {
    using project = makeProject(sleeper)
    const engine = project.start()
    await until(() => existsSync(join(project.directory, 'pids')))
    engine.process.kill('SIGKILL')
    await engine.ended
    project.write({ 'dvc.yaml': `stages:\n  quick: {cmd: 'true'}\n` })
    assert.deepEqual(outcomes(await project.run()), { quick: 'ran' })
  })
})

describe('two runs at once', () => {
  test('the second is refused, told by whom and since when', async () => {
    using project = makeProject(sleeper)
    const engine = project.start()
    await until(() => existsSync(join(project.directory, 'pids')))
    const second = await project.start().ended
    assert.equal(second.exitCode, 1)
    assert.match(
      second.errors,
      new RegExp(`PIPELINE_LOCKED: another run \\(process ${engine.process.pid}, since 20`),
    )
    engine.process.kill('SIGTERM')
    await engine.ended
  })

  test('the second waits when asked to, and then finds everything done', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:
  wait:
    cmd: 'touch started; while [ ! -e go ]; do sleep 0.05; done; echo done > out.txt'
    outs: [out.txt]
`,
    })
    const first = project.start()
    await until(() => existsSync(join(project.directory, 'started')))
    const second = project.start('--wait', '60', '--json')
    let told = ''
    second.process.stderr!.on('data', (piece: string) => {
      told += piece
    })
    await until(() => told.includes('waiting for another run'))
    project.write({ go: '' })
    assert.equal((await first.ended).exitCode, 0)
    const { output } = await second.ended
    assert.equal((JSON.parse(output) as { isUpToDate: boolean }).isUpToDate, true)
  })
})

describe('an interrupted run', () => {
  for (const signalName of ['SIGINT', 'SIGTERM'] as const) {
    test(`ends at once on ${signalName}, exits with 130, leaves outputs as they were`, async () => {
      using project = makeProject({
        ...sleeper,
        // A command that will not listen.
        'dvc.yaml': sleeper['dvc.yaml'].replace('sleep 60 &', 'trap "" TERM INT; sleep 60 &'),
      })
      project.write({ 'out.txt': 'before\n' })
      const engine = project.start('--jobs', '1')
      await until(() => hasText(project, 'out.txt', /half/))
      engine.process.kill(signalName)
      const { exitCode, errors } = await engine.ended
      assert.equal(exitCode, 130)
      assert.match(errors, /INTERRUPTED: interrupted; stages done: first; left: sleep, last/)
      assert.equal(project.read('out.txt'), 'before\n')
      assert.equal(existsSync(join(project.directory, 'awoken')), false)
    })
  }

  test('of a terminal that is closed ends as with Ctrl-C; without a terminal, as under nohup, it goes on', async (t) => {
    if (spawnSync('script', ['--version']).status !== 0) return t.skip('skipped: no script(1)')
    using project = makeProject(sleeper)
    project.write({ 'out.txt': 'before\n' })
    const alone = project.start('--jobs', '1')
    await until(() => hasText(project, 'out.txt', /half/))
    alone.process.kill('SIGHUP')
    alone.process.kill('SIGINT')
    assert.equal((await alone.ended).exitCode, 130)
    const words = [process.execPath, ...mlptArguments, 'run', '--jobs', '1']
    const terminal = spawn(
      'script',
      ['-qec', words.map((word) => `'${word}'`).join(' '), 'typed'],
      {
        cwd: project.directory,
        stdio: 'ignore',
      },
    )
    await until(() => hasText(project, 'out.txt', /half/))
    terminal.kill('SIGKILL')
    await until(() => hasText(project, 'out.txt', /before/))
  })

  test('in this process ends with INTERRUPTED, and the next run goes on', async () => {
    using project = makeProject(slowChain)
    const controller = new AbortController()
    const running = project.run({
      signal: controller.signal,
      report: (event) => {
        if (event.kind === 'stage-started' && event.stage === 'b') controller.abort()
      },
    })
    await assert.rejects(running, { code: 'INTERRUPTED', exitCode: 130 })
    assert.deepEqual(outcomes(await project.run()), { a: 'unchanged', b: 'ran', c: 'ran' })
  })
})

function hasText(project: Project, path: string, pattern: RegExp): boolean {
  try {
    return pattern.test(project.read(path))
  } catch {
    return false // The run puts an old output aside before its stage writes a new one.
  }
}

async function resultOfCleanRun(): Promise<Record<string, string>> {
  using project = makeProject(slowChain)
  await project.run()
  return resultOf(project)
}

/** The lock, all outputs, and whatever else lies in the folder. */
function resultOf(project: Project): Record<string, string> {
  const names = readdirSync(project.directory).filter((name) => name !== '.dvc' && name !== 'b')
  const aside = join(project.directory, '.dvc/tmp/mlpt/aside')
  return {
    ...Object.fromEntries(names.map((name) => [name, project.read(name)])),
    'b/x': project.read('b/x'),
    aside: existsSync(aside) ? readdirSync(aside).join() : '',
  }
}

/** Writes half an output, then the other half. */
const slowChain = {
  'in.txt': 'input\n',
  'dvc.yaml': `stages:
  a:
    cmd: cat in.txt > a.txt; sleep 0.1; cat in.txt >> a.txt
    deps: [in.txt]
    outs: [a.txt]
  b:
    cmd: mkdir b; cat a.txt > b/x; sleep 0.1; cat a.txt >> b/x
    deps: [a.txt]
    outs: [b]
  c:
    cmd: cat b/x > c.json; sleep 0.1; cat a.txt >> c.json
    deps: [a.txt, b]
    metrics: [{c.json: {cache: false}}]
`,
}

const sleeper = {
  'dvc.yaml': `stages:
  first: {cmd: 'true'}
  sleep:
    cmd: 'sleep 60 & echo $! > pids; echo $$ >> pids; echo half > out.txt; wait; sleep 60; touch awoken'
    outs: [out.txt]
  last: {cmd: 'true'}
`,
}
