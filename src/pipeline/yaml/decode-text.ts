import { isUtf8 } from 'node:buffer'
import { createProblems } from './problems.ts'

/**
 * Bytes as text. Bytes that are no UTF-8 are refused and not replaced: two values that differ in
 * such a byte would be the same, and an edit would write something else than what was there.
 *
 * @param file - as a message shows it
 * @throws {ToolkitError} `PIPELINE_INVALID` with the place of the first such byte
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  if (isUtf8(bytes)) return text
  const encoded = Buffer.from(text)
  const differing = bytes.findIndex((byte, i) => byte !== encoded[i])
  const offset = differing === -1 ? bytes.length - 1 : differing
  const lines = new TextDecoder().decode(bytes.subarray(0, offset)).split('\n')
  const place = { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
  const problems = createProblems()
  const byte = bytes[offset]!.toString(16)
  problems.add(place, `the byte 0x${byte} is not UTF-8`, 'save the file as UTF-8')
  problems.check()
  return text
}
