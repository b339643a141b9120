/** Several processes behind one port, for more cores than one; each has the model of its own. */

import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { AggregatorRegistry } from 'prom-client'
import { ToolkitError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import { createServingMetrics, processRegistry, type ServingMetrics } from './operations/metrics.ts'

/** What a worker has after its drain limit, to write what it still holds; then it is ended. */
const closingMs = 5000

/** Younger than this, a worker that died is replaced only after as long. */
const restartDelayMs = 1000

/** What this process is to the others; the first worker says for all where they listen. */
export function roleOfProcess(): 'only' | 'first-worker' | 'worker' {
  if (cluster.isPrimary) return 'only'
  return cluster.worker?.id === 1 ? 'first-worker' : 'worker'
}

/**
 * Runs this command once more in each of `count` workers, until `stop` settles; then they drain.
 * The others start when the first one listens. A worker that dies is replaced.
 *
 * @param drainLimitMs - what their requests have to end; 10 seconds when left out
 * @returns the exit code: 0, or that of a first worker that never came to listen
 */
export async function superviseWorkers(
  count: number,
  stop: Promise<void>,
  drainLimitMs = 10_000,
): Promise<number> {
  answerMetrics()
  cluster.on('listening', ({ process: { pid } }) => {
    process.stderr.write(`worker ${pid} listens\n`)
  })
  const first = cluster.fork()
  const started = await Promise.race([
    once(first, 'listening').then(() => 'listening' as const),
    once(first, 'exit').then(([code]) => Number(code ?? 1)),
  ])
  if (started !== 'listening') return started
  const timers = new Set<NodeJS.Timeout>()
  const replace = (worker: Worker): void => keepAlive(worker, { replace, timers })
  replace(first)
  passOnHangups()
  for (let others = 1; others < count; others++) replace(cluster.fork())
  await stop
  cluster.removeAllListeners('message')
  for (const timer of timers) clearTimeout(timer)
  await Promise.all(liveWorkers().map((worker) => stopWorker(worker, drainLimitMs + closingMs)))
  return 0
}

/** SIGHUP asks the workers to look at the registry; in a terminal it still ends them all. */
function passOnHangups(): void {
  if (process.stdin.isTTY) return
  process.on('SIGHUP', () => {
    for (const worker of liveWorkers()) worker.process.kill('SIGHUP')
  })
}

function liveWorkers(): readonly Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}

const stopping = new WeakSet<Worker>()

function keepAlive(
  worker: Worker,
  context: {
    readonly replace: (worker: Worker) => void
    readonly timers: Set<NodeJS.Timeout>
  },
): void {
  const { replace, timers } = context
  const bornAt = performance.now()
  worker.once('exit', (code, signal) => {
    if (stopping.has(worker)) return
    const { pid } = worker.process
    process.stderr.write(`worker ${pid} ended (${signal || `exit code ${code}`}), replacing it\n`)
    const delayMs = performance.now() - bornAt < restartDelayMs ? restartDelayMs : 0
    const timer = setTimeout(() => {
      timers.delete(timer)
      replace(cluster.fork())
    }, delayMs)
    timers.add(timer)
  })
}

/** One that does not hear, because a signal has stopped it, would keep the others' address for ever. */
async function stopWorker(worker: Worker, limitMs: number): Promise<void> {
  stopping.add(worker)
  const ended = once(worker, 'exit')
  worker.process.kill('SIGTERM')
  const limit = setTimeout(() => worker.process.kill('SIGKILL'), limitMs)
  await ended
  clearTimeout(limit)
}

/** The question of a worker for the metrics of all, and the answer. */
const metricsMessage = 'mlpt:metrics'

function answerMetrics(): void {
  const aggregator = new AggregatorRegistry()
  cluster.on('message', (worker, message: unknown) => {
    if (!isObject(message) || message['kind'] !== metricsMessage) return
    const { id } = message
    aggregator.clusterMetrics().then(
      (text) => sendTo(worker, { kind: metricsMessage, id, text }),
      (error: unknown) => sendTo(worker, { kind: metricsMessage, id, error: String(error) }),
    )
  })
}

function sendTo(worker: Worker, message: object): void {
  if (worker.isConnected()) worker.send(message)
}

/** The counters of a worker; `/metrics` answers with the sums over all workers. */
export function createWorkerMetrics(): ServingMetrics {
  let questions = 0
  const waiting = new Map<unknown, (answer: Readonly<Record<string, unknown>>) => void>()
  process.on('message', (message: unknown) => {
    if (!isObject(message) || message['kind'] !== metricsMessage) return
    waiting.get(message['id'])?.(message)
    waiting.delete(message['id'])
  })
  const metrics = createServingMetrics(async () => {
    const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, unknown>>>()
    const id = questions++
    waiting.set(id, resolve)
    process.send?.({ kind: metricsMessage, id })
    const { text, error } = await promise
    if (typeof text === 'string') return text
    // Sums over some of the workers would be counters that fall.
    throw new ToolkitError('REQUEST_REFUSED', 'not all workers tell their metrics now', {
      hint: 'ask again; a worker that goes on saying nothing is stuck, or stopped by a signal',
      cause: error,
    })
  })
  // What makes a worker listen for the question is that there is one.
  void new AggregatorRegistry()
  AggregatorRegistry.setRegistries([metrics.registry, processRegistry()])
  return metrics
}

/** Leaves the other workers, so that this process can end. */
export function leaveWorkers(): void {
  cluster.worker?.disconnect()
}
