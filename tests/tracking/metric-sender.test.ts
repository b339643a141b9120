import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import type { MetricPoint } from '../../src/core/tracking.ts'
import { readSpools } from '../../src/tracking/client/left-spools-file.ts'
import { createMetricSender } from '../../src/tracking/client/metric-sender.ts'
import { openSpool } from '../../src/tracking/client/spool-file.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const runId = 'a'.repeat(32)

test('what is logged while a server is away waits in the file, and arrives whole and in order', async () => {
  const server = fakeServer()
  using spool = openSpool(makeScratchFolder(), runId)
  const sender = createMetricSender(server, runId, { spool, intervalMs: 1e6, mostInMemory: 20 })
  let logged = 0
  const log = (count: number): void => sender.add(pointsFrom(logged, (logged += count)))
  server.isAway = true
  for (let i = 0; i < 50; i++) log(i % 7)
  await assert.rejects(sender.flush(), { code: 'TRACKING_SERVER_FAILED' })
  log(100)
  server.isAway = false
  const flushing = sender.flush()
  log(30) // Comes while the others go.
  await flushing
  log(1)
  await sender.flush()
  assert.deepEqual(
    server.steps,
    Array.from({ length: logged }, (_, step) => step),
  )
  assert.ok(server.most <= 20 + 100, `${server.most} at once`)
  sender.stop()
})

test('more than fits into memory at once is sent, too', async () => {
  const server = fakeServer()
  using spool = openSpool(makeScratchFolder(), runId)
  const sender = createMetricSender(server, runId, { spool, intervalMs: 1e6, mostInMemory: 3 })
  sender.add(pointsFrom(0, 10))
  sender.add(pointsFrom(10, 12))
  await sender.flush()
  assert.equal(server.steps.length, 12)
  sender.stop()
})

test('points that somebody has taken out of the file are missed', async () => {
  const server = fakeServer()
  using spool = openSpool(makeScratchFolder(), runId)
  const sender = createMetricSender(server, runId, { spool, intervalMs: 1e6, mostInMemory: 2 })
  sender.add(pointsFrom(0, 2))
  const { size } = { size: readFileSync(spool.path).length }
  sender.add(pointsFrom(2, 5))
  truncateSync(spool.path, size)
  await assert.rejects(sender.flush(), {
    code: 'FILE_READ_FAILED',
    message: /^3 points are gone from '/,
  })
  await sender.flush()
  sender.stop()
})

test('a file that can no longer be read ends no program', async () => {
  const server = fakeServer()
  using spool = openSpool(makeScratchFolder(), runId)
  const read = (): never => {
    throw new Error('EIO: i/o error, read')
  }
  const broken = { ...spool, endByte: 0, read }
  const sender = createMetricSender(server, runId, {
    spool: broken,
    intervalMs: 1e6,
    mostInMemory: 2,
  })
  sender.add(pointsFrom(0, 2))
  sender.add(pointsFrom(2, 5))
  await assert.rejects(sender.flush(), /EIO/)
  await sender.flush()
  assert.equal(server.steps.length, 2)
  sender.stop()
})

test('a server that is away is not asked at every point', async () => {
  const server = fakeServer()
  using spool = openSpool(makeScratchFolder(), runId)
  const sender = createMetricSender(server, runId, { spool, intervalMs: 1e6 })
  server.isAway = true
  for (let i = 0; i < 10; i++) {
    sender.add(pointsFrom(i * 1000, (i + 1) * 1000))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(server.asked, 1)
  sender.stop()
})

test('a file that was left behind is read in batches, and what is damaged in it is passed over', () => {
  const folder = makeScratchFolder()
  const { path } = openSpool(folder, runId)
  const lines = readFileSync(path, 'utf8').replace(/"processId":\d+/, '"processId":2147483646')
  const json = (values: readonly object[]): string =>
    values.map((value) => `${JSON.stringify(value)}\n`).join('')
  writeFileSync(path, lines + json(pointsFrom(0, 1500)) + json([{ acknowledged: 700 }]))
  appendFileSync(path, Buffer.alloc(2_500_000)) // As a file system leaves blocks that were never written.
  appendFileSync(path, `\n${json(pointsFrom(1500, 3000))}{"key":"lo`)
  assert.ok(lines.includes(hostname()) && readdirSync(folder).length === 1)
  const [run] = readSpools(folder)
  assert.equal(run?.pointCount, 2300)
  const sizes: number[] = []
  const steps: number[] = []
  for (const batch of run.batches()) {
    sizes.push(batch.length)
    steps.push(...batch.map(({ step }) => step))
  }
  assert.deepEqual(sizes, [1000, 1000, 300])
  assert.deepEqual(
    steps,
    Array.from({ length: 2300 }, (_, at) => 700 + at),
  )
})

function pointsFrom(from: number, to: number): readonly MetricPoint[] {
  return Array.from({ length: to - from }, (_, at) => ({
    key: 'löss',
    value: at % 3 === 0 ? NaN : at / 7,
    timestamp: 1,
    step: from + at,
  }))
}

function fakeServer() {
  const server = {
    isAway: false,
    asked: 0,
    most: 0,
    steps: [] as number[],
    logMetrics: async (_: string, points: readonly MetricPoint[]): Promise<void> => {
      server.asked++
      await Promise.resolve()
      if (server.isAway) throw new ToolkitError('TRACKING_SERVER_FAILED', 'away')
      server.most = Math.max(server.most, points.length)
      server.steps.push(...points.map(({ step }) => step))
    },
  }
  return server
}
