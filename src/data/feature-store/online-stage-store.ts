/** Facts on their way into the online store: they lie in a temporary table, so that no number of them is held in memory. */

import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../../core/transaction-store.ts'

/** The newest fact of one entity. */
export interface OnlineFact {
  readonly key: string
  /** ISO 8601 in UTC to the microsecond: texts of equal length, so that they compare as moments do. */
  readonly moment: string
  /** Empty when unknown, which is before all others. */
  readonly created: string
  /** The append that brought it. */
  readonly sequence: number
  /** Features in the order of the view, as JSON. */
  readonly features: string
}

/** What a materialization did. */
export interface Materialized {
  /** Entities whose newest fact is another one now; all of them when the view was built anew. */
  readonly changed: number
  /** Entities with facts that were looked at. */
  readonly seen: number
}

/** Facts of one view that only this connection sees. */
export interface OnlineStage extends Disposable {
  put(facts: readonly OnlineFact[]): void
  /** Keeps of each entity the newer fact. */
  moveTo(view: string): Materialized
}

/** @param name - of no other stage that is open */
export function openOnlineStage(connection: DatabaseSync, name: string): OnlineStage {
  const table = `temp.${name}`
  connection.exec(
    `CREATE TEMP TABLE ${name} (key TEXT, moment TEXT, created TEXT, sequence INTEGER, features TEXT) STRICT`,
  )
  const insert = connection.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?)`)
  let seen = 0
  return {
    put: (facts) => {
      inTransaction(connection, 'BEGIN', () => {
        for (const { key, moment, created, sequence, features } of facts) {
          insert.run(key, moment, created, sequence, features)
        }
      })
      seen += facts.length
    },
    moveTo: (view) => {
      const { changes } = connection.prepare(upsertFrom(table)).run(view)
      return { changed: Number(changes), seen }
    },
    [Symbol.dispose]: () => {
      if (connection.isOpen) connection.exec(`DROP TABLE ${table}`)
    },
  }
}

/**
 * Of two facts the newer stays; of equally new ones the one created, then appended, last. In the order of the keys, as
 * they lie in the file: its pages are then filled one after the other.
 */
function upsertFrom(table: string): string {
  return `
    INSERT INTO facts (view, key, moment, created, sequence, features)
    SELECT ?, key, moment, created, sequence, features FROM ${table} WHERE true ORDER BY key
    ON CONFLICT (view, key) DO UPDATE SET
      moment = excluded.moment, created = excluded.created, sequence = excluded.sequence, features = excluded.features
    WHERE (excluded.moment, excluded.created, excluded.sequence) >= (facts.moment, facts.created, facts.sequence)
      AND (excluded.moment, excluded.created, excluded.features) IS NOT (facts.moment, facts.created, facts.features)`
}
