import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { openContent } from '../../src/pipeline/compare/content-file.ts'
import { readMetrics } from '../../src/pipeline/compare/read-metrics.ts'
import { readParams } from '../../src/pipeline/compare/read-params.ts'
import { runGit } from '../../src/pipeline/repository/git-process.ts'
import { openRepository } from '../../src/pipeline/repository/repository-file.ts'
import type { Repository } from '../../src/pipeline/repository/repository.ts'
import { openHistory, openRevision } from '../../src/pipeline/repository/revision-process.ts'
import { readPipeline, readRecords } from '../../src/pipeline/repository/snapshot.ts'
import { makeProject, type Project } from './project.ts'
import { git } from './committed-project.ts'

test('a revision has the files of its commit, whatever the work tree has', () => {
  using project = makeRepository({ 'params.yaml': 'lr: 1\n' })
  project.write({ 'params.yaml': 'lr: 2\n', 'more.txt': 'more\n' })
  commit(project)
  project.write({ 'params.yaml': 'lr: 3\n' })
  const [old, head] = ['HEAD~1', 'HEAD'].map((name) => openRevision(open(project), name))
  assert.equal(old!.readText(at(project, 'params.yaml')), 'lr: 1\n')
  assert.equal(head!.readText(at(project, 'params.yaml')), 'lr: 2\n')
  assert.equal(old!.readText(at(project, 'more.txt')), undefined)
  assert.equal(head!.revision, 'HEAD')
})

test('stages and their records are read from a revision', () => {
  using project = makeRepository({
    'dvc.yaml': 'stages: {a: {cmd: echo, outs: [a.txt]}}\n',
    'dvc.lock': `schema: '2.0'\nstages: {a: {cmd: echo, outs: [{path: a.txt, hash: md5, md5: ${'a'.repeat(32)}, size: 1}]}}\n`,
    'data/raw.dvc': `outs: [{md5: ${'b'.repeat(32)}, hash: md5, path: raw}]\n`,
  })
  project.write({ 'dvc.yaml': 'stages: {}\n' })
  const snapshot = openRevision(open(project), 'HEAD')
  const { stages } = readPipeline(snapshot)
  assert.deepEqual(
    stages.map(({ address }) => address),
    ['a', 'data/raw.dvc'],
  )
  assert.equal(readRecords(stages, snapshot).size, 2)
})

test('any number of metrics and parameters of a revision are read by a few git processes, and listed commits are not asked for', () => {
  const names = Array.from({ length: 40 }, (_, i) => `m${i}.json`)
  using project = makeRepository({
    'dvc.yaml': `metrics: [${names.join(', ')}]\nparams: [${names.join(', ')}]\n`,
    ...Object.fromEntries(names.map((name, i) => [name, `{"auc": ${i}}`])),
  })
  const repository = open(project)
  const history = openHistory(repository)
  const [head] = history.list({ commits: true })
  const trace = at(project, 'trace.txt')
  process.env['GIT_TRACE'] = trace
  try {
    const content = openContent(repository, head!.commit, () => history)
    assert.equal(readMetrics(content).size, 40)
    assert.equal(readParams(content).size, 40)
  } finally {
    delete process.env['GIT_TRACE']
  }
  const started = readFileSync(trace, 'utf8').match(/built-in: git \S+/g)
  assert.deepEqual(
    started,
    ['ls-tree', 'cat-file', 'cat-file'].map((name) => `built-in: git ${name}`),
  )
})

test('pipeline files come in the order of a walk, without what .dvcignore and other repositories hide', () => {
  using project = makeRepository({
    'z.dvc': 'outs: []\n',
    'dvc.yaml': 'stages: {}\n',
    'a/dvc.yaml': 'stages: {}\n',
    'a/b.dvc': 'outs: []\n',
    'hidden/dvc.yaml': 'stages: {}\n',
    'deep/kept/x.dvc': 'outs: []\n',
    'deep/kept/y.dvc': 'outs: []\n',
    'inner/.dvc/config': '',
    'inner/dvc.yaml': 'stages: {}\n',
    'node_modules/p/dvc.yaml': 'stages: {}\n',
    '.dvcignore': 'hidden\n',
    'deep/.dvcignore': 'kept/y.dvc\n',
  })
  project.write({ '.dvcignore': '' }) // Rules are those of the revision.
  assert.deepEqual(openRevision(open(project), 'HEAD').pipelineFiles, [
    'dvc.yaml',
    'z.dvc',
    'a/dvc.yaml',
    'a/b.dvc',
    'deep/kept/x.dvc',
  ])
})

test('maps become flags in a revision as the settings say', () => {
  using project = makeRepository({
    '.dvc/config': '[parsing]\n    list = append\n',
    'params.yaml': 'p: {l: [1, 2]}\n',
    'dvc.yaml': 'stages: {a: {cmd: "x ${p}"}}\n',
  })
  const { stages } = readPipeline(openRevision(open(project), 'HEAD'))
  assert.equal(stages[0]!.command, 'x --l 1 --l 2')
})

test('what is no revision is an error that names all of them, and never an option of git', () => {
  using project = makeRepository({ 'a.txt': 'a\n' })
  git(project, 'tag', 'release')
  const history = openHistory(open(project))
  for (const name of [
    '',
    '-h',
    '--all',
    'HEAD:a.txt',
    '^HEAD',
    'HEAD..HEAD',
    'a\nHEAD',
    'nope',
    ':',
  ]) {
    assert.throws(() => history.open(name), { code: 'REVISION_UNKNOWN' }, JSON.stringify(name))
  }
  assert.throws(() => history.resolve(['relase', 'HEAD', 'mian']), {
    code: 'REVISION_UNKNOWN',
    message: "there is no git revision 'relase', 'mian'",
    hint: "did you mean 'release'?",
  })
})

test('annotated tags, branches of a remote and experiments are found by their names', () => {
  using project = makeRepository({ 'a.txt': 'a\n' })
  const head = git(project, 'rev-parse', 'HEAD')
  git(project, 'tag', '-a', 'noted', '-m', 'x')
  git(project, 'update-ref', 'refs/remotes/origin/feature/x', head)
  git(project, 'update-ref', `refs/exps/${head.slice(0, 2)}/${head.slice(2)}/wise-owl`, head)
  const history = openHistory(open(project))
  const names = [
    'noted',
    'feature/x',
    'origin/feature/x',
    'wise-owl',
    head,
    head.slice(0, 8),
    'main',
  ]
  assert.deepEqual(
    history.resolve(names),
    names.map(() => head),
  )
})

test('branches and tags are listed once for each commit, and all commits the newest first', () => {
  using project = makeRepository({ 'a.txt': 'a\n' })
  git(project, 'tag', 'old')
  project.write({ 'a.txt': 'b\n' })
  commit(project)
  git(project, 'branch', 'also')
  git(project, 'tag', '-a', 'new', '-m', 'x')
  const history = openHistory(open(project))
  const namesOf = (selection: Parameters<typeof history.list>[0]): (readonly string[])[] =>
    history.list(selection).map(({ names }) => names)
  assert.deepEqual(namesOf({ branches: true }), [['also', 'main']])
  assert.deepEqual(namesOf({ tags: true }), [['new'], ['old']])
  assert.deepEqual(namesOf({ branches: true, tags: true }), [['also', 'main', 'new'], ['old']])
  const [newest, oldest] = ['HEAD', 'HEAD~1'].map((name) => git(project, 'rev-parse', name))
  assert.deepEqual(namesOf({ commits: true }), [[newest], [oldest]])
  assert.deepEqual(namesOf({}), [])
})

test('without git there are no revisions, and without a commit the list is empty', () => {
  using plain = makeProject({ '.dvc/config': '' })
  assert.throws(() => openRevision(open(plain), 'HEAD'), { code: 'GIT_FAILED' })
  using empty = makeProject({ '.dvc/config': '' })
  git(empty, 'init', '-q', '-b', 'main')
  const history = openHistory(open(empty))
  assert.deepEqual(history.list({ branches: true, tags: true, commits: true }), [])
  assert.equal(history.hasCommits(), false)
  assert.throws(() => history.open('HEAD'), { code: 'REVISION_UNKNOWN' })
})

test('a repository below the root of git sees only its own files', () => {
  using project = makeProject({
    'outer.dvc': 'outs: []\n',
    'sub/.dvc/config': '',
    'sub/dvc.yaml': 'stages: {}\n',
    'sub/x.txt': 'x\n',
  })
  git(project, 'init', '-q', '-b', 'main')
  commit(project)
  const repository = openRepository(at(project, 'sub'), { env: {} })
  const snapshot = openRevision(repository, 'HEAD')
  assert.deepEqual(snapshot.pipelineFiles, ['dvc.yaml'])
  assert.equal(snapshot.readText(at(project, 'sub/x.txt')), 'x\n')
  const folder = at(project, 'sub')
  assert.deepEqual(
    snapshot.listFiles(folder).map((file) => relative(folder, file)),
    ['.dvc/config', 'dvc.yaml', 'x.txt'],
  )
})

test('links are followed inside of the revision, and a circle of them leads nowhere', () => {
  using project = makeProject({ '.dvc/config': '', 'real/p.yaml': 'k: 1\n' })
  mkdirSync(at(project, 'sub'))
  symlinkSync('../real/p.yaml', at(project, 'sub/p.yaml'))
  symlinkSync('b', at(project, 'a'))
  symlinkSync('a', at(project, 'b'))
  git(project, 'init', '-q', '-b', 'main')
  commit(project)
  project.write({ 'real/p.yaml': 'k: 2\n' })
  const snapshot = openRevision(open(project), 'HEAD')
  assert.equal(snapshot.readText(at(project, 'sub/p.yaml')), 'k: 1\n')
  assert.equal(snapshot.readText(at(project, 'a')), undefined)
})

test('inside of a hook of another repository, the right one is read', () => {
  using other = makeRepository({ 'a.txt': 'other\n' })
  using project = makeRepository({ 'a.txt': 'own\n' })
  const before = process.env['GIT_DIR']
  process.env['GIT_DIR'] = at(other, '.git')
  try {
    assert.equal(openRevision(open(project), 'HEAD').readText(at(project, 'a.txt')), 'own\n')
  } finally {
    if (before === undefined) delete process.env['GIT_DIR']
    else process.env['GIT_DIR'] = before
  }
})

test('of a repository of another user git runs no program that its settings name', () => {
  using project = makeRepository({ 'a.txt': 'a\n' })
  git(project, 'config', 'core.fsmonitor', `touch '${at(project, 'ran')}'; false`)
  git(project, 'add', 'a.txt')
  rmSync(at(project, 'ran'))
  process.env['GIT_TEST_ASSUME_DIFFERENT_OWNER'] = '1'
  try {
    const refusal = { code: 'GIT_FAILED', message: /dubious ownership/ }
    assert.throws(() => runGit(project.directory, ['add', 'a.txt']), refusal)
    assert.equal(existsSync(at(project, 'ran')), false)
  } finally {
    delete process.env['GIT_TEST_ASSUME_DIFFERENT_OWNER']
  }
})

test('names with blanks, quotes, line ends and other alphabets are read back', () => {
  const names = ['a b.txt', "it's.txt", 'line\nend.txt', 'é ü 😀.txt', 'tab\tx.txt']
  using project = makeRepository(Object.fromEntries(names.map((name) => [name, `${name}!`])))
  const snapshot = openRevision(open(project), 'HEAD')
  for (const name of names) assert.equal(snapshot.readText(at(project, name)), `${name}!`)
})

function makeRepository(files: Readonly<Record<string, string>>): Project {
  const project = makeProject({ '.dvc/config': '', ...files })
  git(project, 'init', '-q', '-b', 'main')
  commit(project)
  return project
}

function open(project: Project): Repository {
  return openRepository(project.directory, { env: {} })
}

function at(project: Project, path: string): string {
  return join(project.directory, path)
}

function commit(project: Project): void {
  git(project, 'add', '-A', '-f')
  git(project, 'commit', '-qm', 'x')
}
