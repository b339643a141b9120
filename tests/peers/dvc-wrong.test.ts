/**
 * Where dvc is wrong today, ours is right. Each test shows both. That a damaged object of a remote is taken
 * for good, and a folder without one of its files for complete, is shown in dvc-remote.test.ts.
 */

import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { dvcEnvironment } from './differential/dvc-process.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { until } from '../pipeline/project.ts'
import { dvcProgram, makeTwins, peer, runDvc, runMlpt, type Twins } from './twins.ts'

describe('dvc is wrong and we are right about', { skip: peer.skip }, () => {
  test('a parameter called size, whose old output dvc restores (issue 10296)', () => {
    const twins = makeTwins()
    write(twins, 'dvc.yaml', {
      made: { cmd: 'grep size params.yaml > made', params: ['size'], outs: ['made'] },
    })
    const read = (folder: string): string => readFileSync(join(folder, 'made'), 'utf8')
    for (const size of [1, 2]) {
      writeBoth(twins, 'params.yaml', `size: ${size}\n`)
      assert.deepEqual(runBoth(twins, 'repro'), [true, true])
    }
    assert.equal(read(twins.theirs), 'size: 1\n')
    assert.equal(read(twins.ours), 'size: 2\n')
  })

  test('the lines in .gitignore of stages that went well before one that fails (issue 11091)', () => {
    const twins = makeTwins()
    write(twins, 'dvc.yaml', {
      good: { cmd: 'echo 1 > good', outs: ['good'] },
      bad: { cmd: 'cat good && false', deps: ['good'], outs: ['bad'] },
    })
    assert.deepEqual(runBoth(twins, 'repro'), [false, false])
    assert.equal(existsSync(join(twins.theirs, '.gitignore')), false)
    assert.equal(readFileSync(join(twins.ours, '.gitignore'), 'utf8'), '/good\n')
  })

  test('the data of a pipeline that git ignores, which dvc deletes', () => {
    const twins = makeTwins()
    write(twins, 'dvc.yaml', { made: { cmd: 'echo 1 > made', outs: ['made'] } })
    assert.deepEqual(runBoth(twins, 'repro'), [true, true])
    writeBoth(twins, '.gitignore', '/made\ndvc.yaml\n')
    assert.deepEqual(runBoth(twins, 'gc', '--workspace', '--force'), [true, true])
    const hasData = (folder: string): boolean =>
      existsSync(join(folder, '.dvc/cache/files/md5/b0/26324c6904b2a9cb4b88d6d61c81d1'))
    assert.deepEqual([hasData(twins.theirs), hasData(twins.ours)], [false, true])
  })

  test('the output of a stage that fails, which dvc has deleted by then', () => {
    const twins = makeTwins()
    const run = (command: string): [boolean, boolean] => {
      write(twins, 'dvc.yaml', { model: { cmd: command, outs: [{ model: { cache: false } }] } })
      return runBoth(twins, 'repro')
    }
    assert.deepEqual(run('echo precious > model'), [true, true])
    assert.deepEqual(run('false'), [false, false])
    assert.equal(existsSync(join(twins.theirs, 'model')), false)
    assert.equal(readFileSync(join(twins.ours, 'model'), 'utf8'), 'precious\n')
  })

  test('the output of a stage that is killed, and the stage, which dvc leaves running', async () => {
    const twins = makeTwins()
    const outs = [{ model: { cache: false } }]
    write(twins, 'dvc.yaml', { model: { cmd: 'echo precious > model', outs } })
    assert.deepEqual(runBoth(twins, 'repro'), [true, true])
    const command = 'touch begun; sleep 2; touch ended; echo new > model'
    write(twins, 'dvc.yaml', { model: { cmd: command, outs } })
    for (const folder of [twins.theirs, twins.ours]) {
      const engine = folder === twins.theirs ? startDvc(folder) : startMlpt(folder)
      await until(() => existsSync(join(folder, 'begun')))
      engine.kill('SIGKILL')
      await once(engine, 'close')
    }
    await until(() => existsSync(join(twins.theirs, 'ended')))
    // Whatever command comes next puts it back; this one has nothing to do besides.
    assert.equal(runMlpt(twins.ours, ['checkout']), true)
    assert.equal(readFileSync(join(twins.ours, 'model'), 'utf8'), 'precious\n')
    assert.equal(existsSync(join(twins.ours, 'ended')), false)
  })

  test('the verdict on a run in which every stage failed', () => {
    const twins = makeTwins()
    write(twins, 'dvc.yaml', { a: { cmd: 'false' }, b: { cmd: 'false' } })
    assert.equal(runDvc(twins.theirs, ['repro', '--ignore-errors']), true)
    assert.equal(runMlpt(twins.ours, ['run', '--keep-going']), false)
  })

  test('an input that is edited while a stage reads it (issue 11058)', () => {
    const twins = makeTwins()
    writeBoth(twins, 'in', 'old\n')
    write(twins, 'dvc.yaml', {
      copy: { cmd: 'cp in out && echo edited > in', deps: ['in'], outs: ['out'] },
    })
    assert.deepEqual(runBoth(twins, 'repro'), [true, false])
    assert.equal(runDvc(twins.theirs, ['status', '--quiet']), true)
    assert.equal(readFileSync(join(twins.theirs, 'out'), 'utf8'), 'old\n')
    assert.equal(existsSync(join(twins.ours, 'dvc.lock')), false)
  })

  test('a list that two keys name, which dvc tells twice over', () => {
    const twins = makeTwins()
    writeBoth(twins, 'params.yaml', 'a: {list: [1, 2]}\n')
    const stages = { one: { cmd: 'echo', params: ['a'] }, two: { cmd: 'echo', params: ['a.list'] } }
    write(twins, 'dvc.yaml', stages)
    twins.prepare('git add . && git commit -qm one')
    const [theirs, ours] = tellBoth(twins, 'params', 'diff', '--all', '--deps', '--json')
    const listed = (list: string): unknown => ({
      'params.yaml': { 'a.list': { old: list, new: list } },
    })
    assert.deepEqual([theirs, ours], [listed('[1, 2, 1, 2]'), listed('[1, 2]')])
  })
})

test(
  'files of a folder that only a remote knows are not told, where dvc asks it',
  { skip: peer.skip },
  () => {
    const twins = makeTwins()
    twins.prepare('mkdir d && echo x > d/x')
    for (const args of [
      ['remote', 'add', '-d', 'store', '../.git/store'],
      ['add', 'd'],
      ['push'],
    ]) {
      assert.deepEqual(runBoth(twins, ...args), [true, true])
    }
    twins.prepare('rm -rf d .dvc/cache && git add . && git commit -qm one')
    const told = tellBoth(twins, 'data', 'status', '--granular', '--json')
    const missing = told.map((answer) => (answer as { not_in_cache: unknown }).not_in_cache)
    assert.deepEqual(missing, [['d/', 'd/x'], ['d/']])
  },
)

/** What both answer with `--json`. */
function tellBoth({ theirs, ours }: Twins, ...args: readonly string[]): [unknown, unknown] {
  const environment = { ...process.env, ...dvcEnvironment(makeScratchFolder()) }
  const tell = (cwd: string, program: string, words: readonly string[]): unknown =>
    JSON.parse(execFileSync(program, words, { cwd, env: environment, encoding: 'utf8' }))
  return [tell(theirs, dvcProgram, args), tell(ours, process.execPath, [...mlptArguments, ...args])]
}

function runBoth({ theirs, ours }: Twins, ...args: readonly string[]): [boolean, boolean] {
  return [runDvc(theirs, args), runMlpt(ours, args)]
}

function writeBoth({ theirs, ours }: Twins, path: string, text: string): void {
  for (const folder of [theirs, ours]) writeFileSync(join(folder, path), text)
}

/** JSON is YAML. */
function write(twins: Twins, path: string, stages: Readonly<Record<string, unknown>>): void {
  writeBoth(twins, path, JSON.stringify({ stages }))
}

function startDvc(cwd: string): ChildProcess {
  const program = join(dirname(peer.python), 'dvc')
  const env = { ...process.env, ...dvcEnvironment(join(makeScratchFolder(), 'site')) }
  return spawn(program, ['repro'], { cwd, env, stdio: 'ignore' })
}

function startMlpt(cwd: string): ChildProcess {
  return spawn(process.execPath, [...mlptArguments, 'run'], {
    cwd,
    stdio: 'ignore',
  })
}
