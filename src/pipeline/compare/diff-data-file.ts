/** Which tracked data differs between two revisions, or between a revision and the work tree. */

import { resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'
import { selectTracked } from '../repository/tracked.ts'
import { openContent, workspaceName, type Content } from './content-file.ts'
import {
  diffData,
  narrowIndex,
  type DataChange,
  type DataEntry,
  type DataIndex,
} from './data-index.ts'
import { isEntryCached, readRecordedIndex, readWorktreeIndex } from './data-index-file.ts'
import { createLazyHistory } from './read-revisions.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What to compare. */
export interface DiffOptions {
  /** A git revision. */
  readonly oldName: string
  /** A git revision; `undefined` for the work tree. */
  readonly newName: string | undefined
  /** Outputs, paths in outputs or stages, from the folder the command works in; none means all. */
  readonly targets?: readonly string[]
}

/** What differs, each in the order of paths. */
export interface DataDiff {
  readonly changes: readonly DataChange[]
  /** Recorded in the old revision, but not in the cache; told only when the work tree is compared. */
  readonly notInCache: readonly DataEntry[]
}

/**
 * Compares tracked data. Nothing differs before the first commit.
 *
 * @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED`, `PIPELINE_INVALID`, `PATH_UNTRACKED`, `FILE_READ_FAILED`
 */
export async function readDataDiff(
  repository: Repository,
  { oldName, newName, targets = [] }: DiffOptions,
): Promise<DataDiff> {
  const history = createLazyHistory(repository)
  if (!history().hasCommits()) return { changes: [], notInCache: [] }
  const revisions = [oldName, newName ?? workspaceName]
  history().resolve(revisions.filter((name) => name !== workspaceName))
  const contents = revisions.map((name) => openContent(repository, name, history))
  const chosen = chooseTargets(contents, targets, repository)
  const [old, current] = [
    await readIndex(contents[0]!, repository, chosen),
    await readIndex(contents[1]!, repository, chosen),
  ]
  const changes = diffData(old, current)
  return {
    changes: changes.filter(({ kind }) => kind !== 'same' && kind !== 'unknown'),
    notInCache: newName === undefined ? findMissing(changes, repository) : [],
  }
}

async function readIndex(
  content: Content,
  repository: Repository,
  chosen: readonly string[],
): Promise<DataIndex> {
  const index =
    content.name === workspaceName
      ? await readWorktreeIndex(content, repository)
      : readRecordedIndex(content, repository)
  return narrowIndex(index, chosen)
}

/** Paths from the root; a target that only one side knows is no mistake. */
function chooseTargets(
  contents: readonly Content[],
  targets: readonly string[],
  { root, directory }: Repository,
): string[] {
  return targets.flatMap((target) => {
    const found = contents.map((content) => locationsOf(content, target, { root, directory }))
    const locations = found.flatMap((each) => (each instanceof ToolkitError ? [] : each))
    const [first] = found
    if (locations.length === 0 && first instanceof ToolkitError) throw first
    return locations.map((location) => relativePosix(root, location))
  })
}

function locationsOf(
  { pipeline, records }: Content,
  target: string,
  scope: { readonly root: string; readonly directory: string },
): string[] | ToolkitError {
  try {
    const options = { ...scope, targets: [target], isRecursive: true }
    return selectTracked(pipeline, records, options).map(({ output, within }) =>
      within === undefined ? output.location : resolve(output.location, within),
    )
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'PATH_UNTRACKED') return error
    throw error
  }
}

function findMissing(changes: readonly DataChange[], repository: Repository): DataEntry[] {
  return changes.flatMap((change) => {
    const old = change.kind === 'added' ? undefined : change.old
    return old?.md5 === undefined || isEntryCached(repository, old) ? [] : [old]
  })
}
