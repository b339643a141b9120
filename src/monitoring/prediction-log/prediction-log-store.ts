/** The writing side of a prediction log: off the request path, in bounded memory, and never in the way of an answer. */

import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { PredictionLogWriter } from '../../core/prediction-log.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { isSampled } from './is-sampled.ts'
import { modelLogFolder } from './log-folder.ts'
import type { Redaction } from './redaction.ts'
import { createRowQueue } from './row-queue.ts'
import { createLineFormatter, formatFeedback, type QueuedRows } from './spool-line.ts'
import { createSpoolWriter, type SpoolLimits } from './spool-writer-store.ts'

export interface PredictionLogOptions {
  /** Of all logs. */
  readonly root: string
  /** The model whose log it is. */
  readonly model: string
  readonly output: ModelOutput
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
const flushIntervalMs = 1000
const flushBytes = 256 * 2 ** 10
const faultIntervalMs = 60_000
/** Formatted without a pause: about half a millisecond. */
const rowsInOneTurn = 64

/**
 * Opens the log of a model for writing; the folder is made when there is something to write. Rows are on the disk
 * a second after they were scored, or once 256 KiB are together; when the process is killed, those after are lost.
 */
export function openPredictionLogWriter(options: PredictionLogOptions): OpenPredictionLog {
  const { root, model, sampleShare = 1 } = options
  const spool = spoolOf(options, join(modelLogFolder(root, model), 'predictions'))
  const feedback = spoolOf(options, join(modelLogFolder(root, model), 'feedback'))
  const format = createLineFormatter(options.output, options.redaction ?? { drop: [], hash: [] })
  const queue = createRowQueue(queuedNumbers)
  const tally = { rows: 0, droppedRows: 0, bytes: 0, faults: 0 }
  const tellFault = createFaultTeller(options.onFault, () => tally.droppedRows)
  const batches = createBatches(format)
  const flush = serially(async () => {
    try {
      if (batches.isEmpty) batches.fill(queue.take())
      for (let batch = await batches.next(); batch !== undefined; batch = await batches.next()) {
        await spool.write(batch.lines)
        tally.rows += batch.rows
        tally.bytes += batch.lines.length
        batches.drop()
      }
      await spool.sealOld()
    } catch (error) {
      tally.faults++
      tellFault(error)
    }
  })
  let isUrged = false
  const urge = (): void => {
    isUrged = true
    setImmediate(() => void flush().finally(() => (isUrged = false)))
  }
  const appendFeedback = inTurn()
  const timer = setInterval(() => {
    void flush()
    void appendFeedback(() => feedback.sealOld()).catch(tellFault)
  }, flushIntervalMs).unref()
  return {
    observe: (scored) => {
      if (!isSampled(scored.requestId, sampleShare)) return
      const kept = queue.add(scored, options.now())
      if (kept < scored.rows.rows) tally.droppedRows += scored.rows.rows - kept
      if (queue.pendingBytes >= flushBytes && !isUrged) urge()
    },
    addFeedback: (labels) =>
      appendFeedback(() => feedback.write(Buffer.from(formatFeedback(labels, options.now())))),
    flush,
    counts: () => ({ ...tally }),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await flush()
      // What came while the last batch was written.
      await flush()
      await Promise.all([spool.seal(), appendFeedback(() => feedback.seal())]).catch(tellFault)
    },
  }
}

function spoolOf({ limits, now, onSealed }: PredictionLogOptions, folder: string) {
  return createSpoolWriter(folder, { ...defaultLimits, ...limits, now, onSealed })
}

/** Lines ready to be written, and how many rows they are. */
interface Batch {
  readonly lines: Uint8Array
  readonly rows: number
}

/** Formats rows batch by batch; a batch that was not written stays the next one. */
function createBatches(format: ReturnType<typeof createLineFormatter>) {
  let entries: readonly QueuedRows[] = []
  let place = { entry: 0, row: 0 }
  let waiting: Batch | undefined
  const formatNext = async (): Promise<Batch | undefined> => {
    let lines = ''
    let rows = 0
    for (let rested = 0; place.entry < entries.length && lines.length < flushBytes;) {
      const queued = entries[place.entry]!
      const { row: from } = place
      const to = Math.min(queued.rows, from + rowsInOneTurn)
      lines += format(queued, { from, to })
      rows += to - from
      place = to === queued.rows ? { entry: place.entry + 1, row: 0 } : { ...place, row: to }
      if (rows - rested < rowsInOneTurn) continue
      rested = rows
      await nextTurn()
    }
    return rows === 0 ? undefined : { lines: Buffer.from(lines), rows }
  }
  return {
    get isEmpty() {
      return waiting === undefined && place.entry >= entries.length
    },
    fill: (queued: readonly QueuedRows[]) => {
      entries = queued
      place = { entry: 0, row: 0 }
    },
    next: async () => (waiting ??= await formatNext()),
    drop: () => (waiting = undefined),
  }
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

function createFaultTeller(
  onFault: PredictionLogOptions['onFault'],
  droppedRows: () => number,
): (error: unknown) => void {
  let toldAt = -Infinity
  return (error) => {
    if (performance.now() - toldAt < faultIntervalMs) return
    toldAt = performance.now()
    onFault?.(error, droppedRows())
  }
}
