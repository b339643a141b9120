/** Metrics or parameters of several revisions, each read in the same way. */

import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'
import {
  openHistory,
  type History,
  type RevisionSelection,
} from '../repository/revision-process.ts'
import { areYamlValuesEqual } from '../yaml/yaml-value.ts'
import { openContent, workspaceName, type Content } from './content-file.ts'
import type { FileResults, RevisionResult, RevisionResults } from './file-values.ts'

/** Reads the files of one revision. */
export type ReadFiles = (content: Content) => FileResults

/**
 * Reads the work tree, or when branches, tags or commits are asked for the work tree and all those. A
 * revision that cannot be read has its error as result. The work tree is left out where it is equal to
 * the branch that is checked out.
 *
 * @throws {ToolkitError} `GIT_FAILED`
 */
export function readSelected(
  repository: Repository,
  selection: RevisionSelection,
  read: ReadFiles,
): RevisionResults {
  const isNone =
    selection.branches !== true && selection.tags !== true && selection.commits !== true
  const history = createLazyHistory(repository)
  const readOne = (name: string): RevisionResult =>
    attemptRevision(() => read(openContent(repository, name, history)))
  if (isNone) return new Map([['', readOne(workspaceName)]])
  const results = new Map([[workspaceName, readOne(workspaceName)]])
  for (const { commit, names } of history().list(selection)) {
    results.set(names.join(','), readOne(commit))
  }
  const branch = history().currentBranch()
  const current = branch === undefined ? undefined : results.get(branch)
  if (current !== undefined && areResultsEqual(current, results.get(workspaceName)!)) {
    results.delete(workspaceName)
  }
  return results
}

/**
 * Reads the named revisions; 'workspace' is the work tree.
 *
 * @returns nothing when there is no commit yet
 * @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED`
 */
export function readNamed(
  repository: Repository,
  names: readonly string[],
  read: ReadFiles,
): RevisionResults {
  const history = createLazyHistory(repository)
  if (!history().hasCommits()) return new Map()
  history().resolve(names.filter((name) => name !== workspaceName))
  return new Map(
    names.map((name) => [
      name,
      attemptRevision(() => read(openContent(repository, name, history))),
    ]),
  )
}

/**
 * Opens several revisions; 'workspace' is the work tree.
 *
 * @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED`, `PIPELINE_INVALID`
 */
export function openContents(repository: Repository, names: readonly string[]): Content[] {
  const history = createLazyHistory(repository)
  return names.map((name) => openContent(repository, name, history))
}

/** The history of a repository, opened when it is first asked for. */
export function createLazyHistory(repository: Repository): () => History {
  let history: History | undefined
  return () => {
    history ??= openHistory(repository)
    return history
  }
}

function attemptRevision(read: () => FileResults): RevisionResult {
  try {
    return { kind: 'files', files: read() }
  } catch (error) {
    if (error instanceof ToolkitError) return { kind: 'failed', error }
    throw error
  }
}

function areResultsEqual(a: RevisionResult, b: RevisionResult): boolean {
  if (a.kind === 'failed' || b.kind === 'failed') return false
  if (a.files.size !== b.files.size) return false
  return [...a.files].every(([path, file]) => {
    const other = b.files.get(path)
    return (
      file.kind === 'values' &&
      other?.kind === 'values' &&
      areYamlValuesEqual(file.values, other.values)
    )
  })
}
