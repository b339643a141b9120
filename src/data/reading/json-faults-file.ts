/** Reads a JSON file slowly, to say exactly what is wrong with it and where. */

import { faultOfObject, splitArray } from './json-elements.ts'
import { rawChunks } from './raw-chunks-file.ts'
import { messageOf } from '../../core/errors.ts'

/** A JSON file as it was recognized. */
export interface JsonFile {
  readonly path: string
  readonly layout: 'lines' | 'array'
  readonly compression: 'gzip' | 'none'
}

interface Line {
  readonly bytes: Buffer
  /** 1-based. */
  readonly number: number
}

const shownFaults = 20

/** The first 20 faults, each with its line; empty when there are none. */
export async function findFaults(file: JsonFile): Promise<readonly string[]> {
  const faults: string[] = []
  try {
    for await (const fault of file.layout === 'lines' ? faultsOfLines(file) : faultsOfArray(file)) {
      faults.push(fault)
      if (faults.length === shownFaults) break
    }
  } catch (error) {
    const reason = messageOf(error)
    const cut = reason === 'unexpected end of file' ? 'the compressed file is cut off' : reason
    return [...faults, `${file.path}: ${cut}`]
  }
  return faults
}

/** 1-based line of a row, from 0, of a file with one object a line. */
export async function lineOfRow(file: JsonFile, row: number): Promise<number> {
  let left = row
  for await (const { bytes, number } of readLines(file)) {
    if (isBlank(bytes)) continue
    if (left === 0) return number
    left--
  }
  return 0
}

async function* faultsOfLines(file: JsonFile): AsyncGenerator<string> {
  for await (const { bytes, number } of readLines(file)) {
    if (isBlank(bytes)) continue
    const fault = faultOfBytes(bytes, number === 1)
    if (fault !== undefined) yield `${file.path}:${number}: ${fault}`
  }
}

function faultOfBytes(bytes: Buffer, isFirst: boolean): string | undefined {
  try {
    // The decoder drops a byte order mark, which only the first line may have.
    return faultOfObject(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: !isFirst }).decode(bytes),
    )
  } catch {
    // The decoder says no more than that.
    return 'not UTF-8'
  }
}

async function* faultsOfArray(file: JsonFile): AsyncGenerator<string> {
  const lines: Buffer[] = []
  for await (const { bytes } of readLines(file)) lines.push(bytes, Buffer.from('\n'))
  const text = Buffer.concat(lines).toString()
  for (const { text: element, line } of splitArray(text)) {
    const fault = faultOfObject(element)
    if (fault !== undefined) yield `${file.path}:${line}: ${fault}`
  }
  const end = text.trimEnd()
  if (!end.endsWith(']')) yield `${file.path}:${lines.length / 2}: the list has no end`
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

async function* readLines({ path, compression }: JsonFile): AsyncGenerator<Line> {
  let number = 0
  let open: Buffer[] = []
  for await (const chunk of rawChunks(path, compression)) {
    let start = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      number++
      yield { bytes: Buffer.concat([...open, chunk.subarray(start, end)]), number }
      open = []
      start = end + 1
    }
    if (start < chunk.length) open.push(chunk.subarray(start))
  }
  if (open.length > 0) yield { bytes: Buffer.concat(open), number: number + 1 }
}
