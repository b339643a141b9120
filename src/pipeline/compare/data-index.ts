/** Tracked data as a flat list of paths, and what differs between two such lists. */

import { resolve } from 'node:path'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** One path of tracked data. */
export interface DataEntry {
  /** From the repository's root, with forward slashes, without one at its end. */
  readonly path: string
  /** `undefined` when nothing is recorded yet. A folder's ends in '.dir'. */
  readonly md5: string | undefined
  /** The hash is DVC 2's, which is another number for the same content. */
  readonly isLegacy: boolean
}

/** All tracked data at one moment: outputs, and the files in those that are folders. */
export interface DataIndex {
  readonly entries: ReadonlyMap<string, DataEntry>
  /** Paths that are outputs themselves; the other entries lie in one of them. */
  readonly roots: ReadonlySet<string>
  /** Folders whose files are not known, because the cache has no manifest of them. */
  readonly unknown: ReadonlySet<string>
}

/** What became of a path; `same` and `unknown` are told so that the cache can be asked about them. */
export type DataChange =
  | { readonly kind: 'added'; readonly new: DataEntry }
  | { readonly kind: 'deleted'; readonly old: DataEntry }
  | {
      readonly kind: 'modified' | 'renamed' | 'same'
      readonly old: DataEntry
      readonly new: DataEntry
    }
  | {
      readonly kind: 'unknown'
      readonly old: DataEntry | undefined
      readonly new: DataEntry | undefined
    }

/** Index of nothing. */
export const emptyDataIndex: DataIndex = {
  entries: new Map(),
  roots: new Set(),
  unknown: new Set(),
}

/** How entries are compared. */
export interface DataDiffOptions {
  /** Only outputs, not the files in them. */
  readonly rootsOnly?: boolean
  /** Compares hashes only: an entry without one counts as absent. Otherwise it counts as there, but different. */
  readonly hashOnly?: boolean
}

/**
 * Compares two indexes path by path. What went away and came back elsewhere with the same hash is renamed;
 * the first in order are paired first.
 *
 * @returns changes in the order of their paths
 */
export function diffData(
  old: DataIndex,
  current: DataIndex,
  { rootsOnly = false, hashOnly = false }: DataDiffOptions = {},
): DataChange[] {
  const isAsked = (index: DataIndex, path: string): boolean => !rootsOnly || index.roots.has(path)
  const find = (index: DataIndex, path: string): DataEntry | undefined => {
    const entry = isAsked(index, path) ? index.entries.get(path) : undefined
    return hashOnly && entry?.md5 === undefined ? undefined : entry
  }
  const isUnknown = (path: string): boolean =>
    !rootsOnly && (liesInAny(path, old.unknown) || liesInAny(path, current.unknown))
  const paths = [...new Set([...old.entries.keys(), ...current.entries.keys()])]
  const changes = paths.sort(compareCodePoints).flatMap((path): DataChange[] => {
    const [before, after] = [find(old, path), find(current, path)]
    if (isUnknown(path)) return [{ kind: 'unknown', old: before, new: after }]
    if (before === undefined) return after === undefined ? [] : [{ kind: 'added', new: after }]
    if (after === undefined) return [{ kind: 'deleted', old: before }]
    return [{ kind: isSameContent(before, after) ? 'same' : 'modified', old: before, new: after }]
  })
  return pairRenames(changes)
}

/** Whether a path lies in one of the folders; a folder does not lie in itself. */
export function liesInAny(path: string, folders: ReadonlySet<string>): boolean {
  if (folders.size === 0) return false
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (folders.has(path.slice(0, end))) return true
  }
  return false
}

function isSameContent(a: DataEntry, b: DataEntry): boolean {
  return a.md5 === b.md5 && (a.md5 === undefined || a.isLegacy === b.isLegacy)
}

function pairRenames(changes: readonly DataChange[]): DataChange[] {
  const deleted = new Map<string, DataEntry[]>()
  for (const change of changes) {
    if (change.kind !== 'deleted' || change.old.md5 === undefined) continue
    const hash = hashText(change.old)
    deleted.set(hash, [...(deleted.get(hash) ?? []), change.old])
  }
  const moved = new Set<DataEntry>()
  const paired = changes.map((change): DataChange => {
    if (change.kind !== 'added' || change.new.md5 === undefined) return change
    const old = deleted.get(hashText(change.new))?.shift()
    if (old === undefined) return change
    moved.add(old)
    return { kind: 'renamed', old, new: change.new }
  })
  return paired.filter((change) => change.kind !== 'deleted' || !moved.has(change.old))
}

function hashText({ md5, isLegacy }: DataEntry): string {
  return `${isLegacy ? 'legacy:' : ''}${md5}`
}

/** The path as it is shown: a folder's with a slash at its end. */
export function showEntry({ path, md5 }: DataEntry): string {
  return md5?.endsWith('.dir') === true ? `${path}/` : path
}

/** Only what lies at or below one of the paths; without paths everything. */
export function narrowIndex(index: DataIndex, paths: readonly string[]): DataIndex {
  if (paths.length === 0) return index
  const isWanted = (path: string): boolean =>
    paths.some((wanted) => wanted === '' || path === wanted || path.startsWith(`${wanted}/`))
  return {
    ...index,
    entries: new Map([...index.entries].filter(([path]) => isWanted(path))),
  }
}

/** What was typed in a folder, as the index names it. */
export function pathsFromRoot(
  { root, directory }: { readonly root: string; readonly directory: string },
  targets: readonly string[],
): string[] {
  return targets.map((target) => relativePosix(root, resolve(directory, target)))
}
