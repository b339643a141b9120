/** Looks at one output and decides what its checkout changes, what it would lose and what it cannot do. */

import { join, relative } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { Cache } from '../cache/cache.ts'
import type { ObjectName } from '../cache/object-path.ts'
import { hasObject, readManifest } from '../cache/object-store.ts'
import type { Repository } from '../repository/repository.ts'
import type { TrackedOutput } from '../repository/tracked.ts'
import type { Output } from '../stages/stage.ts'
import { kindOf } from './data-path-file.ts'
import { brokenCodes } from './manifest-store.ts'
import {
  compareListings,
  listingOf,
  narrowListing,
  type FileChange,
  type Listing,
} from './compare-listings.ts'
import { findEscape, findLinks, listEverything } from './work-tree-file.ts'

/** A file whose content the cache does not have. */
export interface FailedFile {
  /** From the folder the command works in. */
  readonly path: string
  readonly md5: string
  readonly code: 'CACHE_OBJECT_MISSING' | 'CACHE_OBJECT_DAMAGED'
}

/** What one output becomes. */
export interface OutputPlan extends ObjectName {
  readonly isLegacy: boolean
  readonly output: Output
  readonly isExecutable: boolean
  /** Whether all of it is asked for, not only a part. */
  readonly isWhole: boolean
  readonly isThere: boolean
  readonly changes: readonly FileChange[]
  /** Absolute paths of links that stand where a folder has to be. */
  readonly links: readonly string[]
  /** Absolute paths of files that are nowhere else. */
  readonly unsaved: readonly string[]
  readonly failed: readonly FailedFile[]
}

/** What planning looks at. */
export interface PlanScope {
  readonly repository: Repository
  readonly cache: Cache
  readonly isRelinking: boolean
}

/**
 * Plans the checkout of one output; `undefined` when nothing is recorded or kept of it.
 *
 * @throws {ToolkitError} `PATH_FORBIDDEN` when it lies behind a link that leads out of the
 * repository, or its manifest names files outside of it; `PATH_UNTRACKED`, `FILE_READ_FAILED`
 */
export async function planOutput(
  { output, recorded, within }: TrackedOutput,
  scope: PlanScope,
): Promise<OutputPlan | undefined> {
  if (!output.isCached || recorded?.md5 === undefined) return undefined
  checkInside(output, scope.repository)
  const { md5, isLegacy, isExecutable } = recorded
  const name = { md5, isLegacy }
  const isThere = kindOf(output.location) !== 'nothing'
  const isWhole = within === undefined
  const base = { ...name, output, isExecutable, isWhole, isThere }
  const wanted = readWanted(name, output, scope)
  if ('failed' in wanted) {
    return { ...base, changes: [], links: [], unsaved: [], failed: [wanted.failed] }
  }
  const after = narrowListing(wanted.listing, within)
  if (within !== undefined && after.size === 0) throw unknownPartError(output, within)
  const found = await scope.cache.hash(output.location, { isLegacy })
  const present = found && listingOf(found.fingerprint.md5, found.members)
  const before = narrowListing(present ?? new Map(), within)
  const changes = compareListings(before, after, scope)
  const judged = await judge(changes, { output, isLegacy, before, after }, scope)
  return { ...base, ...judged }
}

/** @throws {ToolkitError} `PATH_FORBIDDEN` */
function checkInside({ path, location }: Output, { root }: Repository): void {
  const escape = findEscape(root, location)
  if (escape === undefined) return
  throw new ToolkitError(
    'PATH_FORBIDDEN',
    `'${path}' lies behind '${relative(root, escape)}', a link that leads out of the repository`,
    { hint: 'make it a folder, or track the data where it is', details: { path } },
  )
}

/** The wanted content, or why it is not known. */
function readWanted(
  name: ObjectName,
  output: Output,
  { repository }: PlanScope,
): { readonly listing: Listing } | { readonly failed: FailedFile } {
  if (!name.md5.endsWith('.dir')) return { listing: listingOf(name.md5, undefined) }
  const members = readManifest(repository, name)
  if (typeof members !== 'string') return { listing: listingOf(name.md5, members) }
  const path = relative(repository.directory, output.location)
  return { failed: { path, md5: name.md5, code: brokenCodes[members] } }
}

function unknownPartError({ path }: Output, within: string): ToolkitError {
  return new ToolkitError(
    'PATH_UNTRACKED',
    `there is no '${within}' in what is recorded of '${path}'`,
    {
      hint: `check the name, or take all of it: mlpt checkout ${path}`,
      details: { path, within },
    },
  )
}

interface JudgedOutput {
  readonly output: Output
  readonly isLegacy: boolean
  readonly before: Listing
  readonly after: Listing
}

/** Sorts out what cannot be restored, and what would be lost. */
async function judge(
  changes: readonly FileChange[],
  judged: JudgedOutput,
  scope: PlanScope,
): Promise<Pick<OutputPlan, 'changes' | 'links' | 'unsaved' | 'failed'>> {
  const { output, isLegacy } = judged
  const { repository, cache } = scope
  const possible: FileChange[] = []
  const failed: FailedFile[] = []
  const unsaved: string[] = []
  for (const change of changes) {
    const location = join(output.location, change.path)
    const { kind, before, after } = change
    if (after !== undefined && !(await hasObject(repository, { md5: after, isLegacy }))) {
      const path = relative(repository.directory, location)
      if (kind !== 'relinked') failed.push({ path, md5: after, code: 'CACHE_OBJECT_MISSING' })
      continue
    }
    possible.push(change)
    if (before !== undefined && kind !== 'relinked' && !(await cache.has(before, { isLegacy }))) {
      unsaved.push(location)
    }
  }
  const links = findLinks(
    output.location,
    possible.flatMap(({ path, after }) => (after === undefined ? [] : [path])),
  )
  const replaced = await unsavedInside(possible, judged, scope)
  return { changes: possible, links, unsaved: [...links, ...unsaved, ...replaced], failed }
}

/** What is in a folder that a file replaces: also what nobody hashes, such as ignored files. */
async function unsavedInside(
  changes: readonly FileChange[],
  { output, isLegacy, before }: JudgedOutput,
  { cache }: PlanScope,
): Promise<string[]> {
  const isReplaced = changes.some(({ path }) => path === '') && !before.has('')
  if (!isReplaced || kindOf(output.location) !== 'folder') return []
  const found: string[] = []
  for (const path of listEverything(output.location)) {
    const md5 = before.get(path)
    if (md5 === undefined || !(await cache.has(md5, { isLegacy })))
      found.push(join(output.location, path))
  }
  return found
}
