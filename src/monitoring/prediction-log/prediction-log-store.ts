/** The writing side of a prediction log: off the request path, in bounded memory, and never in the way of an answer. */

import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PredictionLogWriter } from '../../core/prediction-log.ts'
import { isSampled } from './is-sampled.ts'
import { modelLogFolder } from './log-folder.ts'
import type { Redaction } from './redaction.ts'
import { createLineBuffer } from './line-buffer.ts'
import { createRowQueue } from './row-queue.ts'
import { createLineWriter, formatFeedback } from './spool-line.ts'
import { createSpoolWriter, type SpoolLimits, type SpoolWriter } from './spool-writer-store.ts'

export interface PredictionLogOptions {
  /** Of all logs. */
  readonly root: string
  /** The model whose log it is. */
  readonly model: string
  /** Of the requests, from 0 to 1, chosen by their id; all when left out. */
  readonly sampleShare?: number
  readonly redaction?: Redaction
  readonly limits?: Partial<SpoolLimits>
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Told of every spool that is whole. */
  readonly onSealed?: () => void
  /** Told why rows are lost, at most once a minute. */
  readonly onFault?: (error: unknown, droppedRows: number) => void
  /** Told that rows are written again, after each fault that was told. */
  readonly onRecovery?: (droppedRows: number) => void
}

/** A log that is open for writing; its end writes what is left and seals the spools. */
export interface OpenPredictionLog extends PredictionLogWriter, AsyncDisposable {
  /** Writes the rows that wait; settles when it has tried. */
  flush(): Promise<void>
}

/** An hour, or 64 MiB of JSON: some 100,000 rows. */
const defaultLimits: SpoolLimits = { bytes: 64 * 2 ** 20, ageMs: 3_600_000 }
/** Memory of the rows that wait: two halves of 2 MiB. */
const queuedNumbers = 2 ** 19
/** Fewer wait for the next second: formatted one by one, each row takes twice the time, for its code comes into the processor's cache anew. */
const rowsTogether = 16
const flushIntervalMs = 1000
const flushBytes = 256 * 2 ** 10
const faultIntervalMs = 60_000

/**
 * Opens the log of a model for writing; the folder is made when there is something to write. Rows are on the disk
 * a second after they were scored, or once 256 KiB are together; when the process is killed, those after are lost.
 */
export function openPredictionLogWriter(options: PredictionLogOptions): OpenPredictionLog {
  const { root, model, sampleShare = 1 } = options
  const spool = spoolOf(options, join(modelLogFolder(root, model), 'predictions'))
  const feedback = spoolOf(options, join(modelLogFolder(root, model), 'feedback'))
  const writer = createLineWriter(options.redaction ?? { drop: [], hash: [] })
  const queue = createRowQueue(queuedNumbers)
  const tally = { rows: 0, droppedRows: 0, bytes: 0, faults: 0 }
  const teller = createTeller(options, () => tally.droppedRows)
  const lines = createLineBuffer(queue, writer, flushBytes)
  const flush = serially(() => writeDue({ lines, queue, spool, tally, teller }))
  let isDue = false
  const formatSoon = (): void => {
    if (isDue) return
    isDue = true
    setImmediate(() => {
      isDue = false
      if (!lines.isFull && lines.formatSome()) formatSoon()
      if (lines.isFull) void flush()
    })
  }
  const appendFeedback = inTurn()
  const timer = setInterval(() => {
    void flush()
    void appendFeedback(() => feedback.sealOld()).catch(teller.tellFault)
  }, flushIntervalMs).unref()
  return {
    observe: (scored) => {
      if (!isSampled(scored.requestId, sampleShare)) return
      const kept = queue.add(scored, options.now())
      if (kept < scored.rows.rows) tally.droppedRows += scored.rows.rows - kept
      if (queue.rows >= rowsTogether) formatSoon()
    },
    addFeedback: (labels) =>
      appendFeedback(() => feedback.write(Buffer.from(formatFeedback(labels, options.now())))),
    flush,
    counts: () => ({ ...tally }),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await flush()
      // What came while the last one ran.
      await flush()
      await Promise.all([spool.seal(), appendFeedback(() => feedback.seal())]).catch(
        teller.tellFault,
      )
    },
  }
}

/** Writes what waits; rows that cannot be written wait for the next time. */
async function writeDue({
  lines,
  queue,
  spool,
  tally,
  teller,
}: {
  readonly lines: ReturnType<typeof createLineBuffer>
  readonly queue: ReturnType<typeof createRowQueue>
  readonly spool: SpoolWriter
  readonly tally: { rows: number; bytes: number; faults: number }
  readonly teller: ReturnType<typeof createTeller>
}): Promise<void> {
  try {
    // Not what comes meanwhile: a flush ends under any load.
    for (let due = lines.rows + queue.rows; due > 0;) {
      while (!lines.isFull && lines.formatSome()) await nextTurn()
      const batch = lines.take()
      await spool.write(batch.lines)
      lines.drop()
      tally.rows += batch.rows
      tally.bytes += batch.lines.length
      due -= batch.rows
      teller.tellRecovery()
    }
    await spool.sealOld()
  } catch (error) {
    tally.faults++
    teller.tellFault(error)
  }
}

function spoolOf({ limits, now, onSealed }: PredictionLogOptions, folder: string) {
  return createSpoolWriter(folder, { ...defaultLimits, ...limits, now, onSealed })
}

/** Runs once at a time; whoever asks meanwhile waits for the one that runs. */
function serially(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= work().finally(() => (running = undefined)))
}

/** Runs every work, one after the other. */
function inTurn(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}

/** Tells the first fault, and of those within a minute after it no other one; then that it is over. */
function createTeller(
  { onFault, onRecovery }: Pick<PredictionLogOptions, 'onFault' | 'onRecovery'>,
  droppedRows: () => number,
): { readonly tellFault: (error: unknown) => void; readonly tellRecovery: () => void } {
  let toldAt = -Infinity
  let isOpen = false
  return {
    tellFault: (error) => {
      if (performance.now() - toldAt < faultIntervalMs) return
      toldAt = performance.now()
      isOpen = true
      onFault?.(error, droppedRows())
    },
    tellRecovery: () => {
      if (!isOpen) return
      isOpen = false
      onRecovery?.(droppedRows())
    },
  }
}
