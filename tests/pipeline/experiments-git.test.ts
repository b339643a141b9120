/** Experiments where git has more to it than files and commits: hooks, marks, line ends, ignored files, two commands at once. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  git,
  makeRepository,
  mlptOk,
  refOf,
  refs,
  run,
  runWith,
  show,
  start,
} from './experiments-repository.ts'
import { mlpt, runIn, type Answer, type Folder } from './folder.ts'

describe('an experiment', () => {
  test('in a hook leaves the index of the commit alone that is being made', () => {
    using project = makeRepository()
    const index = join(project.directory, '.git', 'next-index')
    copyFileSync(join(project.directory, '.git', 'index'), index)
    const before = readFileSync(index)
    const env = { ...process.env, GIT_INDEX_FILE: index }
    const answer = runWith(project, env, 'exp', 'run', '-S', 'train.rate=0.4')
    assert.equal(answer.exitCode, 0, answer.errors)
    assert.deepEqual(readFileSync(index), before)
  })

  test('sees a change in the very second in which the index was written', () => {
    using project = makeRepository()
    const texts = ['0.5', '0.7'].map((rate) => `train:\n  rate: ${rate}\n  depth: 3\n`)
    const write = (text: string): void => {
      project.write({ 'params.yaml': text })
      utimesSync(join(project.directory, 'params.yaml'), second, second)
    }
    git(project, 'config', 'core.trustctime', 'false')
    write(texts[0]!)
    git(project, 'commit', '-qam', 'half')
    utimesSync(join(project.directory, '.git', 'index'), second, second)
    write(texts[1]!)
    run(project, '-n', 'now')
    assert.equal(show(project, 'now', 'params.yaml'), texts[1])
    git(project, 'checkout', '-q', '.')
    utimesSync(join(project.directory, 'params.yaml'), second, second)
    utimesSync(join(project.directory, '.git', 'index'), second, second)
    write(texts[1]!.replace('3', '4'))
    assert.match(mlpt(project, 'exp', 'apply', 'now').errors, /DATA_UNSAVED: .*\n {2}params\.yaml/)
  })

  test('has the changes of files that git was told not to look at', () => {
    for (const mark of ['--skip-worktree', '--assume-unchanged']) {
      using project = makeRepository()
      git(project, 'update-index', mark, 'params.yaml', 'code.txt')
      project.write({
        'params.yaml': project.read('params.yaml').replace('0.1', '0.9'),
        'code.txt': 'my code\n',
      })
      const marks = git(project, 'ls-files', '-v')
      run(project, '-S', 'train.depth=4', '-n', 'mine')
      assert.match(show(project, 'mine', 'params.yaml'), /rate: 0\.9\n {2}depth: 4/)
      assert.equal(show(project, 'mine', 'code.txt'), 'my code\n')
      assert.equal(git(project, 'ls-files', '-v'), marks)
    }
  })

  test('changes only the lines of its values where git converts line ends', () => {
    using project = makeRepository()
    git(project, 'config', 'core.autocrlf', 'true')
    project.write({ 'params.yaml': project.read('params.yaml').replaceAll('\n', '\r\n') })
    run(project, '-S', 'train.rate=0.9', '-n', 'other')
    const lines = git(project, 'diff', '--numstat', 'HEAD', refOf(project, 'other'), 'params.yaml')
    assert.equal(lines, '1\t1\tparams.yaml\n')
  })

  test('holds the files of pipelines and the values that git ignores', () => {
    using project = makeRepository()
    project.write({
      '.gitignore': 'dvc.lock\nlocal.yaml\n',
      'local.yaml': 'word: one\n',
      'dvc.yaml': `vars: [local.yaml]\n${project.read('dvc.yaml').replace('"model ', '"model ${word} ')}`,
      '.dvc/config.local': '[core]\n    remote = mine\n',
    })
    git(project, 'add', '.')
    git(project, 'add', '--force', '.dvc/config.local')
    git(project, 'commit', '-qm', 'ignored')
    mlptOk(project, 'run')
    const lock = project.read('dvc.lock')
    run(project, '-S', 'local.yaml:word=two', '-n', 'two')
    assert.equal(project.read('dvc.lock'), lock)
    assert.match(show(project, 'two', 'dvc.lock'), /model two 0\.1/)
    assert.equal(show(project, 'two', 'local.yaml'), 'word: two\n')
    assert.match(show(project, 'two', '.dvc/config.local'), /mine/)
  })

  test('that another command has stored meanwhile is as it was', async () => {
    using project = makeRepository()
    const here = join(project.directory, '.git', 'here')
    project.write({
      'dvc.yaml': `stages:
  wait:
    cmd:
    - echo $$ >> ${here}
    - until test $(wc -l < ${here}) = 2; do sleep 0.01; done
    - echo \${train.rate} > out
    params: [train]
    outs: [out]
`,
    })
    const commands = [1, 2].map(() => start(project, 'exp', 'run', '-S', 'train.rate=0.4'))
    const codes = await Promise.all(commands.map(async (command) => once(command, 'exit')))
    assert.deepEqual(
      codes.map(([code]) => code as unknown),
      [0, 0],
    )
    assert.equal(refs(project).size, 1)
    assert.equal(git(project, 'worktree', 'list').split('\n').length, 2)
  })

  test('leaves nothing behind with a git that lacks newer flags, and says why one cannot be', () => {
    using project = makeRepository()
    project.write({ 'bin/git': oldGit })
    chmodSync(join(project.directory, 'bin', 'git'), 0o755)
    const path = `${join(project.directory, 'bin')}:${process.env['PATH']}`
    const answer = runWith(project, { ...process.env, PATH: path }, 'exp', 'run')
    assert.equal(answer.exitCode, 0, answer.errors)
    // Git's own tests pretend so that the folder belongs to another.
    const env = {
      ...process.env,
      GIT_TEST_ASSUME_DIFFERENT_OWNER: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    }
    const refused = runWith(project, env, 'exp', 'run')
    assert.equal(refused.exitCode, 1)
    assert.match(refused.errors, /^error GIT_FAILED: .*dubious ownership/m)
  })
})

describe('exp apply', () => {
  test('refuses to lose what git ignores', () => {
    using project = makeRepository()
    mlptOk(project, 'run')
    project.write({ 'notes.txt': 'of the experiment\n', 'deep/er.txt': 'too\n' })
    run(project, '-S', 'train.rate=0.2', '-n', 'noted')
    git(project, 'clean', '-qfd', '--exclude', 'metrics.json')
    project.write({
      '.git/info/exclude': 'notes.txt\ndeep\nmetrics.json\n',
      'notes.txt': 'mine\n',
      deep: 'mine\n',
    })
    project.write({ '.dvc/tmp/mlpt/apply-index.lock': 'of a git that was killed' })
    const refused = mlpt(project, 'exp', 'apply', 'noted')
    assert.match(refused.errors, /DATA_UNSAVED: .*:\n {2}notes\.txt\n/)
    assert.equal(project.read('notes.txt'), 'mine\n')
    const forced = mlptOk(project, 'exp', 'apply', '--force', 'noted')
    assert.equal(project.read('deep'), 'mine\n')
    assertKept(project, forced, { 'notes.txt': 'mine\n' })
  })

  test('with --force keeps what is new, too, and says how to get it back', () => {
    using project = makeRepository()
    project.write({ 'new.txt': 'of the experiment\n' })
    run(project, '-S', 'train.rate=0.2', '-n', 'better')
    const params = `${project.read('params.yaml')}mine: 1\n`
    project.write({ 'new.txt': 'mine\n', 'params.yaml': params })
    const forced = mlptOk(project, 'exp', 'apply', '--force', 'better')
    assert.equal(project.read('new.txt'), 'of the experiment\n')
    assertKept(project, forced, { 'new.txt': 'mine\n', 'params.yaml': params })
  })
})

test('in a work tree of git outputs that .git/info/exclude names get no line in .gitignore', () => {
  using project = makeRepository()
  project.write({ '.git/info/exclude': 'prepared\nmodel\n' })
  git(project, 'worktree', 'add', '-q', 'other', '-b', 'side')
  const other = { ...project, directory: join(project.directory, 'other') }
  mlptOk(other, 'run')
  assert.ok(!existsSync(join(other.directory, '.gitignore')))
})

const second = 1_700_000_000

/** By the command that `exp apply --force` names. */
function assertKept(
  project: Folder,
  { errors }: Answer,
  files: Readonly<Record<string, string>>,
): void {
  const command = /^what it had before: (.+)$/m.exec(errors)?.[1] ?? assert.fail(errors)
  const { exitCode, errors: said } = runIn(project.directory, 'sh', '-c', command)
  assert.equal(exitCode, 0, said)
  for (const [path, text] of Object.entries(files)) assert.equal(project.read(path), text)
}

/** As of 2.34, in Ubuntu 22.04: `worktree list` has no -z. */
const oldGit = `#!/bin/sh
case " $* " in *" worktree list "*" -z "*) exit 129;; esac
PATH=\${PATH#*:} exec git "$@"
`
