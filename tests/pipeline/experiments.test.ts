/** `mlpt exp run` on real git repositories: what an experiment starts from, what it leaves, what it must not touch. */

import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  addRaw,
  git,
  makeRepository,
  mlptOk,
  refOf,
  refs,
  run,
  runWith,
  show,
  valuesOf,
} from './experiments-repository.ts'
import { makeFolder, mlpt } from './folder.ts'

describe('exp run', () => {
  test('makes one experiment for each combination, and leaves the work tree as it is', () => {
    using project = makeRepository()
    const before = project.read('params.yaml')
    const answer = run(project, '-S', 'train.rate=0.2,0.3', '-S', 'train.depth=4,5', '--jobs', '2')
    assert.equal(answer.exitCode, 0, answer.errors)
    assert.equal(answer.output.trim().split('\n').length, 4)
    assert.equal(project.read('params.yaml'), before)
    assert.equal(git(project, 'status', '--short'), '')
    assert.equal(git(project, 'worktree', 'list').trim().split('\n').length, 1)
    const values = ['0.2 4 0.2', '0.2 5 0.2', '0.3 4 0.3', '0.3 5 0.3']
    assert.deepEqual(valuesOf(project), values)
  })

  test('runs every pipeline with -P, and is another experiment then', () => {
    using project = makeRepository()
    project.write({
      'other/dvc.yaml': 'stages: {o: {cmd: echo o > o, outs: [{o: {cache: false}}]}}\n',
    })
    mlptOk(project, 'exp', 'run', '-q', '-S', 'train.rate=3')
    mlptOk(project, 'exp', 'run', '-q', '-S', 'train.rate=3', '-P')
    const names = [...refs(project).keys()]
    const hasOther = names.map((name) =>
      git(project, 'ls-tree', '-r', '--name-only', refOf(project, name)).includes('other/dvc.lock'),
    )
    assert.deepEqual(hasOther.toSorted(), [false, true])
  })

  test('gives the same experiment the same name, wherever and whenever it runs', () => {
    using one = makeRepository()
    using other = makeRepository()
    const name = run(one, '-S', 'train.rate=0.2').output
    assert.match(name, /^[a-z]+-[a-z]+\n$/)
    assert.equal(run(other, '-S', 'train.rate=0.2').output, name)
    assert.notEqual(run(other, '-S', 'train.rate=0.3').output, name)
    const commit = refs(one)
    const again = run(one, '-S', 'train.rate=0.2')
    assert.match(again.errors, /as it was/)
    assert.deepEqual(refs(one), commit)
  })

  test('takes what is not committed along, tracked or not, but not the store of runs', () => {
    using project = makeRepository()
    project.write({ 'code.txt': 'changed\n', 'new.txt': 'new\n', '.mlpt/runs': 'x' })
    const name = run(project).output.trim()
    assert.equal(show(project, name, 'model.log'), 'changed\nnew\n')
    assert.equal(show(project, name, 'new.txt'), 'new\n')
    assert.doesNotMatch(
      git(project, 'ls-tree', '-r', '--name-only', refOf(project, name)),
      /\.mlpt/,
    )
    assert.equal(
      git(project, 'status', '--short', 'code.txt', 'new.txt'),
      ' M code.txt\n?? new.txt\n',
    )
  })

  test('takes data along that changed since they were added', () => {
    using project = makeRepository()
    addRaw(project)
    project.write({ raw: 'edited\n' })
    const recorded = project.read('raw.dvc')
    const name = run(project).output.trim()
    assert.notEqual(show(project, name, 'raw.dvc'), recorded)
    assert.equal(project.read('raw.dvc'), recorded)
    assert.equal(project.read('raw'), 'edited\n')
    rmSync(join(project.directory, 'raw'))
    mlptOk(project, 'exp', 'apply', name)
    assert.equal(project.read('raw'), 'edited\n')
  })

  test('restores data that the work tree lacks', () => {
    using project = makeRepository()
    addRaw(project)
    rmSync(join(project.directory, 'raw'))
    assert.equal(run(project).exitCode, 0)
    assert.ok(!existsSync(join(project.directory, 'raw')))
  })

  test('links what git ignores, and stores none of it', () => {
    using project = makeRepository()
    project.write({
      '.gitignore': 'node_modules/\nmirror/\n.env\n.mlpt/\n',
      '.mlpt/runs': 'x',
      'node_modules/.bin/tool': '#!/bin/sh\necho tool\n',
      'mirror/data.txt': 'mirrored\n',
      '.env': 'SECRET=1\n',
      'dvc.yaml': `stages:
  use: {cmd: cat mirror/data.txt .env > used.txt && test -e node_modules/.bin/tool, deps: [mirror], outs: [used.txt: {cache: false}]}
`,
    })
    const name = run(project).output.trim()
    assert.equal(show(project, name, 'used.txt'), 'mirrored\nSECRET=1\n')
    const files = git(project, 'ls-tree', '-r', '--name-only', refOf(project, name))
    assert.doesNotMatch(files, /node_modules|mirror|\.env|config\.local|\.mlpt/)
    assert.equal(project.read('mirror/data.txt'), 'mirrored\n')
    assert.ok(existsSync(join(project.directory, '.env')))
  })

  test('has what is in submodules, and keeps them as they are', () => {
    using project = makeRepository()
    project.write({
      'lib/sub/words.txt': 'of the library\n',
      'lib/p.yaml': 'x: 1\n',
      'lib/dvc.yaml':
        'stages: {in: {cmd: echo in > in.txt, params: [p.yaml: [x]], outs: [in.txt]}}\n',
      'dvc.yaml': `stages:
  use: {cmd: cat lib/sub/words.txt > used.txt, deps: [lib/sub], params: [lib/p.yaml: [x]], outs: [used.txt: {cache: false}]}
`,
    })
    git(project, 'init', '-q', 'lib')
    git(project, '-C', 'lib', 'add', '.')
    git(project, '-C', 'lib', 'commit', '-qm', 'library')
    const untracked = run(project).output.trim()
    assert.equal(show(project, untracked, 'used.txt'), 'of the library\n')
    git(project, 'add', 'lib', 'dvc.yaml')
    git(project, 'commit', '-qm', 'with a submodule')
    const name = run(project, '--all-pipelines').output.trim()
    assert.equal(show(project, name, 'used.txt'), 'of the library\n')
    assert.ok(!existsSync(join(project.directory, 'lib', 'dvc.lock')))
    assert.match(
      run(project, '-S', 'lib/p.yaml:x=2').errors,
      /CLI_USAGE: .*'lib\/p\.yaml' lies in 'lib'/,
    )
    const lib = (revision: string): string => git(project, 'ls-tree', '-r', revision, 'lib')
    assert.match(lib('HEAD'), /^160000 /)
    assert.equal(lib(refOf(project, name)), lib('HEAD'))
  })

  test('keeps metrics and parameter files even where git ignores them', () => {
    using project = makeRepository()
    project.write({ '.gitignore': 'metrics.json\nlocal.yaml\n', 'local.yaml': 'x: 1\n' })
    project.write({
      'dvc.yaml': project.read('dvc.yaml').replace('[train]', '[train, {local.yaml: [x]}]'),
    })
    const name = run(project, '-S', 'local.yaml:x=2').output.trim()
    assert.match(show(project, name, 'metrics.json'), /"acc"/)
    assert.equal(show(project, name, 'local.yaml'), 'x: 2\n')
    assert.equal(project.read('local.yaml'), 'x: 1\n')
  })

  test('goes on when one fails, names it, and keeps its log', () => {
    using project = makeRepository()
    const answer = run(project, '-S', 'train.depth=4,13,5', '-n', 'deep')
    assert.equal(answer.exitCode, 1)
    assert.equal(answer.output, 'deep-1\ndeep-3\n')
    assert.match(
      answer.errors,
      /PIPELINE_STAGE_FAILED: 1 of 3 experiments failed:\n {2}deep-2: .*'train'/,
    )
    assert.match(project.read('.dvc/tmp/mlpt/exps/logs/deep-2.log'), /unlucky/)
    assert.deepEqual([...refs(project).keys()], ['deep-1', 'deep-3'])
  })

  test('tells its stages who they are and where the store is', () => {
    using project = makeRepository()
    project.write({
      'dvc.yaml': `stages:
  say: {cmd: 'printenv MLPT_EXPERIMENT_NAME DVC_EXP_NAME DVC_EXP_BASELINE_REV MLPT_STORE > said.txt', outs: [said.txt: {cache: false}]}
`,
    })
    run(project, '-n', 'me', '-m', 'my words')
    assert.match(
      git(project, 'log', '-1', '--format=%B', refOf(project, 'me')),
      /^my words\n\nMlpt-Input: /,
    )
    const head = git(project, 'rev-parse', 'HEAD').trim()
    const store = join(project.directory, '.mlpt')
    assert.equal(show(project, 'me', 'said.txt'), `me\nme\n${head}\n${store}\n`)
  })

  test('works in a sub-folder, in a repository below git, with blanks in the path', () => {
    using project = makeRepository('a project')
    const inner = { ...project, directory: join(project.directory, 'a project') }
    project.write({
      'a project/deep/dvc.yaml':
        'stages: {s: {cmd: cp p.yaml o.txt, params: [{p.yaml: [k]}], outs: [o.txt: {cache: false}]}}\n',
      'a project/deep/p.yaml': 'k: 1\n',
    })
    const deep = { ...inner, directory: join(inner.directory, 'deep') }
    const name = run(deep, '-S', 'p.yaml:k=2').output.trim()
    assert.equal(show(project, name, 'a project/deep/o.txt'), 'k: 2\n')
    assert.equal(run(inner, '-S', 'train.rate=0.5').exitCode, 0)
  })

  test('works in a work tree of git, inside of a hook, and without a name for its commits', () => {
    using project = makeRepository()
    git(project, 'worktree', 'add', '-q', 'other', '-b', 'side')
    const other = { ...project, directory: join(project.directory, 'other') }
    git(project, 'config', '--unset', 'user.name')
    git(project, 'config', '--unset', 'user.email')
    const env = {
      ...process.env,
      GIT_INDEX_FILE: '/nowhere',
      GIT_DIR: '/nowhere',
      HOME: '/nowhere',
      GIT_CONFIG_NOSYSTEM: '1',
      EMAIL: '',
    }
    const answer = runWith(other, env, 'exp', 'run', '-S', 'train.rate=0.4', '-n', 'there')
    assert.equal(answer.exitCode, 0, answer.errors)
    assert.deepEqual([...refs(project).keys()], ['there'])
    assert.ok(existsSync(join(project.directory, 'other', '.git')))
  })

  test('runs stages for the named targets only', () => {
    using project = makeRepository()
    run(project, '-n', 'part', 'prepare')
    assert.doesNotMatch(show(project, 'part', 'dvc.lock'), /train/)
  })

  test('refuses what cannot be, before anything runs', () => {
    using project = makeRepository()
    run(project, '-n', 'taken')
    const refusals: readonly (readonly [RegExp, readonly string[]])[] = [
      [/no parameter 'train.rat'/, ['-S', 'train.rat=1']],
      [/no parameter file 'no.yaml'/, ['-S', 'no.yaml:a=1']],
      [/lies outside/, ['-S', '../x.yaml:+a=1']],
      [/there already is an experiment 'taken'/, ['-n', 'taken', '-S', 'train.rate=7']],
      [/'a\/b' cannot name an experiment/, ['-n', 'a/b']],
      [/'x\.lock' cannot name an experiment/, ['-n', 'x.lock']],
      [/'-x' cannot name an experiment/, ['--name=-x']],
      [/--jobs is '0'/, ['--jobs', '0']],
    ]
    const before = refs(project)
    for (const [message, flags] of refusals) {
      const answer = run(project, ...flags)
      assert.notEqual(answer.exitCode, 0)
      assert.match(answer.errors, message)
      assert.doesNotMatch(answer.errors, /▶/)
    }
    assert.deepEqual(refs(project), before)
    assert.equal(run(project, '-f', '-n', 'taken', '-S', 'train.rate=7').exitCode, 0)
    assert.notDeepEqual(refs(project), before)
  })

  test('needs git with a commit', () => {
    using bare = makeFolder({ 'dvc.yaml': 'stages: {}\n', '.dvc/config': '' })
    assert.match(run(bare).errors, /GIT_FAILED: .* is not under git/)
    git(bare, 'init', '-q')
    assert.match(run(bare).errors, /GIT_FAILED: .* has no commit yet/)
    assert.ok(!existsSync(join(bare.directory, '.dvc', 'tmp')))
    assert.match(mlpt(bare, 'exp', 'list').errors, /has no commit yet/)
  })
})
