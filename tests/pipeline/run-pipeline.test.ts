import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { isProcessAlive, makeProject, outcomes, until, type Project } from './project.ts'
import { chain } from './small-pipelines.ts'

describe('what runs', () => {
  test('a first run runs everything, a second nothing, and rewrites no file', async () => {
    using project = makeProject(chain)
    execFileSync('git', ['init', '-q'], { cwd: project.directory })
    assert.deepEqual(outcomes(await project.run()), { upper: 'ran', count: 'ran' })
    assert.equal(project.read('upper.txt'), 'HELLO\n')
    const times = ['dvc.lock', '.gitignore', 'upper.txt'].map((path) => timeOf(project, path))
    const again = await project.run()
    assert.deepEqual(outcomes(again), { upper: 'unchanged', count: 'unchanged' })
    assert.equal(again.isUpToDate, true)
    assert.deepEqual(
      ['dvc.lock', '.gitignore', 'upper.txt'].map((path) => timeOf(project, path)),
      times,
    )
  })

  test('equal results upstream end the chain', async () => {
    using project = makeProject(chain)
    await project.run()
    const yaml = project.read('dvc.yaml').replace('tr a-z A-Z', 'tr [a-z] [A-Z]')
    project.write({ 'dvc.yaml': yaml })
    assert.deepEqual(outcomes(await project.run()), { upper: 'ran', count: 'unchanged' })
  })

  test('a changed input runs its stage and everything downstream', async () => {
    using project = makeProject(chain)
    await project.run()
    project.write({ 'in.txt': 'other words\n' })
    assert.deepEqual(outcomes(await project.run()), { upper: 'ran', count: 'ran' })
  })

  test('a parameter counts by its value, not by its text', async () => {
    using project = makeProject(chain)
    await project.run()
    const lock = project.read('dvc.lock')
    project.write({ 'params.yaml': 'unused: 1\nminimum: 1.0\n' })
    assert.equal((await project.run()).isUpToDate, true)
    assert.equal(project.read('dvc.lock'), lock)
    project.write({ 'params.yaml': 'minimum: 2\n' })
    const summary = await project.run()
    assert.deepEqual(outcomes(summary), { upper: 'unchanged', count: 'ran' })
    assert.deepEqual(summary.stages[1]!.reasons, [
      { kind: 'dependency-changed', name: 'params.yaml:minimum', before: '1', after: '2' },
    ])
  })

  test('a parameter that is no UTF-8 is refused with its place: two of them would be one', async () => {
    using project = makeProject({ 'dvc.yaml': 'stages: {a: {cmd: "true", params: [name]}}\n' })
    const bytes = Buffer.from('n: 1\nname: é\xe9\n', 'latin1')
    writeFileSync(join(project.directory, 'params.yaml'), bytes)
    await assert.rejects(project.run(), {
      code: 'PIPELINE_INVALID',
      message: 'params.yaml:2:7: the byte 0xe9 is not UTF-8',
    })
    assert.equal(existsSync(join(project.directory, 'dvc.lock')), false)
  })

  test('a target brings in what it needs and leaves the rest', async () => {
    using project = makeProject(chain)
    assert.deepEqual(outcomes(await project.run({ targets: ['upper'] })), { upper: 'ran' })
    await assert.rejects(project.run({ targets: ['uper'] }), (error) => {
      assert.ok(error instanceof ToolkitError)
      assert.equal(error.code, 'PIPELINE_STAGE_UNKNOWN')
      assert.equal(error.hint, `did you mean 'upper'?`)
      return true
    })
  })

  test('a forced run with equal results leaves dvc.lock as it is', async () => {
    using project = makeProject(chain)
    await project.run()
    const time = timeOf(project, 'dvc.lock')
    assert.deepEqual(outcomes(await project.run({ force: true })), { upper: 'ran', count: 'ran' })
    assert.equal(timeOf(project, 'dvc.lock'), time)
  })

  test('a dry run says what would happen and writes nothing', async () => {
    using project = makeProject(chain)
    const summary = await project.run({ dryRun: true })
    assert.deepEqual(outcomes(summary), { upper: 'would-run', count: 'would-run' })
    assert.deepEqual(readdirSync(project.directory).sort(), Object.keys(chain).sort())
  })

  test('a frozen stage never runs, one without inputs and outputs always', async () => {
    using project = makeProject({
      made: 'by hand',
      'dvc.yaml': `stages:
  frozen: {cmd: echo ran > made, outs: [made], frozen: true}
  note: {cmd: echo note}
  often: {cmd: echo x > often.txt, outs: [often.txt], always_changed: true}
`,
    })
    for (let i = 0; i < 2; i++) {
      const expected = { frozen: i === 0 ? 'saved' : 'unchanged', note: 'ran', often: 'ran' }
      assert.deepEqual(outcomes(await project.run()), expected)
    }
    assert.equal(project.read('made'), 'by hand')
    rmSync(join(project.directory, 'made'))
    rmSync(join(project.directory, '.dvc/cache'), { recursive: true })
    await assert.rejects(project.run(), { code: 'FILE_MISSING' })
  })
})

describe('what a failure leaves', () => {
  test('a failing stage leaves its outputs, the lock and finished stages as they were', async () => {
    using project = makeProject(chain)
    await project.run()
    const lock = project.read('dvc.lock')
    project.write({
      'dvc.yaml': project
        .read('dvc.yaml')
        .replace('wc -c', 'echo half > count.json; echo why >&2; exit 5; wc -c'),
    })
    await assert.rejects(project.run(), (error) => {
      assert.ok(error instanceof ToolkitError)
      assert.equal(error.code, 'PIPELINE_STAGE_FAILED')
      assert.equal(error.exitCode, 1)
      assert.match(error.message, /stage 'count' failed: '.*' exited with 5$/)
      assert.deepEqual(error.details['lastLines'], ['why'])
      return true
    })
    assert.equal(project.read('count.json'), '6\n')
    assert.equal(project.read('dvc.lock'), lock)
    assert.equal(project.read('.dvc/tmp/mlpt/logs/count.log'), 'why\n')
  })

  test('a stage that exits with 3 makes the run exit with 3', async () => {
    using project = makeProject({ 'dvc.yaml': 'stages:\n  check: {cmd: exit 3}\n' })
    await assert.rejects(project.run(), { code: 'PIPELINE_STAGE_FAILED', exitCode: 3 })
  })

  test('what a failing stage wrote where nothing was is removed', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:
  fail: {cmd: 'echo half > new.txt; exit 1', outs: [new.txt]}
`,
    })
    await assert.rejects(project.run())
    assert.equal(existsSync(join(project.directory, 'new.txt')), false)
  })

  test('a persistent output stays in place while its stage runs', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:
  grow: {cmd: echo line >> log.txt, outs: [{log.txt: {persist: true}}], always_changed: true}
`,
    })
    await project.run()
    await project.run()
    assert.equal(project.read('log.txt'), 'line\nline\n')
  })

  test('outputs of earlier runs are gone before a command starts', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:
  grow: {cmd: echo line >> log.txt, outs: [log.txt], always_changed: true}
`,
    })
    await project.run()
    await project.run()
    assert.equal(project.read('log.txt'), 'line\n')
  })

  test('an output that was not written is named', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:\n  lazy: {cmd: 'true', outs: [a.txt, b.txt]}\n`,
    })
    await assert.rejects(project.run(), {
      code: 'PIPELINE_STAGE_FAILED',
      message: `stage 'lazy' did not write 'a.txt', 'b.txt'`,
    })
  })

  test('inputs and parameters that do not exist are named together', async () => {
    using project = makeProject({
      'params.yaml': 'a: 1\n',
      'dvc.yaml': `stages:\n  needy: {cmd: 'true', deps: [x.csv, y.csv], params: [a, b]}\n`,
    })
    await assert.rejects(project.run(), {
      code: 'FILE_MISSING',
      message: `dvc.yaml:2:3: stage 'needy' needs 'x.csv', 'y.csv', 'params.yaml:b', which do not exist`,
    })
  })

  for (const [what, command] of [
    ['an input', 'echo new > in.txt'],
    ['a parameter', 'echo "p: 2" > params.yaml'],
    ['a parameter that Python finds equal', 'echo "p: true" > params.yaml'],
  ] as const) {
    test(`${what} edited while the stage runs is an error, and nothing is recorded`, async () => {
      using project = makeProject({
        'in.txt': 'old\n',
        'params.yaml': 'p: 1\n',
        'dvc.yaml': `stages:
  edit: {cmd: 'cp in.txt out.txt; ${command}', deps: [in.txt], params: [p], outs: [out.txt]}
`,
      })
      await assert.rejects(project.run(), {
        code: 'PIPELINE_STAGE_FAILED',
        message: /changed while stage 'edit' ran/,
      })
      assert.equal(existsSync(join(project.directory, 'dvc.lock')), false)
      assert.equal(existsSync(join(project.directory, 'out.txt')), false)
    })
  }

  test('an output that .dvcignore hides is refused with the rule, before anything runs', async () => {
    const files = {
      '.dvcignore': '# c\n*.log\n!kept.log\nfolder/\n',
      'dvc.yaml': `stages:
  a: {cmd: touch a.log kept.log folder, outs: [a.log, kept.log, folder]}
`,
    }
    using project = makeProject(files)
    await assert.rejects(project.run(), {
      code: 'PIPELINE_INVALID',
      message: `dvc.yaml:2:3: the output 'a.log' of stage 'a' is hidden by '*.log' in .dvcignore:2`,
    })
    assert.equal(existsSync(join(project.directory, 'kept.log')), false)
    mkdirSync(join(project.directory, 'folder'))
    project.write({ '.dvcignore': 'folder/\n' })
    await assert.rejects(project.run(), { message: /'folder\/' in \.dvcignore:1/ })
  })

  test('a parameter that is no number is the same after the stage, and makes it run again', async () => {
    using project = makeProject({
      'params.yaml': 'p: {q: [.nan]}\n',
      'dvc.yaml': `stages:\n  a: {cmd: echo 1 > out.txt, params: [p], outs: [out.txt]}\n`,
    })
    assert.deepEqual(outcomes(await project.run()), { a: 'ran' })
    assert.deepEqual(outcomes(await project.run()), { a: 'ran' })
  })

  test('a wdir that does not exist is said to be the trouble', async () => {
    using project = makeProject({ 'dvc.yaml': `stages:\n  a: {cmd: 'true', wdir: nowhere}\n` })
    await assert.rejects(project.run(), {
      code: 'PIPELINE_STAGE_FAILED',
      message: /nowhere.*ENOENT/,
    })
  })

  test('a folder with a link to nothing cannot be hashed, and says so', async () => {
    using project = makeProject({ 'dvc.yaml': `stages:\n  a: {cmd: 'true', deps: [data]}\n` })
    mkdirSync(join(project.directory, 'data'))
    symlinkSync('nothing', join(project.directory, 'data/link'))
    await assert.rejects(project.run(), { code: 'FILE_READ_FAILED', message: /a link to nothing/ })
  })

  test('without a dvc.yaml the error says where it was looked for', async () => {
    using project = makeProject({})
    await assert.rejects(project.run(), {
      code: 'FILE_MISSING',
      message: /there is no dvc.yaml in/,
    })
  })
})

describe('commands', () => {
  test('run in their folder, with the stage and the root in the environment', async () => {
    using project = makeProject({
      'sub/in.txt': '',
      'dvc.yaml': `stages:
  where:
    wdir: sub
    cmd:
    - pwd > where.txt
    - echo "$DVC_STAGE $DVC_ROOT $PATH" >> where.txt
    deps: [in.txt]
    outs: [where.txt]
`,
    })
    mkdirSync(join(project.directory, 'node_modules/.bin'), { recursive: true })
    await project.run({ env: { PATH: '/usr/bin:/bin' } })
    const { directory } = project
    const path = `${directory}/node_modules/.bin:/usr/bin:/bin`
    assert.equal(project.read('sub/where.txt'), `${directory}/sub\nwhere ${directory} ${path}\n`)
    assert.match(project.read('dvc.lock'), /path: in.txt/)
  })

  test('lines of a text run in shells of their own, list items run whole', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:
  lines:
    cmd: |
      x=1
      echo "[$x]" > lines.txt
    outs: [lines.txt]
  list:
    cmd: ["x=1\\necho \\"[$x]\\" > list.txt"]
    outs: [list.txt]
`,
    })
    await project.run()
    assert.equal(project.read('lines.txt'), '[]\n')
    assert.equal(project.read('list.txt'), '[1]\n')
  })

  test('what they print is reported and kept', async () => {
    using project = makeProject({ 'dvc.yaml': `stages:\n  say: {cmd: 'echo out; echo err >&2'}\n` })
    await project.run()
    const text = project.events.flatMap((event) =>
      event.kind === 'stage-output' ? [`${event.stream}: ${event.text}`] : [],
    )
    assert.deepEqual(text.sort(), ['stderr: err\n', 'stdout: out\n'])
    assert.deepEqual(project.read('.dvc/tmp/mlpt/logs/say.log').split('\n').sort(), [
      '',
      'err',
      'out',
    ])
  })

  test('what they leave running in their group ends with them', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:\n  daemon: {cmd: '(sleep 60; touch awoken) & echo $! > pid', outs: [pid]}\n`,
    })
    await project.run()
    await until(() => !isProcessAlive(Number(project.read('pid'))))
    assert.equal(existsSync(join(project.directory, 'awoken')), false)
  })
})

describe('.gitignore', () => {
  test('gets a line for each cached output, beside it, once', async () => {
    using project = makeProject({
      '.gitignore': 'node_modules',
      'dvc.yaml': `stages:
  make:
    cmd: mkdir -p out && echo a > out/a.txt && echo b > 'b[1].txt' && echo c > c.txt && echo d > d.log
    outs: [out/a.txt, 'b[1].txt', {c.txt: {cache: false}}, d.log]
`,
    })
    execFileSync('git', ['init', '-q'], { cwd: project.directory })
    project.write({ '.gitignore': 'node_modules\n*.log' })
    await project.run()
    await project.run({ force: true })
    assert.equal(project.read('.gitignore'), 'node_modules\n*.log\n/b\\[1\\].txt\n')
    assert.equal(project.read('out/.gitignore'), '/a.txt\n')
  })

  test('has its lines in the order of the stages, whichever ended first', async () => {
    using project = makeProject({
      '.gitignore': 'first\n',
      'dvc.yaml': `stages:
  slow: {cmd: sleep 0.4 && touch slow, outs: [slow]}
  middle: {cmd: sleep 0.2 && touch middle, outs: [middle]}
  quick: {cmd: touch quick, outs: [quick]}
`,
    })
    execFileSync('git', ['init', '-q'], { cwd: project.directory })
    await project.run({ jobs: 3 })
    assert.equal(project.read('.gitignore'), 'first\n/slow\n/middle\n/quick\n')
  })

  test('is handed to git with dvc.lock when core.autostage says so, and nothing else is', async () => {
    using project = makeProject({
      ...chain,
      '.gitignore': '',
      '.dvc/config': '[core]\n    autostage = true\n',
    })
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: project.directory, encoding: 'utf8' })
    git('init', '-q')
    await project.run()
    assert.deepEqual(git('diff', '--cached', '--name-only').split('\n'), [
      '.gitignore',
      'dvc.lock',
      '',
    ])
    project.write({ 'in.txt': 'other\n', '.gitignore': `${project.read('.gitignore')}# mine\n` })
    await project.run()
    assert.equal(git('diff', '--name-only'), '.gitignore\n')
  })

  test('is not written outside of a git repository', async () => {
    using project = makeProject(chain)
    await project.run()
    assert.equal(existsSync(join(project.directory, '.gitignore')), false)
  })
})

function timeOf(project: Project, path: string): number {
  return statSync(join(project.directory, path)).mtimeMs
}
