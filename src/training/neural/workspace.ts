import { createNeuralKernel } from '../kernels/create-neural-kernel.ts'
import type { NeuralKernel } from '../kernels/neural-kernel.ts'
import type { Network } from './network.ts'

/**
 * The memory of a fit: parameters with their moments, and room for one shard of a batch at a time.
 * What is named without a type is a byte address.
 */
export interface Workspace {
  readonly kernel: NeuralKernel
  readonly network: Network
  /** All cells of the memory; the cell at an address is `cells[address / 4]`. */
  readonly cells: Float32Array
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

/** Takes memory for a network and batches of a size. @param options.isPlain - computes without WebAssembly */
export function createWorkspace(
  network: Network,
  options: { readonly batchSize: number; readonly isPlain: boolean },
): Workspace {
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
  const plan = {
    parameters: take(count),
    firstMoments: take(count),
    secondMoments: take(count),
    gradients: take((gradientStride / 4) * shardsOfBatch),
    activations: widths.map((width) => take(shardRows * width)),
    deltas: [take(shardRows * widest), take(shardRows * widest)] as const,
    packedRows: take(shardRows * widest),
    packedWeights: widths.slice(1).map((width, l) => take(width * widths[l]!)),
    packedTurned: widths.slice(1).map((width, l) => take(width * widths[l]!)),
  }
  const { kernel, buffer } = createNeuralKernel(bytes, options)
  return { ...plan, kernel, network, cells: new Float32Array(buffer), gradientStride, shardRows }
}

/** The cells of the parameters, or of one of their moments. */
export function parameterCells(
  workspace: Workspace,
  part: 'parameters' | 'firstMoments' | 'secondMoments' = 'parameters',
): Float32Array {
  const start = workspace[part] / 4
  return workspace.cells.subarray(start, start + workspace.network.cells)
}
