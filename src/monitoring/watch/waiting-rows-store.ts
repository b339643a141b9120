/** How many labelled rows wait for a training, file by file, in monitoring's database. */

import type { DatabaseSync } from 'node:sqlite'

/** What was counted last. Plain JSON. */
export interface WaitingRows {
  /** What the counts hold for: of another project, or other data, rows are counted anew. */
  readonly basis: string
  /** How many bytes of each file of labels were known. */
  readonly labels: Readonly<Record<string, number>>
  /** Of each file of predictions. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly rows: number }>>
}

export const waitingSchema = `
  CREATE TABLE waiting_rows (model TEXT PRIMARY KEY, counted TEXT NOT NULL) STRICT;
`

export function selectWaiting(database: DatabaseSync, model: string): WaitingRows | undefined {
  const row = database.prepare('SELECT counted FROM waiting_rows WHERE model = ?').get(model)
  if (row === undefined) return undefined
  // The database is ours and STRICT, so its texts are what was put in.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return JSON.parse(String(row['counted'])) as WaitingRows
}

export function upsertWaiting(database: DatabaseSync, model: string, counted: WaitingRows): void {
  database
    .prepare('INSERT OR REPLACE INTO waiting_rows VALUES (?, ?)')
    .run(model, JSON.stringify(counted))
}
