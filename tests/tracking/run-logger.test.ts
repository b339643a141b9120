import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ToolkitError } from '../../src/core/errors.ts'
import type { OpenedTracking } from '../../src/tracking/client/open-tracking.ts'
import { sendSpools } from '../../src/tracking/client/send-spools.ts'
import { startRun, withRun, type StartRunOptions } from '../../src/tracking/client/start-run.ts'
import { openFresh } from './open-fresh.ts'

test('what is logged is there when the run has ended', async () => {
  await using tracking = await openFresh()
  const { uri } = tracking
  await mkdir(join(uri, 'plots/deep'), { recursive: true })
  await writeFile(join(uri, 'plots/a.txt'), 'a')
  await writeFile(join(uri, 'plots/deep/b.txt'), 'b')
  let time = 100
  const run = await startRun(tracking, {
    ...quiet,
    experimentName: 'credit',
    runName: 'first',
    params: { seed: 7, train: { l2: 0.5, layers: [8, 4] } },
    tags: { stage: 'train' },
    clock: () => time++,
  })
  await run.logParam('isBig', true)
  run.logMetric('loss', 0.5)
  run.logMetric('loss', NaN, { step: 1, timestamp: 7 })
  run.logMetrics({ auc: 0.75, 'f1/macro': Infinity }, { step: 3 })
  await run.setTag('note', 'ü')
  await run.logArtifact(join(uri, 'plots'), 'all')
  await run.logArtifact(join(uri, 'plots/a.txt'))
  await run.logText('text', 'notes/x.txt')
  await run.end()

  const found = await tracking.getRun(run.runId)
  assert.equal(found.status, 'FINISHED')
  assert.equal(found.startTime, 100)
  assert.ok(found.endTime !== undefined && found.endTime > 100)
  assert.deepEqual(found.params, {
    isBig: 'true',
    seed: '7',
    'train.l2': '0.5',
    'train.layers': '[8,4]',
  })
  assert.deepEqual(
    [found.tags['stage'], found.tags['note'], found.runName],
    ['train', 'ü', 'first'],
  )
  const latest = Object.fromEntries(found.metrics.map(({ key, value }) => [key, value]))
  assert.deepEqual(latest, { loss: NaN, auc: 0.75, 'f1/macro': Infinity })
  const files = await tracking.readArtifacts(run.runId, '')
  assert.deepEqual([...files.keys()].sort(), [
    'a.txt',
    'all/a.txt',
    'all/deep/b.txt',
    'notes/x.txt',
  ])
  assert.deepEqual(await readdir(tracking.spoolDirectory), [])
})

test('a scope that ends before the run does is a failed run', async () => {
  await using tracking = await openFresh()
  let runId = ''
  const fail = async (): Promise<void> => {
    await using run = await startRun(tracking, quiet)
    runId = run.runId
    run.logMetric('loss', 1)
    throw new Error('no convergence')
  }
  await assert.rejects(fail, /no convergence/)
  const { status, metrics } = await tracking.getRun(runId)
  assert.equal(status, 'FAILED')
  assert.equal(metrics.length, 1)
})

test('withRun says how its work ended, and hands on what it returns or throws', async () => {
  await using tracking = await openFresh()
  const ids: string[] = []
  const errors = [new Error('broken'), new ToolkitError('INTERRUPTED', 'stopped')]
  const result = await withRun(tracking, quiet, async (run) => {
    ids.push(run.runId)
    return 42
  })
  assert.equal(result, 42)
  for (const error of errors) {
    const work = withRun(tracking, quiet, async (run) => {
      ids.push(run.runId)
      throw error
    })
    await assert.rejects(work, error)
  }
  const runs = await Promise.all(ids.map((id) => tracking.getRun(id)))
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['FINISHED', 'FAILED', 'KILLED'],
  )
})

test('metrics go to the tracker in batches of a thousand', async () => {
  await using tracking = await openFresh()
  const sizes: number[] = []
  const counting: OpenedTracking = {
    ...tracking,
    logMetrics: async (runId, points) => {
      sizes.push(points.length)
      await tracking.logMetrics(runId, points)
    },
  }
  const run = await startRun(counting, quiet)
  for (let step = 0; step < 2500; step++) run.logMetric('loss', step, { step })
  await run.flush()
  assert.deepEqual(sizes, [1000, 1000, 500])
  await run.end()
  const history = { runId: run.runId, key: 'loss', maxResults: 9999 }
  assert.equal((await tracking.readMetricHistory(history)).items.length, 2500)
})

test('a metric that waits is sent without anybody asking', async () => {
  await using tracking = await openFresh()
  const arrived = Promise.withResolvers<void>()
  const watched: OpenedTracking = {
    ...tracking,
    logMetrics: async (runId, points) => {
      await tracking.logMetrics(runId, points)
      arrived.resolve()
    },
  }
  await using run = await startRun(watched, { ...quiet, flushIntervalMs: 1 })
  run.logMetric('loss', 1)
  await arrived.promise
  assert.equal((await tracking.getRun(run.runId)).metrics.length, 1)
})

test('what no tracker takes is refused where it is logged', async () => {
  await using tracking = await openFresh()
  const run = await startRun(tracking, quiet)
  const refused = { code: 'TRACKING_INVALID' }
  assert.throws(() => run.logMetric('../loss', 1), refused)
  assert.throws(() => run.logMetric('', 1), refused)
  assert.throws(() => run.logMetric('loss', 1, { step: 0.5 }), refused)
  assert.throws(() => run.logMetric('loss', 1, { timestamp: -1 }), refused)
  await run.logParam('depth', 4)
  await assert.rejects(() => run.logParam('depth', 5), refused)
  await assert.rejects(() => run.logArtifact(join(tracking.uri, 'none')), { code: 'FILE_MISSING' })
  await assert.rejects(() => run.logText('x', '../up'), refused)
  await run.end()
  assert.throws(() => run.logMetric('loss', 1), { ...refused, message: /has ended/ })
  await run.end('FAILED')
  assert.equal((await tracking.getRun(run.runId)).status, 'FINISHED')
  assert.deepEqual((await tracking.getRun(run.runId)).metrics, [])
})

test('a run that goes on keeps what it was started with', async () => {
  await using tracking = await openFresh()
  const first = await startRun(tracking, { ...quiet, params: { a: 1 } })
  await first.end()
  const environment = { MLFLOW_RUN_ID: first.runId, MLFLOW_EXPERIMENT_NAME: 'not this one' }
  const again = await startRun(tracking, { ...quiet, environment, params: { b: 2 } })
  assert.equal(again.runId, first.runId)
  assert.equal((await tracking.getRun(first.runId)).status, 'RUNNING')
  await again.end()
  assert.deepEqual((await tracking.getRun(first.runId)).params, { a: '1', b: '2' })
  await assert.rejects(() => startRun(tracking, { ...quiet, runId: '0'.repeat(32) }), {
    code: 'TRACKING_NOT_FOUND',
  })
})

test('the environment names the experiment, and a run its parent', async () => {
  await using tracking = await openFresh()
  const environment = { MLFLOW_EXPERIMENT_NAME: 'from outside', MLFLOW_RUN_ID: '' }
  await using parent = await startRun(tracking, { ...quiet, environment })
  await using child = await startRun(tracking, { ...quiet, parentRunId: parent.runId })
  const { experimentId } = await tracking.getRun(parent.runId)
  assert.equal((await tracking.getExperiment(experimentId)).name, 'from outside')
  assert.equal(child.experimentId, '0')
  assert.equal((await tracking.getRun(child.runId)).tags['mlflow.parentRunId'], parent.runId)
})

test('every run has a sample of the machine, under the names of MLflow', async () => {
  await using tracking = await openFresh()
  const run = await startRun(tracking, { context: false })
  await run.end()
  const { metrics } = await tracking.getRun(run.runId)
  const values = new Map(metrics.map(({ key, value }) => [key, value]))
  const cpu = values.get('system/cpu_utilization_percentage')!
  const memory = values.get('system/system_memory_usage_percentage')!
  assert.ok(cpu >= 0 && cpu <= 100)
  assert.ok(memory > 0 && memory < 100)
  assert.ok(values.get('system/system_memory_usage_megabytes')! > 0)
})

test('points of a killed process are sent by the next run', async () => {
  await using tracking = await openFresh()
  const runId = await logAndDie(tracking.uri)
  const history = { runId, key: 'loss', maxResults: 9999 }
  assert.deepEqual((await tracking.readMetricHistory(history)).items, [])

  await using next = await startRun(tracking, quiet)

  const { items } = await tracking.readMetricHistory(history)
  assert.deepEqual(
    items.map(({ value, step }) => [value, step]),
    Array.from({ length: 900 }, (_, step) => [step % 5 === 0 ? NaN : step / 8, step]),
  )
  assert.deepEqual((await tracking.getRun(runId)).params, { depth: '4' })
  const left = await readdir(tracking.spoolDirectory)
  assert.equal(left.length, 1)
  assert.ok(left[0]!.startsWith(next.runId))
})

test('a line that a kill has cut off, and files that are none, do no harm', async () => {
  await using tracking = await openFresh()
  const first = await logAndDie(tracking.uri)
  const [name] = await readdir(tracking.spoolDirectory)
  const path = join(tracking.spoolDirectory, name!)
  const text = await readFile(path, 'utf8')
  const lines = text.slice(0, -10).split('\n')
  await writeFile(path, [...lines.slice(0, 5), '{"key": ', '[]', ...lines.slice(5)].join('\n'))
  await writeFile(join(tracking.spoolDirectory, 'empty.jsonl'), '')
  await writeFile(join(tracking.spoolDirectory, 'other.txt'), 'x')
  const sent = await sendSpools(tracking, tracking.spoolDirectory)
  assert.deepEqual(
    sent.map(({ runId, refusal }) => ({ runId, refusal })),
    [{ runId: first, refusal: undefined }],
  )
  const page = await tracking.readMetricHistory({ runId: first, key: 'loss', maxResults: 9999 })
  assert.equal(page.items.length, 899)
})

test('files of running processes and of other machines are left alone', async () => {
  await using tracking = await openFresh()
  const runId = await tracking.startRun({
    experimentName: 'e',
    runName: 'r',
    startTime: 1,
    tags: {},
  })
  await mkdir(tracking.spoolDirectory)
  const line = JSON.stringify({ key: 'm', value: 1, timestamp: 1, step: 0 })
  const write = async (name: string, head: object): Promise<void> =>
    writeFile(
      join(tracking.spoolDirectory, `${name}.jsonl`),
      `${JSON.stringify({ runId, ...head })}\n${line}\n`,
    )
  await write('alive', { processId: process.pid, host: hostname() })
  await write('elsewhere', { processId: 2 ** 22 + 1, host: 'another-machine' })
  assert.deepEqual(await sendSpools(tracking, tracking.spoolDirectory), [])
  assert.deepEqual((await tracking.getRun(runId)).metrics, [])
  assert.equal((await readdir(tracking.spoolDirectory)).length, 2)
})

test('what the tracker refuses is said, and stays', async () => {
  await using tracking = await openFresh()
  const runId = await logAndDie(tracking.uri)
  await tracking.deleteRun(runId)
  const [sent] = await sendSpools(tracking, tracking.spoolDirectory)
  assert.equal(sent?.refusal?.code, 'TRACKING_INVALID')
  await tracking.restoreRun(runId)
  const [again] = await sendSpools(tracking, tracking.spoolDirectory)
  assert.equal(again?.refusal, undefined)
  assert.deepEqual(await readdir(tracking.spoolDirectory), [])
})

test('a tracker that is away at the end of a run hears of all later', async () => {
  await using tracking = await openFresh()
  let isAway = false
  const away = new ToolkitError('TRACKING_SERVER_FAILED', 'could not be reached')
  const unreliable: OpenedTracking = {
    ...tracking,
    logMetrics: async (runId, points) => {
      if (isAway) throw away
      await tracking.logMetrics(runId, points)
    },
  }
  const run = await startRun(unreliable, quiet)
  run.logMetric('loss', 1)
  await run.flush()
  isAway = true
  run.logMetric('loss', 2, { step: 1 })
  await assert.rejects(() => run.flush(), away)
  await assert.rejects(() => run.end(), {
    code: 'TRACKING_SERVER_FAILED',
    hint: /nothing is lost/,
  })
  assert.equal((await tracking.getRun(run.runId)).status, 'RUNNING')
  isAway = false
  const sent = await sendSpools(unreliable, tracking.spoolDirectory)
  assert.deepEqual(sent, [{ runId: run.runId, pointCount: 1, refusal: undefined }])
  const found = await tracking.getRun(run.runId)
  assert.equal(found.status, 'FINISHED')
  assert.equal(found.metrics[0]?.value, 2)
})

test('metrics that the tracker refuses are said by the next flush, once', async () => {
  await using tracking = await openFresh()
  const run = await startRun(tracking, quiet)
  await tracking.deleteRun(run.runId)
  run.logMetric('loss', 1)
  await assert.rejects(() => run.flush(), { code: 'TRACKING_INVALID' })
  await run.flush()
  await tracking.restoreRun(run.runId)
  await run.end()
  assert.equal((await tracking.getRun(run.runId)).status, 'FINISHED')
})

test('a tracker without a spool folder is told to name one', async () => {
  await using tracking = await openFresh()
  const bare = { ...tracking, spoolDirectory: undefined }
  await assert.rejects(() => startRun(bare, quiet), {
    code: 'TRACKING_INVALID',
    hint: /spoolDirectory/,
  })
})

const quiet: StartRunOptions = { context: false, systemMetrics: false }

/** A process that logs 900 points and is killed before it has flushed them. @returns its run */
async function logAndDie(directory: string): Promise<string> {
  const script = fileURLToPath(import.meta.resolve('./client-spool-writer.ts'))
  const writer = spawn(process.execPath, [script, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface(writer.stdout)[Symbol.asyncIterator]()
  const { value } = await lines.next()
  const exited = once(writer, 'exit')
  writer.kill('SIGKILL')
  await exited
  return String(value)
}
