import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeProject } from './project.ts'
import { mlpt } from './folder.ts'

describe('a mistyped command line', () => {
  test('a command that is a group is answered with what is in it', () => {
    using project = makeProject({})
    const { exitCode, errors } = mlpt(project, 'remote')
    assert.equal(exitCode, 2)
    assert.match(errors, /Usage: mlpt remote/)
    assert.match(errors, / {2}add .*\n(.*\n)*error CLI_USAGE: name a command of 'mlpt remote'/)
  })

  test('an unknown command of a group gets the nearest one of that group', () => {
    using project = makeProject({})
    assert.match(mlpt(project, 'remote', 'ad').errors, /unknown command 'ad'\n.*did you mean 'add'/)
    assert.match(mlpt(project, 'wat').errors, /did you mean 'data' or 'watch'\?/)
    assert.match(
      mlpt(project, 'metrics', 'nothing').errors,
      /unknown command 'nothing'\n {2}hint: run 'mlpt metrics --help' for the list/,
    )
  })

  test('a command of dvc that there is not is answered with what to do instead', () => {
    using project = makeProject({})
    const [cache, push] = [mlpt(project, 'cache', 'dir'), mlpt(project, 'exp', 'push', 'origin')]
    assert.match(
      cache.errors,
      /unknown command 'cache'\n {2}hint: .*'mlpt config cache\.dir <path>'/,
    )
    assert.match(
      push.errors,
      /unknown command 'push'\n {2}hint: git push <remote> 'refs\/exps\/\*'/,
    )
    assert.deepEqual([cache.exitCode, push.exitCode], [2, 2])
  })

  test('an unknown option leads to the help of its command', () => {
    using project = makeProject({})
    assert.match(mlpt(project, 'run', '--bogus').errors, /hint: run 'mlpt run --help' for the list/)
    assert.match(mlpt(project, 'run', '--forc').errors, /hint: did you mean '--force'/)
    assert.match(
      mlpt(project, 'remote', 'add', '--xyzzy', 'a', 'b').errors,
      /hint: run 'mlpt remote add --help' for the list/,
    )
  })

  test('a stage that is nearly a group gets the group offered', () => {
    using project = makeProject({
      'dvc.yaml': 'stages: {train: {foreach: [a, b], do: {cmd: "echo ${item}"}}}\n',
    })
    assert.match(mlpt(project, 'run', 'trian').errors, /did you mean 'train'\?/)
  })

  test('a folder in the place of a stage is answered with what takes folders, or what is in it', () => {
    using project = makeProject({
      '.dvc/config': '[core]\n    no_scm = true\n',
      'sub/dvc.yaml': 'stages: {a: {cmd: echo > a, outs: [a]}, b: {cmd: echo}}\n',
    })
    const recursive = / 'sub'.*\n {2}hint: it is a folder: add --recursive/
    for (const command of ['run', 'status', 'fetch', 'checkout', 'commit']) {
      assert.match(mlpt(project, command, 'sub').errors, recursive, command)
    }
    const names = /hint: it is a folder: name one of sub\/dvc.yaml:a, sub\/dvc.yaml:b\n/
    assert.match(mlpt(project, 'freeze', 'sub').errors, names)
  })

  test('a group over an empty list is there, and has nothing to do', () => {
    using project = makeProject({
      '.dvc/config': '[core]\n    no_scm = true\n',
      'dvc.yaml':
        'stages: {all: {foreach: [], do: {cmd: echo}}, mx: {matrix: {a: []}, cmd: echo}}\n',
    })
    const { exitCode, output } = mlpt(project, 'run', 'all', 'dvc.yaml:mx')
    assert.deepEqual([exitCode, output], [0, 'everything is up to date\n'])
    assert.match(
      mlpt(project, 'run', 'some').errors,
      /no stage 'some'\n {2}hint: there are no stages/,
    )
  })

  test('a template that there is not is answered with those there are', () => {
    using project = makeProject({ 'p.csv': 'a\n1\n', '.dvc/plots/own.json': '{}' })
    const draw = (name: string): string =>
      mlpt(project, 'plots', 'show', '-t', name, 'p.csv').errors
    assert.match(
      draw('nosuch'),
      /CLI_USAGE: there is no .* 'nosuch'\n {2}hint: .*: bar_horizontal, /,
    )
    assert.match(draw('linar'), /hint: did you mean 'linear'\?/)
    assert.equal(draw('own'), '')
  })
})

test('a reader that goes away, such as head, is no failure', () => {
  using project = makeProject({})
  const command = `"$@" --help | true; "$@" rum 2>&1 | true; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = spawnSync(
    'bash',
    ['-c', command, 'bash', process.execPath, ...mlptArguments],
    {
      cwd: project.directory,
      encoding: 'utf8',
    },
  )
  assert.deepEqual([stdout, stderr], ['2\n', ''])
})

describe('a run that fails', () => {
  const pipeline = {
    'dvc.yaml': `stages:
  good: {cmd: echo x > good, outs: [good]}
  bad: {cmd: exit 7, deps: [good], outs: [bad]}
  next: {cmd: cp bad next, deps: [bad], outs: [next]}
`,
  }

  test('says on stdout what it came to, and on stderr why where it happened', () => {
    using project = makeProject(pipeline)
    const { exitCode, output, errors } = mlpt(project, 'run')
    assert.equal(exitCode, 1)
    assert.equal(output, '1 ran, 1 failed, 1 not run\n')
    assert.match(
      errors,
      /✗ bad {3}failed +\d\.\d s {2}stage 'bad' failed: 'exit 7' exited with 7\n/,
    )
  })

  test('with --json gives the stages and the error as one document', () => {
    using project = makeProject(pipeline)
    const { output } = mlpt(project, 'run', '--json')
    const document: unknown = JSON.parse(output)
    assert.partialDeepStrictEqual(document, {
      stages: [
        { name: 'good', outcome: 'ran' },
        { name: 'bad', outcome: 'failed' },
        { name: 'next', outcome: 'skipped' },
      ],
      isUpToDate: false,
      error: { code: 'PIPELINE_STAGE_FAILED', details: { stage: 'bad', exitCode: 7 } },
    })
    project.write({ 'dvc.yaml': 'stages: {a: {}}' })
    assert.partialDeepStrictEqual(JSON.parse(mlpt(project, 'run', '--json').output), {
      stages: [],
      error: { code: 'PIPELINE_INVALID' },
    })
  })
})
