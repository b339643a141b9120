/** A run beside another one, beside a dvc, and after one that was killed. */

import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LockHolder } from '../../src/pipeline/repository/rwlock.ts'
import { startDead, startSleeper } from './lock-place.ts'
import { makeProject, outcomes, until } from './project.ts'

describe('a run', () => {
  test('beside a dvc that writes the same output leaves it alone, refused', async () => {
    using project = makeProject(twoStages)
    await project.run()
    using dvc = startSleeper()
    project.write({ 'in.txt': 'changed\n', 'a.txt': 'half of what dvc writes' })
    writeUsesOf(project.directory, dvc.process, 'a.txt')
    await assert.rejects(project.run(), { code: 'PIPELINE_LOCKED', message: /'.*a.txt' is in use/ })
    assert.equal(project.read('a.txt'), 'half of what dvc writes')
  })

  test('beside a dvc that writes the same output does not restore it either', async () => {
    using project = makeProject(twoStages)
    await project.run()
    using dvc = startSleeper()
    rmSync(join(project.directory, 'a.txt'))
    writeUsesOf(project.directory, dvc.process, 'a.txt')
    await assert.rejects(project.run(), { code: 'PIPELINE_LOCKED' })
    assert.equal(existsSync(join(project.directory, 'a.txt')), false)
  })

  test('beside a dvc goes on with what it does not use, when it is to keep going', async () => {
    using project = makeProject(twoStages)
    using dvc = startSleeper()
    writeUsesOf(project.directory, dvc.process, 'a.txt')
    await assert.rejects(project.run({ keepGoing: true }), { code: 'PIPELINE_LOCKED' })
    assert.equal(existsSync(join(project.directory, 'b.txt')), true)
  })

  test('waits for a dvc that writes the same output when it may', async () => {
    using project = makeProject(twoStages)
    using dvc = startSleeper()
    writeUsesOf(project.directory, dvc.process, 'a.txt')
    setTimeout(() => dvc.process.kill('SIGKILL'), 700)
    assert.deepEqual(outcomes(await project.run({ waitMs: 20_000 })), { a: 'ran', b: 'ran' })
  })

  test('that is killed leaves paths in use that nobody minds', async () => {
    using project = makeProject(sleeper)
    const engine = project.start()
    const uses = join(project.directory, '.dvc/tmp/rwlock')
    await until(() => existsSync(uses) && readFileSync(uses, 'utf8').includes('out.txt'))
    engine.process.kill('SIGKILL')
    await engine.ended
    assert.match(readFileSync(uses, 'utf8'), new RegExp(`"pid":${engine.process.pid}`))
    project.write({
      'dvc.yaml': `stages:\n  a: {cmd: sleep 1.5; echo x > out.txt, outs: [out.txt]}`,
    })
    assert.deepEqual(outcomes(await project.run()), { a: 'ran' })
    assert.deepEqual(JSON.parse(readFileSync(uses, 'utf8')), { write: {}, read: {} })
  })

  test('finds what another one did while it waited', async () => {
    using project = makeProject(twoStages)
    const runs = [1, 2, 3].map(() => project.start('--wait', '60', '--jobs', '2'))
    const ends = await Promise.all(runs.map((run) => run.ended))
    for (const { exitCode, errors } of ends) assert.equal(exitCode, 0, errors)
    assert.deepEqual(outcomes(await project.run()), { a: 'unchanged', b: 'unchanged' })
  })

  test('beside another one is refused, and not misled by files that are just being replaced', async () => {
    using project = makeProject(restless)
    const engine = project.start()
    await until(() => existsSync(join(project.directory, 'd')))
    const codes = new Set<unknown>()
    for (let isOver = false; !isOver;) {
      await sleep(1)
      isOver = engine.process.exitCode !== null
      if (isOver) break
      await project.run().catch((error: unknown) => codes.add((error as { code?: unknown }).code))
    }
    assert.equal((await engine.ended).exitCode, 0, (await engine.ended).errors)
    assert.deepEqual([...codes], ['PIPELINE_LOCKED'])
  })

  test('that only says what would happen leaves a killed one as it is', async () => {
    using project = makeProject(sleeper)
    project.write({ 'out.txt': 'before\n' })
    const engine = project.start()
    await until(() => !existsSync(join(project.directory, 'out.txt')))
    engine.process.kill('SIGKILL')
    await engine.ended
    assert.deepEqual(outcomes(await project.run({ dryRun: true })), { sleep: 'would-run' })
    assert.equal(existsSync(join(project.directory, 'out.txt')), false)
  })

  test('puts right first what a killed one left, also what cannot be read', async () => {
    using project = makeProject(unreadable)
    const engine = project.start()
    await until(() => existsSync(join(project.directory, 'd/ready')))
    engine.process.kill('SIGKILL')
    await engine.ended
    project.write({ 'dvc.yaml': unreadable['dvc.yaml'].replace('sleep 60', 'rm d/nothing') })
    assert.deepEqual(outcomes(await project.run()), { a: 'ran' })
    assert.ok(project.events.some(({ kind }) => kind === 'recovered'))
  })

  test('leaves alone what somebody else has finished since another one was killed', async () => {
    using twin = makeProject(patient)
    twin.write({ go: '' })
    await twin.run()
    using project = makeProject(patient)
    for (const before of [{}, { 'out.txt': 'old' }]) {
      project.write(before)
      const engine = project.start()
      await until(() => existsSync(join(project.directory, 'begun')))
      engine.process.kill('SIGKILL')
      await engine.ended
      const done = ['out.txt', 'dvc.lock'].map((path) => [path, twin.read(path)] as const)
      project.write({ ...Object.fromEntries(done), go: '' })
      assert.equal((await project.run()).isUpToDate, true)
      assert.deepEqual(readdirSync(join(project.directory, '.dvc/tmp/mlpt/aside')), [])
      for (const path of ['go', 'begun', 'dvc.lock']) rmSync(join(project.directory, path))
    }
  })

  test('clears what a killed one was just writing, before anything counts it in', async () => {
    using project = makeProject(packed)
    await project.run()
    const { pid } = await startDead()
    const left = ['made/.x.', '.dvc.lock.', 'made/..gitignore.'].map((name) => `${name}${pid}.tmp`)
    for (const path of left) project.write({ [path]: 'half' })
    assert.deepEqual(outcomes(await project.run()), { make: 'unchanged', pack: 'unchanged' })
    assert.deepEqual(
      left.filter((path) => existsSync(join(project.directory, path))),
      [],
    )
  })

  test('leaves alone what looks like it and is not', async () => {
    using project = makeProject(twoStages)
    const others = ['.a.txt.tmp', `.a.txt.${process.pid}.tmp`, '.c.txt.12345678.tmp', 'a.txt.1.tmp']
    for (const path of others) project.write({ [path]: 'mine' })
    await project.run()
    for (const path of others) assert.equal(project.read(path), 'mine')
  })

  test('takes what cannot be read for what it is when nobody was killed', async () => {
    using project = makeProject(unreadable)
    mkdirSync(join(project.directory, 'd'))
    symlinkSync('nowhere', join(project.directory, 'd/nothing'))
    await assert.rejects(project.run(), { code: 'FILE_READ_FAILED' })
    assert.equal(existsSync(join(project.directory, '.dvc')), false)
  })
})

function writeUsesOf(directory: string, { pid }: ChildProcess, path: string): void {
  const holder: LockHolder = { pid: pid!, cmd: 'dvc repro a' }
  const folder = join(directory, '.dvc/tmp')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'rwlock'),
    JSON.stringify({ write: { [join(directory, path)]: holder } }),
  )
}

const twoStages = {
  'in.txt': 'input\n',
  'dvc.yaml': `stages:
  a: {cmd: cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}
  b: {cmd: echo b > b.txt, outs: [b.txt]}
`,
}

/** Waits for a file. */
const patient = {
  'dvc.yaml': `stages:
  wait: {cmd: '[ -e go ] || (touch begun; sleep 60); echo new > out.txt', outs: [{out.txt: {cache: false}}]}
`,
}

/** A folder that is read as a whole has an output in it. */
const packed = {
  'made/y': 'by hand',
  'dvc.yaml': `stages:
  make: {cmd: echo x > made/x, outs: [made/x]}
  pack: {cmd: ls -A made > list, deps: [made], outs: [list]}
`,
}

const sleeper = {
  'dvc.yaml': `stages:
  sleep: {cmd: sleep 60, outs: [out.txt]}
`,
}

/** A link to nothing in a folder cannot be hashed. */
const unreadable = {
  'dvc.yaml': `stages:
  a: {cmd: mkdir -p d && ln -s nowhere d/nothing && touch d/ready && sleep 60, outs: [d]}
`,
}

/** Its folder changes all the time while it runs. */
const restless = {
  'in.txt': 'input\n',
  'dvc.yaml': `stages:
  many:
    cmd: mkdir d && for j in 1 2 3; do for i in $(seq 200); do cp in.txt d/$i; done; rm d/*; done; touch d/x
    deps: [in.txt]
    outs: [d]
`,
}
