import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import type { PipelineStageRun } from '../../src/core/pipeline-history.ts'
import {
  historyPath,
  openHistory,
  openHistoryIfPresent,
  type History,
  type RunStart,
} from '../../src/pipeline/automation/history-store.ts'
import { recordRun, type RunRecorder } from '../../src/pipeline/automation/record-run.ts'
import { makeFolder, mlpt, type Folder } from './folder.ts'

describe('the run history', () => {
  test('keeps runs with their stages, the newest first', () => {
    using folder = makeFolder({})
    using history = openHistory(folder.directory)
    const first = history.beginRun({ ...start, gitCommit: '4f0c1e2', targets: ['train'] })
    history.saveStages(first, [stageRun('prepare')])
    history.saveStages(first, [
      {
        ...stageRun('train'),
        outcome: 'failed',
        exitCode: 7,
        message: 'no',
      },
    ])
    history.endRun(first, {
      outcome: 'failed',
      endTime: 9000,
      message: 'train failed',
      unchanged: 2,
    })
    const second = history.beginRun({ ...start, trigger: 'cron' })
    history.endRun(second, {
      outcome: 'succeeded',
      endTime: 9500,
      message: undefined,
      unchanged: 0,
    })
    assert.deepEqual(
      history.listRuns({ limit: 5 }).map(({ id, trigger }) => [id, trigger]),
      [
        [2, 'cron'],
        [1, 'manual'],
      ],
    )
    assert.deepEqual(history.readRun(first), {
      id: 1,
      trigger: 'manual',
      outcome: 'failed',
      startTime: 1000,
      endTime: 9000,
      targets: ['train'],
      folder: '.',
      gitCommit: '4f0c1e2',
      message: 'train failed',
      counts: { failed: 1, ran: 1, unchanged: 2 },
      stages: [
        stageRun('prepare'),
        { ...stageRun('train'), outcome: 'failed', exitCode: 7, message: 'no' },
      ],
    })
    assert.deepEqual(
      history.listRuns({ limit: 1, before: 2 }).map(({ id }) => id),
      [1],
    )
    assert.equal(history.readRun(3), undefined)
  })

  test('a run goes on while its process lives, and was killed when it is gone', async () => {
    using folder = makeFolder({})
    using history = openHistory(folder.directory)
    const child = spawn('sleep', ['60'])
    const id = history.beginRun({ ...start, processId: child.pid ?? 0 })
    history.saveStages(id, [{ ...stageRun('a'), outcome: 'running', endTime: undefined }])
    assert.equal(history.readRun(id)?.outcome, 'running')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const run = history.readRun(id)
    assert.deepEqual([run?.outcome, run?.stages[0]?.outcome], ['killed', 'killed'])
    assert.deepEqual(run?.counts, { killed: 1 })
  })

  test('a later process with the same number does not keep a run alive', () => {
    using folder = makeFolder({})
    const id = withHistory(folder, (history) =>
      history.beginRun({ ...start, processId: process.pid }),
    )
    using database = new DatabaseSync(historyPath(folder.directory))
    database.exec(`UPDATE runs SET process_start = '1'`)
    assert.equal(
      withHistory(folder, (history) => history.readRun(id)?.outcome),
      'killed',
    )
  })

  test('several runs write at once', async () => {
    using folder = makeFolder({})
    const script = `
      import { openHistory } from '${import.meta.resolve('../../src/pipeline/automation/history-store.ts')}'
      using history = openHistory(${JSON.stringify(folder.directory)})
      for (let i = 0; i < 20; i++) {
        const id = history.beginRun(${JSON.stringify(start)})
        history.endRun(id, { outcome: 'succeeded', endTime: 2, message: undefined, unchanged: 0 })
      }`
    const writers = [1, 2, 3].map(() =>
      spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        stdio: 'inherit',
      }),
    )
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0]))
    assert.deepEqual(codes, [0, 0, 0])
    const runs = withHistory(folder, (history) => history.listRuns({ limit: 100 }))
    assert.equal(runs.length, 60)
    assert.ok(runs.every(({ outcome }) => outcome === 'succeeded'))
  })

  test('runs beyond the newest thousand are forgotten', () => {
    using folder = makeFolder({})
    using history = openHistory(folder.directory)
    for (let i = 0; i < 1003; i++) history.beginRun(start)
    const runs = history.listRuns({ limit: 2000 })
    assert.deepEqual([runs.length, runs.at(-1)?.id], [1000, 4])
  })

  test('looking at a history that is not there creates none', () => {
    using folder = makeFolder({})
    assert.equal(openHistoryIfPresent(folder.directory), undefined)
  })

  test('what is no history is refused and left alone', () => {
    using folder = makeFolder({ 'history.sqlite': 'notes\n'.repeat(200) })
    refuses(folder, /cannot be used: file is not a database/)
    assert.match(folder.read('history.sqlite'), /^notes/)
    using other = makeFolder({})
    new DatabaseSync(historyPath(other.directory)).exec('CREATE TABLE mine (a)')
    refuses(other, /another program/)
    using newer = makeFolder({})
    withHistory(newer, () => undefined)
    new DatabaseSync(historyPath(newer.directory)).exec('PRAGMA user_version = 99')
    refuses(newer, /newer version/)
  })
})

describe('recording a run', () => {
  test('follows stages through retries, failures and skips, and counts what had nothing to do', () => {
    using folder = makeFolder({})
    const warnings: unknown[] = []
    using recorder = record(folder, warnings)
    const { report } = recorder
    const reasons = [{ kind: 'never-run' }] as const
    report({
      kind: 'stage-finished',
      stage: 'kept',
      outcome: 'unchanged',
      durationMs: 1,
      reasons: [],
      attempts: 0,
    })
    report({ kind: 'stage-started', stage: 'a', reasons })
    report({ kind: 'stage-retried', stage: 'a', attempt: 1, delayMs: 5, message: 'once' })
    report({
      kind: 'stage-finished',
      stage: 'a',
      outcome: 'ran',
      durationMs: 3,
      reasons,
      attempts: 2,
    })
    report({
      kind: 'stage-finished',
      stage: 'b',
      outcome: 'restored',
      durationMs: 40,
      reasons,
      attempts: 0,
    })
    report({ kind: 'stage-started', stage: 'c', reasons })
    const error = new ToolkitError('PIPELINE_STAGE_FAILED', 'c failed', {
      details: { exitCode: 4 },
    })
    report({ kind: 'stage-failed', stage: 'c', durationMs: 2, error })
    report({ kind: 'stage-skipped', stage: 'd', failed: 'c' })
    recorder.end(error)
    const run = withHistory(folder, (history) => history.readRun(recorder.runId ?? 0))
    assert.deepEqual([run?.outcome, run?.message], ['failed', 'c failed'])
    assert.deepEqual(run?.counts, { ran: 1, restored: 1, failed: 1, skipped: 1, unchanged: 1 })
    assert.deepEqual(
      run?.stages.map(({ stage, attempts, exitCode, message, logPath }) => [
        stage,
        attempts,
        exitCode,
        message,
        logPath,
      ]),
      [
        ['a', 2, undefined, 'once', 'logs/a'],
        ['b', 0, undefined, undefined, undefined],
        ['c', 1, 4, 'c failed', 'logs/c'],
        ['d', 0, undefined, 'c failed', undefined],
      ],
    )
    assert.deepEqual(run?.stages[0]?.reasons, ['it has not run yet'])
    assert.equal(run?.stages[1]?.startTime, 5000 - 40)
    assert.deepEqual(warnings, [])
  })

  test('an interruption is told from a failure', () => {
    using folder = makeFolder({})
    using recorder = record(folder, [])
    recorder.report({ kind: 'stage-started', stage: 'a', reasons: [] })
    recorder.end(new ToolkitError('INTERRUPTED', 'stopped'))
    const run = withHistory(folder, (history) => history.readRun(recorder.runId ?? 0))
    assert.deepEqual([run?.outcome, run?.stages[0]?.outcome], ['interrupted', 'interrupted'])
  })

  test('a history that cannot be written warns once and stops nothing', () => {
    using folder = makeFolder({ 'history.sqlite': 'notes\n'.repeat(200) })
    const warnings: unknown[] = []
    using recorder = record(folder, warnings)
    recorder.report({ kind: 'stage-started', stage: 'a', reasons: [] })
    recorder.end(undefined)
    assert.equal(recorder.runId, undefined)
    assert.equal(warnings.length, 1)
  })
})

describe('mlpt history', () => {
  test('lists runs, shows one with its stages, and prints JSON', () => {
    using folder = makeFolder({ '.dvc/config': '' })
    assert.equal(mlpt(folder, 'history').output, 'no runs yet\n')
    const id = withHistory(folder, fillHistory, '.dvc/tmp/mlpt')
    const list = mlpt(folder, 'history')
    assert.equal(list.exitCode, 0, list.errors)
    assert.match(
      list.output,
      /^run +started +trigger +outcome +time +stages\n1 +\S+ \S+ +watch +failed +3\.5 s +1 failed, 1 ran, 4 unchanged\n$/,
    )
    const one = mlpt(folder, 'history', String(id))
    assert.match(one.output, /^run 1: failed\n/)
    assert.match(
      one.output,
      /message {2}train failed\n\nstage +outcome +time +attempts +why\na +ran/,
    )
    assert.match(
      one.output,
      /b +failed \(2\) +1\.0 s +1 +it has not run yet\n4 had nothing to do\n$/,
    )
    const { run } = JSON.parse(mlpt(folder, 'history', '1', '--json').output) as {
      run: { id: number }
    }
    assert.equal(run.id, 1)
    const { runs } = JSON.parse(mlpt(folder, 'history', '--json', '-n', '1').output) as { runs: [] }
    assert.equal(runs.length, 1)
  })

  test('an unknown run and a limit that is no count are usage errors', () => {
    using folder = makeFolder({ '.dvc/config': '' })
    for (const args of [['7'], ['seven'], ['0'], ['-n', '0'], ['-n', '1.5'], ['-n', '-3']]) {
      assert.equal(mlpt(folder, 'history', ...args).exitCode, 2, args.join(' '))
    }
  })
})

const start: RunStart = {
  trigger: 'manual',
  startTime: 1000,
  targets: [],
  folder: '.',
  gitCommit: undefined,
  processId: process.pid,
}

function stageRun(stage: string): PipelineStageRun {
  return {
    stage,
    outcome: 'ran',
    startTime: 2000,
    endTime: 3000,
    reasons: ['it has not run yet'],
    attempts: 1,
    exitCode: undefined,
    message: undefined,
    logPath: `.dvc/tmp/mlpt/logs/${stage}.log`,
  }
}

function fillHistory(history: History): number {
  const id = history.beginRun({ ...start, trigger: 'watch' })
  history.saveStages(id, [stageRun('a')])
  history.saveStages(id, [{ ...stageRun('b'), outcome: 'failed', exitCode: 2 }])
  history.endRun(id, { outcome: 'failed', endTime: 4500, message: 'train failed', unchanged: 4 })
  return id
}

function withHistory<T>(folder: Folder, use: (history: History) => T, path = '.'): T {
  using history = openHistory(join(folder.directory, path))
  return use(history)
}

function record(folder: Folder, warnings: unknown[]): RunRecorder {
  return recordRun({
    open: () => openHistory(folder.directory),
    start,
    clock: () => 5000,
    logPathOf: (stage) => `logs/${stage}`,
    warn: (error) => warnings.push(error),
  })
}

function refuses(folder: Folder, message: RegExp): void {
  for (const open of [openHistory, openHistoryIfPresent]) {
    assert.throws(
      () => open(folder.directory),
      (error) =>
        error instanceof ToolkitError &&
        error.code === 'FILE_READ_FAILED' &&
        message.test(error.message),
    )
  }
}
