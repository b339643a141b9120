/** Hints that a person may paste as they stand. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commit, git, makeCommitted, mlpt } from './committed-project.ts'
import { makeProject, type Project } from './project.ts'

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

test('a log has the very bytes that were printed, whatever they mean', () => {
  using project = makeCommitted({
    'dvc.yaml': 'stages: {a: {cmd: \'printf "\\377\\0\\303"; sleep 0.1; printf "\\244\\n"\'}}\n',
  })
  const { errors } = mlpt(project, ['run'])
  assert.match(errors, /\uFFFD\0ä\n/)
  assert.deepEqual(
    readFileSync(join(project.directory, '.dvc/tmp/mlpt/logs/a.log')),
    Buffer.from([0xff, 0, 0xc3, 0xa4, 0x0a]),
  )
})

test('a pipeline that .dvcignore hides is said to be, with the line', () => {
  using project = makeCommitted({
    'dvc.yaml': 'stages: {a: {cmd: echo}}\n',
    '.dvcignore': '# mine\n*.yaml\n',
  })
  assert.match(
    mlpt(project, ['run']).errors,
    /PIPELINE_INVALID: 'dvc\.yaml' is hidden by \.dvcignore:2\n/,
  )
  const status = mlpt(project, ['status'])
  assert.deepEqual(
    [status.exitCode, status.errors],
    [0, "warning: 'dvc.yaml' is hidden by .dvcignore:2\n"],
  )
  for (const args of [
    ['run', 'a'],
    ['why', 'a'],
  ]) {
    assert.match(
      mlpt(project, args).errors,
      /no stage 'a'\n {2}hint: 'dvc\.yaml' is hidden by \.dvcignore:2\n/,
    )
  }
})

test('a .dvc file that a crash has emptied is named, and gc does not take its data for unused', () => {
  using project = makeCommitted({ other: 'o' })
  project.write({ a: 'a' })
  mlpt(project, ['add', 'a'])
  project.write({ 'a.dvc': '' })
  for (const args of [['status'], ['gc', '--workspace', '--force']]) {
    const { exitCode, errors } = mlpt(project, args)
    assert.deepEqual(
      [exitCode, /a\.dvc:1:1: it is empty\n {2}hint: restore it from git/.test(errors)],
      [2, true],
    )
  }
})

test('files of DVC 0 are read where they hold data; their stages are named, with what to do', () => {
  const out = `outs: [{path: a, md5: ${'0a'.repeat(16)}, cache: true, metric: false}]\n`
  using project = makeProject({ '.dvc/config': '', 'a.dvc': out })
  assert.equal(mlpt(project, ['stage', 'list', '--all']).output, 'a.dvc  Outputs a\n')
  project.write({ 'a.dvc': `cmd: echo\n${out}` })
  const { exitCode, errors } = mlpt(project, ['stage', 'list', '--all'])
  assert.equal(exitCode, 2)
  assert.match(errors, /a\.dvc:1:1: unknown key 'cmd'.*\n {2}hint: .*write it into dvc\.yaml/)
})

test('an import that nobody has looked at has no checksum of its own, as with dvc', () => {
  using project = makeCommitted({ source: 's1' })
  mlpt(project, ['import-url', '--no-exec', 'source', 'data'])
  assert.match(
    project.read('data.dvc'),
    /^frozen: true\ndeps:\n- hash: md5\n {2}path: source\nouts:\n/,
  )
  mlpt(project, ['update', 'data.dvc'])
  assert.match(project.read('data.dvc'), /^md5: /m)
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
