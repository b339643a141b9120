import { ToolkitError } from '../../core/errors.ts'

/** One field of a protobuf message: a varint, or bytes (also of fixed 32 and 64 bits). */
export type ProtobufField =
  | { readonly number: number; readonly kind: 'varint'; readonly value: number }
  | {
      readonly number: number
      readonly kind: 'fixed32' | 'fixed64' | 'bytes'
      readonly bytes: Uint8Array
    }

/**
 * Reads the fields of one protobuf message, in order; bytes are views, not copies.
 *
 * @throws {ToolkitError} `MODEL_INVALID` when the bytes are cut short or are no protobuf.
 */
export function readFields(bytes: Uint8Array): ProtobufField[] {
  const fields: ProtobufField[] = []
  let offset = 0
  while (offset < bytes.length) {
    const tag = readVarint(bytes, offset)
    const { field, end } = readValue(bytes, tag.end, tag.value)
    if (fields.length === mostFields) throw damaged(`more than ${mostFields} fields in a message`)
    fields.push(field)
    offset = end
  }
  return fields
}

/** Each is an object here, and may be two bytes in the file. */
const mostFields = 5_000_000

interface ReadValue {
  readonly field: ProtobufField
  readonly end: number
}

function readValue(bytes: Uint8Array, offset: number, tag: number): ReadValue {
  const number = Math.floor(tag / 8)
  switch (tag % 8) {
    case 0: {
      const { value, end } = readVarint(bytes, offset)
      return { field: { number, kind: 'varint', value }, end }
    }
    case 1: {
      const end = checkedEnd(bytes, offset, 8)
      return { field: { number, kind: 'fixed64', bytes: bytes.subarray(offset, end) }, end }
    }
    case 2: {
      const length = readVarint(bytes, offset)
      const end = checkedEnd(bytes, length.end, length.value)
      return { field: { number, kind: 'bytes', bytes: bytes.subarray(length.end, end) }, end }
    }
    case 5: {
      const end = checkedEnd(bytes, offset, 4)
      return { field: { number, kind: 'fixed32', bytes: bytes.subarray(offset, end) }, end }
    }
    default:
      throw damaged(`wire type ${tag % 8} at byte ${offset}`)
  }
}

/** Integers packed in a bytes field, or one plain varint field. */
export function readIntegers(field: ProtobufField): number[] {
  if (field.kind === 'varint') return [field.value]
  const { bytes } = field
  const values: number[] = []
  let offset = 0
  while (offset < bytes.length) {
    const byte = bytes[offset]!
    const next = bytes[offset + 1]
    // Most are small, and an object for each would take most of the time.
    if (byte < 0x80) {
      values.push(byte)
      offset++
    } else if (next !== undefined && next < 0x80) {
      values.push((byte & 0x7f) | (next << 7))
      offset += 2
    } else {
      const { value, end } = readVarint(bytes, offset)
      values.push(value)
      offset = end
    }
  }
  return values
}

/** Floats packed in a bytes field, or one plain fixed32 field. */
export function readFloats(field: ProtobufField): number[] {
  const bytes = bytesOf(field)
  if (bytes.length % 4 !== 0) throw damaged(`${bytes.length} bytes are no whole number of floats`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values: number[] = []
  for (let i = 0; i < bytes.length; i += 4) values.push(view.getFloat32(i, true))
  return values
}

/** Doubles packed in a bytes field, or one plain fixed64 field. */
export function readDoubles(field: ProtobufField): number[] {
  const bytes = bytesOf(field)
  if (bytes.length % 8 !== 0) throw damaged(`${bytes.length} bytes are no whole number of doubles`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const values: number[] = []
  for (let i = 0; i < bytes.length; i += 8) values.push(view.getFloat64(i, true))
  return values
}

/** @throws {ToolkitError} `MODEL_INVALID` for a varint. */
export function bytesOf(field: ProtobufField): Uint8Array {
  if (field.kind === 'varint') throw damaged(`field ${field.number} is a number, expected bytes`)
  return field.bytes
}

/** Up to ten bytes; a negative int64 comes back negative. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0
  // Nearly all fit into 28 bits.
  for (let i = 0; i < 4; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) throw damaged(`it ends at byte ${bytes.length}, inside a number`)
    value |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return { value, end: start + i + 1 }
  }
  return readLongVarint(bytes, start)
}

function readLongVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0n
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) throw damaged(`it ends at byte ${bytes.length}, inside a number`)
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), end: start + i + 1 }
  }
  throw damaged(`a number of more than ten bytes at byte ${start}`)
}

function checkedEnd(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length
  if (length < 0 || end > bytes.length) {
    throw damaged(`it ends at byte ${bytes.length}, inside a field that ends at ${end}`)
  }
  return end
}

function damaged(what: string): ToolkitError {
  return new ToolkitError('MODEL_INVALID', `this is no ONNX model: ${what}`, {
    hint: 'the file is cut short or is not ONNX: restore it, or train again',
  })
}
