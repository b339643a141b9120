import type { NeuralKernel } from './neural-kernel.ts'
import { neuralWasm } from './neural-wasm.ts'
import { createPlainNeuralKernel } from './plain-neural-kernel.ts'
import { attachKernel, createSharedMemory } from './wasm-memory.ts'

/** A kernel with the memory it works on; fresh memory is all zeros. */
export interface NeuralKernelMemory {
  readonly kernel: NeuralKernel
  readonly buffer: ArrayBufferLike
  /** What other threads attach to; absent for the plain kernel, which works alone. */
  readonly memory: WebAssembly.Memory | undefined
}

/**
 * Makes memory and the kernel that works on it: compiled to WebAssembly where Node has it, else the
 * plain one, which gives the same bits.
 *
 * @param options.isPlain - takes the plain one in any case
 */
export function createNeuralKernel(
  bytes: number,
  options: { readonly isPlain?: boolean } = {},
): NeuralKernelMemory {
  const memory = options.isPlain === true ? undefined : createSharedMemory(bytes)
  if (memory !== undefined) {
    return { kernel: attachNeuralKernel(memory), buffer: memory.buffer, memory }
  }
  const buffer = new ArrayBuffer(Math.ceil(bytes / 4) * 4)
  return { kernel: createPlainNeuralKernel(buffer), buffer, memory }
}

/** Another kernel, of another thread, on the same memory. */
export function attachNeuralKernel(memory: WebAssembly.Memory): NeuralKernel {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- assembly/neural.ts exports these functions; the tests hold each against the plain kernel
  return attachKernel(neuralWasm, memory) as unknown as NeuralKernel
}
