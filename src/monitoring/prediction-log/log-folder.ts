/** Where a prediction log keeps what: `<root>/<model>/predictions` and `<root>/<model>/feedback`. */

import { join } from 'node:path'

/** What a folder of spools holds. */
export const logKinds = ['predictions', 'feedback'] as const
/** One of {@link logKinds}. */
export type LogKind = (typeof logKinds)[number]

/** The folder of a model's log. A name that is no safe name of a folder is written as in an address: 'a/b' as 'a%2Fb'. */
export function modelLogFolder(root: string, model: string): string {
  return join(
    root,
    encodeURIComponent(model.toWellFormed()).replaceAll('*', '%2A').replace(/^\.+$/, dotsEscaped),
  )
}

function dotsEscaped(dots: string): string {
  return '%2E'.repeat(dots.length)
}

/** The model whose log is in a folder of this name; `undefined` when it is no folder of a log. */
export function modelOfFolder(name: string): string | undefined {
  try {
    return decodeURIComponent(name)
  } catch {
    return undefined // A lone '%': not ours.
  }
}

/** Who writes a spool. */
export interface SpoolOwner {
  /** Tells machines, and containers on them, apart: eight hex digits. */
  readonly place: string
  readonly processId: number
  /** When the process started, as its system counts; another one may get its id. */
  readonly startedAt: string
}

/** A spool that is being written begins so, */
export const openPrefix = 'open-'
/** one that is whole so. */
export const sealedPrefix = 'sealed-'

/** The name of one spool: also of the Parquet file that it becomes, so that nothing is read twice. */
export function formatSpoolName(
  { place, processId, startedAt }: SpoolOwner,
  { time, count }: { readonly time: number; readonly count: number },
): string {
  const moment = new Date(time).toISOString().replaceAll(/[-:.]/g, '')
  return `${moment}-${place}-${processId}-${startedAt}-${count}`
}

/** A file with lines that are in no Parquet file yet. */
export interface SpoolFile {
  readonly file: string
  readonly name: string
  readonly isOpen: boolean
  readonly owner: SpoolOwner
}

/** Reads the name of a file; `undefined` when it is no spool. */
export function parseSpoolFile(file: string): SpoolFile | undefined {
  const [, state, name = '', place = '', processId, startedAt = ''] =
    /^(open|sealed)-(\d{8}T\d{9}Z-([\da-f]{8})-(\d+)-(\d+)-\d+)\.jsonl$/.exec(file) ?? []
  if (state === undefined) return undefined
  return {
    file,
    name,
    isOpen: state === 'open',
    owner: { place, processId: Number(processId), startedAt },
  }
}

/** The day, in UTC, of a folder `date=2026-01-31`; `undefined` when it is none. */
export function dateOfFolder(name: string): string | undefined {
  return /^date=(\d{4}-\d\d-\d\d)$/.exec(name)?.[1]
}

/** A Parquet file of a log. What is in one does not change, and no two of any machines have one name. */
export interface LogFileName {
  /** Its path below the root of all logs, with forward slashes. */
  readonly key: string
  readonly model: string
  /** Of its rows, in UTC: '2026-01-31'. */
  readonly date: string
}

/** Reads the path of a file below the root of all logs; `undefined` when it is none of a log: it may lead anywhere. */
export function parseLogKey(key: string): LogFileName | undefined {
  const [, folder, date] =
    /^([^/]+)\/(?:predictions|feedback)\/date=(\d{4}-\d\d-\d\d)\/\w[\w.-]{0,200}\.parquet$/.exec(
      key,
    ) ?? []
  if (folder === undefined || date === undefined) return undefined
  const model = modelOfFolder(folder)
  if (model === undefined || modelLogFolder('', model) !== folder) return undefined
  return { key, model, date }
}

/** Whether a day is over before a moment in milliseconds since 1970. */
export function isOverBefore(date: string, before: number): boolean {
  return beginOfDay(date) + dayMs <= before
}

/** Milliseconds since 1970. */
export function beginOfDay(date: string): number {
  return Date.parse(`${date}T00:00:00Z`)
}

export const dayMs = 86_400_000
