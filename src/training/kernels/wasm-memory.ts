/**
 * Memory that threads share, all zeros; `undefined` where Node has no WebAssembly or its addresses do
 * not reach so far.
 */
export function createSharedMemory(bytes: number): WebAssembly.Memory | undefined {
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
