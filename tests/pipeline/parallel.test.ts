/** Stages at the same time, in real processes; and which stages a run takes. */

import assert from 'node:assert/strict'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { createRandom } from '../../src/core/random.ts'
import { makeProject, outcomes, type Project } from './project.ts'

describe('stages that do not need each other', () => {
  test('run at the same time: each waits for the file of the other', async () => {
    using project = makeProject({ 'dvc.yaml': `stages:\n${meeting('a', 'b')}${meeting('b', 'a')}` })
    assert.deepEqual(outcomes(await project.run({ jobs: 2 })), { a: 'ran', b: 'ran' })
  })

  test('run one after another with --jobs 1', async () => {
    using project = makeProject({ 'dvc.yaml': `stages:\n${alone('a')}${alone('b')}${alone('c')}` })
    await project.run({ jobs: 1 })
  })

  test('are as many at a time as --jobs says, and no more', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:\n${['a', 'b', 'c', 'd', 'e', 'f'].map(counting).join('')}`,
    })
    await project.run({ jobs: 3 })
    const counts = project.read('counts').trim().split('\n').map(Number)
    assert.equal(counts.length, 6)
    assert.equal(Math.max(...counts), 3)
  })

  test('never run together when they share a mutex, whatever else runs', async () => {
    const gpu = 'mutex: gpu'
    using project = makeProject({
      'dvc.yaml': `stages:\n${alone('a', gpu)}${alone('b', gpu)}${alone('c', 'mutex: [disk, gpu]')}${meeting('d', 'e')}${meeting('e', 'd')}`,
    })
    await project.run({ jobs: 5 })
  })

  test('run alone when they take all jobs', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:\n${alone('a', 'jobs: 2')}${alone('b')}${alone('c', 'jobs: 9')}`,
    })
    await project.run({ jobs: 2 })
  })

  test('begin as soon as what they need has ended, not a whole level later', async () => {
    using project = makeProject({
      'dvc.yaml': `stages:
  quick: {cmd: touch quick, outs: [quick]}
  slow: {cmd: '${waitFor('after')} && touch slow', outs: [slow]}
  after: {cmd: touch after, deps: [quick], outs: [after]}
  last: {cmd: 'true', deps: [slow, after]}
`,
    })
    const summary = await project.run({ jobs: 2 })
    assert.deepEqual(new Set(Object.values(outcomes(summary))), new Set(['ran']))
  })

  test('give the same dvc.lock, byte for byte, however long each takes', async () => {
    const random = createRandom(7)
    const texts = new Set<string>()
    for (const jobs of [1, 2, 4, 8, 4, 4]) {
      using project = makeProject({ 'in.txt': 'x', 'dvc.yaml': diamond })
      const env = Object.fromEntries(
        [1, 2, 3, 4, 5].map((i) => [`PAUSE_${i}`, String(random.next() * 0.15)]),
      )
      await project.run({ jobs, env: { ...process.env, ...env } })
      texts.add(project.read('dvc.lock'))
      // And again where all are there: each keeps its place.
      project.write({ 'in.txt': 'y' })
      await project.run({ jobs, env: process.env })
      project.write({ 'in.txt': 'x' })
      await project.run({ jobs, env: process.env })
      texts.add(project.read('dvc.lock'))
    }
    assert.equal(texts.size, 1)
  })

  test('give the same dvc.lock and .gitignore when a run stopped in the middle', async () => {
    const read = (project: Project): string[] =>
      ['dvc.lock', '.gitignore'].map((path) => project.read(path))
    const stages = (lasts: string): string => `stages:
  first: {cmd: '${lasts} && touch first', outs: [first]}
  second: {cmd: touch second, outs: [second]}
  third: {cmd: touch third, deps: [second], outs: [third]}
`
    using whole = makeProject({ '.git/HEAD': '', 'dvc.yaml': stages('true') })
    await whole.run()
    using stopped = makeProject({ '.git/HEAD': '', 'dvc.yaml': stages('false') })
    await assert.rejects(stopped.run({ jobs: 2, keepGoing: true }))
    assert.deepEqual(stopped.read('.gitignore'), '/second\n/third\n')
    stopped.write({ 'dvc.yaml': stages('true') })
    await stopped.run()
    assert.deepEqual(read(stopped), read(whole))
    // What is added after a run that ended well goes to the end, as DVC puts it.
    stopped.write({
      'dvc.yaml': stages('true').replace(
        'stages:',
        'stages:\n  zero: {cmd: touch zero, outs: [zero]}',
      ),
    })
    await stopped.run()
    assert.match(stopped.read('.gitignore'), /\/zero\n$/)
    assert.match(stopped.read('dvc.lock'), / third:[^]* zero:/)
  })
})

describe('a failure', () => {
  const failing = `stages:
  bad: {cmd: '${waitFor('begun')} && exit 4', outs: [bad]}
  running: {cmd: 'touch begun; sleep 0.3; touch running', outs: [running]}
  below: {cmd: touch below, deps: [bad], outs: [below]}
  deep: {cmd: touch deep, deps: [below], outs: [deep]}
  other: {cmd: touch other, deps: [running], outs: [other]}
  worse: {cmd: exit 5, deps: [running]}
`

  test('lets those end that run, and begins nothing more', async () => {
    using project = makeProject({ 'dvc.yaml': failing })
    await assert.rejects(project.run({ jobs: 2 }), {
      code: 'PIPELINE_STAGE_FAILED',
      message: /^stage 'bad' failed/,
      exitCode: 1,
    })
    assert.deepEqual(present(project, 'running', 'other', 'below'), ['running'])
    assert.match(project.read('dvc.lock'), /running:/)
  })

  test('with --keep-going leaves out what needs it, and names all that failed', async () => {
    using project = makeProject({ 'dvc.yaml': failing })
    await assert.rejects(project.run({ jobs: 2, keepGoing: true }), (error) => {
      assert.ok(error instanceof ToolkitError)
      assert.equal(error.code, 'PIPELINE_STAGE_FAILED')
      assert.equal(error.exitCode, 1)
      assert.match(
        error.message,
        /^2 stages failed:\n {2}stage 'bad' failed.*4\n {4}hint: .*bad\.log\n {2}stage 'worse' failed.*5\n {4}hint: .*worse\.log$/,
      )
      assert.deepEqual(error.details['failed'], ['bad', 'worse'])
      assert.deepEqual(error.details['skipped'], ['below', 'deep'])
      return true
    })
    assert.deepEqual(present(project, 'running', 'other', 'below', 'deep'), ['running', 'other'])
    const skipped = project.events.flatMap((event) =>
      event.kind === 'stage-skipped' ? [[event.stage, event.failed]] : [],
    )
    assert.deepEqual(skipped, [
      ['below', 'bad'],
      ['deep', 'bad'],
    ])
  })

  test('is gone on from by the next run: only what is left runs', async () => {
    using project = makeProject({ 'dvc.yaml': failing })
    await assert.rejects(project.run({ jobs: 2, keepGoing: true }))
    const repaired = failing.replace('exit 4', 'touch bad').replace('exit 5', 'echo')
    project.write({ 'dvc.yaml': repaired })
    assert.deepEqual(outcomes(await project.run({ jobs: 2 })), {
      bad: 'ran',
      running: 'unchanged',
      below: 'ran',
      deep: 'ran',
      other: 'unchanged',
      worse: 'ran',
    })
  })

  for (const [codes, exitCode] of [
    [[3, 3], 3],
    [[3, 1], 1],
    [[2, 3], 1],
  ] as const) {
    test(`of stages that exit with ${codes.join(' and ')} makes the command exit with ${exitCode}`, async () => {
      using project = makeProject({
        'dvc.yaml': `stages:\n  a: {cmd: exit ${codes[0]}}\n  b: {cmd: exit ${codes[1]}}\n`,
      })
      const end = await project.start('--keep-going', '--jobs', '2').ended
      assert.equal(end.exitCode, exitCode, end.errors)
      assert.match(end.errors, /2 stages failed/)
    })
  }
})

describe('a run', () => {
  for (const [what, flags, expected] of [
    [
      'of one folder takes its stages and what they need elsewhere',
      [],
      ['up', 'mid', 'end', 'side'],
    ],
    ['with -P takes all of the repository', ['-P'], ['up', 'mid', 'end', 'side', 'own']],
    ['of a target takes what it needs', ['mid'], ['up', 'mid']],
    ['of a target with --single-item takes nothing else', ['-s', 'sub/dvc.yaml:up'], ['up']],
    ['of a stage in another folder', ['sub/dvc.yaml:own'], ['own']],
    ['of a group takes its members', ['g'], ['g@1', 'g@2']],
    ['of one member', ['g@2'], ['g@2']],
  ] as const) {
    test(what, async () => {
      using project = makeProject(tree)
      if (flags.some((flag) => flag.startsWith('g'))) project.write({ 'dvc.yaml': grouped })
      const end = await project.start(...flags).ended
      assert.equal(end.exitCode, 0, end.errors)
      assert.deepEqual(ranIn(project), [...expected].sort())
    })
  }

  test('of an upper target with --single-item does not wonder what it lacks', async () => {
    using project = makeProject(tree)
    const end = await project.start('--single-item', 'mid').ended
    assert.equal(end.exitCode, 1)
    assert.match(end.errors, /FILE_MISSING: dvc\.yaml:3:3: stage 'mid' needs '(sub\/)?up'/)
  })

  test('in a sub-folder takes its stages, and names others from there', async () => {
    using project = makeProject(tree)
    await project.run({ directory: join(project.directory, 'sub') })
    assert.deepEqual(ranIn(project), ['own', 'up'])
    await project.run({ directory: join(project.directory, 'sub'), targets: ['../dvc.yaml:side'] })
    assert.deepEqual(ranIn(project), ['own', 'side', 'up'])
    assert.match(project.read('sub/dvc.lock'), /own:/)
    assert.match(project.read('dvc.lock'), /side:/)
  })

  test('of a target with --downstream takes it and what needs it', async () => {
    using project = makeProject(tree)
    await project.run()
    rmSync(join(project.directory, 'ran'))
    const end = await project.start('--downstream', '--force', 'mid').ended
    assert.equal(end.exitCode, 0, end.errors)
    assert.deepEqual(ranIn(project), ['end', 'mid'])
  })

  test('with --force runs again what is up to date, and only that target', async () => {
    using project = makeProject(tree)
    await project.run()
    rmSync(join(project.directory, 'ran'))
    await project.run({ targets: ['mid'], force: true, singleItem: true })
    assert.deepEqual(ranIn(project), ['mid'])
  })
})

/** Ends only when another one has begun. */
function meeting(name: string, other: string): string {
  return `  ${name}: {cmd: 'touch ${name}.here; ${waitFor(`${other}.here`)}'}\n`
}

function waitFor(path: string): string {
  return `for i in $(seq 400); do [ -e ${path} ] && break; sleep 0.02; done; [ -e ${path} ]`
}

/** Fails when another one of its kind is running. */
function alone(name: string, mlpt = ''): string {
  const meta = `, meta: {mlpt: {${mlpt}}}`
  return `  ${name}: {cmd: 'mkdir alone && sleep 0.15 && rmdir alone'${meta}}\n`
}

/** Counts how many are running. */
function counting(name: string): string {
  return `  ${name}: {cmd: 'mkdir -p on && touch on/${name} && sleep 0.3 && ls on | wc -l >> counts && rm on/${name}'}\n`
}

const diamond = `stages:
  first: {cmd: 'sleep $PAUSE_1; cp in.txt 1', deps: [in.txt], outs: ['1']}
  left: {cmd: 'sleep $PAUSE_2; cp 1 2', deps: ['1'], outs: ['2']}
  right: {cmd: 'sleep $PAUSE_3; cp 1 3', deps: ['1'], outs: ['3']}
  free: {cmd: 'sleep $PAUSE_4; echo > 4', outs: ['4']}
  last: {cmd: 'sleep $PAUSE_5; cat 2 3 4 > 5', deps: ['2', '3', '4'], outs: ['5']}
`

const ranOnce = (name: string, root = '.'): string =>
  `echo ${name} >> ${root}/ran; touch ${root}/sub/${name}`

const tree = {
  '.dvc/config': '',
  'sub/dvc.yaml': `stages:
  up: {cmd: '${ranOnce('up', '..')}', outs: [up]}
  own: {cmd: '${ranOnce('own', '..')}', outs: [own]}
`,
  'dvc.yaml': `# stages of two folders
stages:
  mid: {cmd: '${ranOnce('mid')}', deps: [sub/up], outs: [sub/mid]}
  end: {cmd: '${ranOnce('end')}', deps: [sub/mid], outs: [sub/end]}
  side: {cmd: '${ranOnce('side')}', outs: [sub/side]}
`,
}

const grouped = `stages:
  g:
    foreach: [1, 2]
    do: {cmd: 'echo g@\${item} >> ran'}
  other: {cmd: 'echo other >> ran'}
`

function ranIn(project: Project): string[] {
  return project.read('ran').trim().split('\n').sort()
}

function present({ directory }: Project, ...paths: readonly string[]): string[] {
  return paths.filter((path) => existsSync(join(directory, path)))
}
