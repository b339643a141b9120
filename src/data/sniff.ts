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
  const known = findSignature(bytes)
  if (known !== undefined) return known.name
  const text = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart().toLowerCase()
  if (text === '') return 'a file of blanks'
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'an HTML page'
  return bytes.subarray(0, 4096).includes(0) ? 'a binary file' : undefined
}

/** A kind of file by the bytes that it begins with. */
export interface Signature {
  readonly name: string
  /** How it is read as a table, where it can be. */
  readonly format?: 'parquet' | 'excel' | 'sqlite' | 'gzip'
  readonly start: readonly number[]
}

/** What the first bytes say for sure; `undefined` for text and anything else. */
export function findSignature(bytes: Uint8Array): Signature | undefined {
  return signatures.find(({ start }) => start.every((byte, i) => bytes[i] === byte))
}

const signatures: readonly Signature[] = [
  { name: 'a gzip file', format: 'gzip', start: [0x1f, 0x8b] },
  {
    name: 'a zip archive or an .xlsx workbook',
    format: 'excel',
    start: [0x50, 0x4b, 0x03, 0x04],
  },
  { name: 'an .xls workbook', format: 'excel', start: [0xd0, 0xcf, 0x11, 0xe0] },
  { name: 'a Parquet file', format: 'parquet', start: [0x50, 0x41, 0x52, 0x31] },
  { name: 'a SQLite database', format: 'sqlite', start: [...Buffer.from('SQLite format 3')] },
  { name: 'a PDF', start: [0x25, 0x50, 0x44, 0x46] },
]
