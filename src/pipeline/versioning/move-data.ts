/** Gives tracked data another place, with its `*.dvc` file. */

import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Cache } from '../cache/cache.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { existsNow, readTextNow, isFolderNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { dataFileFor } from '../stages/parse-data-file.ts'
import { isAddress } from '../stages/stage-path.ts'
import { indexOutputs, type OutputIndex, type OwnedOutput } from '../stages/path-index.ts'
import type { Stage } from '../stages/stage.ts'
import { findGitTracked, kindOf, refuseDataPath } from './data-path-file.ts'
import { updateDataFile } from './format-data-file.ts'
import { hideFromGit, showToGit } from './ignore-lines.ts'
import { rememberPlaced } from './placed-store.ts'
import { checkRefusals } from './refusals.ts'
import { removeFile, stageFileOf } from './stage-file.ts'
import { movePath } from './work-tree-file.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What moves where; paths are from the folder the command works in. */
export interface MoveOptions {
  readonly from: string
  /** A folder that exists takes the data into it. */
  readonly to: string
}

/** Where the data and its file are now. */
export interface MoveResult {
  readonly path: string
  readonly dataFile: string
  /** Absolute paths of files that were written or removed. */
  readonly written: readonly string[]
}

/**
 * Moves or renames data that was added or imported. Its content is in the cache before anything
 * moves, and the new `*.dvc` file is there before the old one goes, so that nothing is lost
 * wherever it ends. To be used while the repository's lock is held.
 *
 * @throws {ToolkitError} `PATH_UNTRACKED`, `PATH_FORBIDDEN`, `DATA_UNSAVED` when something is at
 * the new place already, `FILE_MISSING` when the folder of the new place does not exist
 */
export async function moveData(
  repository: Repository,
  cache: Cache,
  options: MoveOptions,
): Promise<MoveResult> {
  const pipeline = readPipeline(openWorktree(repository))
  const outputs = indexOutputs(pipeline.stages)
  const moved = findMoved(repository, outputs, options)
  const location = findPlace(repository, outputs, moved, options)
  const files = planFiles(repository, moved, location)
  if (files.after !== files.before && existsNow(files.after))
    throw takenError(files.after, repository)
  return carryOut(moved, { location, ...files }, { repository, cache })
}

function findMoved(
  { directory }: Repository,
  outputs: OutputIndex,
  { from }: MoveOptions,
): OwnedOutput {
  const location = resolve(directory, from)
  const found = outputs.holding(location).find(({ output }) => output.location === location)
  if (found === undefined) {
    const names = outputs
      .below(dirname(location))
      .map(({ output }) => relative(directory, output.location))
    throw new ToolkitError('PATH_UNTRACKED', `'${from}' is not tracked by itself`, {
      hint: nameHint(from, names, 'outputs beside it'),
      details: { path: from },
    })
  }
  const { stage } = found
  if (stage.command === undefined) return found
  throw new ToolkitError('PATH_FORBIDDEN', `'${from}' is written by stage '${stage.address}'`, {
    hint: `edit '${stage.place.file}': change the path in 'outs' and in 'cmd', then run the stage`,
    details: { path: from, stage: stage.address },
  })
}

/** @returns the absolute path that the data goes to */
function findPlace(
  repository: Repository,
  outputs: OutputIndex,
  { stage, output }: OwnedOutput,
  { from, to }: MoveOptions,
): string {
  const asked = resolve(repository.directory, to)
  const location = isFolderNow(asked) ? join(asked, basename(output.location)) : asked
  const path = relative(repository.directory, location)
  const gitTracked = findGitTracked(repository.gitRoot, [location])
  const options = { path, location, mayBeAbsent: true, gitTracked, except: [stage] }
  const refusal = refuseDataPath(repository, outputs, options)
  checkRefusals(refusal === undefined ? [] : [refusal])
  if (!isFolderNow(dirname(location))) {
    throw new ToolkitError('FILE_MISSING', `there is no folder for '${path}'`, {
      hint: `make it first: mkdir -p '${dirname(path)}'`,
      details: { path },
    })
  }
  const isInItself = location.startsWith(output.location + sep) || location === output.location
  if (isInItself) {
    throw new ToolkitError('PATH_FORBIDDEN', `'${from}' cannot be moved into itself`, {
      hint: 'name another place',
      details: { from, to },
    })
  }
  const areBoth = kindOf(location) !== 'nothing' && kindOf(output.location) !== 'nothing'
  if (areBoth) throw takenError(location, repository)
  return location
}

function takenError(location: string, { directory }: Repository): ToolkitError {
  const path = relative(directory, location)
  return new ToolkitError('DATA_UNSAVED', `'${path}' exists already`, {
    hint: 'name another place, or move it away first',
    details: { path },
  })
}

interface MoveScope {
  readonly repository: Repository
  readonly cache: Cache
}

interface MovedFiles {
  readonly before: string
  readonly after: string
  /** Absolute folder from which the new file's paths are read. */
  readonly workingFolder: string
}

/** A file named like its data moves with it; one with a name of its own only says the new path. */
function planFiles(
  repository: Repository,
  { stage, output }: OwnedOutput,
  location: string,
): MovedFiles {
  const before = stageFileOf(repository, stage)
  const isNamedLikeData = basename(before) === basename(dataFileFor(output.location))
  if (!isNamedLikeData || stage.outputs.length > 1) {
    return { before, after: before, workingFolder: stage.workingFolder }
  }
  return { before, after: dataFileFor(location), workingFolder: dirname(location) }
}

async function carryOut(
  { stage, output }: OwnedOutput,
  { location, before, after, workingFolder }: MovedFiles & { readonly location: string },
  { repository, cache }: MoveScope,
): Promise<MoveResult> {
  if (output.isCached) await saveBefore([output.location, location], cache)
  const written: string[] = output.isCached ? await hideFromGit(repository, location) : []
  const text = readTextNow(before) ?? ''
  const hasMoved = after !== before
  const next = updateDataFile(text, relative(repository.directory, before), {
    renamedOutputs: new Map([[output.path, pathFrom(workingFolder, location)]]),
    ...(hasMoved && {
      renamedDependencies: movedDependencies(stage, workingFolder),
      workingFolder: '.',
    }),
    refreshesChecksum: stage.data?.isImport === true,
  })
  await writeFileAtomically(after, next)
  if (kindOf(output.location) !== 'nothing') movePath(output.location, location)
  if (hasMoved) removeFile(before)
  written.push(after, ...(hasMoved ? [before] : []))
  if (output.isCached) written.push(...(await showToGit(repository, output.location)))
  await rememberPlaced(repository, [
    { location: output.location, md5: undefined },
    { location, md5: stage.data?.record.outputs.get(output.path)?.md5 },
  ])
  const { directory } = repository
  return {
    path: relative(directory, location),
    dataFile: relative(directory, after),
    written: [...new Set(written)],
  }
}

/** What is at the old or, when it was moved by hand, at the new place. Its record stays as it is. */
async function saveBefore(places: readonly string[], cache: Cache): Promise<void> {
  const present = places.find((path) => kindOf(path) !== 'nothing')
  if (present !== undefined) await cache.add(present)
}

function movedDependencies(stage: Stage, workingFolder: string): ReadonlyMap<string, string> {
  return new Map(
    stage.dependencies
      .filter(({ path, location }) => isAbsolute(location) && !isAbsolute(path) && !isAddress(path))
      .map(({ path, location }) => [path, pathFrom(workingFolder, location)] as const),
  )
}

function pathFrom(folder: string, location: string): string {
  return relativePosix(folder, location)
}
