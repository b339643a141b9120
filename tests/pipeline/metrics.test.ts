import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commit, git, makeCommitted, mlpt, mlptJson, putInCache } from './committed-project.ts'

test('metrics show prints a row for each file and a column for each metric', () => {
  using project = makeCommitted(files)
  assert.deepEqual(mlpt(project, ['metrics', 'show']), {
    exitCode: 0,
    output:
      'Path        acc      auc.a  r2   s\n' +
      'm.json      0.12346  1      -    text\n' +
      'sub/n.yaml  -        -      1.0  -\n',
    errors: '',
  })
  assert.match(mlpt(project, ['metrics', 'show', '--precision', '1']).output, /m\.json +0\.1 /)
})

test('revisions have a column of their own, and the work tree is hidden where the branch is equal', () => {
  using project = makeCommitted(files)
  assert.deepEqual(Object.keys(mlptJson(project, ['metrics', 'show', '-a']) as object), ['main'])
  project.write({ 'm.json': '{"acc": 2}' })
  const { output } = mlpt(project, ['metrics', 'show', '-a'])
  assert.match(output, /^Revision +Path .*\nworkspace +m\.json +2 [\s\S]*\nmain +m\.json +0\.12346/)
  git(project, 'checkout', '-q', '--detach')
  assert.deepEqual(Object.keys(mlptJson(project, ['metrics', 'show', '-a']) as object), [
    'workspace',
    'main',
  ])
})

test('metrics diff tells old, new and difference, from the folder one stands in', () => {
  using project = makeCommitted(files)
  project.write({ 'm.json': '{"acc": 1, "auc": {"a": 1}, "s": "other"}' })
  assert.deepEqual(mlptJson(project, ['metrics', 'diff'], 'sub'), {
    '../m.json': {
      acc: { old: 0.123456789, new: 1, diff: 1 - 0.123456789 },
      s: { old: 'text', new: 'other' },
    },
  })
  assert.equal(
    mlpt(project, ['metrics', 'diff', '--no-path']).output,
    'Metric  HEAD     workspace  Change\nacc     0.12346  1          0.87654\ns       text     other      -\n',
  )
  assert.equal(mlpt(project, ['metrics', 'diff', 'HEAD', 'HEAD']).output, '')
})

test('a metric that git does not have is read from the cache by what the revision records', () => {
  using project = makeCommitted({})
  const md5 = putInCache(project, '{"acc": 1}')
  const stages = 'stages: {a: {cmd: echo, metrics: [c.json]}}\n'
  const lock = `schema: '2.0'\nstages: {a: {cmd: echo, outs: [{path: c.json, hash: md5, md5: ${md5}, size: 10}]}}\n`
  project.write({
    'dvc.yaml': stages,
    'dvc.lock': lock,
    '.gitignore': '/c.json\n',
    'c.json': '{"acc": 3}',
  })
  commit(project)
  assert.deepEqual(mlptJson(project, ['metrics', 'diff']), {
    'c.json': { acc: { old: 1, new: 3, diff: 2 } },
  })
  project.write({ [`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`]: '{"acc": 2}' })
  const damaged = mlpt(project, ['metrics', 'diff'])
  assert.match(damaged.errors, /warning: '.*' does not hold what its name says in 'HEAD'/)
  assert.match(damaged.output, /c\.json +acc +- +3/)
})

test('a folder of metrics stands for its files, also where only the cache has them', () => {
  using project = makeCommitted({})
  const member = putInCache(project, '{"acc": 1}')
  const manifest = putInCache(project, `[{"md5": "${member}", "relpath": "x/a.json"}]`, '.dir')
  project.write({
    'dvc.yaml': 'stages: {a: {cmd: echo, metrics: [all]}}\n',
    'dvc.lock': `schema: '2.0'\nstages: {a: {cmd: echo, outs: [{path: all, hash: md5, md5: ${manifest}, size: 10, nfiles: 1}]}}\n`,
  })
  assert.deepEqual(mlptJson(project, ['metrics', 'show']), {
    '': { data: { 'all/x/a.json': { data: { acc: 1 } } } },
  })
})

test('a file that is missing or broken is told, and the others are shown', () => {
  using project = makeCommitted(files)
  project.write({ 'm.json': '{"acc": ' })
  rmSync(join(project.directory, 'sub/n.yaml'))
  const { output, errors, exitCode } = mlpt(project, ['metrics', 'show', '--json'])
  assert.equal(exitCode, 0)
  assert.match(errors, /warning: m\.json:1:9: it is not JSON/)
  assert.match(errors, /warning: there is no file 'sub\/n\.yaml'/)
  const document = JSON.parse(output) as {
    '': { data: Record<string, { error: { type: string } }> }
  }
  assert.deepEqual(
    Object.entries(document[''].data).map(([path, { error }]) => [path, error.type]),
    [
      ['m.json', 'PIPELINE_INVALID'],
      ['sub/n.yaml', 'FILE_MISSING'],
    ],
  )
})

test('a revision whose dvc.yaml is broken does not hide the others', () => {
  using project = makeCommitted({ 'dvc.yaml': 'stages: {a: {}}\n' })
  git(project, 'tag', 'broken')
  project.write(files)
  commit(project)
  const { output, errors } = mlpt(project, ['metrics', 'show', '-T', '--json'])
  assert.match(errors, /has no 'cmd' in 'broken'/)
  const document = JSON.parse(output) as Record<string, object>
  assert.deepEqual(
    Object.entries(document).map(([name, result]) => [name, Object.keys(result)]),
    [
      ['workspace', ['data']],
      ['broken', ['error']],
    ],
  )
})

test('params diff has the whole of params.yaml, the named keys of others, and what ${} takes', () => {
  using project = makeCommitted({
    'params.yaml': 'a: 1\n',
    'other.yaml': 'k: {x: 1, y: 1}\n',
    'vars.yaml': 'v: {w: 1, z: 1}\n',
    'top.yaml': 't: 1\n',
    'dvc.yaml':
      'vars: [vars.yaml]\nparams: [top.yaml]\nstages: {s: {cmd: "echo ${v.w}", params: [{other.yaml: [k.x]}]}}\n',
  })
  project.write({
    'params.yaml': 'a: 2\n',
    'other.yaml': 'k: {x: 2, y: 2}\n',
    'vars.yaml': 'v: {w: 2, z: 2}\n',
    'top.yaml': 't: 2\n',
  })
  const one = { old: 1, new: 2, diff: 1 }
  const tracked = { 'other.yaml': { 'k.x': one }, 'vars.yaml': { 'v.w': one } }
  const all = { ...tracked, 'params.yaml': { a: one }, 'top.yaml': { t: one } }
  assert.deepEqual(mlptJson(project, ['params', 'diff']), all)
  assert.deepEqual(mlptJson(project, ['params', 'diff', '--deps']), tracked)
  assert.deepEqual(mlptJson(project, ['params', 'diff', '--targets', 'other.yaml']), {
    'other.yaml': { 'k.x': one, 'k.y': one },
  })
  assert.match(
    mlpt(project, ['params', 'diff', '--md']).output,
    /^\| Path +\| Param \| HEAD \| workspace \|\n\| -/,
  )
})

test('unknown revisions, options and folders without a repository are usage errors', () => {
  using project = makeCommitted(files)
  for (const args of [
    ['metrics', 'diff', 'nope'],
    ['params', 'diff', 'HEAD', 'nope'],
    ['metrics', 'show', '--nope'],
    ['metrics', 'show', '--precision', '-1'],
    ['metrics'],
  ]) {
    assert.equal(mlpt(project, args).exitCode, 2, args.join(' '))
  }
  assert.match(
    mlpt(project, ['metrics', 'diff', 'mian']).errors,
    /REVISION_UNKNOWN.*\n {2}hint: did you mean 'main'\?/,
  )
})

const files = {
  'dvc.yaml': 'stages: {a: {cmd: echo, metrics: [m.json: {cache: false}]}}\n',
  'm.json':
    '{"acc": 0.123456789, "auc": {"a": 1}, "s": "text", "list": [1], "none": null, "empty": {}}',
  'sub/dvc.yaml': 'metrics: [n.yaml]\n',
  'sub/n.yaml': 'r2: 1.0\n',
}
