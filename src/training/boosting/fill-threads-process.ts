import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { isObject } from '../../core/json.ts'
import { type BoostingKernel, cellBytes, type FillJob } from '../kernels/boosting-kernel.ts'
import { attachBoostingKernel } from '../kernels/create-boosting-kernel.ts'
import {
  createSharedBlocks,
  endBlocks,
  joinBlocks,
  shareBlocks,
  type SharedBlocks,
} from '../shared-blocks.ts'
import type { PartialHistogram, Workspace } from './workspace.ts'

/** Who fills a fit's histograms: whoever it is, the sums are the same. */
export interface FillTeam extends Disposable {
  /** Adds rows to a histogram. */
  readonly fill: BoostingKernel['fill']
}

/** What a thread is told when it begins; its arrays are shared. */
interface ThreadStart {
  readonly kind: typeof startKind
  readonly memory: WebAssembly.Memory
  readonly blocks: SharedBlocks
  /** The job under way, as `fill` takes it. */
  readonly job: Float64Array
  readonly own: PartialHistogram
}

const startKind = 'mlpt: histograms of boosted trees'

/** So many rows take much longer than to take a block, and are few enough that no thread waits long for the last. */
const blockRows = 4096

/** With fewer rows, waking the others costs more than they save. */
const leastRows = 2 * blockRows

/**
 * Starts a thread for each of the workspace's partial histograms; this thread alone fills when there are none.
 * Each takes the next rows that nobody has and adds them to its own histogram; this one adds up.
 */
export function openFillTeam({ kernel, memory, partials }: Workspace): FillTeam {
  if (memory === undefined || partials.length === 0) {
    return { fill: (...job) => kernel.fill(...job), [Symbol.dispose]: () => {} }
  }
  const blocks = createSharedBlocks()
  const shared = new Float64Array(new SharedArrayBuffer(jobLength * 8))
  const threads = partials.map((own) => {
    const start: ThreadStart = { kind: startKind, memory, blocks, job: shared, own }
    const thread = new Worker(new URL(import.meta.url), { workerData: start })
    // One that cannot start leaves its rows to the others; one that fails later has told by its block.
    thread.on('error', () => {})
    thread.unref()
    return thread
  })
  return {
    fill: (...job) => {
      const [, count, , , , , , cells] = job
      if (count < leastRows) {
        kernel.fill(...job)
        return
      }
      shared.set(job)
      shareBlocks(blocks, Math.ceil(count / blockRows), (block) =>
        kernel.fill(...partOf(job, block)),
      )
      for (const partial of partials) moveSums(kernel, partial, cells)
    },
    [Symbol.dispose]: () => {
      endBlocks(blocks)
      for (const thread of threads) void thread.terminate()
    },
  }
}

const jobLength = 9

/** The rows of a block. */
function partOf([order, count, ...rest]: FillJob, block: number): FillJob {
  const start = block * blockRows
  return [order + 4 * start, Math.min(blockRows, count - start), ...rest]
}

/** Adds a partial histogram to a whole one, exactly, and leaves it at 0 for the next job. */
function moveSums(
  kernel: BoostingKernel,
  { isUsed, histogram }: PartialHistogram,
  cells: number,
): void {
  if (isUsed[0] === 0) return
  isUsed[0] = 0
  const count = (histogram.length * histogram.BYTES_PER_ELEMENT) / cellBytes
  kernel.add(cells, histogram.byteOffset, count)
  kernel.clear(histogram.byteOffset, count)
}

/** What a thread does until the fit is over. */
function runThread({ memory, blocks, job, own }: ThreadStart): void {
  const kernel = attachBoostingKernel(memory)
  joinBlocks(blocks, (block) => {
    own.isUsed[0] = 1
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whoever fills has put a job's numbers there
    const whole = [...job] as FillJob
    const into = [own.histogram.byteOffset, own.scratch.byteOffset] as const
    const [order, count, bins, columns, derivatives, features, featureCount] = partOf(whole, block)
    kernel.fill(order, count, bins, columns, derivatives, features, featureCount, ...into)
  })
}

function isThreadStart(value: unknown): value is ThreadStart {
  return isObject(value) && value['kind'] === startKind
}

// This file is also what the threads run.
if (!isMainThread && isThreadStart(workerData)) runThread(workerData)
