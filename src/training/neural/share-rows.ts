import type { EncodedRows } from './encoding.ts'

/** The same numbers where other threads can see them. */
export function shareNumbers<T extends Int32Array | Float32Array | Float64Array>(values: T): T {
  const shared = new Uint8Array(new SharedArrayBuffer(values.byteLength))
  shared.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the constructor of T makes a T
  return new (values.constructor as new (buffer: ArrayBufferLike) => T)(shared.buffer)
}

/** {@link shareNumbers} for encoded rows. */
export function shareRows({ rows, numbers, codes }: EncodedRows): EncodedRows {
  return { rows, numbers: shareNumbers(numbers), codes: shareNumbers(codes) }
}
