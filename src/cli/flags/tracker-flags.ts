/** Which tracker a command works with: the flags, and the tracker itself. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { Tracking } from '../../core/tracking.ts'
import type { TrackingStore } from '../../tracking/index.ts'
import { withoutPassword } from '../../pipeline/remote/remote-errors.ts'

/** The flags as commander hands them over. */
export interface TrackerFlags {
  readonly store: string
  readonly trackingUri?: string
  readonly json?: boolean
}

/** Adds the flags that say which tracker is meant, and how to answer. */
export function addTrackerFlags(command: Command): Command {
  return addPlaceFlags(command).option('--json', 'print one JSON document')
}

/** Adds the flags that say which tracker is meant. */
export function addPlaceFlags(command: Command): Command {
  return addTrackingUriFlag(addStoreFlag(command))
}

/** Adds the flag that names the store's folder. */
export function addStoreFlag(command: Command): Command {
  return command.addOption(
    new Option('--store <folder>', 'folder of the tracking store')
      .env('MLPT_STORE')
      .default('.mlpt'),
  )
}

/** Adds the flag that names a server. */
export function addTrackingUriFlag(command: Command): Command {
  return command.addOption(
    new Option('--tracking-uri <uri>', 'tracking server to ask instead of the store').env(
      'MLPT_TRACKING_URI',
    ),
  )
}

/**
 * The server when one is named, else the store's folder.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` for a server that is no web address: it would be a new folder
 */
export function placeOf({ store, trackingUri = '' }: TrackerFlags): string {
  if (trackingUri === '') return store
  if (isServer(trackingUri)) return trackingUri
  throw new ToolkitError(
    'TRACKING_INVALID',
    `'${withoutPassword(trackingUri)}' is no tracking URI`,
    {
      hint: 'write http://host:port or https://host/prefix; a folder is named by --store or MLPT_STORE',
    },
  )
}

/** @throws {ToolkitError} `FILE_MISSING` when the folder has no store: none is made by asking */
export async function openTracker(flags: TrackerFlags): Promise<Tracking> {
  return openPlace(placeOf(flags), { mustExist: true })
}

/** A tracker by its address: `http(s)://…` is a server, everything else the folder of a store. */
export async function openPlace(
  place: string,
  { mustExist }: { readonly mustExist: boolean },
): Promise<Tracking> {
  if (mustExist && !isServer(place)) checkStore(place)
  const { openTracking } = await import('../../tracking/client/open-tracking.ts')
  return openTracking(place, { environment: process.env })
}

/** Opens the store itself, for what servers do not offer. @throws {ToolkitError} `CLI_USAGE` for a server */
export async function openStoreOnly(flags: TrackerFlags, hint: string): Promise<TrackingStore> {
  const place = placeOf(flags)
  if (isServer(place)) {
    throw new ToolkitError(
      'CLI_USAGE',
      `${withoutPassword(place)} is a server, which cannot do this`,
      {
        hint,
      },
    )
  }
  checkStore(place)
  const { openTrackingStore } = await import('../../tracking/index.ts')
  return openTrackingStore({ directory: place })
}

/** A tracker, and the store behind it when it is one: only that has an audit log to read. */
export interface AuditedTracker extends AsyncDisposable {
  readonly tracking: Tracking
  readonly store: TrackingStore | undefined
}

export async function openAudited(flags: TrackerFlags): Promise<AuditedTracker> {
  const store = isServer(placeOf(flags)) ? undefined : await openStoreOnly(flags, '')
  const tracking = store ?? (await openTracker(flags))
  return { tracking, store, [Symbol.asyncDispose]: () => tracking[Symbol.asyncDispose]() }
}

export function isServer(place: string): boolean {
  return /^https?:/i.test(place)
}

function checkStore(folder: string): void {
  if (existsSync(join(folder, 'tracking.sqlite'))) return
  throw new ToolkitError('FILE_MISSING', `there is no tracking store in '${folder}'`, {
    hint: `log a run first, or say where it is with --store or --tracking-uri`,
    details: { folder },
  })
}

/** Of a flag that counts. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 1')
}

const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `30d`, `12h`, `5m` before `now`, or a date. @returns milliseconds since 1970 */
export function parseMoment(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern allows no other
  if (count !== undefined) return now - Number(count) * unitsMs[unit as keyof typeof unitsMs]
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(text)
  const time = isDate ? Date.parse(text) : Number.NaN
  if (Number.isFinite(time)) return time
  throw new ToolkitError('CLI_USAGE', `'${text}' is no moment`, {
    hint: `write a date like 2026-11-28 or 2026-11-28T09:30Z, or an age like 30d, 12h or 5m`,
  })
}

/** Local time to the minute; '' for none. */
export function formatMoment(time: number | undefined): string {
  if (time === undefined || time === 0) return ''
  const date = new Date(time)
  const day = `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`
  return `${day} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
