import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunTrigger } from '../../src/core/pipeline-history.ts'
import { startCron } from '../../src/pipeline/automation/cron-schedule.ts'
import { changedPaths, readSignatures } from '../../src/pipeline/automation/signatures-file.ts'
import {
  watchPipeline,
  type WatchEvent,
  type WatchOptions,
} from '../../src/pipeline/automation/watch-pipeline-process.ts'
import { openRepository } from '../../src/pipeline/repository/repository-file.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder, runIn, type Folder } from './folder.ts'

describe('watching a pipeline', () => {
  test('runs at the start, and once after each change of something that it reads', async () => {
    using folder = makeFolder(pipeline)
    await using watching = watch(folder)
    await watching.runs(1)
    await watching.waits(1)
    for (const [i, change] of [
      () => folder.write({ 'in.txt': 'changed' }),
      () => folder.write({ 'raw/deep/new.txt': 'new' }),
      () => renameSync(join(folder.directory, 'raw/a.txt'), join(folder.directory, 'raw/b.txt')),
      () => folder.write({ 'params.yaml': 'lr: 2\n' }),
      () => folder.write({ 'vars.yaml': 'name: other\n' }),
      () => folder.write({ 'dvc.yaml': `${pipeline['dvc.yaml']}# note\n` }),
      () => rmSync(join(folder.directory, 'raw'), { recursive: true }),
      () => folder.write({ 'raw/again.txt': '' }),
      () => folder.write({ 'later/data.csv': 'it is there now' }),
    ].entries()) {
      change()
      await watching.runs(i + 2)
      await watching.waits(i + 2)
    }
    assert.deepEqual(new Set(watching.triggers), new Set(['watch']))
    assert.deepEqual(watching.changes()[0], ['in.txt'])
    assert.deepEqual(watching.changes()[2], ['raw/a.txt', 'raw/b.txt'])
  })

  test('does not run for outputs, the lock, hidden or unrelated files, nor for a change of mode or link count', async () => {
    using folder = makeFolder({ ...pipeline, '.dvcignore': '*.log\n' })
    await using watching = watch(folder)
    await watching.waits(1)
    folder.write({
      'out.txt': 'by hand',
      'raw/made.txt': 'an output in a folder that is read',
      'raw/x.log': 'hidden',
      'dvc.lock': "schema: '2.0'\n",
      'other.txt': '',
      '.gitignore': '/out.txt\n',
      '.dvc/tmp/x': '',
    })
    runIn(folder.directory, 'chmod', '444', 'in.txt')
    runIn(folder.directory, 'ln', 'in.txt', 'linked')
    await sleep(400)
    assert.equal(watching.triggers.length, 1)
  })

  test('takes many changes at once for one', async () => {
    using folder = makeFolder(pipeline)
    await using watching = watch(folder, { debounceMs: 150 })
    await watching.waits(1)
    for (let i = 0; i < 20; i++) {
      folder.write({ [`raw/${i}.txt`]: '', 'in.txt': String(i) })
      await sleep(10)
    }
    await watching.waits(2)
    assert.equal(watching.triggers.length, 2)
    assert.equal(watching.changes()[0]?.length, 21)
  })

  test('what changes during a run brings one more', async () => {
    using folder = makeFolder(pipeline)
    let runs = 0
    await using watching = watch(folder, {
      run: async () => {
        if (++runs === 1) folder.write({ 'in.txt': 'edited meanwhile' })
      },
    })
    await watching.waits(1)
    assert.deepEqual(watching.triggers.length, 2)
    assert.deepEqual(watching.changes(), [['in.txt']])
  })

  test('a run that changes its own input does not begin again for ever', async () => {
    using folder = makeFolder(pipeline)
    let runs = 0
    await using watching = watch(folder, {
      run: async () => folder.write({ 'in.txt': `run ${++runs}` }),
    })
    await watching.waits(1)
    await sleep(200)
    assert.equal(runs, 3)
    assert.ok(watching.events.some(({ kind }) => kind === 'restless'))
    folder.write({ 'raw/a.txt': 'by hand' })
    await watching.waits(2)
    assert.ok(runs >= 4 && runs <= 6)
  })

  test('a file that somebody edits during a run and during the next one is not left at that', async () => {
    using folder = makeFolder(pipeline)
    const read: string[] = []
    await using watching = watch(folder, {
      run: async () => {
        read.push(folder.read('in.txt'))
        if (read.length < 3) folder.write({ 'in.txt': `edit ${read.length}` })
      },
    })
    await watching.waits(1)
    assert.equal(read.at(-1), 'edit 2')
    assert.ok(!watching.events.some(({ kind }) => kind === 'restless'))
  })

  test('data that a .dvc file tracks is watched, and the record of it is no reason to run again', async () => {
    using folder = makeFolder({
      'data.dvc': 'outs:\n- path: data\n',
      'data/a.txt': '',
      'dvc.yaml': 'stages: {use: {cmd: x, deps: [data/a.txt]}}\n',
      '.dvc/config': '',
    })
    await using watching = watch(folder, {
      run: async () => folder.write({ 'data.dvc': `outs:\n- path: data\n# ${Math.random()}\n` }),
    })
    await watching.waits(1)
    const first = watching.triggers.length
    folder.write({ 'data/a.txt': 'changed' })
    await watching.waits(2)
    assert.equal(watching.triggers.length, first + 1)
  })

  test('a pipeline that is broken meanwhile is watched on until it is mended', async () => {
    using folder = makeFolder(pipeline)
    await using watching = watch(folder)
    await watching.waits(1)
    folder.write({ 'dvc.yaml': 'stages: [\n' })
    await watching.waits(2)
    assert.ok(watching.events.some(({ kind }) => kind === 'broken'))
    folder.write({ 'dvc.yaml': pipeline['dvc.yaml'].replace('in.txt', 'other.txt') })
    await watching.waits(3)
    folder.write({ 'in.txt': 'no longer read' })
    folder.write({ 'other.txt': 'read now' })
    await watching.waits(4)
    assert.deepEqual(watching.changes().at(-1), ['other.txt'])
  })

  test('once waits for the first change and ends after its run', async () => {
    using folder = makeFolder(pipeline)
    await using watching = watch(folder, { once: true })
    await watching.waits(1)
    assert.deepEqual(watching.triggers, [])
    folder.write({ 'in.txt': 'changed' })
    await watching.done
    assert.deepEqual(watching.triggers, ['watch'])
  })

  test('runs at the times of a cron line, with nothing changed', async () => {
    using folder = makeFolder(pipeline)
    await using watching = watch(folder, { cron: ['* * * * * *'], once: true })
    await watching.done
    assert.deepEqual(watching.triggers, ['cron'])
  })

  test('of an hour that summer time skips a cron line has the end, of one that comes twice the first', (context) => {
    const zone = process.env['TZ']
    process.env['TZ'] = 'Europe/Berlin'
    context.after(() => {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    })
    const timesFrom = (line: string, start: string, hours: number): string[] => {
      const { timers } = context.mock
      timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse(start) })
      const times: string[] = []
      using _cron = startCron([line], () => times.push(new Date().toISOString().slice(5, 16)))
      for (let i = 0; i < hours * 120; i++) timers.tick(30_000)
      timers.reset()
      return times
    }
    // At 02:00 it is 03:00, at 01:00 of UTC.
    const march = '2026-03-28T23:00:00Z'
    assert.deepEqual(timesFrom('30 2 * * *', march, 26), ['03-29T01:00', '03-30T00:30'])
    assert.deepEqual(timesFrom('0 * * * *', march, 3), [
      '03-29T00:00',
      '03-29T01:00',
      '03-29T02:00',
    ])
    // At 03:00 it is 02:00 again, at 01:00 of UTC.
    const october = '2026-10-24T23:00:00Z'
    assert.deepEqual(timesFrom('30 2 * * *', october, 27), ['10-25T00:30', '10-26T01:30'])
    assert.deepEqual(timesFrom('0 * * * *', october, 3), [
      '10-25T00:00',
      '10-25T01:00',
      '10-25T02:00',
    ])
  })

  test('cron lines that are none, or never come, are refused before anything runs', () => {
    for (const line of ['', 'often', '61 * * * *', '* * * *', '0 0 30 2 *']) {
      assert.throws(() => startCron([line], () => undefined), /CLI_USAGE|is no cron line/, line)
    }
  })

  test('what cannot be watched from the start is an error', async () => {
    using folder = makeFolder(pipeline)
    const options = optionsFor(folder, {})
    const selection = { ...options.selection, targets: ['mak'] }
    await assert.rejects(watchPipeline({ ...options, selection }), /there is no stage 'mak'/)
    folder.write({ 'dvc.yaml': 'stages: [\n' })
    await assert.rejects(watchPipeline(options), /dvc\.yaml/)
  })
})

describe('a look at files', () => {
  test('tells what came, went and changed, and follows no links in circles', () => {
    using folder = makeFolder({ 'a/b.txt': '1', 'a/c.txt': '1', 'a/d.txt': '1', 'a/out/x': '1' })
    const at = (path: string): string => join(folder.directory, path)
    symlinkSync('.', at('a/circle'))
    symlinkSync('nowhere', at('a/broken'))
    symlinkSync(at('a/b.txt'), at('a/link.txt'))
    const inputs = { locations: [at('a'), at('gone')], excluded: [at('a/out')] }
    const before = readSignatures(inputs, { isIgnored: () => false })
    assert.deepEqual(
      [...before.keys()].map((path) => path.slice(folder.directory.length + 1)).sort(),
      ['a/b.txt', 'a/c.txt', 'a/d.txt', 'a/link.txt'],
    )
    writeFileSync(at('a/b.txt'), '2')
    utimesSync(at('a/b.txt'), 1, 1)
    rmSync(at('a/c.txt'))
    mkdirSync(at('gone'))
    writeFileSync(at('gone/e.txt'), '')
    writeFileSync(at('a/out/x'), '22')
    const changed = changedPaths(before, readSignatures(inputs, { isIgnored: () => false }))
    assert.deepEqual(
      changed.map((path) => path.slice(folder.directory.length + 1)),
      ['a/b.txt', 'a/c.txt', 'a/link.txt', 'gone/e.txt'],
    )
  })
})

describe('mlpt watch', () => {
  test('runs the pipeline in a process of its own when a file changes, and ends with Ctrl-C', async () => {
    using folder = makeFolder(runnable)
    const watching = startWatch(folder)
    await until(() => readIfThere(folder, 'out.txt') === 'one\n')
    await until(() => watching.errors().includes('watching '))
    folder.write({ 'in.txt': 'two\n' })
    await until(() => readIfThere(folder, 'out.txt') === 'two\n')
    await until(() => watching.errors().split('watching ').length > 2)
    assert.match(watching.errors(), /changed: in\.txt\n/)
    watching.process.kill('SIGINT')
    assert.equal(await watching.exitCode, 130)
  })

  test('--once ends with the exit code of its run', async () => {
    using folder = makeFolder({
      ...runnable,
      'dvc.yaml': 'stages: {a: {cmd: exit 3, deps: [in.txt]}}\n',
    })
    const watching = startWatch(folder, '--once')
    await until(() => watching.errors().includes('watching '))
    folder.write({ 'in.txt': 'two\n' })
    assert.equal(await watching.exitCode, 3)
  })

  test('Ctrl-C ends the run that goes on, first', async () => {
    using folder = makeFolder({
      ...runnable,
      'dvc.yaml': 'stages: {a: {cmd: "echo $$ > pid; sleep 60", deps: [in.txt], outs: [pid]}}\n',
    })
    const watching = startWatch(folder)
    await until(() => readIfThere(folder, 'pid') !== undefined && readIfThere(folder, 'pid') !== '')
    const pid = Number(folder.read('pid'))
    watching.process.kill('SIGINT')
    assert.equal(await watching.exitCode, 130)
    assert.throws(() => process.kill(pid, 0), /ESRCH/)
  })

  test('mistakes are usage errors', async () => {
    using folder = makeFolder(runnable)
    for (const args of [['--cron', 'often'], ['--debounce', 'x'], ['nothing']]) {
      assert.equal(await startWatch(folder, ...args).exitCode, 2, args.join(' '))
    }
  })
})

interface Watching extends AsyncDisposable {
  readonly done: Promise<void>
  readonly triggers: readonly RunTrigger[]
  readonly events: readonly WatchEvent[]
  /** What each change event named, from the folder. */
  changes(): string[][]
  /** Until so many runs were begun. */
  runs(count: number): Promise<void>
  /** Until it waits for the so many-th time. */
  waits(count: number): Promise<void>
}

function watch(folder: Folder, changes: Partial<WatchOptions> = {}): Watching {
  const controller = new AbortController()
  const triggers: RunTrigger[] = []
  const events: WatchEvent[] = []
  const { run = async () => undefined } = changes
  const done = watchPipeline({
    ...optionsFor(folder, changes),
    signal: controller.signal,
    run: async (trigger) => {
      triggers.push(trigger)
      await run(trigger)
    },
    report: (event) => events.push(event),
  })
  const waiting = (): number => events.filter(({ kind }) => kind === 'waiting').length
  return {
    done,
    triggers,
    events,
    changes: () =>
      events.flatMap((event) =>
        event.kind === 'changed'
          ? [event.paths.map((path) => path.slice(folder.directory.length + 1))]
          : [],
      ),
    runs: (count) => until(() => triggers.length >= count),
    waits: (count) => until(() => waiting() >= count),
    [Symbol.asyncDispose]: async () => {
      controller.abort()
      await done
    },
  }
}

function optionsFor(folder: Folder, changes: Partial<WatchOptions>): WatchOptions {
  return {
    repository: openRepository(folder.directory, { env: process.env, allowsNew: true }),
    selection: { targets: [], isAll: false, isSingle: false, isDownstream: false },
    cron: [],
    debounceMs: 20,
    pollMs: 60_000, // So that only what the system tells can wake it.
    once: false,
    signal: new AbortController().signal,
    run: async () => undefined,
    report: () => undefined,
    ...changes,
  }
}

interface Watch {
  readonly process: ChildProcess
  readonly exitCode: Promise<unknown>
  readonly errors: () => string
}

function startWatch(folder: Folder, ...flags: readonly string[]): Watch {
  const child = spawn(process.execPath, [...mlptArguments, 'watch', '--debounce', '50', ...flags], {
    cwd: folder.directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const exitCode = once(child, 'close').then(([code]) => {
    // Somebody who waits for it to do something learns why it never does.
    if (code !== 130) process.stderr.write(errors)
    return code as unknown
  })
  return { process: child, exitCode, errors: () => errors }
}

function readIfThere(folder: Folder, path: string): string | undefined {
  try {
    return folder.read(path)
  } catch {
    return undefined
  }
}

/** Waits until a condition holds, for at most fifteen seconds. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (condition()) return
    await sleep(10)
  }
  assert.fail(`it did not happen within 15 s: ${condition.toString()}`)
}

const pipeline = {
  'dvc.yaml': `vars: [vars.yaml]
stages:
  make: {cmd: x, deps: [in.txt, raw, later/data.csv], params: [lr], outs: [out.txt]}
  before: {cmd: y, deps: [seed.txt], outs: [raw/made.txt]}
`,
  'vars.yaml': 'name: a\n',
  'params.yaml': 'lr: 1\n',
  'in.txt': '',
  'seed.txt': '',
  'raw/a.txt': '',
  '.dvc/config': '',
}
const runnable = {
  'dvc.yaml': 'stages: {make: {cmd: cp in.txt out.txt, deps: [in.txt], outs: [out.txt]}}\n',
  'in.txt': 'one\n',
  '.dvc/config': '',
}
