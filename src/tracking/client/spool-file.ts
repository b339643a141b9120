/**
 * What a run has logged and the tracker has not acknowledged: a file per run, written with every
 * point before the call returns. A process that is killed leaves it behind, and the next sends it.
 *
 * Lines of JSON: the head `{"runId", "processId", "host"}`, then a point each, and
 * `{"acknowledged": n}` once the first n points of the file are stored. Logging a point twice is
 * the same as once, so a reader may send more than was missing.
 */

import { createHash, randomBytes } from 'node:crypto'
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { asWriteError, makeFolder } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { MetricPoint, RunStatus } from '../../core/tracking.ts'
import { formatMetric } from '../format-message.ts'
import { readJsonLines } from './line-file.ts'
import { parseMetric } from './run-messages.ts'

/** An open file of one run. */
export interface Spool extends Disposable {
  readonly path: string
  /** @throws {ToolkitError} `FILE_WRITE_FAILED` */
  append(points: readonly MetricPoint[]): void
  /** Where the next points will begin, for {@link Spool.read}. */
  readonly endByte: number
  /** The next points from a byte on, at most `count`, and where the one after them begins. Needs all of them unacknowledged. */
  read(fromByte: number, count: number): SpooledPoints
  /** The next `count` points, in the order in which they were appended, are stored. */
  acknowledge(count: number): void
  /** How the run ended, in case the tracker does not hear of it. @returns whether there was room for it */
  noteEnd(status: RunStatus, endTime: number): boolean
  /** Closes and removes the file: all is stored. */
  finish(): void
}

/** Points as they were appended. */
export interface SpooledPoints {
  readonly points: readonly MetricPoint[]
  readonly endByte: number
}

const largestSpoolBytes = 16 * 2 ** 20

/** Of one user and one tracker: outlives the process and the folder it ran in. */
export function stateFolder(uri: string): string {
  const name = createHash('sha256').update(uri).digest('hex').slice(0, 16)
  return join(homedir(), '.local', 'state', 'mlpt', 'spool', name)
}

/** @throws {ToolkitError} `FILE_WRITE_FAILED` */
export function openSpool(directory: string, runId: string): Spool {
  const path = join(directory, `${runId}.${randomBytes(4).toString('hex')}.jsonl`)
  const handle = createFile(directory, path)
  let sizeBytes = 0
  /** All of the lines or none: half a line would hide the next. */
  const write = (lines: readonly object[]): void => {
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done)
      sizeBytes += bytes.length
    } catch (error) {
      ftruncateSync(handle, sizeBytes)
      throw asWriteError(path, error)
    }
  }
  write([{ runId, processId: process.pid, host: hostname() }])
  const headBytes = sizeBytes
  let appendedCount = 0
  let storedCount = 0
  /** Nothing is missing any more: a long run does not fill the disk. */
  const startOver = (): void => {
    ftruncateSync(handle, headBytes)
    sizeBytes = headBytes
    appendedCount = 0
    storedCount = 0
  }
  let isOpen = true
  const close = (): void => {
    if (isOpen) closeSync(handle)
    isOpen = false
  }
  return {
    path,
    get endByte() {
      return sizeBytes
    },
    read: (fromByte, count) => readPoints(handle, fromByte, count),
    append: (points) => {
      write(points.map(formatMetric))
      appendedCount += points.length
    },
    acknowledge: (count) => {
      storedCount += count
      if (storedCount === appendedCount && sizeBytes > largestSpoolBytes) startOver()
      else tryTo(() => write([{ acknowledged: storedCount }]))
    },
    noteEnd: (status, endTime) => tryTo(() => write([{ status, endTime }])),
    finish: () => {
      close()
      rmSync(path, { force: true })
    },
    [Symbol.dispose]: close,
  }
}

function readPoints(handle: number, fromByte: number, count: number): SpooledPoints {
  const points: MetricPoint[] = []
  let end = fromByte
  for (const { value, endByte } of readJsonLines(handle, fromByte)) {
    end = endByte
    if ('key' in value) points.push(parseMetric(value))
    if (points.length === count) break
  }
  return { points, endByte: end }
}

/** What is not noted on a full disk is sent again: the same as once. */
function tryTo(write: () => void): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (error instanceof ToolkitError) return false
    throw error
  }
}

/** For this user only: metrics may be nobody else's business. */
function createFile(directory: string, path: string): number {
  try {
    makeFolder(directory, 0o700)
    return openSync(path, 'ax+', 0o600)
  } catch (error) {
    throw asWriteError(path, error)
  }
}
