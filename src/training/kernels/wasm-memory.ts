/** A kernel with the memory it works on; fresh memory is all zeros. */
export interface KernelMemory<K> {
  readonly kernel: K
  readonly buffer: ArrayBufferLike
  /** What other threads attach to; absent for the plain kernel, which works alone. */
  readonly memory: WebAssembly.Memory | undefined
}

/**
 * Makes memory and the kernel that works on it: compiled to WebAssembly where Node has it and its
 * addresses reach, else the plain one, which gives the same bits.
 *
 * @param kinds.isPlain - takes the plain one in any case
 */
export function createKernel<K>(
  bytes: number,
  kinds: {
    readonly attach: (memory: WebAssembly.Memory) => K
    readonly createPlain: (buffer: ArrayBuffer) => K
    readonly isPlain?: boolean | undefined
  },
): KernelMemory<K> {
  const memory = kinds.isPlain === true ? undefined : createSharedMemory(bytes)
  if (memory !== undefined) return { kernel: kinds.attach(memory), buffer: memory.buffer, memory }
  const buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8)
  return { kernel: kinds.createPlain(buffer), buffer, memory }
}

/**
 * Memory that threads share, all zeros; `undefined` where Node has no WebAssembly or its addresses do
 * not reach so far.
 */
function createSharedMemory(bytes: number): WebAssembly.Memory | undefined {
  const pages = Math.max(1, Math.ceil(bytes / pageBytes))
  if (typeof WebAssembly === 'undefined' || pages > mostPages) return undefined
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}

/** What a kernel, compiled and in base64, exports; it works on the memory. */
export function attachKernel(wasm: string, memory: WebAssembly.Memory): WebAssembly.Exports {
  const module = new WebAssembly.Module(Buffer.from(wasm, 'base64'))
  return new WebAssembly.Instance(module, { env: { memory } }).exports
}

const pageBytes = 65_536

/** 4 GiB less a page, as an end of 2³² would be address 0. */
const mostPages = 65_535
