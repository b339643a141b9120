/** What `mlpt exp` does with experiments that are there. */

import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { git, makeRepository, mlptOk, refs, run } from './experiments-repository.ts'
import { mlpt } from './folder.ts'

describe('exp apply', () => {
  test('brings files and outputs, as changes on the same commit', () => {
    using project = makeRepository()
    mlptOk(project, 'run')
    git(project, 'add', '.')
    git(project, 'commit', '-qm', 'run')
    run(project, '-S', 'train.rate=0.2', '-n', 'better')
    const head = git(project, 'rev-parse', 'HEAD')
    const answer = mlptOk(project, 'exp', 'apply', 'better')
    assert.equal(answer.output, 'dvc.lock\nmetrics.json\nparams.yaml\n')
    assert.equal(git(project, 'rev-parse', 'HEAD'), head)
    assert.equal(
      git(project, 'status', '--short'),
      ' M dvc.lock\n M metrics.json\n M params.yaml\n',
    )
    assert.match(project.read('model'), /0\.2/)
    assert.equal(mlpt(project, 'status').exitCode, 0)
  })

  test('refuses to lose changes, and with --force keeps them as a stash', () => {
    using project = makeRepository()
    run(project, '-S', 'train.rate=0.2', '-n', 'better')
    project.write({
      'params.yaml': `${project.read('params.yaml')}mine: 1\n`,
      'mine.txt': 'mine\n',
    })
    const refused = mlpt(project, 'exp', 'apply', 'better')
    assert.equal(refused.exitCode, 1)
    assert.match(refused.errors, /DATA_UNSAVED: .*:\n {2}params\.yaml\n/)
    assert.ok(!existsSync(join(project.directory, 'dvc.lock')))
    mlptOk(project, 'exp', 'apply', '--force', 'better')
    assert.match(project.read('params.yaml'), /rate: 0\.2/)
    assert.equal(project.read('mine.txt'), 'mine\n')
    git(project, 'reset', '-q', '--hard')
    git(project, 'stash', 'apply', '-q', 'refs/exps/apply/stash')
    assert.match(project.read('params.yaml'), /mine: 1/)
  })

  test('refuses to lose outputs before it changes any file', () => {
    using project = makeRepository()
    mlptOk(project, 'run')
    git(project, 'add', '.')
    git(project, 'commit', '-qm', 'run')
    run(project, '-S', 'train.rate=0.2', '-n', 'better')
    project.write({ model: 'mine\n' })
    const refused = mlpt(project, 'exp', 'apply', 'better')
    assert.equal(refused.exitCode, 1)
    assert.match(refused.errors, /DATA_UNSAVED: 1 file would be lost.*:\n {2}model\n/)
    assert.equal(git(project, 'status', '--short'), '')
    assert.equal(project.read('model'), 'mine\n')
    mlptOk(project, 'exp', 'apply', '--force', 'better')
    assert.match(project.read('model'), /0\.2/)
  })

  test('may overwrite what another experiment holds, and what it holds itself', () => {
    using project = makeRepository()
    run(project, '-S', 'train.rate=0.2,0.3', '-n', 'x')
    mlptOk(project, 'exp', 'apply', 'x-1')
    git(project, 'update-ref', '-d', 'refs/exps/exec/EXEC_APPLY')
    mlptOk(project, 'exp', 'apply', 'x-2')
    mlptOk(project, 'exp', 'apply', 'x-2')
    assert.match(project.read('model'), /0\.3/)
  })

  test('goes back to a file that the user deleted, and removes one that the experiment does not have', () => {
    using project = makeRepository()
    rmSync(join(project.directory, 'code.txt'))
    project.write({
      'dvc.yaml': project.read('dvc.yaml').replace('cat code.txt new.txt', 'echo none'),
    })
    run(project, '-n', 'without')
    git(project, 'checkout', '-q', '.')
    mlptOk(project, 'exp', 'apply', 'without')
    assert.ok(!existsSync(join(project.directory, 'code.txt')))
    run(project, '-n', 'again')
    assert.match(mlpt(project, 'exp', 'apply', 'nope').errors, /EXPERIMENT_UNKNOWN: .*'nope'/)
  })

  test('says what the cache lacks', () => {
    using project = makeRepository()
    run(project, '-n', 'lost')
    rmSync(join(project.directory, '.dvc/cache'), { recursive: true })
    const answer = mlpt(project, 'exp', 'apply', 'lost')
    assert.equal(answer.exitCode, 1)
    assert.match(answer.errors, /CACHE_OBJECT_MISSING/)
    assert.ok(existsSync(join(project.directory, 'dvc.lock')))
  })
})

describe('stored experiments', () => {
  test('are listed by baseline, by name, by commit, as JSON', () => {
    using project = makeRepository()
    run(project, '-S', 'train.rate=1,2', '-n', 'x')
    git(project, 'commit', '-q', '--allow-empty', '-m', 'next')
    run(project, '-n', 'y')
    const commits = refs(project)
    assert.equal(
      mlpt(project, 'exp', 'list').output,
      `main:\n\t${commits.get('y')!.slice(0, 7)} [y]\n`,
    )
    assert.equal(
      mlpt(project, 'exp', 'list', '-n', '2', '--names-only').output.split('\n').sort().join(' '),
      ' x-1 x-2 y',
    )
    assert.equal(
      mlpt(project, 'exp', 'list', '--rev', 'HEAD~1', '--sha-only').output,
      `${commits.get('x-1')}\n${commits.get('x-2')}\n`,
    )
    const all = JSON.parse(mlpt(project, 'exp', 'ls', '-A', '--json').output) as {
      experiments: object[]
    }
    assert.equal(all.experiments.length, 3)
    assert.match(mlpt(project, 'exp', 'list', '--rev', 'nope').errors, /REVISION_UNKNOWN/)
    assert.match(mlpt(project, 'exp', 'list', '--rev', '-x').errors, /REVISION_UNKNOWN|CLI_USAGE/)
  })

  test('are listed as they lie at a remote of git', () => {
    using project = makeRepository()
    run(project, '-S', 'train.rate=0.2', '-n', 'sent')
    git(project, 'clone', '-q', '--bare', '.', '.git/other')
    git(project, 'remote', 'add', 'far', '.git/other')
    const list = (...args: readonly string[]): string =>
      mlptOk(project, 'exp', 'list', '--name-only', ...args).output
    assert.equal(list('far'), '')
    // As the hint of 'exp push' says.
    git(project, 'push', '-q', 'far', 'refs/exps/*')
    run(project, '-S', 'train.rate=0.3', '-n', 'kept')
    assert.deepEqual(
      [list('far'), list('.git/other'), list()],
      ['sent\n', 'sent\n', 'kept\nsent\n'],
    )
    const { exitCode, errors } = mlpt(project, 'exp', 'list', 'farr')
    assert.equal(exitCode, 1)
    assert.match(errors, /there is no remote 'farr' of git\n {2}hint: did you mean 'far'\?/)
  })

  test('are renamed, made a branch of and removed', () => {
    using project = makeRepository()
    run(project, '-S', 'train.rate=1,2,3', '-n', 'x')
    const commits = refs(project)
    mlptOk(project, 'exp', 'rename', 'x-1', 'best')
    assert.equal(refs(project).get('best'), commits.get('x-1'))
    assert.match(
      mlpt(project, 'exp', 'rename', 'best', 'x-2').errors,
      /already is an experiment 'x-2'/,
    )
    assert.match(mlpt(project, 'exp', 'rename', 'best', 'a b').errors, /cannot name an experiment/)
    assert.equal(mlptOk(project, 'exp', 'branch', 'best').output, 'best-branch\n')
    assert.equal(git(project, 'rev-parse', 'best-branch').trim(), commits.get('x-1'))
    assert.match(
      mlpt(project, 'exp', 'branch', 'best', 'main').errors,
      /already is a branch 'main'/,
    )
    for (const name of ['a..b', '@', '', 'HEAD']) {
      assert.match(mlpt(project, 'exp', 'branch', 'best', name).errors, /git allows no branch/)
    }
    assert.match(mlpt(project, 'exp', 'remove', 'x-2', 'nope').errors, /no experiment 'nope'/)
    assert.equal(refs(project).size, 3)
    mlptOk(project, 'exp', 'remove', '--keep', 'best')
    assert.deepEqual([...refs(project).keys()], ['best'])
    assert.equal(mlpt(project, 'exp', 'remove').exitCode, 2)
    mlptOk(project, 'exp', 'rm', '-A')
    assert.equal(refs(project).size, 0)
  })

  test('of one name on two baselines mean the one on HEAD', () => {
    using project = makeRepository()
    run(project, '-n', 'x', '-S', 'train.rate=1')
    git(project, 'commit', '-q', '--allow-empty', '-m', 'next')
    run(project, '-n', 'x', '-S', 'train.rate=2')
    mlptOk(project, 'exp', 'apply', 'x')
    assert.match(project.read('params.yaml'), /rate: 2/)
    git(project, 'checkout', '-qf', '.')
    git(project, 'commit', '-q', '--allow-empty', '-m', 'third')
    assert.match(mlpt(project, 'exp', 'apply', 'x').errors, /'x' names 2 experiments/)
  })

  test('are shown as a table, as CSV and sorted; one that cannot be read does not hide the others', () => {
    using project = makeRepository()
    run(project, '-S', 'train.rate=0.5,0.25', '-n', 'x')
    const csv = mlpt(project, 'exp', 'show', '--csv', '--sort-by', 'acc').output.split('\r\n')
    assert.equal(csv[0], 'name,revision,type,created,acc,train.rate')
    assert.deepEqual(
      csv.slice(3, 5).map((line) => line.split(',').at(-1)),
      ['0.25', '0.5'],
    )
    const down = mlpt(
      project,
      'exp',
      'show',
      '--sort-by',
      'train.rate',
      '--sort-order',
      'desc',
    ).output
    assert.match(down, /├── .* \[x-1\][^]*└── .* \[x-2\]/)
    assert.match(mlpt(project, 'exp', 'show', '--all', '--md').output, /\| train.depth /)
    assert.match(
      mlpt(project, 'exp', 'show', '--sort-by', 'ac').errors,
      /no column 'ac'[^]*did you mean 'acc'/,
    )
    project.write({ 'dvc.yaml': 'stages: [' })
    const broken = mlpt(project, 'exp', 'show')
    assert.equal(broken.exitCode, 0)
    assert.match(broken.errors, /warning: 'workspace' cannot be read/)
    assert.match(broken.output, /\[x-1\]/)
  })
})
