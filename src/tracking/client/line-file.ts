/** Lines of a file, a piece of it in memory at a time: a file of metrics may be larger than a text can be. */

import { readSync } from 'node:fs'
import { isObject, parseJsonText } from '../../core/json.ts'

/** One line that holds a JSON object. */
export interface JsonLine {
  readonly value: Readonly<Record<string, unknown>>
  /** Where the line after it begins, in bytes. */
  readonly endByte: number
}

const pieceBytes = 2 ** 20

/**
 * Reads the lines from a byte on. What is no JSON object is left out: a line that was damaged with the disk, and the last one
 * of a process that was killed.
 *
 * @param handle - of a file that is open for reading
 * @yields each line that is whole
 */
export function* readJsonLines(handle: number, fromByte = 0): Generator<JsonLine, void> {
  const piece = Buffer.allocUnsafe(pieceBytes)
  let rest = Buffer.alloc(0)
  let position = fromByte // of the first byte of the rest
  for (;;) {
    const count = readSync(handle, piece, 0, pieceBytes, position + rest.length)
    if (count === 0) return
    const bytes = Buffer.concat([rest, piece.subarray(0, count)])
    let start = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      const value = parseJsonText(bytes.toString('utf8', start, end))
      start = end + 1
      if (isObject(value)) yield { value, endByte: position + start }
    }
    position += start
    rest = bytes.subarray(start)
    // No line of ours is so long.
    if (rest.length < pieceBytes) continue
    position += rest.length
    rest = Buffer.alloc(0)
  }
}
