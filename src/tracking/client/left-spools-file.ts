/** What runs of processes that are no more have left in their spools. */

import { closeSync, openSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isProcessAlive } from '../../core/alive-process.ts'
import { listIfPresent, systemCode } from '../../core/atomic-file.ts'
import type { MetricPoint, RunStatus } from '../../core/tracking.ts'
import { readJsonLines } from './line-file.ts'
import { parseMetric } from './run-messages.ts'

/** What a file that was left behind holds. */
export interface SpooledRun {
  readonly path: string
  readonly runId: string
  /** How many points may be missing in the tracker. */
  readonly pointCount: number
  /** These, some at a time, as they are read. */
  readonly batches: () => Generator<readonly MetricPoint[], void>
  readonly end: { readonly status: RunStatus; readonly endTime: number } | undefined
}

/** What a server takes at once. */
const batchSize = 1000

/** What ended runs and killed processes of this machine have left in a folder. */
export function readSpools(directory: string): readonly SpooledRun[] {
  return listIfPresent(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => readSpool(join(directory, name)))
    .filter((run) => run !== undefined)
}

/** Somebody else may have sent and removed it in between. */
export function removeSpool({ path }: SpooledRun): void {
  rmSync(path, { force: true })
}

type Line = Readonly<Record<string, unknown>>

function readSpool(path: string): SpooledRun | undefined {
  let head: Line | undefined
  let end: Line | undefined
  let points = 0
  let acknowledged = 0
  for (const line of readLines(path)) {
    if (head === undefined) {
      head = line
      if (typeof head['runId'] !== 'string') return undefined
    } else if ('key' in line) points++
    else if (typeof line['status'] === 'string') end ??= line
    else acknowledged = Math.max(acknowledged, Number(line['acknowledged'] ?? 0))
  }
  if (head === undefined || (end === undefined && isInUse(head))) return undefined
  return {
    path,
    runId: String(head['runId']),
    pointCount: Math.max(0, points - acknowledged),
    batches: () => readBatches(path, acknowledged),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `noteEnd` wrote it, and the tracker checks it again
    end: end && { status: end['status'] as RunStatus, endTime: Number(end['endTime']) },
  }
}

function* readBatches(path: string, acknowledged: number): Generator<readonly MetricPoint[], void> {
  let passed = 0
  let batch: MetricPoint[] = []
  for (const line of readLines(path)) {
    if (!('key' in line) || passed++ < acknowledged) continue
    batch.push(parseMetric(line))
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

// None of a file that somebody else has sent and removed.
function* readLines(path: string): Generator<Line, void> {
  let handle: number
  try {
    handle = openSync(path, 'r')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  try {
    for (const { value } of readJsonLines(handle)) yield value
  } finally {
    closeSync(handle)
  }
}

/** Nobody here can tell whether a process of another machine still writes. */
function isInUse(head: Line): boolean {
  return head['host'] !== hostname() || isProcessAlive(Number(head['processId']))
}
