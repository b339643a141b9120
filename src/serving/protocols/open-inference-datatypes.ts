/** The protocol's types of elements: what JSON may write for them, and how they lie in bytes. */

interface Datatype {
  /** Bytes of one element. */
  readonly size: number
  /** Little-endian, as all of the protocol's bytes. */
  readonly read: (view: DataView, offset: number) => number | bigint
  /** Of integers: the smallest and the largest. */
  readonly range?: readonly [number, number]
}

const known = {
  FP16: { size: 2, read: (view, offset) => view.getFloat16(offset, true) },
  FP32: { size: 4, read: (view, offset) => view.getFloat32(offset, true) },
  FP64: { size: 8, read: (view, offset) => view.getFloat64(offset, true) },
  INT8: { size: 1, read: (view, offset) => view.getInt8(offset), range: [-128, 127] },
  INT16: { size: 2, read: (view, offset) => view.getInt16(offset, true), range: signed(16) },
  INT32: { size: 4, read: (view, offset) => view.getInt32(offset, true), range: signed(32) },
  INT64: { size: 8, read: (view, offset) => view.getBigInt64(offset, true), range: exact(true) },
  UINT8: { size: 1, read: (view, offset) => view.getUint8(offset), range: [0, 255] },
  UINT16: { size: 2, read: (view, offset) => view.getUint16(offset, true), range: unsigned(16) },
  UINT32: { size: 4, read: (view, offset) => view.getUint32(offset, true), range: unsigned(32) },
  UINT64: { size: 8, read: (view, offset) => view.getBigUint64(offset, true), range: exact(false) },
  BOOL: { size: 1, read: (view, offset) => view.getUint8(offset), range: [0, 1] },
} as const satisfies Record<string, Datatype>

/** The name of a type of numbers. */
export type NumberDatatype = keyof typeof known

/** The name of a type that a tensor may have; BYTES are texts. */
export type DatatypeName = NumberDatatype | 'BYTES'

/** All that a tensor may have. */
export const datatypes = [...Object.keys(known), 'BYTES']

export function isDatatype(value: unknown): value is DatatypeName {
  return value === 'BYTES' || (typeof value === 'string' && Object.hasOwn(known, value))
}

/** Bytes of so many elements; `undefined` for texts, each of which has its own length. */
export function sizeOf(datatype: DatatypeName, count: number): number | undefined {
  return datatype === 'BYTES' ? undefined : known[datatype].size * count
}

/** What lies in bytes, whole elements. 64-bit integers that doubles do not hold stay as they are. */
export function readElements(datatype: NumberDatatype, bytes: Uint8Array): (number | bigint)[] {
  const { size, read } = known[datatype]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.byteLength / size }, (_, i) => {
    const element = read(view, i * size)
    const number = Number(element)
    return typeof element === 'bigint' && !Number.isSafeInteger(number) ? element : number
  })
}

/** What is wrong with an element, in words that follow 'expected'; nothing when it is one of the type. */
export function describeElement(datatype: DatatypeName, element: unknown): string | undefined {
  if (datatype === 'BYTES') return typeof element === 'string' ? undefined : 'a text'
  if (datatype === 'BOOL') {
    // In bytes a truth value is 0 or 1, and so it may be in JSON.
    const isTruth = typeof element === 'boolean' || element === 0 || element === 1
    return isTruth ? undefined : 'true or false'
  }
  if (typeof element === 'bigint') return 'an integer that doubles hold exactly'
  if (typeof element !== 'number') return 'a number'
  return describeNumber(datatype, element)
}

function describeNumber(datatype: NumberDatatype, element: number): string | undefined {
  const { range, size }: Datatype = known[datatype]
  if (range === undefined) return undefined
  if (!Number.isInteger(element)) return 'an integer'
  const [least, most] = range
  if (element >= least && element <= most) return undefined
  return size === 8 ? 'an integer that doubles hold exactly' : `an integer from ${least} to ${most}`
}

function signed(bits: number): [number, number] {
  return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
}

function unsigned(bits: number): [number, number] {
  return [0, 2 ** bits - 1]
}

/** Of 64 bits, what doubles hold: JSON.parse rounds what is beyond. */
function exact(isSigned: boolean): [number, number] {
  return [isSigned ? Number.MIN_SAFE_INTEGER : 0, Number.MAX_SAFE_INTEGER]
}
