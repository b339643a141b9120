/** Differences of tracked data, as JSON, as text and as Markdown. */

import { compareCodePoints } from '../../core/code-point-order.ts'
import { showEntry, type DataChange, type DataEntry } from './data-index.ts'
import type { DataDiff } from './diff-data-file.ts'
import { formatMarkdownTable } from './text-table.ts'

/** What is shown. */
export interface DiffFormat {
  readonly hasHashes: boolean
  /** Leaves out what the cache does not have. */
  readonly hidesMissing: boolean
}

/** One line: a path and its hash; both twice when it was renamed, the hash twice when it was modified. */
interface Item {
  readonly path: string | { readonly old: string; readonly new: string }
  readonly hash: Hash | { readonly old: Hash; readonly new: Hash }
}

type Hash = string | null

const groupNames = ['added', 'deleted', 'modified', 'renamed'] as const
type Groups = Readonly<Record<(typeof groupNames)[number] | 'not in cache', readonly Item[]>>

/** As DVC's `diff --json` has it; an empty object when nothing differs. */
export function toDiffDocument(diff: DataDiff, { hasHashes, hidesMissing }: DiffFormat): unknown {
  const groups = groupItems(diff)
  if (Object.values(groups).every((items) => items.length === 0)) return {}
  const names = hidesMissing ? groupNames : ([...groupNames, 'not in cache'] as const)
  return Object.fromEntries(
    names.map((name) => [
      name,
      hasHashes ? groups[name] : groups[name].map(({ path }) => ({ path })),
    ]),
  )
}

function groupItems({ changes, notInCache }: DataDiff): Groups {
  const itemsOf = (toItem: (change: DataChange) => Item | undefined): Item[] =>
    changes
      .flatMap((change) => toItem(change) ?? [])
      .sort((a, b) => compareCodePoints(firstPath(a), firstPath(b)))
  return {
    added: itemsOf((change) => (change.kind === 'added' ? toEntryItem(change.new) : undefined)),
    deleted: itemsOf((change) => (change.kind === 'deleted' ? toEntryItem(change.old) : undefined)),
    modified: itemsOf((change) => {
      if (change.kind !== 'modified') return undefined
      const hash = { old: change.old.md5 ?? null, new: change.new.md5 ?? null }
      return { path: showEntry(change.old), hash }
    }),
    renamed: itemsOf((change) => {
      if (change.kind !== 'renamed') return undefined
      const path = { old: showEntry(change.old), new: showEntry(change.new) }
      return { path, hash: change.old.md5 ?? null }
    }),
    'not in cache': notInCache.map(toEntryItem),
  }
}

function toEntryItem(entry: DataEntry): Item {
  return { path: showEntry(entry), hash: entry.md5 ?? null }
}

function firstPath({ path }: Item): string {
  return typeof path === 'string' ? path : path.old
}

const shownNames = ['added', 'deleted', 'renamed', 'modified', 'not in cache'] as const

/** Groups with a line for each path, and the counts of files at the end; nothing when nothing differs. */
export function formatDiff(diff: DataDiff, format: DiffFormat): string {
  const groups = groupItems(diff)
  const names = shownNames.filter((name) => isShown(name, groups, format))
  const blocks = names.map((name) => {
    const lines = groups[name].map((item) => `    ${formatItem(item, format)}\n`)
    return `${name.charAt(0).toUpperCase()}${name.slice(1)}:\n${lines.join('')}\n`
  })
  const counts = names.flatMap((name) => {
    const count = groups[name].filter((item) => !isFolder(item)).length
    return count === 0 ? [] : [`${count} ${name}`]
  })
  const summary = counts.length === 0 ? '' : `files: ${counts.join(', ')}\n`
  return blocks.join('') + summary
}

function isShown(
  name: (typeof shownNames)[number],
  groups: Groups,
  { hidesMissing }: DiffFormat,
): boolean {
  return groups[name].length > 0 && !(hidesMissing && name === 'not in cache')
}

function isFolder(item: Item): boolean {
  return firstPath(item).endsWith('/')
}

function formatItem(item: Item, { hasHashes }: DiffFormat): string {
  return hasHashes ? `${formatHash(item)}  ${formatPath(item)}` : formatPath(item)
}

function formatPath({ path }: Item): string {
  return typeof path === 'string' ? path : `${path.old} -> ${path.new}`
}

function formatHash({ hash }: Item): string {
  return typeof hash === 'string' || hash === null
    ? shorten(hash)
    : `${shorten(hash.old)}..${shorten(hash.new)}`
}

/** The first eight digits. */
function shorten(hash: Hash): string {
  return (hash ?? '-').slice(0, 8)
}

/** One table with a row for each path. */
export function formatDiffMarkdown(diff: DataDiff, format: DiffFormat): string {
  const groups = groupItems(diff)
  const hash = (text: string): string[] => (format.hasHashes ? [text] : [])
  return formatMarkdownTable({
    header: ['Status', ...hash('Hash'), 'Path'],
    rows: shownNames
      .filter((name) => isShown(name, groups, format))
      .flatMap((name) =>
        groups[name].map((item) => [[name], hash(formatHash(item)), [formatPath(item)]].flat()),
      ),
  })
}
