import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { diffData, type DataIndex } from '../../src/pipeline/compare/data-index.ts'
import { commit, git, makeCommitted, mlpt, mlptJson, putInCache } from './committed-project.ts'
import type { Project } from './project.ts'

test('diff groups what was added, deleted, modified and renamed since a revision', () => {
  using project = makeData()
  project.write({ 'a.txt': 'A\n', 'd/new.txt': 'new\n' })
  rmSync(at(project, 'd/y.txt'))
  assert.deepEqual(mlptJson(project, ['diff', '--show-hash']), {
    added: [{ path: 'd/new.txt', hash: '9cd599a3523898e6a12e13ec787da50a' }],
    deleted: [{ path: 'd/y.txt', hash: hashes.y }],
    modified: [
      { path: 'a.txt', hash: { old: hashes.a, new: 'bf072e9119077b4e76437a93986787ef' } },
      { path: 'd/', hash: { old: hashes.d, new: '81902bb75a6b1a6aeb39fa7bc0637e54.dir' } },
    ],
    renamed: [],
    'not in cache': [],
  })
  assert.equal(
    mlpt(project, ['diff']).output,
    'Added:\n    d/new.txt\n\nDeleted:\n    d/y.txt\n\nModified:\n    a.txt\n    d/\n\nfiles: 1 added, 1 deleted, 1 modified\n',
  )
})

test('nothing differs from itself, and targets narrow what is compared', () => {
  using project = makeData()
  assert.deepEqual(mlptJson(project, ['diff']), {})
  assert.equal(mlpt(project, ['diff']).output, '')
  project.write({ 'a.txt': 'A\n', 'd/x.txt': 'X\n', 'd/y.txt': 'Y\n' })
  assert.deepEqual(mlptJson(project, ['diff', '--hide-missing', '--targets', 'd/x.txt']), {
    added: [],
    deleted: [],
    modified: [{ path: 'd/x.txt' }],
    renamed: [],
  })
  assert.equal(mlpt(project, ['diff', '--targets', 'nope']).exitCode, 2)
})

test('what moved to another place between two revisions is renamed', () => {
  using project = makeData()
  rmSync(at(project, 'a.txt.dvc'))
  project.write({ 'b.txt.dvc': dataFile(hashes.a, 'b.txt') })
  commit(project)
  assert.deepEqual(mlptJson(project, ['diff', 'HEAD~1', 'HEAD']), {
    added: [],
    deleted: [],
    modified: [],
    renamed: [{ path: { old: 'a.txt', new: 'b.txt' } }],
  })
  assert.equal(
    mlpt(project, ['diff', 'HEAD~1', 'HEAD', '--md']).output,
    '| Status  | Path           |\n| ------- | -------------- |\n| renamed | a.txt -> b.txt |\n',
  )
})

test('what the cache has lost is told, and a folder without its manifest hides its files', () => {
  using project = makeData()
  rmSync(objectPath(project, hashes.a))
  rmSync(objectPath(project, hashes.d))
  project.write({ 'd/new.txt': 'new\n', 'd/sub/low/z.txt': 'z\n' })
  assert.deepEqual(mlptJson(project, ['diff']), {
    added: [],
    deleted: [],
    modified: [{ path: 'd/' }],
    renamed: [],
    'not in cache': [{ path: 'a.txt' }, { path: 'd/' }],
  })
  const files = ['d/sub/low/z.txt', 'd/x.txt', 'd/y.txt']
  const unknown = ['d/new.txt', 'd/sub/', 'd/sub/low/', ...files]
  assert.deepEqual(mlptJson(project, ['data', 'status', '--granular']), {
    not_in_cache: ['a.txt', 'd/'],
    uncommitted: { modified: ['d/'], unknown },
  })
})

test('data status tells what is committed, what is recorded only and what is neither', () => {
  using project = makeData()
  const md5 = putInCache(project, 'z\n')
  project.write({
    'z.txt.dvc': dataFile(md5, 'z.txt'),
    'z.txt': 'z\n',
    'a.txt': 'A\n',
    'free.txt': 'free\n',
  })
  const args = ['data', 'status', '--unchanged', '--untracked-files']
  assert.deepEqual(mlptJson(project, args), {
    committed: { added: ['z.txt'] },
    uncommitted: { modified: ['a.txt'] },
    untracked: ['free.txt', 'z.txt.dvc'],
    unchanged: ['d/'],
  })
  assert.match(
    mlpt(project, args).output,
    /^Recorded .*:\n {4}added: {4}z\.txt\n\nChanged .*:\n {4}modified: a\.txt\n\nUntracked .*:\n {4}free\.txt\n {4}z\.txt\.dvc\n\nUnchanged:\n {4}d\/\n$/,
  )
  assert.deepEqual(mlptJson(project, ['data', 'status', 'd', '--granular', '--unchanged']), {
    unchanged: ['d/', 'd/x.txt', 'd/y.txt'],
  })
  git(project, 'checkout', '-q', 'a.txt.dvc')
})

test('a clean work tree has no status, and what cannot be is refused by name', () => {
  using project = makeData()
  assert.deepEqual(mlptJson(project, ['data', 'status']), {})
  assert.equal(mlpt(project, ['data', 'status']).output, 'nothing has changed\n')
  const refused = mlpt(project, ['data', 'status', '--not-in-remote', '-r', 'stroe'])
  assert.equal(refused.exitCode, 2)
  assert.match(refused.errors, /REMOTE_UNKNOWN.*stroe/)
  assert.equal(mlpt(project, ['data', 'status', '--untracked-files', 'some']).exitCode, 2)
})

test('what a remote lacks is told by its path, file by file if wanted', () => {
  using project = makeData()
  const notInRemote = (...flags: readonly string[]): unknown =>
    (
      mlptJson(project, ['data', 'status', '--not-in-remote', ...flags]) as {
        not_in_remote?: unknown
      }
    ).not_in_remote
  assert.deepEqual(notInRemote(), ['a.txt', 'd/'], 'without a remote, everything')
  project.write({
    '.dvc/config': `[core]\n    remote = s\n['remote "s"']\n    url = ../.git/store\n`,
  })
  mlpt(project, ['push', 'a.txt', 'd/x.txt'])
  assert.deepEqual(notInRemote('--granular'), ['d/', 'd/y.txt'])
  assert.deepEqual(notInRemote('--granular', 'd/y.txt', 'a.txt', '--no-remote-refresh'), [
    'd/y.txt',
  ])
  assert.match(mlpt(project, ['data', 'status', '--not-in-remote']).output, /mlpt push[^]* d\/\n/)
  mlpt(project, ['push'])
  assert.equal(notInRemote(), undefined)
})

test('a record that names no hash of the cache is refused, and never a path out of it', () => {
  using project = makeData()
  project.write({ 'a.txt.dvc': dataFile('../../../../a.txt', 'a.txt'), 'a.txt': 'a\n' })
  const { exitCode, errors } = mlpt(project, ['data', 'status'])
  assert.equal(exitCode, 2)
  assert.match(errors, /a\.txt\.dvc:2:8: '\.\.\/\.\.\/\.\.\/\.\.\/a\.txt' cannot be an MD5/)
})

test('whatever two indexes hold, every path is told exactly once and nothing is lost', () => {
  const files = fc.dictionary(fc.stringMatching(/^[ab](\/[ab])?$/), fc.constantFrom('1', '2', '3'))
  fc.assert(
    fc.property(files, files, (before, after) => {
      const [old, current] = [toIndex(before), toIndex(after)]
      const changes = diffData(old, current)
      const olds = changes.flatMap((change) =>
        'old' in change && change.old ? [change.old.path] : [],
      )
      const news = changes.flatMap((change) =>
        'new' in change && change.new ? [change.new.path] : [],
      )
      assert.deepEqual(olds.sort(), Object.keys(before).sort())
      assert.deepEqual(news.sort(), Object.keys(after).sort())
      for (const change of changes) {
        if (change.kind === 'renamed') assert.equal(change.old.md5, change.new.md5)
      }
      assert.ok(diffData(old, old).every(({ kind }) => kind === 'same'))
    }),
  )
})

function toIndex(files: Readonly<Record<string, string>>): DataIndex {
  const entries = Object.entries(files).map(
    ([path, md5]) => [path, { path, md5, isLegacy: false }] as const,
  )
  return { entries: new Map(entries), roots: new Set(Object.keys(files)), unknown: new Set() }
}

/** MD5 of 'a\n', 'x\n', 'y\n', and of the manifest of the folder with the two. */
const hashes = {
  a: '60b725f10c9c85c70d97880dfe8191b3',
  x: '401b30e3b8b5d629635a5c613cdb7919',
  y: '009520053b00386d1173f3988c55d192',
  d: '',
}

function makeData(): Project {
  const project = makeCommitted({ '.gitignore': '/a.txt\n/d\n/z.txt\n' })
  for (const text of ['a\n', 'x\n', 'y\n']) putInCache(project, text)
  const manifest = `[{"md5": "${hashes.x}", "relpath": "x.txt"}, {"md5": "${hashes.y}", "relpath": "y.txt"}]`
  hashes.d = putInCache(project, manifest, '.dir')
  project.write({
    'a.txt': 'a\n',
    'd/x.txt': 'x\n',
    'd/y.txt': 'y\n',
    'a.txt.dvc': dataFile(hashes.a, 'a.txt'),
    'd.dvc': dataFile(hashes.d, 'd'),
  })
  commit(project)
  return project
}

function dataFile(md5: string, path: string): string {
  return `outs:\n- md5: ${md5}\n  size: 2\n  hash: md5\n  path: ${path}\n`
}

function at(project: Project, path: string): string {
  return join(project.directory, path)
}

function objectPath(project: Project, md5: string): string {
  return at(project, `.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`)
}
