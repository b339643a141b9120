/** Histories of a run's metrics on their way: in batches, then compared with what was read. */

import type { MetricPoint } from '../../core/tracking.ts'
import { comparePoints } from './compare-points.ts'
import type { CopySession } from './copy-session.ts'
import type { ComparedHistories } from './run-contents.ts'
import type { TransferSource } from './transfer-source.ts'

/** A run and its copy, by their ids. */
export interface RunIds {
  readonly fromId: string
  /** `undefined` in a dry run, when there is no copy yet: every point is missing. */
  readonly toId: string | undefined
}

const batchPoints = 1000

/** Compares the histories of these metrics, each in one pass. */
export async function compareHistories(
  { source, present }: Pick<CopySession, 'source' | 'present'>,
  { fromId, toId }: RunIds,
  keys: Iterable<string>,
): Promise<ComparedHistories> {
  const compared = new Map<string, { readonly found: number; readonly same: number }>()
  for (const key of keys) {
    const wanted = source.readHistory(fromId, key)
    const there = toId === undefined ? noPages() : present.readHistory(toId, key)
    compared.set(key, await comparePoints(wanted, there))
  }
  return compared
}

async function* noPages(): AsyncGenerator<readonly MetricPoint[]> {}

/**
 * Sends the histories of these metrics and compares them. Points that are there already stay one
 * point; those that come to the source meanwhile are left to the next copy.
 */
export async function copyHistories(
  session: CopySession,
  { fromId, toId }: { readonly fromId: string; readonly toId: string },
  keys: readonly string[],
): Promise<ComparedHistories> {
  const sent = new Map(keys.map((key) => [key, 0]))
  let waiting: MetricPoint[] = []
  for await (const point of readPoints(session.source, fromId, keys)) {
    sent.set(point.key, sent.get(point.key)! + 1)
    waiting.push(point)
    if (waiting.length < batchPoints) continue
    await session.target.logMetrics(toId, waiting)
    waiting = []
  }
  if (waiting.length > 0) await session.target.logMetrics(toId, waiting)
  const compared = await compareHistories(session, { fromId, toId }, keys)
  return new Map(
    [...compared].map(([key, { same }]) => {
      const found = sent.get(key)!
      return [key, { found, same: Math.min(found, same) }]
    }),
  )
}

async function* readPoints(
  source: TransferSource,
  runId: string,
  keys: readonly string[],
): AsyncGenerator<MetricPoint> {
  for (const key of keys) {
    for await (const page of source.readHistory(runId, key)) {
      for (const { value, timestamp, step } of page) yield { key, value, timestamp, step }
    }
  }
}
