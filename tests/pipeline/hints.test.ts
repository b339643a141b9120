/** Hints that a person may paste as they stand. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commit, git, makeCommitted, mlpt } from './committed-project.ts'
import type { Project } from './project.ts'

test('the files to give to git are those that git takes', () => {
  using project = makeCommitted({ other: 'o' })
  project.write({ a: 'a' })
  assert.equal(addAsHinted(project, 'add', 'a'), '.gitignore a.dvc')
  assert.equal(addAsHinted(project, 'move', 'a', 'b'), '.gitignore a.dvc b.dvc')
  commit(project)
  assert.equal(addAsHinted(project, 'move', 'b', 'c'), '.gitignore b.dvc c.dvc')
  assert.equal(git(project, 'status', '--short', '--', '*.dvc'), 'R  b.dvc -> c.dvc')
  project.write({ '-dash': 'd' })
  assert.equal(addAsHinted(project, 'add', '--', '-dash'), './-dash.dvc .gitignore')
})

test('data that is moved back before a commit leaves nothing but what is there', () => {
  using project = makeCommitted({ other: 'o' })
  project.write({ a: 'a' })
  mlpt(project, ['add', 'a'])
  commit(project)
  mlpt(project, ['move', 'a', 'b'])
  assert.equal(addAsHinted(project, 'move', 'b', 'a'), '.gitignore a.dvc')
  assert.equal(git(project, 'status', '--short'), '')
})

test('the log of a failed stage is named from the folder one is in', () => {
  using project = makeCommitted({
    'sub/deep/dvc.yaml': 'stages: {a: {cmd: "echo why >&2; exit 1"}}\n',
  })
  const { errors } = mlpt(project, ['run'], 'sub/deep')
  const [, path = ''] = /what it printed is in (.*)\n/.exec(errors) ?? []
  assert.equal(path, '../../.dvc/tmp/mlpt/logs/a.log')
  assert.ok(existsSync(join(project.directory, 'sub/deep', path)))
})

test('what is said of an import that was only written down brings its data', () => {
  using project = makeCommitted({ source: 's1' })
  mlpt(project, ['import-url', '--no-download', 'source', 'data'])
  const status = (): string => mlpt(project, ['status']).output
  assert.match(status(), /^data\.dvc {2}has to be fetched \(mlpt pull\)/)
  assert.equal(addAsHinted(project, 'pull'), 'data.dvc')
  assert.deepEqual([project.read('data'), status()], ['s1', 'everything is up to date\n'])
  project.write({ source: 's2' })
  mlpt(project, ['update', '--no-download', 'data'])
  assert.ok(!existsSync(join(project.directory, 'data')))
  project.write({ source: 's3' })
  const pulled = mlpt(project, ['pull'])
  assert.deepEqual([pulled.exitCode, pulled.output], [1, ''])
  assert.match(pulled.errors, /DATA_HASH_MISMATCH[^]*hint: .*: mlpt update data\.dvc\n/)
  mlpt(project, ['update', 'data.dvc'])
  assert.deepEqual([project.read('data'), status()], ['s3', 'everything is up to date\n'])
})

/** Does what the hint says; the names in it. */
function addAsHinted(project: Project, ...args: readonly string[]): string | undefined {
  const { errors } = mlpt(project, args)
  const [, names] = /to track the change: git add (.*)\n/.exec(errors) ?? []
  git(project, 'add', ...(names ?? '').split(' '))
  return names
}
