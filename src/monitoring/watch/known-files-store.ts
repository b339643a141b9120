/** What monitoring keeps of the files of logs, in its database. */

import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../../core/transaction-store.ts'
import type { LabelMarks } from './label-news-store.ts'
import type { KnownFile } from './log-catalogue.ts'

/** Which files there were and what was in them; which files of labels were looked at for which windows. */
export const filesSchema = `
  CREATE TABLE log_files (
    model TEXT NOT NULL,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (model, file)
  ) STRICT;
  CREATE TABLE labels_seen (
    model TEXT NOT NULL,
    size TEXT NOT NULL,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (model, size, file)
  ) STRICT;
`

export function selectKnownFiles(database: DatabaseSync, model: string): readonly KnownFile[] {
  const rows = database
    .prepare('SELECT file, bytes, content FROM log_files WHERE model = ?')
    .all(model)
  return rows.map((row) => {
    // The database is ours and STRICT, so its texts are what was put in.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const content = JSON.parse(String(row['content'])) as Pick<KnownFile, 'columns' | 'parts'>
    return Object.assign(content, { name: String(row['file']), bytes: Number(row['bytes']) })
  })
}

/** Writes what is new and forgets what is gone. */
export function saveKnownFiles(
  database: DatabaseSync,
  model: string,
  files: readonly KnownFile[],
): void {
  const kept = new Map(selectKnownFiles(database, model).map(({ name, bytes }) => [name, bytes]))
  const names = new Set(files.map(({ name }) => name))
  inTransaction(database, 'BEGIN IMMEDIATE', () => {
    const put = database.prepare('INSERT OR REPLACE INTO log_files VALUES (?, ?, ?, ?)')
    for (const { name, bytes, columns, parts } of files) {
      if (kept.get(name) !== bytes) put.run(model, name, bytes, JSON.stringify({ columns, parts }))
    }
    const forget = database.prepare('DELETE FROM log_files WHERE model = ? AND file = ?')
    for (const name of kept.keys()) if (!names.has(name)) forget.run(model, name)
  })
}

interface MarksOf {
  readonly model: string
  readonly size: string
}

export function selectLabelMarks(database: DatabaseSync, { model, size }: MarksOf): LabelMarks {
  const rows = database
    .prepare('SELECT file, bytes FROM labels_seen WHERE model = ? AND size = ?')
    .all(model, size)
  return new Map(rows.map((row) => [String(row['file']), Number(row['bytes'])]))
}

/** Takes the place of what was kept. */
export function saveMarks(
  database: DatabaseSync,
  { model, size }: MarksOf,
  files: readonly Pick<KnownFile, 'name' | 'bytes'>[],
): void {
  const kept = selectLabelMarks(database, { model, size })
  const names = new Set(files.map(({ name }) => name))
  inTransaction(database, 'BEGIN IMMEDIATE', () => {
    const put = database.prepare('INSERT OR REPLACE INTO labels_seen VALUES (?, ?, ?, ?)')
    for (const { name, bytes } of files)
      if (kept.get(name) !== bytes) put.run(model, size, name, bytes)
    const forget = database.prepare(
      'DELETE FROM labels_seen WHERE model = ? AND size = ? AND file = ?',
    )
    for (const name of kept.keys()) if (!names.has(name)) forget.run(model, size, name)
  })
}
