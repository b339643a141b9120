/** Turns spools into Parquet files: by whoever reads the log, or a child of the server. Any number may do it at once. */

import { existsSync } from 'node:fs'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import type { Database } from '../../data/duckdb-store.ts'
import {
  beginOfDay,
  dayMs,
  parseSpoolFile,
  sealedPrefix,
  type LogKind,
  type SpoolFile,
} from './log-folder.ts'
import { selectSpool } from './spool-table-store.ts'
import { hasOwnerEnded } from './spool-owner-process.ts'
import { writePart } from './write-part-store.ts'

/** What was done. */
export interface SettledSpools {
  readonly spools: number
  readonly rows: number
  /** Lines that a killed process left unfinished, or a disk damaged. */
  readonly tornLines: number
}

/** Written by another machine and untouched for so long, a spool is taken for abandoned. */
const abandonedAfterMs = 24 * 3_600_000

/**
 * Converts all spools of a folder that nobody writes any more, also those of servers that were killed. A spool's lines
 * are in the Parquet file of its name or in the spool, and in both only for a moment: whoever reads takes them once.
 *
 * @param folder - of one model and kind; one that is not there has nothing to settle
 * @throws {ToolkitError} `FILE_WRITE_FAILED`
 */
export function settleSpools(
  database: Database,
  folder: string,
  asked: { readonly kind: LogKind; readonly now: number },
): Promise<SettledSpools> {
  const mine = settling.then(() => settleAll(database, folder, asked))
  settling = mine.catch(() => undefined)
  return mine
}

/** Two of one process would write to one temporary file. */
let settling: Promise<unknown> = Promise.resolve()

async function settleAll(
  database: Database,
  folder: string,
  { kind, now }: { readonly kind: LogKind; readonly now: number },
): Promise<SettledSpools> {
  const total = { spools: 0, rows: 0, tornLines: 0 }
  for (const spool of await listSpools(folder)) {
    if (spool.isOpen && !(await sealAbandoned(folder, spool, now))) continue
    const path = join(folder, `${sealedPrefix}${spool.name}.jsonl`)
    const done = await unlessGone(path, () =>
      convert(database, { folder, kind, path, name: spool.name }),
    )
    if (done === undefined) continue
    total.spools++
    total.rows += done.rows
    total.tornLines += done.tornLines
  }
  return total
}

/** The spools of a folder, oldest first. */
export async function listSpools(folder: string): Promise<readonly SpoolFile[]> {
  return (await namesIn(folder))
    .map(parseSpoolFile)
    .filter((spool) => spool !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The names in a folder; none when it is not there, or is no folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return []
    throw error
  }
}

/** Seals the spool of a process that has ended. @returns whether it did */
async function sealAbandoned(folder: string, spool: SpoolFile, now: number): Promise<boolean> {
  const path = join(folder, spool.file)
  const isEnded =
    hasOwnerEnded(spool.owner) ??
    (await unlessGone(path, async () => now - (await stat(path)).mtimeMs > abandonedAfterMs))
  if (isEnded !== true) return false
  const renamed = await unlessGone(path, async () => {
    await rename(path, join(folder, `${sealedPrefix}${spool.name}.jsonl`))
    return true
  })
  return renamed ?? false
}

async function convert(
  database: Database,
  spool: {
    readonly folder: string
    readonly kind: LogKind
    readonly path: string
    readonly name: string
  },
): Promise<{ readonly rows: number; readonly tornLines: number }> {
  const { folder, kind, path, name } = spool
  const { select, rows, tornLines, dates } = await selectSpool(database, path, kind)
  for (const date of dates) {
    const target = join(folder, `date=${date}`, `${name}.parquet`)
    const begin = beginOfDay(date)
    const ofDay = `${select} WHERE time >= ${begin} AND time < ${begin + dayMs} ORDER BY time, id`
    await writePart(database, ofDay, target)
  }
  await rm(path, { force: true })
  return { rows, tornLines }
}

/** What somebody else has settled meanwhile is no failure. */
async function unlessGone<Result>(
  path: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!existsSync(path)) return undefined
    throw error
  }
}
