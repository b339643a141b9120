import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { isObject } from '../../core/json.ts'
import {
  createSharedBlocks,
  endBlocks,
  joinBlocks,
  shareBlocks,
  type SharedBlocks,
} from '../shared-blocks.ts'
import { createOutputLoss } from './output-loss.ts'
import type { NeuralObjective } from './parameters.ts'
import { type Batch, countShards, type Lesson, type ShardTeam, trainShard } from './train-batch.ts'
import { attachWorkspace, shardsOfBatch, type WorkspacePlan, type Workspaces } from './workspace.ts'

/** Places in the numbers that all threads see; from `losses` on, one for each shard. */
const place = { start: 0, count: 1, dropoutSeed: 2, losses: 3 } as const

/** What a thread is told when it begins; its arrays are shared. */
interface ThreadStart {
  readonly kind: typeof startKind
  readonly plan: WorkspacePlan
  readonly memory: WebAssembly.Memory
  readonly blocks: SharedBlocks
  /** The batch under way, and the losses of its shards. */
  readonly numbers: Float64Array
  readonly lesson: Omit<Lesson, 'loss'>
  readonly objective: NeuralObjective
  readonly outputs: number
}

const startKind = 'mlpt: shards of a neural network'

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
  const blocks = createSharedBlocks()
  const numbers = new Float64Array(
    new SharedArrayBuffer((place.losses + shardsOfBatch) * Float64Array.BYTES_PER_ELEMENT),
  )
  const { loss: _loss, ...shared } = lesson
  const threads = others.map((plan) => {
    const told = { plan, memory, blocks, numbers, lesson: shared }
    const start: ThreadStart = { kind: startKind, ...told, ...output }
    const thread = new Worker(new URL(import.meta.url), { workerData: start })
    // One that cannot start, or fails to load, leaves its shards to the others.
    thread.on('error', () => {})
    thread.unref()
    return thread
  })
  return {
    train: (batch) => {
      const shards = countShards(own, batch)
      numbers.set([batch.start, batch.count, batch.dropoutSeed])
      shareBlocks(blocks, shards, (shard) => {
        numbers[place.losses + shard] = trainShard(own, lesson, batch, shard)
      })
      return [...numbers.subarray(place.losses, place.losses + shards)]
    },
    [Symbol.dispose]: () => {
      endBlocks(blocks)
      for (const thread of threads) void thread.terminate()
    },
  }
}

/** What a thread does until the fit is over. */
function runThread({
  plan,
  memory,
  blocks,
  numbers,
  lesson,
  objective,
  outputs,
}: ThreadStart): void {
  const workspace = attachWorkspace(plan, memory)
  const whole = { ...lesson, loss: createOutputLoss(objective, outputs) }
  joinBlocks(blocks, (shard) => {
    const batch: Batch = {
      start: numbers[place.start]!,
      count: numbers[place.count]!,
      dropoutSeed: numbers[place.dropoutSeed]!,
    }
    numbers[place.losses + shard] = trainShard(workspace, whole, batch, shard)
  })
}

function isThreadStart(value: unknown): value is ThreadStart {
  return isObject(value) && value['kind'] === startKind
}

// This file is also what the threads run.
if (!isMainThread && isThreadStart(workerData)) runThread(workerData)
