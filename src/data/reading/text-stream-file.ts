/** Delimited text from a file, as UTF-8 whatever it was, record by record. */

import { isUtf8 } from 'node:buffer'
import { ToolkitError, messageOf } from '../../core/errors.ts'
import { rawChunks } from './raw-chunks-file.ts'
import { createRecord, scanRecord, type TextMarks, type TextRecord } from './text-records.ts'

/** A text file, and how its bytes become UTF-8. */
export interface TextSource {
  readonly path: string
  readonly compression: 'gzip' | 'none'
  /** A name of the WHATWG Encoding Standard. */
  readonly encoding: string
  /** Lines before the first record. */
  readonly skippedLines: number
}

const longestRecord = 2 ** 28

/**
 * Calls `onRecord` for each record; the bytes and the record are good only until it returns.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` for bytes that are no text, with the line
 */
export async function eachRecord(
  source: TextSource,
  marks: TextMarks,
  onRecord: (bytes: Buffer, record: TextRecord, line: number) => void,
): Promise<void> {
  const record = createRecord()
  let rest: Buffer = Buffer.alloc(0)
  let line = 1
  let skipped = 0
  const take = (chunk: Buffer, isLast: boolean): void => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (skipped < source.skippedLines) {
      const end = bytes.indexOf(10)
      if (end < 0) break
      bytes = bytes.subarray(end + 1)
      skipped++
      line++
    }
    let at = 0
    while (at < bytes.length && skipped >= source.skippedLines) {
      const next = scanRecord(bytes, at, { ...marks, isLast }, record)
      if (next < 0) break
      onRecord(bytes, record, line)
      line += record.lines
      at = next
    }
    checkText(bytes.subarray(0, at), source, line)
    rest = bytes.subarray(at)
    if (rest.length > longestRecord)
      throw fault(source, line, 'a record goes on for 256 MB: is a quote unclosed?')
  }
  for await (const chunk of utf8Chunks(source)) take(chunk, false)
  if (rest.length > 0) {
    const left = rest
    rest = Buffer.alloc(0)
    take(left, true)
  }
}

/** The first bytes of the text, as far as whole records need them. @throws {ToolkitError} as reading does */
export async function readTextHead(source: TextSource): Promise<Buffer> {
  for await (const chunk of utf8Chunks(source)) {
    if (chunk.length > 0) return chunk
  }
  return Buffer.alloc(0)
}

/** Line is that after the bytes: the fault is looked for from their end. */
function checkText(bytes: Buffer, source: TextSource, lineAfter: number): void {
  const nul = bytes.indexOf(0)
  if (nul < 0 && isUtf8(bytes)) return
  const first = lineAfter - count(bytes, bytes.length)
  if (nul >= 0) throw fault(source, first + count(bytes, nul), 'a NUL byte: this is no text')
  for (let at = 0, line = first; at < bytes.length; line++) {
    const found = bytes.indexOf(10, at)
    const end = found < 0 ? bytes.length : found + 1
    if (!isUtf8(bytes.subarray(at, end))) throw fault(source, line, 'bytes that are not UTF-8')
    at = end
  }
}

function count(bytes: Buffer, to: number): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0 && at < to; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}

function fault({ path }: TextSource, line: number, what: string): ToolkitError {
  return new ToolkitError('DATA_FILE_INVALID', `${path}:${line}: ${what}`, {
    hint: "save the file as UTF-8, or name its encoding: --encoding windows-1252, say, or in project.ts read: { encoding: 'windows-1252' }",
  })
}

async function* utf8Chunks(source: TextSource): AsyncGenerator<Buffer> {
  const { path, compression, encoding } = source
  try {
    let isFirst = true
    const decoder = encoding === 'utf-8' ? undefined : new TextDecoder(encoding, { fatal: true })
    for await (const bytes of rawChunks(path, compression)) {
      let chunk =
        decoder === undefined ? bytes : Buffer.from(decoder.decode(bytes, { stream: true }))
      if (isFirst && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf)
        chunk = chunk.subarray(3)
      isFirst = false
      yield chunk
    }
    if (decoder !== undefined) yield Buffer.from(decoder.decode())
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    throw asTextError(source, error)
  }
}

function asTextError({ path, encoding }: TextSource, error: unknown): ToolkitError {
  const reason = messageOf(error)
  const what =
    reason === 'unexpected end of file'
      ? 'the compressed file is cut off'
      : `${reason} (${encoding})`
  return new ToolkitError('DATA_FILE_INVALID', `${path}: ${what}`, {
    hint: 'get the file again, and check its encoding',
    cause: error,
  })
}
