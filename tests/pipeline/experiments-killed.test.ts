/** Experiments that are killed half-way. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  git,
  makeRepository,
  refs,
  run,
  sleeper,
  sleepersOf,
  start,
} from './experiments-repository.ts'
import { mlpt } from './folder.ts'
import { isProcessAlive, until } from './project.ts'

describe('an experiment that is killed', () => {
  test('with the engine takes its stages along, and the next command clears what is left', async () => {
    using project = makeRepository()
    project.write({ 'dvc.yaml': sleeper(project.directory) })
    const engine = start(project, 'exp', 'run', '-S', 'train.rate=1,2', '--jobs', '2')
    const pids = await sleepersOf(project, 2)
    engine.kill('SIGKILL')
    await until(() => pids.every((pid) => !isProcessAlive(pid)))
    assert.notEqual(git(project, 'worktree', 'list').trim().split('\n').length, 1)
    assert.equal(mlpt(project, 'exp', 'list').exitCode, 0)
    assert.equal(git(project, 'worktree', 'list').trim().split('\n').length, 1)
    assert.deepEqual(readdirSync(join(project.directory, '.dvc/tmp/mlpt/exps')), ['logs'])
    assert.equal(refs(project).size, 0)
  })

  test('by Ctrl-C ends all, keeps those that were done, and leaves no work tree', async () => {
    using project = makeRepository()
    project.write({ 'dvc.yaml': sleeper(project.directory) })
    const engine = start(project, 'exp', 'run', '-S', 'train.rate=0,1,2', '--jobs', '2', '-n', 'x')
    const pids = await sleepersOf(project, 2)
    engine.kill('SIGINT')
    const [exitCode] = (await once(engine, 'close')) as [number | null]
    assert.equal(exitCode, 130)
    assert.ok(pids.every((pid) => !isProcessAlive(pid)))
    assert.deepEqual([...refs(project).keys()], ['x-1'])
    assert.equal(git(project, 'worktree', 'list').trim().split('\n').length, 1)
  })

  test('does not disturb another that is running', async () => {
    using project = makeRepository()
    project.write({ 'dvc.yaml': sleeper(project.directory) })
    const engine = start(project, 'exp', 'run', '-S', 'train.rate=1')
    const [pid = 0] = await sleepersOf(project, 1)
    assert.equal(run(project, '-S', 'train.rate=0').exitCode, 0)
    assert.ok(isProcessAlive(pid))
    assert.equal(git(project, 'worktree', 'list').trim().split('\n').length, 2)
    const refused = mlpt(project, 'gc', '--all-experiments', '--force')
    assert.match(refused.errors, /PIPELINE_LOCKED: experiments are running in '.*exps/)
    engine.kill('SIGTERM')
    await once(engine, 'close')
    assert.equal(mlpt(project, 'gc', '--all-experiments', '--force').exitCode, 0)
  })

  test('on another machine, or in a container, is known by its silence', () => {
    using project = makeRepository()
    const folder = join(project.directory, '.dvc/tmp/mlpt/exps/00000000-1')
    mkdirSync(folder, { recursive: true })
    assert.equal(mlpt(project, 'exp', 'list').exitCode, 0)
    assert.ok(existsSync(folder))
    utimesSync(folder, 1, 1)
    assert.equal(mlpt(project, 'exp', 'list').exitCode, 0)
    assert.ok(!existsSync(folder))
  })
})
