import assert from 'node:assert/strict'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeProject, type Project } from './project.ts'
import { mlpt } from './folder.ts'

// md5 of 'made\n'
const made = '3494a24e3892ed7e2fc3749c0e22a2f6'

describe('an object that was damaged in the cache', () => {
  test('is fetched again by pull', () => {
    using project = makeDamaged()
    rmSync(join(project.directory, 'made.txt'))
    rmSync(join(project.directory, 'd'), { recursive: true })
    const { exitCode, output } = mlpt(project, 'pull')
    assert.equal(exitCode, 0)
    assert.equal(output, 'A\td/\nA\tmade.txt\n1 file fetched, 3 files added\n')
    assert.equal(project.read('made.txt'), 'made\n')
    assert.equal(project.read('d/one'), 'made\n')
  })

  test('is fetched again by run --pull, and nothing runs', () => {
    using project = makeDamaged()
    rmSync(join(project.directory, 'made.txt'))
    const { exitCode, output } = mlpt(project, 'run', '--pull')
    assert.deepEqual([exitCode, output], [0, '1 restored from cache\n'])
    assert.equal(project.read('made.txt'), 'made\n')
    assert.equal(project.read('count'), 'x\n')
  })

  test('makes its stage run when no remote has it', () => {
    using project = makeDamaged()
    rmSync(join(project.directory, 'made.txt'))
    rmSync(join(project.directory, 'store'), { recursive: true })
    assert.equal(mlpt(project, 'run', '--pull').output, '1 ran\n')
    assert.equal(project.read('count'), 'x\nx\n')
  })

  test('is named by pull when the remote has it no more', () => {
    using project = makeDamaged()
    rmSync(join(project.directory, 'made.txt'))
    rmSync(join(project.directory, 'store'), { recursive: true })
    const { exitCode, errors } = mlpt(project, 'pull')
    assert.equal(exitCode, 1)
    assert.match(errors, /error REMOTE_OBJECT_MISSING: .*'(d\/one|made\.txt)'/)
  })
})

test('run --pull without targets fetches for the pipeline of the folder only', () => {
  using project = makeDamaged()
  project.write({
    'other/dvc.yaml': 'stages: {o: {cmd: echo other > o.txt, outs: [o.txt]}}\n',
  })
  mlpt(project, 'run', '-P')
  mlpt(project, 'push')
  for (const path of ['.dvc/cache', 'made.txt', 'other/o.txt']) {
    rmSync(join(project.directory, path), { recursive: true })
  }
  assert.equal(mlpt(project, 'run', '--pull').output, '1 restored from cache\n')
  assert.match(mlpt(project, 'status', '-c').output, /^deleted: +other\/o\.txt\n$/)
})

test('run --pull fetches nothing for a pipeline without stages, nor for a dry run', () => {
  using project = makeDamaged()
  project.write({ 'other/dvc.yaml': 'metrics: []\n' })
  const other = { directory: join(project.directory, 'other') }
  assert.equal(mlpt(other, 'run', '--pull').output, 'everything is up to date\n')
  for (const path of ['.dvc/cache', 'made.txt']) {
    rmSync(join(project.directory, path), { recursive: true })
  }
  assert.match(
    mlpt(project, 'run', '--pull', '--dry').output,
    /^make {2}would run +made\.txt is mis/,
  )
  assert.equal(existsSync(join(project.directory, '.dvc/cache/files')), false)
})

/** All has run and is pushed, and then the one object got another content. */
function makeDamaged(): Project {
  const project = makeProject({
    '.dvc/config': '[core]\n    remote = store\n[\'remote "store"\']\n    url = ../store\n',
    'dvc.yaml': `stages:
  make:
    cmd: echo made > made.txt; mkdir -p d; echo made > d/one; echo two > d/two; echo x >> count
    outs: [made.txt, d]
`,
  })
  assert.equal(mlpt(project, 'run').exitCode, 0)
  assert.equal(mlpt(project, 'push').exitCode, 0)
  const object = join(project.directory, '.dvc/cache/files/md5', made.slice(0, 2), made.slice(2))
  chmodSync(object, 0o644)
  writeFileSync(object, 'junk')
  chmodSync(object, 0o444)
  return project
}
