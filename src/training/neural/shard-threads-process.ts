import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { isObject } from '../../core/json.ts'
import { createOutputLoss } from './output-loss.ts'
import type { NeuralObjective } from './parameters.ts'
import { type Batch, countShards, type Lesson, type ShardTeam, trainShard } from './train-batch.ts'
import {
  attachWorkspace,
  shardsOfBatch,
  type Workspace,
  type WorkspacePlan,
  type Workspaces,
} from './workspace.ts'

/** Places in the control words, which all threads see. */
const word = { batches: 0, nextShard: 1, shards: 2, done: 3, isOver: 4 } as const
/** Places in the control numbers; from `losses` on, one for each shard. */
const place = { start: 0, count: 1, dropoutSeed: 2, losses: 3 } as const

interface Control {
  readonly words: Int32Array
  readonly numbers: Float64Array
}

/** What a thread is told when it begins; its arrays are shared. */
interface ThreadStart {
  readonly kind: typeof startKind
  readonly plan: WorkspacePlan
  readonly memory: WebAssembly.Memory
  readonly control: Control
  readonly lesson: Omit<Lesson, 'loss'>
  readonly objective: NeuralObjective
  readonly outputs: number
}

const startKind = 'mlpt: shards of a neural network'

/** Shards that are never there: a thread that comes late finds nothing to take. */
const noShard = 1_000_000
/** A shard takes milliseconds: a thread that is silent for so long has died. */
const deadMs = 600_000

/**
 * Starts threads that compute shards beside this one. Each takes the next shard that nobody has, so
 * that one which is slow, or never starts, holds up nobody; the sums are in the shards' order.
 *
 * @param lesson - its arrays lie in shared memory
 */
export function openThreadTeam(
  { own, others, memory }: Workspaces & { readonly memory: WebAssembly.Memory },
  lesson: Lesson,
  output: { readonly objective: NeuralObjective; readonly outputs: number },
): ShardTeam {
  const control = {
    words: new Int32Array(new SharedArrayBuffer(8 * 4)),
    numbers: new Float64Array(new SharedArrayBuffer((place.losses + shardsOfBatch) * 8)),
  }
  Atomics.store(control.words, word.nextShard, noShard)
  const { loss: _loss, ...shared } = lesson
  const threads = others.map((plan) => {
    const start: ThreadStart = { kind: startKind, plan, memory, control, lesson: shared, ...output }
    const thread = new Worker(new URL(import.meta.url), { workerData: start })
    // One that cannot start, or fails to load, leaves its shards to the others.
    thread.on('error', () => {})
    thread.unref()
    return thread
  })
  return {
    train: (batch) => {
      announce(control, batch, countShards(own, batch))
      takeShards(own, lesson, control)
      awaitShards(control)
      return readLosses(control)
    },
    [Symbol.dispose]: () => {
      Atomics.store(control.words, word.isOver, 1)
      wake(control.words)
      for (const thread of threads) void thread.terminate()
    },
  }
}

/** The number of the next shard is set last: who takes one finds the batch complete. */
function announce({ words, numbers }: Control, batch: Batch, shards: number): void {
  numbers[place.start] = batch.start
  numbers[place.count] = batch.count
  numbers[place.dropoutSeed] = batch.dropoutSeed
  Atomics.store(words, word.done, 0)
  Atomics.store(words, word.shards, shards)
  Atomics.store(words, word.nextShard, 0)
  wake(words)
}

function wake(words: Int32Array): void {
  Atomics.add(words, word.batches, 1)
  Atomics.notify(words, word.batches)
}

function takeShards(workspace: Workspace, lesson: Lesson, { words, numbers }: Control): void {
  for (;;) {
    const shard = Atomics.add(words, word.nextShard, 1)
    if (shard >= Atomics.load(words, word.shards)) return
    const batch = {
      start: numbers[place.start]!,
      count: numbers[place.count]!,
      dropoutSeed: numbers[place.dropoutSeed]!,
    }
    numbers[place.losses + shard] = trainShard(workspace, lesson, batch, shard)
    Atomics.add(words, word.done, 1)
    Atomics.notify(words, word.done)
  }
}

function awaitShards({ words }: Control): void {
  const shards = Atomics.load(words, word.shards)
  for (;;) {
    const done = Atomics.load(words, word.done)
    if (done === shards) break
    if (Atomics.wait(words, word.done, done, deadMs) === 'timed-out') {
      throw new Error('a thread of the fit has died')
    }
  }
  Atomics.store(words, word.nextShard, noShard)
}

function readLosses({ words, numbers }: Control): number[] {
  const end = place.losses + Atomics.load(words, word.shards)
  return [...numbers.subarray(place.losses, end)]
}

/** What a thread does until the fit is over. */
function runThread({ plan, memory, control, lesson, objective, outputs }: ThreadStart): void {
  const workspace = attachWorkspace(plan, memory)
  const whole = { ...lesson, loss: createOutputLoss(objective, outputs) }
  while (Atomics.load(control.words, word.isOver) === 0) {
    const batches = Atomics.load(control.words, word.batches)
    takeShards(workspace, whole, control)
    Atomics.wait(control.words, word.batches, batches)
  }
}

function isThreadStart(value: unknown): value is ThreadStart {
  return isObject(value) && value['kind'] === startKind
}

// This file is also what the threads run.
if (!isMainThread && isThreadStart(workerData)) runThread(workerData)
