import { ToolkitError } from '../../core/errors.ts'
import { attachNeuralKernel, createNeuralKernel } from '../kernels/create-neural-kernel.ts'
import type { NeuralKernel } from '../kernels/neural-kernel.ts'
import type { Network } from './network.ts'

/**
 * The memory of a fit as one thread sees it: parameters with their moments, and the thread's own room
 * for one shard of a batch at a time.
 */
export interface Workspace extends WorkspacePlan {
  readonly kernel: NeuralKernel
  /** All cells of the memory; the cell at an address is `cells[address / 4]`. */
  readonly cells: Float32Array
}

/** Where what lies: what is named without a type is a byte address. */
export interface WorkspacePlan {
  readonly network: Network
  readonly parameters: number
  readonly firstMoments: number
  readonly secondMoments: number
  /** Of shard s from `gradients + s * gradientStride` on. */
  readonly gradients: number
  readonly gradientStride: number
  /** Rows that a shard has at most, a multiple of 4. */
  readonly shardRows: number
  /** Inputs, outputs of each hidden layer, scores; each [shardRows, width]. */
  readonly activations: readonly number[]
  /** Gradients by the activations, of two layers in turn. */
  readonly deltas: readonly [number, number]
  /** Room to pack a delta. */
  readonly packedRows: number
  /** Weights of each layer as `multiply` takes them, and the same turned. */
  readonly packedWeights: readonly number[]
  readonly packedTurned: readonly number[]
}

/**
 * A batch is cut into so many parts at most, whose gradients are summed in their order: the result
 * does not depend on who computes which.
 */
export const shardsOfBatch = 4

/** A fit's memory, as each of its threads sees it. */
export interface Workspaces {
  /** Of this thread. */
  readonly own: Workspace
  /** Of the others, without kernel and cells, which are a thread's own. */
  readonly others: readonly WorkspacePlan[]
  /** What the others attach to; absent when there are none. */
  readonly memory: WebAssembly.Memory | undefined
}

/**
 * Takes memory for a network and batches of a size.
 *
 * @param options.isPlain - computes without WebAssembly, in one thread
 * @throws {ToolkitError} `TRAINING_INVALID` when it is more than WebAssembly can address
 */
export function createWorkspaces(
  network: Network,
  options: { readonly batchSize: number; readonly threads: number; readonly isPlain: boolean },
): Workspaces {
  let bytes = 0
  const take = (cells: number): number => {
    const start = bytes
    bytes += Math.ceil(cells / 16) * 64
    return start
  }
  const { widths, cells: count } = network
  const shardRows = Math.ceil(options.batchSize / shardsOfBatch / 4) * 4
  const widest = Math.max(...widths)
  const gradientStride = Math.ceil(count / 16) * 64
  const shared = {
    network,
    gradientStride,
    shardRows,
    parameters: take(count),
    firstMoments: take(count),
    secondMoments: take(count),
    gradients: take((gradientStride / 4) * shardsOfBatch),
    packedWeights: widths.slice(1).map((width, l) => take(width * widths[l]!)),
    packedTurned: widths.slice(1).map((width, l) => take(width * widths[l]!)),
  }
  const threads = Math.min(options.threads, shardsOfBatch)
  const plans = Array.from({ length: threads }, () => ({
    ...shared,
    activations: widths.map((width) => take(shardRows * width)),
    deltas: [take(shardRows * widest), take(shardRows * widest)] as const,
    packedRows: take(shardRows * widest),
  }))
  if (bytes > mostBytes) throw tooLarge(bytes, widths)
  const { kernel, buffer, memory } = createNeuralKernel(bytes, options)
  return {
    own: { ...plans[0]!, kernel, cells: new Float32Array(buffer) },
    others: memory === undefined ? [] : plans.slice(1),
    memory,
  }
}

/** What WebAssembly can address, without its last page. */
const mostBytes = 2 ** 32 - 2 ** 16

function tooLarge(bytes: number, widths: readonly number[]): ToolkitError {
  return new ToolkitError(
    'TRAINING_INVALID',
    `a network of ${widths.join('-')} units and its batches take ${(bytes / 2 ** 30).toFixed(1)} GiB, expected less than 4`,
    {
      hint: 'take fewer hidden units, smaller batches, or categories of fewer levels',
      details: { bytes },
    },
  )
}

/** The workspace of another thread. */
export function attachWorkspace(plan: WorkspacePlan, memory: WebAssembly.Memory): Workspace {
  return { ...plan, kernel: attachNeuralKernel(memory), cells: new Float32Array(memory.buffer) }
}

/** The cells of the parameters, or of one of their moments. */
export function parameterCells(
  workspace: Workspace,
  part: 'parameters' | 'firstMoments' | 'secondMoments' = 'parameters',
): Float32Array {
  const start = workspace[part] / 4
  return workspace.cells.subarray(start, start + workspace.network.cells)
}
