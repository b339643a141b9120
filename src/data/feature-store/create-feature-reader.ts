/** A project's features of one entity, as the online store has them now. */

import type { AbsenceStatus, FeatureReader } from '../../core/feature-reader.ts'
import { type FeatureView, ttlMicroseconds } from './feature-view.ts'
import { isoOfMs } from './moment-sql.ts'
import type { FoundFact, OnlineStore } from './online-store.ts'
import { encodeKey } from './online-values.ts'
import { namesOf, type WantedView } from './point-in-time-join.ts'

/**
 * Reads what joins give a row in training: the newest fact of each view, no older than the view's `ttl`. The store keeps the newest
 * fact only: a join of so many months before finds it where it is that old already, and is NOT_KEPT where it is newer.
 *
 * @param options.now - milliseconds since 1970
 */
export function createFeatureReader(
  store: Pick<OnlineStore, 'find'>,
  joins: readonly WantedView[],
  { now }: { readonly now: () => number },
): FeatureReader {
  const wanted = joins.map(planJoin)
  return {
    entities: Object.fromEntries(joins.flatMap(({ view }) => Object.entries(view.entities))),
    columns: wanted.flatMap(({ columns }) => columns.map(({ column }) => column)),
    read: (key) => {
      const facts = new Map<string, FoundFact | undefined>()
      const values: Record<string, number | string | boolean> = {}
      const absent: Record<string, AbsenceStatus> = {}
      const at = now()
      for (const join of wanted) {
        const { name } = join.view
        if (!facts.has(name)) facts.set(name, findFact(store, join.view, key))
        const fact = facts.get(name)
        const status = statusOf(fact, join, at)
        for (const { column, feature } of join.columns) {
          const value = status === undefined ? cellOf(fact, feature) : null
          if (value === null) absent[column] = status ?? 'NULL'
          else values[column] = value
        }
      }
      return { values, absent }
    },
  }
}

function cellOf(fact: FoundFact | undefined, feature: string): FoundFact['cells'][number] {
  return fact?.cells[fact.places.get(feature) ?? -1] ?? null
}

interface PlannedJoin {
  readonly view: FeatureView
  readonly monthsBefore: number
  readonly ttlMs: number | undefined
  /** Columns of the model, each with its feature. */
  readonly columns: readonly { readonly column: string; readonly feature: string }[]
}

function planJoin(wanted: WantedView): PlannedJoin {
  const { view, monthsBefore = 0 } = wanted
  const ttl = ttlMicroseconds(view)
  return {
    view,
    monthsBefore,
    ttlMs: ttl === undefined ? undefined : ttl / 1000,
    columns: namesOf(wanted).map(([feature, column]) => ({ column, feature })),
  }
}

function findFact(
  store: Pick<OnlineStore, 'find'>,
  view: FeatureView,
  key: Readonly<Record<string, number | boolean | string>>,
): FoundFact | undefined {
  const own = Object.entries(view.entities).map(([name, { type }]) => {
    const value = key[name] ?? 0
    return [name, type === 'boolean' ? Boolean(value) : value] as const
  })
  return store.find(view, encodeKey(view, Object.fromEntries(own)))
}

/** Nothing when the fact holds at the moment. */
function statusOf(
  fact: FoundFact | undefined,
  { monthsBefore, ttlMs }: PlannedJoin,
  at: number,
): AbsenceStatus | undefined {
  if (fact === undefined) return 'NOT_FOUND'
  const moment = monthsBefore === 0 ? at : subtractMonths(at, monthsBefore)
  if (fact.moment > isoOfMs(moment)) return 'NOT_KEPT'
  return ttlMs !== undefined && fact.moment < isoOfMs(moment - ttlMs)
    ? 'OUTSIDE_MAX_AGE'
    : undefined
}

/** By the calendar, as DuckDB's `to_months`: a month before 31 March is the last day of February. */
function subtractMonths(milliseconds: number, months: number): number {
  const date = new Date(milliseconds)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  return date.setUTCDate(Math.min(day, last))
}
