/** Commands on data beside a dvc whose stage is running. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeDataRepository, type DataRepository } from './data-repository.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { mlpt, runIn } from './folder.ts'
import { startSleeper, type Sleeper } from './lock-place.ts'

describe('beside a dvc that is writing data', () => {
  for (const args of [
    ['checkout'],
    ['checkout', 'a.txt.dvc'],
    ['pull'],
    ['add', 'a.txt'],
    ['add', '.', '--glob'],
    ['commit', '--force'],
    ['remove', 'a.txt.dvc', '--outs'],
    ['move', 'a.txt', 'b.txt'],
    ['unprotect', 'a.txt'],
  ]) {
    test(`'mlpt ${args.join(' ')}' leaves it alone, refused`, async () => {
      using project = await makeRepository()
      using dvc = useBy(project, 'a.txt')
      const { exitCode, errors } = mlpt(project, ...args)
      assert.equal(exitCode, 1, errors)
      assert.match(errors, /PIPELINE_LOCKED: '.*a\.txt' is in use by 'dvc repro a' \(process \d+\)/)
      assert.match(errors, new RegExp(`process ${dvc.process.pid}`))
      assert.equal(project.read('a.txt'), 'half of what dvc writes')
    })
  }

  test('other data can be added', async () => {
    using project = await makeRepository()
    using _dvc = useBy(project, 'a.txt')
    project.write({ 'other.txt': 'x' })
    const { exitCode, errors } = mlpt(project, 'add', 'other.txt')
    assert.equal(exitCode, 0, errors)
  })

  test('a command waits for as long as it is told to', async () => {
    using project = await makeRepository()
    using dvc = useBy(project, 'a.txt')
    setTimeout(() => dvc.process.kill('SIGKILL'), 100)
    const args = [...mlptArguments, 'add', 'a.txt', '--wait', '30']
    const child = spawn(process.execPath, args, { cwd: project.directory, stdio: 'ignore' })
    assert.deepEqual(await once(child, 'close'), [0, null])
  })

  test('the stage itself may do what it wants', async () => {
    using project = await makeRepository()
    using _dvc = useBy(project, 'a.txt')
    const script = `DVC_ROOT=${project.directory} ${process.execPath} ${mlptArguments.join(' ')} checkout --force`
    const { exitCode, errors } = runIn(project.directory, 'sh', '-c', script)
    assert.equal(exitCode, 0, errors)
    assert.equal(project.read('a.txt'), 'whole')
  })

  test('its end is enough', async () => {
    using project = await makeRepository()
    useBy(project, 'a.txt')[Symbol.dispose]()
    rmSync(join(project.directory, 'a.txt'))
    const { exitCode, errors } = mlpt(project, 'checkout')
    assert.equal(exitCode, 0, errors)
    assert.equal(existsSync(join(project.directory, 'a.txt')), true)
  })
})

async function makeRepository(): Promise<DataRepository> {
  const project = await makeDataRepository({ 'a.txt': 'whole' })
  await project.add('a.txt')
  mkdirSync(join(project.directory, 'store'))
  mlpt(project, 'remote', 'add', '-d', 'store', 'store')
  return project
}

/** Has half of a file written by somebody who says so. */
function useBy(project: DataRepository, path: string): Sleeper {
  const dvc = startSleeper()
  project.write({ [path]: 'half of what dvc writes' })
  const holder = { pid: dvc.process.pid, cmd: 'dvc repro a' }
  const uses = { write: { [join(project.directory, path)]: holder } }
  writeFileSync(join(project.directory, '.dvc/tmp/rwlock'), JSON.stringify(uses))
  return dvc
}
