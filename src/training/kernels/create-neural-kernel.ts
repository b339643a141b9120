import type { NeuralKernel } from './neural-kernel.ts'
import { neuralWasm } from './neural-wasm.ts'
import { createPlainNeuralKernel } from './plain-neural-kernel.ts'
import { attachKernel, createKernel, type KernelMemory } from './wasm-memory.ts'

/** See {@link createKernel}. */
export function createNeuralKernel(
  bytes: number,
  options: { readonly isPlain?: boolean } = {},
): KernelMemory<NeuralKernel> {
  return createKernel(bytes, {
    attach: attachNeuralKernel,
    createPlain: createPlainNeuralKernel,
    isPlain: options.isPlain,
  })
}

/** Another kernel, of another thread, on the same memory. */
export function attachNeuralKernel(memory: WebAssembly.Memory): NeuralKernel {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- assembly/neural.ts exports these functions; the tests hold each against the plain kernel
  return attachKernel(neuralWasm, memory) as unknown as NeuralKernel
}
