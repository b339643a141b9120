/** A server that is killed under load: nothing that it acknowledged is lost, and nothing is there twice. */

import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

const clientCount = 8
const metricsEach = 1250
const killAfter = [2000, 5000, 7500]

test('10,000 metrics of 8 processes survive kill -9 of the server, three times', async () => {
  await using folder = await openTemporaryFolder()
  const directory = join(folder.path, 'store')
  const runId = await startRun(directory)
  let server = await startServer(directory, 0)
  const acknowledged = new Map<string, Set<number>>()
  let count = 0
  let restarts = 0
  let restarting = Promise.resolve()
  const restart = async (): Promise<void> => {
    const exited = once(server.process, 'exit')
    server.process.kill('SIGKILL')
    assert.deepEqual(await exited, [null, 'SIGKILL'])
    server = await startServer(directory, Number(new URL(server.address).port))
    restarts++
  }
  const note = (key: string, step: number): void => {
    acknowledged.get(key)!.add(step)
    if (killAfter.includes(++count)) restarting = restarting.then(restart)
  }

  const clients = Array.from({ length: clientCount }, async (_, i) => {
    const key = `metric ${i}`
    acknowledged.set(key, new Set())
    const client = startClient([server.address, runId, key, String(metricsEach)])
    const closed = once(client, 'close')
    for await (const line of createInterface({ input: client.stdout! })) note(key, Number(line))
    assert.deepEqual(await closed, [0, null])
  })
  await Promise.all(clients)
  await restarting
  server.process.kill('SIGTERM')
  await once(server.process, 'exit')

  assert.equal(restarts, killAfter.length)
  await using store = await openTrackingStore({ directory })
  for (const [key, steps] of acknowledged) {
    assert.equal(steps.size, metricsEach)
    const { items } = await store.readMetricHistory({ runId, key, maxResults: 50_000 })
    const wanted = [...steps].map((step) => ({
      key,
      value: step / 2,
      timestamp: 1000 + step,
      step,
    }))
    assert.deepEqual(items, wanted)
  }
  const { metrics } = await store.getRun(runId)
  assert.deepEqual(
    metrics.map(({ step }) => step),
    Array.from({ length: clientCount }, () => metricsEach - 1),
  )
})

async function startRun(directory: string): Promise<string> {
  await using store = await openTrackingStore({ directory })
  return await store.startRun({ experimentName: 'e', runName: 'r', startTime: 1, tags: {} })
}

interface RunningServer {
  readonly process: ChildProcess
  readonly address: string
}

async function startServer(directory: string, port: number): Promise<RunningServer> {
  const server = spawn(
    process.execPath,
    [...mlptArguments, 'server', '--port', String(port), '--store', directory],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const lines = createInterface({ input: server.stdout })
  const [line] = await Promise.race([once(lines, 'line'), failOnExit(server)])
  return { process: server, address: /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0] ?? '' }
}

async function failOnExit(server: ChildProcess): Promise<never> {
  const ended = await once(server, 'exit')
  throw new Error(`the server ended before it listened: ${ended.join(', ')}`)
}

function startClient(args: readonly string[]): ChildProcess {
  const script = fileURLToPath(import.meta.resolve('./metric-client.ts'))
  return spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}
