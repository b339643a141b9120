/** The status of tracked data, as JSON and as text. */

import type { DataStatus, DataStatusChanges } from './data-status-file.ts'

/** What is shown beside what changed. */
export interface DataStatusFormat {
  readonly withUnchanged: boolean
}

/** As DVC's `data status --json` has it: what is empty is left out. */
export function toDataStatusDocument(
  { notInCache, notInRemote, committed, uncommitted, untracked, unchanged }: DataStatus,
  { withUnchanged }: DataStatusFormat,
): unknown {
  return withoutEmpty({
    not_in_cache: notInCache,
    not_in_remote: notInRemote,
    committed: withoutEmpty({ ...committed }),
    uncommitted: withoutEmpty({ ...uncommitted }),
    untracked,
    unchanged: withUnchanged ? unchanged : [],
  })
}

function withoutEmpty(values: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => Object.keys(value).length > 0),
  )
}

/** Groups with a line for each path. */
export function formatDataStatus(status: DataStatus, { withUnchanged }: DataStatusFormat): string {
  const groups: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['Not in the cache (get it with: mlpt fetch)', status.notInCache],
    ['Not in the remote (send it with: mlpt push)', status.notInRemote],
    ['Recorded since the last commit (git commit takes it in)', changeLines(status.committed)],
    [
      'Changed in the work tree (mlpt commit records it, mlpt checkout discards it)',
      changeLines(status.uncommitted),
    ],
    ['Untracked files (git add or mlpt add takes them in)', status.untracked],
    ['Unchanged', withUnchanged ? status.unchanged : []],
  ]
  const blocks = groups
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${title}:\n${lines.map((line) => `    ${line}\n`).join('')}`)
  return blocks.length === 0 ? 'nothing has changed\n' : blocks.join('\n')
}

function changeLines(changes: DataStatusChanges): string[] {
  return [
    ...changes.added.map((path) => `added:    ${path}`),
    ...changes.deleted.map((path) => `deleted:  ${path}`),
    ...changes.modified.map((path) => `modified: ${path}`),
    ...changes.renamed.map(({ old, new: current }) => `renamed:  ${old} -> ${current}`),
    ...changes.unknown.map((path) => `unknown:  ${path}`),
  ]
}
