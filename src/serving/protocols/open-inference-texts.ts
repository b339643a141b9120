/** Texts in the bytes of a tensor of BYTES: each behind its length in bytes, 32 bits, little-endian. */

import { ToolkitError } from '../../core/errors.ts'

/**
 * The texts of a tensor, which take all of its bytes.
 *
 * @param tensor.place - in words, for messages
 * @throws {ToolkitError} `REQUEST_INVALID` when lengths and bytes do not fit together, or are no UTF-8
 */
export function readTexts(
  bytes: Uint8Array,
  { count, place }: { readonly count: number; readonly place: string },
): readonly string[] {
  // Each has a length at least: an array is made of no more than what was sent.
  if (count > bytes.length / lengthBytes) {
    throw invalid(`${place} has ${bytes.length} bytes, too few for the lengths of ${count} texts`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let start = 0
  const texts = Array.from({ length: count }, (_, i) => {
    const left = bytes.length - start - lengthBytes
    const length = left < 0 ? 0 : view.getUint32(start, true)
    if (length > left) {
      const claimed = left < 0 ? 'no length' : `${length} bytes`
      throw invalid(`${place}: text ${i} has ${claimed}, and ${Math.max(0, left)} bytes are left`)
    }
    start += lengthBytes + length
    return decode(bytes.subarray(start - length, start), `${place}: text ${i}`)
  })
  if (start === bytes.length) return texts
  throw invalid(`${place}: ${bytes.length - start} bytes are left behind its ${count} texts`)
}

const lengthBytes = 4
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array, place: string): string {
  try {
    return utf8.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) throw invalid(`${place} is no UTF-8`)
    throw error
  }
}

/** The bytes of texts, as {@link readTexts} reads them. */
export function encodeTexts(texts: readonly string[]): Uint8Array {
  const parts = texts.flatMap((text) => {
    const bytes = Buffer.from(text)
    const length = Buffer.alloc(lengthBytes)
    length.writeUInt32LE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat(parts)
}

function invalid(message: string): ToolkitError {
  return new ToolkitError('REQUEST_INVALID', message)
}
