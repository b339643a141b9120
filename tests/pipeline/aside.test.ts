import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeProject, type Project } from './project.ts'

const chain = {
  'in.txt': 'input\n',
  'dvc.yaml': `stages:
  a: {cmd: 'cp in.txt a.txt', deps: [in.txt], outs: [a.txt]}
  b: {cmd: 'cp a.txt b.txt', deps: [a.txt], outs: [b.txt]}
  c: {cmd: 'cp b.txt c.txt', deps: [b.txt], outs: [c.txt]}
`,
}

test('nothing is left aside after a run, be its outputs new, replaced or failed', async () => {
  using project = makeProject(chain)
  await project.run()
  assert.deepEqual(leftAside(project), [])
  project.write({ 'in.txt': 'other\n' })
  await project.run()
  assert.deepEqual(leftAside(project), [])
  project.write({ 'in.txt': 'third\n', 'dvc.yaml': chain['dvc.yaml'].replace('cp b.txt', 'false') })
  await assert.rejects(project.run(), { code: 'PIPELINE_STAGE_FAILED' })
  assert.deepEqual(leftAside(project), [])
  assert.equal(project.read('c.txt'), 'other\n')
})

test('a stage that fails after one that did not removes only what it wrote itself', async () => {
  using project = makeProject({
    ...chain,
    'dvc.yaml': chain['dvc.yaml'].replace('cp a.txt b.txt', 'cp a.txt b.txt; exit 1'),
  })
  await assert.rejects(project.run({ jobs: 1 }), { code: 'PIPELINE_STAGE_FAILED' })
  assert.equal(project.read('a.txt'), 'input\n')
  assert.equal(existsSync(join(project.directory, 'b.txt')), false)
})

test('a manifest that a stopped machine has emptied is cleared away', async () => {
  using project = makeProject({ ...chain, '.dvc/tmp/mlpt/aside/999999999-0/manifest.json': '' })
  await project.run()
  assert.deepEqual(leftAside(project), [])
  assert.equal(project.read('c.txt'), 'input\n')
})

test('a stage whose state folder is cleared while it runs is none that failed', async () => {
  using project = makeProject({
    'dvc.yaml': `stages: {a: {cmd: 'rm -r .dvc/tmp/mlpt/aside; echo a > a.txt', outs: [a.txt]}}`,
  })
  await project.run()
  assert.equal(project.read('a.txt'), 'a\n')
})

test('a command has nothing to read from its input', async () => {
  using project = makeProject({
    'dvc.yaml': `stages: {a: {cmd: 'wc -c > a.txt; readlink /proc/self/fd/0 >> a.txt', outs: [a.txt]}}`,
  })
  await project.run()
  assert.match(project.read('a.txt'), /^ *0\n\/dev\/null\n$/)
})

function leftAside(project: Project): string[] {
  return readdirSync(join(project.directory, '.dvc/tmp/mlpt/aside'), { recursive: true }).map(
    String,
  )
}
