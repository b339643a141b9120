/** What is in which file of a log, so that only those are read in which something is looked for. */

import { selectLabels, selectParts } from '../prediction-log/log-parts-store.ts'
import { compareCells } from '../../data/table/compare-cells.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'

/** The rows that one model scored. */
export interface LogVersion {
  readonly version: string | null
  readonly digest: string | null
  readonly rows: number
  /** Milliseconds since 1970 of the first and last row. */
  readonly first: number
  readonly last: number
  /** Of the last row that was answered with, not in the shadow; −1 when there is none. */
  readonly lastAnswered: number
}

/** What a file has of one version; of labels, of none. */
export interface FilePart extends LogVersion {
  /** The least and greatest id, by their bytes. */
  readonly firstId: string
  readonly lastId: string
}

/** What is known of a file once it was read. Plain JSON. */
export interface KnownFile {
  /** Below the folder of the model's log. */
  readonly name: string
  /** What is in a file of the same name and size is the same; of a spool its rows, for it only grows. */
  readonly bytes: number
  readonly columns: readonly string[]
  readonly parts: readonly FilePart[]
}

/** One file, to be read: Parquet at a path, or a spool that is a table. */
export interface LogFile extends KnownFile {
  readonly path?: string
  readonly table?: string
}

/** All versions, the one that answered last at the end. */
export function listVersions(files: readonly LogFile[]): readonly LogVersion[] {
  const versions = new Map<string, LogVersion>()
  for (const { parts } of files) {
    for (const part of parts) {
      const key = JSON.stringify([part.version, part.digest])
      versions.set(key, addPart(versions.get(key), part))
    }
  }
  return [...versions.values()].toSorted(
    (a, b) =>
      a.lastAnswered - b.lastAnswered ||
      a.last - b.last ||
      compareCells(a.version, b.version) ||
      compareCells(a.digest, b.digest),
  )
}

function addPart(sum: LogVersion | undefined, part: FilePart): LogVersion {
  const { version, digest, rows, first, last, lastAnswered } = part
  if (sum === undefined) return { version, digest, rows, first, last, lastAnswered }
  return {
    version,
    digest,
    rows: sum.rows + rows,
    first: Math.min(sum.first, first),
    last: Math.max(sum.last, last),
    lastAnswered: Math.max(sum.lastAnswered, lastAnswered),
  }
}

/** As people call it: the number in the registry, else the first digits of the digest. */
export function nameVersion({ version, digest }: Pick<LogVersion, 'version' | 'digest'>): string {
  return version ?? digest?.slice(0, 12) ?? 'unknown'
}

/** The files that have rows of a version between two moments, both included. */
export function filesBetween(
  files: readonly LogFile[],
  version: Pick<LogVersion, 'version' | 'digest'>,
  { from, to }: { readonly from: number; readonly to: number },
): readonly LogFile[] {
  return files.filter(({ parts }) =>
    parts.some(
      (part) =>
        part.version === version.version &&
        part.digest === version.digest &&
        part.first <= to &&
        part.last >= from,
    ),
  )
}

/** Those of some files whose ids may be among those of others. */
export function filesWithIdsOf(
  files: readonly LogFile[],
  others: readonly LogFile[],
): readonly LogFile[] {
  const wanted = others.flatMap(({ parts }) => parts)
  return files.filter(({ parts }) =>
    parts.some((part) =>
      wanted.some(
        (other) => !isBefore(part.lastId, other.firstId) && !isBefore(other.lastId, part.firstId),
      ),
    ),
  )
}

function isBefore(a: string, b: string): boolean {
  return compareCodePoints(a, b) < 0
}

/** Names of all columns of some files. */
export function columnsOf(files: readonly LogFile[]): ReadonlySet<string> {
  return new Set(files.flatMap(({ columns }) => columns))
}

/** A query for the rows of files of predictions, or of labels. @param options.isPartTold - with a column `partColumn` */
export function selectFiles(
  kind: 'predictions' | 'feedback',
  files: readonly LogFile[],
  { isPartTold = false }: { readonly isPartTold?: boolean } = {},
): string {
  return selectParts(kind, {
    paths: files.flatMap(({ path }) => path ?? []),
    tables: files.flatMap(({ table }) => table ?? []),
    isPartTold,
  })
}

/** What stands after FROM for all rows of files with their labels, and the part that each is from; reads every file. */
export function labelledRelation(
  predictions: readonly LogFile[],
  feedback: readonly LogFile[],
): string {
  const labels = selectLabels(selectFiles('feedback', feedback))
  const rows = selectFiles('predictions', predictions, { isPartTold: true })
  return `(SELECT p.*, label FROM (${rows}) AS p LEFT JOIN (${labels}) USING (id))`
}
