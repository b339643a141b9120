/** What a feature view's folder holds: the list of its parts. A part that is not listed does not exist. */

import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Fields } from '../../core/schema.ts'
import type { FeatureView } from './feature-view.ts'

export interface ViewManifest {
  readonly format: 'mlpt.feature-view/1'
  readonly entities: Fields
  readonly timestamp: string
  readonly created?: string
  readonly features: Fields
  /** The number of the last append, from 1. */
  readonly sequence: number
  readonly parts: readonly Part[]
  /** The hashes of all appends, so that one that is made again changes nothing. */
  readonly batches: readonly string[]
}

/** One Parquet file of facts of one month. */
export interface Part {
  /** Relative to the folder, with forward slashes: 'month=2005-09/00000001-1f2e3d4c.parquet'. */
  readonly path: string
  /** The append it came with: of equal moments the later append counts. */
  readonly sequence: number
  readonly rows: number
  readonly sizeBytes: number
  readonly md5: string
  /** Whether it has several facts of one entity and moment, told apart by when they were created. */
  readonly repeats: boolean
  /** Its first and last moment, as ISO 8601 in UTC. */
  readonly from: string
  readonly until: string
}

/** The manifest of a view without facts. */
export function emptyManifest(view: FeatureView): ViewManifest {
  return {
    format: 'mlpt.feature-view/1',
    entities: view.entities,
    timestamp: view.timestamp,
    ...(view.created !== undefined && { created: view.created }),
    features: view.features,
    sequence: 0,
    parts: [],
    batches: [],
  }
}

/** The month of a part, '2005-09'. */
export function monthOf({ path }: Part): string {
  return path.slice('month='.length, path.indexOf('/'))
}

/** @throws {ToolkitError} `DATA_FILE_INVALID` */
export function parseManifest(text: string, path: string): ViewManifest {
  const value = parseJsonText(text)
  if (!isManifest(value)) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path} is no list of a feature view's parts`, {
      hint: 'bring it back from git, or build the view again in an empty folder',
    })
  }
  return value
}

function isManifest(value: unknown): value is ViewManifest {
  return (
    isObject(value) &&
    value['format'] === 'mlpt.feature-view/1' &&
    isObject(value['entities']) &&
    isObject(value['features']) &&
    typeof value['timestamp'] === 'string' &&
    Number.isSafeInteger(value['sequence']) &&
    isListOf(value['batches'], (batch) => typeof batch === 'string') &&
    isListOf(value['parts'], isPart)
  )
}

function isListOf(value: unknown, isMember: (member: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isMember)
}

/** The path is checked to the letter: it is joined to the folder and opened. */
function isPart(value: unknown): value is Part {
  return (
    isObject(value) &&
    typeof value['path'] === 'string' &&
    /^month=\d{4,6}-\d\d\/\d{8}-[\da-f]{8}\.parquet$/.test(value['path']) &&
    ['sequence', 'rows', 'sizeBytes'].every((key) => Number.isSafeInteger(value[key])) &&
    typeof value['repeats'] === 'boolean' &&
    ['md5', 'from', 'until'].every((key) => typeof value[key] === 'string')
  )
}

/**
 * The manifest under today's definition: features may be added and dropped, descriptions and limits may change.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when entities, moments or a feature's type are others than those of the facts
 */
export function adoptView(manifest: ViewManifest, view: FeatureView): ViewManifest {
  const problems = [
    ...listChanges('entities', typesOf(manifest.entities), typesOf(view.entities)),
    ...listChanges('timestamp', manifest.timestamp, view.timestamp),
    ...listChanges('created', manifest.created, view.created),
    ...Object.entries(view.features).flatMap(([name, field]) => {
      const before = ownMember(manifest.features, name)
      return before === undefined ? [] : listChanges(`'${name}'`, before.type, field.type)
    }),
  ]
  if (problems.length > 0) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `feature view '${view.name}' has facts of another definition: ${problems.join('; ')}`,
      { hint: 'give the view another name, or build it again in an empty folder' },
    )
  }
  // What was dropped stays known: its facts are there, and it may come back only as what it was.
  const features = { ...view.features, ...omit(manifest.features, view.features) }
  return { ...emptyManifest(view), features, ...pickFacts(manifest) }
}

function omit(fields: Fields, known: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(known, name)))
}

function pickFacts({ sequence, parts, batches }: ViewManifest): Partial<ViewManifest> {
  return { sequence, parts, batches }
}

/** Names and types in words, to be compared and told. */
export function typesOf(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, { type }]) => `${name} ${type}`)
    .join(', ')
}

function listChanges(what: string, before: string | undefined, now: string | undefined): string[] {
  if (before === now) return []
  return [`${what}: ${before ?? 'none'}, now ${now ?? 'none'}`]
}

/** The parts of months in which no entity has two facts of one moment, and the others. */
export function partBySingle({ parts }: ViewManifest): {
  readonly single: readonly Part[]
  readonly repeated: readonly Part[]
} {
  const months = [...Map.groupBy(parts, monthOf).values()]
  const isSingle = (month: readonly Part[]): boolean => month.length === 1 && !month[0]!.repeats
  return {
    single: months.filter(isSingle).flat(),
    repeated: months.filter((month) => !isSingle(month)).flat(),
  }
}

/** A hash of all that the view holds. */
export function hashManifest({ parts }: ViewManifest): string {
  const hash = createHash('md5')
  for (const { path, md5 } of parts) hash.update(`${path} ${md5}\n`)
  return hash.digest('hex')
}
