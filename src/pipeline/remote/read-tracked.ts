/** Which objects the outputs of a repository need: in the work tree, and in revisions of git. */

import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'
import { openHistory, type RevisionSelection } from '../repository/revision-process.ts'
import { readPipeline, readRecords, type Snapshot } from '../repository/snapshot.ts'
import { selectTracked, type TrackedOutput } from '../repository/tracked.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { isOnlyWrittenDown } from '../run/plan.ts'
import { isSameOrWithin, isWithin } from '../stages/graph.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { typedPaths, type PathType } from '../stages/typed-paths.ts'
import { toTrackedObjects, type TrackedObject } from './tracked-objects.ts'

/** Which outputs, and where to look. */
export interface ReadTrackedOptions extends RevisionSelection {
  readonly targets: readonly string[]
  readonly withDependencies: boolean
  readonly isRecursive: boolean
  /** Only outputs that are such, hold such, or lie in such. */
  readonly types?: readonly PathType[]
  /** Only outputs of which fewer bytes are recorded; of a folder, of all its files together. */
  readonly belowBytes?: number | undefined
}

/** What was found. */
export interface TrackedRead {
  readonly objects: readonly TrackedObject[]
  /** Revisions that could not be read: what they need is not among the objects. */
  readonly unread: readonly UnreadRevision[]
  /** Whether imports of the work tree have only been written down: their data is at their sources, not on a remote. */
  readonly lacksImports: boolean
}

/** A revision whose files cannot be understood, or that lacks a target. */
export interface UnreadRevision {
  /** A branch or tag, else the commit. */
  readonly revision: string
  readonly error: ToolkitError
}

/**
 * Reads the objects of the work tree, then those of the selected revisions.
 *
 * @throws {ToolkitError} `PATH_UNTRACKED`, `PIPELINE_INVALID` for the work tree; `GIT_FAILED`
 */
export function readTrackedObjects(
  repository: Repository,
  options: ReadTrackedOptions,
): TrackedRead {
  const work = openWorktree(repository)
  const pipeline = readPipeline(work)
  const objects = objectsOf(work, pipeline, { repository, options })
  const lacksImports = pipeline.stages.some(isOnlyWrittenDown)
  const unread: UnreadRevision[] = []
  if (!isAboutRevisions(options)) return { objects, unread, lacksImports }
  const history = openHistory(repository)
  for (const { commit, names } of history.list(options)) {
    const revision = names[0] ?? commit
    try {
      const snapshot = history.open(commit)
      const found = objectsOf(snapshot, readPipeline(snapshot), { repository, options })
      for (const object of found) objects.push(object)
    } catch (error) {
      if (!(error instanceof ToolkitError) || error.code === 'GIT_FAILED') throw error
      unread.push({ revision, error })
    }
  }
  return { objects, unread, lacksImports }
}

function isAboutRevisions(selection: RevisionSelection): boolean {
  const { branches, tags, commits, experiments, revisions = [], sinceMs } = selection
  const kinds = [branches, tags, commits, experiments, revisions.length > 0]
  return kinds.includes(true) || sinceMs !== undefined
}

function objectsOf(
  snapshot: Snapshot,
  pipeline: Pipeline,
  {
    repository,
    options,
  }: { readonly repository: Repository; readonly options: ReadTrackedOptions },
): TrackedObject[] {
  const records = readRecords(pipeline.stages, snapshot)
  const { root, directory } = repository
  const tracked = selectTracked(pipeline, records, { root, directory, ...options })
  return toTrackedObjects(tracked.filter(createFilter(pipeline, root, options)), directory)
}

function createFilter(
  pipeline: Pipeline,
  root: string,
  { types = [], belowBytes = Infinity }: ReadTrackedOptions,
): (tracked: TrackedOutput) => boolean {
  const places = types.flatMap((type) => typedPaths(pipeline, root, type))
  return ({ output: { location }, recorded }) => {
    const isSmall = (recorded?.sizeBytes ?? 0) < belowBytes
    const isOfType = places.some(
      (place) => isSameOrWithin(location, place) || isWithin(place, location),
    )
    return isSmall && (types.length === 0 || isOfType)
  }
}
