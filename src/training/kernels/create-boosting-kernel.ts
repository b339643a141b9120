import type { BoostingKernel } from './boosting-kernel.ts'
import { boostingWasm } from './boosting-wasm.ts'
import { createPlainBoostingKernel } from './plain-boosting-kernel.ts'
import { attachKernel, createKernel, type KernelMemory } from './wasm-memory.ts'

/** See {@link createKernel}. */
export function createBoostingKernel(
  bytes: number,
  options: { readonly isPlain?: boolean } = {},
): KernelMemory<BoostingKernel> {
  return createKernel(bytes, {
    attach: attachBoostingKernel,
    createPlain: createPlainBoostingKernel,
    isPlain: options.isPlain,
  })
}

/** Another kernel, of another thread, on the same memory. */
export function attachBoostingKernel(memory: WebAssembly.Memory): BoostingKernel {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- assembly/boosting.ts exports these functions; the tests hold each against the plain kernel
  return attachKernel(boostingWasm, memory) as unknown as BoostingKernel
}
