/** What `mlpt gc` keeps for revisions, experiments and remotes, and what it refuses. */

import assert from 'node:assert/strict'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { git, makeCommitted, mlpt, mlptJson, commit } from './committed-project.ts'
import { makeProject, type Project } from './project.ts'
import { listFiles, md5Of } from './transfer-world.ts'

describe('gc keeps the work tree and', () => {
  test('a revision, and as many commits before it as --num says', () => {
    using project = makeVersions()
    assert.deepEqual(gcKeeps(project, '--rev', 'HEAD~1'), ['2', 'now'])
    assert.deepEqual(gcKeeps(project, '--rev', 'HEAD', '--num', '2'), ['2', '3', 'now'])
    assert.deepEqual(gcKeeps(project, '--rev', 'HEAD', '-n', '-1'), ['1', '2', '3', 'now'])
    assert.deepEqual(gcKeeps(project, '--rev', 'HEAD', '-n', '0'), ['3', 'now'])
  })

  test('the last commits of every branch', () => {
    using project = makeVersions()
    git(project, 'branch', 'old', 'HEAD~1')
    assert.deepEqual(gcKeeps(project, '-a', '-n', '2'), ['1', '2', '3', 'now'])
    git(project, 'branch', '-D', '-q', 'old')
    assert.deepEqual(gcKeeps(project, '-a', '-n', '2'), ['2', '3', 'now'])
  })

  test('what was committed since a day, though a later commit is older', () => {
    using project = makeVersions()
    assert.deepEqual(gcKeeps(project, '--date', '2020-02-01'), ['1', '3', 'now'])
    assert.deepEqual(gcKeeps(project, '--date', '2020-03-02'), ['now'])
  })

  test('what no remote has', () => {
    using project = makeVersions()
    mlpt(project, ['remote', 'add', '-d', 'store', '../store-of-gc'])
    project.write({
      '.dvc/config': `[core]\n    remote = store\n['remote "store"']\n    url = ../.git/store\n`,
    })
    mlpt(project, ['push', 'data'])
    project.write({ more: 'more' })
    mlpt(project, ['add', 'more'])
    assert.deepEqual(gcKeeps(project, '-w', '--not-in-remote'), ['more'])
    assert.deepEqual(gcKeeps(project, '--rev', 'HEAD', '--not-in-remote'), ['3', 'more'])
    rmSync(join(project.directory, '.git/store'), { recursive: true })
    assert.deepEqual(gcKeeps(project, '-w', '--not-in-remote'), ['more', 'now'])
  })

  test('a file that an output on another remote needs, though one remote has it', () => {
    using project = makeVersions()
    project.write({
      '.dvc/config': `[core]\n    remote = a\n['remote "a"']\n    url = ../.git/a\n['remote "b"']\n    url = ../.git/b\n`,
      twin: 'now',
    })
    mlpt(project, ['add', 'twin'])
    project.write({ 'twin.dvc': `${project.read('twin.dvc')}  remote: b\n` })
    mlpt(project, ['push', 'data'])
    assert.deepEqual(gcKeeps(project, '-w', '--not-in-remote'), ['now'])
    mlpt(project, ['push', 'twin'])
    assert.deepEqual(gcKeeps(project, '-w', '--not-in-remote'), [])
  })
})

for (const [what, args, message] of [
  ['nothing to keep', ['--not-in-remote'], /nothing is said of what to keep/],
  ['a number of commits of nothing', ['-w', '-n', '3'], /--num is of no use/],
  ['a number that is none', ['-a', '-n', 'two'], /whole number, or -1 for all/],
  ['a negative number', ['-a', '-n', '-2'], /whole number, or -1 for all/],
  ['a day that is none', ['--date', 'yesterday'], /yyyy-mm-dd/],
  ['a day that the month does not have', ['--date', '2023-02-29'], /yyyy-mm-dd/],
  ['a month that the year does not have', ['--date', '2023-13-01'], /yyyy-mm-dd/],
  ['two opposites', ['-w', '-c', '--not-in-remote'], /exclude each other/],
  ['an unknown revision', ['--rev', 'mian'], /REVISION_UNKNOWN[^]*did you mean 'main'/],
  ['an option as a revision', ['--rev', '--all'], /REVISION_UNKNOWN/],
  ['an unknown remote', ['-w', '--not-in-remote', '-r', 'stor'], /REMOTE_UNKNOWN/],
  ['no remote at all', ['-w', '--not-in-remote'], /REMOTE_UNKNOWN/],
] as const) {
  test(`gc refuses ${what} and removes nothing`, () => {
    using project = makeVersions()
    const { exitCode, errors } = mlpt(project, ['gc', '-f', ...args])
    assert.equal(exitCode, 2, errors)
    assert.match(errors, message)
    assert.deepEqual(cached(project), ['1', '2', '3', 'now', 'unused'])
  })
}

const known = new Map(
  ['1', '2', '3', 'now', 'unused', 'more'].map((text) => [md5Of(text), text] as const),
)

/** Made once: each test has a copy. */
const versions = commitVersions()
after(() => versions[Symbol.dispose]())

function makeVersions(): Project {
  const project = makeProject({})
  cpSync(versions.directory, project.directory, { recursive: true, preserveTimestamps: true })
  return project
}

/** Three commits with other data each, the second dated before the first. */
function commitVersions(): Project {
  const project = makeCommitted({})
  const commits = [
    ['1', '2020-02-01'],
    ['2', '2020-01-01'],
    ['3', '2020-03-01'],
  ] as const
  for (const [text, day] of commits) {
    project.write({ data: text })
    mlpt(project, ['add', 'data'])
    process.env['GIT_COMMITTER_DATE'] = `${day}T12:00:00`
    commit(project)
    delete process.env['GIT_COMMITTER_DATE']
  }
  for (const text of ['unused', 'now']) {
    project.write({ data: text })
    mlpt(project, ['add', 'data'])
  }
  return project
}

/** What a collection would leave in the cache. */
function gcKeeps(project: Project, ...args: readonly string[]): string[] {
  const before = cached(project)
  const [cache] = mlptJson(project, ['gc', '--dry', ...args]) as [{ removed: string[] }]
  const removed = cache.removed.map((key) => textOf(key))
  return before.filter((text) => !removed.includes(text))
}

function cached(project: Project): string[] {
  const paths = listFiles(join(project.directory, '.dvc/cache/files'))
  return paths.map(textOf).sort()
}

function textOf(key: string): string {
  return known.get(key.split('/').slice(-2).join('')) ?? key
}
