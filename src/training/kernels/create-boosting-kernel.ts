import type { BoostingKernel } from './boosting-kernel.ts'
import { boostingWasm } from './boosting-wasm.ts'
import { createPlainBoostingKernel } from './plain-boosting-kernel.ts'
import { attachKernel, createSharedMemory } from './wasm-memory.ts'

/** A kernel with the memory it works on; fresh memory is all zeros. */
export interface BoostingKernelMemory {
  readonly kernel: BoostingKernel
  readonly buffer: ArrayBufferLike
  /** What other threads attach to; absent for the plain kernel, which works alone. */
  readonly memory: WebAssembly.Memory | undefined
}

/**
 * Makes memory and the kernel that works on it: compiled to WebAssembly where Node has it and its
 * addresses reach, else the plain one, which gives the same bits.
 *
 * @param options.isPlain - takes the plain one in any case
 */
export function createBoostingKernel(
  bytes: number,
  options: { readonly isPlain?: boolean } = {},
): BoostingKernelMemory {
  const memory = options.isPlain === true ? undefined : createSharedMemory(bytes)
  if (memory !== undefined) {
    return { kernel: attachBoostingKernel(memory), buffer: memory.buffer, memory }
  }
  const buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8)
  return { kernel: createPlainBoostingKernel(buffer), buffer, memory }
}

/** Another kernel, of another thread, on the same memory. */
export function attachBoostingKernel(memory: WebAssembly.Memory): BoostingKernel {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- assembly/boosting.ts exports these functions; the tests hold each against the plain kernel
  return attachKernel(boostingWasm, memory) as unknown as BoostingKernel
}
