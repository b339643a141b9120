/** MD5 of content, of DVC 3 and of DVC 2, which read text as if its lines ended in `\n`. */

import { createHash, hash } from 'node:crypto'
import { plainMd5 } from './plain-md5.ts'

/** Size of the pieces a digest takes; DVC 2 decides about each whether it is text. */
export const pieceBytes = 1 << 20

/** An MD5 under way. */
export interface Digest {
  /** Takes the next piece, of `pieceBytes` unless it is the last. */
  update(piece: Uint8Array): void
  finish(): string
}

/** Begins an MD5. @param isLegacy - as DVC 2 did it */
export function beginDigest(isLegacy: boolean): Digest {
  const md5 = createHash('md5')
  return {
    update: (piece) => md5.update(isLegacy ? toUnixText(piece) : piece),
    finish: () => md5.digest('hex'),
  }
}

/** The MD5 of one piece that is the whole content. */
export function digestPiece(piece: Uint8Array, isLegacy: boolean): string {
  const bytes = isLegacy ? toUnixText(piece) : piece
  return bytes.length <= plainBytes ? plainMd5(bytes) : hash('md5', bytes)
}

/** Up to here plain code takes a few microseconds; loading `node:crypto` takes 5 milliseconds. */
const plainBytes = 1 << 10

function toUnixText(piece: Uint8Array): Uint8Array {
  if (!looksLikeText(piece.subarray(0, 512))) return piece
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
  if (!bytes.includes('\r\n')) return piece
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}

/** No NUL, and at most 30 % of what is neither printable ASCII nor one of `\n \r \t \f \b`. */
function looksLikeText(start: Uint8Array): boolean {
  let others = 0
  for (const byte of start) {
    if (byte === 0) return false
    const isPlain = (byte >= 32 && byte < 127) || controlBytes.has(byte)
    if (!isPlain) others++
  }
  return others / Math.max(1, start.length) <= 0.3
}

const controlBytes = new Set(Buffer.from('\n\r\t\f\b'))
