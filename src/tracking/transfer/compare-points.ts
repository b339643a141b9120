/** Histories of two trackers, point by point, however long they are. */

import type { MetricPoint } from '../../core/tracking.ts'

/** How much of one history another one has. */
export interface ComparedPoints {
  readonly found: number
  /** How many of the found the other has too: the same time, step and value. */
  readonly same: number
}

/**
 * Compares two histories of one metric in one pass, a page of each at a time. What the other has
 * beyond is passed over.
 *
 * @param wanted - by time and step, as trackers tell them
 * @param there - likewise
 */
export async function comparePoints(
  wanted: AsyncIterable<readonly MetricPoint[]>,
  there: AsyncIterable<readonly MetricPoint[]>,
): Promise<ComparedPoints> {
  const others = groupByMoment(there)
  let other = await others.next()
  let found = 0
  let same = 0
  for await (const group of groupByMoment(wanted)) {
    found += group.values.size
    while (other.done !== true && isBefore(other.value, group)) other = await others.next()
    if (other.done === true || isBefore(group, other.value)) continue
    same += group.values.intersection(other.value.values).size
  }
  await others.return()
  return { found, same }
}

/** Points of one time and step; their order among each other is not the same everywhere. */
interface Moment {
  readonly timestamp: number
  readonly step: number
  readonly values: ReadonlySet<number>
}

async function* groupByMoment(
  pages: AsyncIterable<readonly MetricPoint[]>,
): AsyncGenerator<Moment, void> {
  let moment: (Moment & { readonly values: Set<number> }) | undefined
  for await (const { timestamp, step, value } of eachPoint(pages)) {
    if (moment?.timestamp === timestamp && moment.step === step) {
      moment.values.add(comparable(value))
      continue
    }
    if (moment !== undefined) yield moment
    moment = { timestamp, step, values: new Set([comparable(value)]) }
  }
  if (moment !== undefined) yield moment
}

async function* eachPoint(
  pages: AsyncIterable<readonly MetricPoint[]>,
): AsyncGenerator<MetricPoint, void> {
  for await (const page of pages) yield* page
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.timestamp < b.timestamp || (a.timestamp === b.timestamp && a.step < b.step)
}

/** A real server of MLflow keeps the infinities as the largest numbers. */
export function comparable(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE
  return value === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : value
}
