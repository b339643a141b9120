/**
 * What a file that should be CSV really is, by its first bytes; `undefined`
 * when it may be text.
 *
 * @example
 * ```ts
 * import { describeNonCsv } from 'ml-pipeline-toolkit'
 * describeNonCsv(new TextEncoder().encode('<!doctype html>')) // => 'an HTML page'
 * describeNonCsv(new TextEncoder().encode('a,b')) // => undefined
 * ```
 */
export function describeNonCsv(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'an empty file'
  const known = signatures.find(({ start }) => start.every((byte, i) => bytes[i] === byte))
  if (known !== undefined) return known.name
  const text = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart().toLowerCase()
  if (text === '') return 'a file of blanks'
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'an HTML page'
  return bytes.subarray(0, 4096).includes(0) ? 'a binary file' : undefined
}

const signatures = [
  { name: 'a gzip file', start: [0x1f, 0x8b] },
  { name: 'a zip archive or an .xlsx workbook', start: [0x50, 0x4b, 0x03, 0x04] },
  { name: 'an .xls workbook', start: [0xd0, 0xcf, 0x11, 0xe0] },
  { name: 'a Parquet file', start: [0x50, 0x41, 0x52, 0x31] },
  { name: 'a PDF', start: [0x25, 0x50, 0x44, 0x46] },
]
