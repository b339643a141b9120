/** Decides what an `add` adds, and refuses what cannot be added, all of it at once. */

import { basename, join, relative, resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { PathContent } from '../cache/hash-file.ts'
import type { Repository } from '../repository/repository.ts'
import { existsNow, isFolderNow } from '../repository/text-file.ts'
import { isWithin } from '../stages/graph.ts'
import { dataFileFor } from '../stages/parse-data-file.ts'
import type { OutputIndex, OwnedOutput } from '../stages/path-index.ts'
import {
  absentHint,
  findGitTracked,
  kindOf,
  refuseDataPath,
  refusePlace,
  type DataPathOptions,
} from './data-path-file.ts'
import { findPaths } from './find-paths-file.ts'
import { checkRefusals, type Refusal } from './refusals.ts'

/** What to add, and how. */
export interface AddOptions {
  /** From the folder the command works in. */
  readonly paths: readonly string[]
  /** Whether the paths are patterns with `*`, `?`, `[…]` and `**`. */
  readonly arePatterns?: boolean
  /** Where the one path is copied to first; it may then lie anywhere. */
  readonly output?: string | undefined
  /** Replaces what is at `output`, and a `*.dvc` file that is in the way. */
  readonly isForced?: boolean
  /** Sends the one path away instead of keeping it here; it may then lie anywhere. */
  readonly send?: ((source: string, content: PathContent) => Promise<void>) | undefined
  /** Leaves what is in the work tree as it is, whatever links the settings ask for. */
  readonly skipsLinks?: boolean
  /** Only writes down what there is, and leaves the copy in the cache to `commit`. */
  readonly skipsCache?: boolean
}

/** One thing to add. */
export interface AddTarget {
  readonly path: string
  readonly location: string
  /** The output that it is, or lies in. */
  readonly known: OwnedOutput | undefined
  /** Where it is copied from. */
  readonly source: string | undefined
}

/**
 * What is to be added, in the order of the paths, each once.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `PATH_FORBIDDEN`, `DATA_UNSAVED`, `CLI_USAGE`; naming all paths
 */
export function findAddTargets(
  repository: Repository,
  outputs: OutputIndex,
  options: AddOptions,
): AddTarget[] {
  const { directory } = repository
  const paths = options.arePatterns === true ? findPaths(directory, options.paths) : options.paths
  if (options.output !== undefined || options.send !== undefined)
    return [outputTarget(repository, outputs, paths, options)]
  const locations = paths.map((path) => resolve(directory, path))
  const gitTracked = findGitTracked(repository.gitRoot, locations)
  const targets = new Map<string, AddTarget>()
  const refusals: Refusal[] = []
  for (const path of paths) {
    const location = resolve(directory, path)
    const [known] = outputs.holding(location)
    const place = { path, location, mayBeAbsent: false, gitTracked }
    const refusal =
      known === undefined
        ? refuseNew(repository, outputs, place, options)
        : refuseKnown(repository, known, place)
    if (refusal === undefined) targets.set(location, { path, location, known, source: undefined })
    else refusals.push(refusal)
  }
  checkRefusals([...refusals, ...findNested([...targets.values()])])
  return [...targets.values()]
}

function outputTarget(
  repository: Repository,
  outputs: OutputIndex,
  paths: readonly string[],
  options: AddOptions,
): AddTarget {
  const { directory } = repository
  const [source, ...others] = paths
  if (source === undefined || others.length > 0) {
    const flag = options.output === undefined ? '--to-remote' : '--out'
    throw new ToolkitError('CLI_USAGE', `${flag} takes one path, but there are ${paths.length}`, {
      hint: 'add them one after another',
    })
  }
  const from = resolve(directory, source)
  const location = placeOf(from, directory, options)
  checkFree(location, from, { directory, options })
  const [known] = outputs.holding(location)
  if (options.send !== undefined) checkWhole(location, known, directory)
  const path = relative(directory, location)
  const gitTracked = findGitTracked(repository.gitRoot, [location])
  const place = { path, location, mayBeAbsent: true, gitTracked }
  const refusal =
    known === undefined
      ? refuseNew(repository, outputs, place, options)
      : refuseKnown(repository, known, place)
  checkRefusals(refusal === undefined ? [] : [refusal])
  if (kindOf(from) === 'nothing') throw missingError(source)
  return { path, location, known, source: from }
}

/** Where it will be tracked: into a folder that is there, or under the name that is given. */
function placeOf(from: string, directory: string, { output }: AddOptions): string {
  if (output === undefined) return resolve(directory, basename(from))
  const asked = resolve(directory, output)
  return isFolderNow(asked) ? join(asked, basename(from)) : asked
}

interface PlaceScope {
  readonly directory: string
  readonly options: AddOptions
}

function checkFree(location: string, from: string, { directory, options }: PlaceScope): void {
  const isInPlace = options.send !== undefined && location === from
  if (isInPlace || options.isForced === true || kindOf(location) === 'nothing') return
  const path = relative(directory, location)
  throw new ToolkitError('DATA_UNSAVED', `'${path}' exists already`, {
    hint: 'choose another --out, or replace it with --force',
    details: { path },
  })
}

/** The record of a folder needs the list of its files, which is in the cache. */
function checkWhole(location: string, known: OwnedOutput | undefined, directory: string): void {
  if (known === undefined || known.output.location === location) return
  const path = relative(directory, location)
  const folder = relative(directory, known.output.location)
  throw new ToolkitError('CLI_USAGE', `'${path}' lies in '${folder}', which is tracked whole`, {
    hint: `add it without --to-remote, then: mlpt push ${folder}`,
    details: { path, folder },
  })
}

/** The error for a path where there is nothing. */
export function missingError(path: string): ToolkitError {
  return new ToolkitError('FILE_MISSING', `'${path}' does not exist`, {
    hint: absentHint(path),
    details: { path },
  })
}

function refuseNew(
  repository: Repository,
  outputs: OutputIndex,
  place: DataPathOptions,
  { isForced }: AddOptions,
): Refusal | undefined {
  const refusal = refuseDataPath(repository, outputs, place)
  if (refusal !== undefined) return refusal
  const dataFile = relative(repository.directory, dataFileFor(place.location))
  if (isForced === true || !existsNow(dataFileFor(place.location))) return undefined
  return {
    code: 'PATH_FORBIDDEN',
    path: place.path,
    message: `'${place.path}' cannot be added: '${dataFile}' is there and tracks something else`,
    hint: 'rename one of the two, or replace the file with --force',
  }
}

function refuseKnown(
  repository: Repository,
  { stage, output }: OwnedOutput,
  place: DataPathOptions,
): Refusal | undefined {
  const { path, location } = place
  if (stage.command !== undefined) {
    return {
      code: 'PATH_FORBIDDEN',
      path,
      message: `'${path}' is written by stage '${stage.address}'`,
      hint: `run the stage, or record what is there with: mlpt commit ${stage.address}`,
    }
  }
  const refusal = refusePlace(repository, place)
  if (refusal !== undefined) return refusal
  const recorded = stage.data?.record.outputs.get(output.path)
  const isFolder = recorded?.md5 === undefined || recorded.md5.endsWith('.dir')
  if (location !== output.location && !isFolder) {
    return {
      code: 'PATH_FORBIDDEN',
      path,
      message: `'${path}' lies in '${relative(repository.directory, output.location)}', which '${stage.address}' tracks as a file`,
      hint: 'add the file itself',
    }
  }
  if (kindOf(location) === 'nothing' && location === output.location) {
    return {
      code: 'FILE_MISSING',
      path,
      message: `'${path}' does not exist`,
      hint: `get it back with: mlpt checkout ${path}`,
    }
  }
  return undefined
}

/** New data inside of other new data. */
function findNested(targets: readonly AddTarget[]): Refusal[] {
  const fresh = targets.filter(({ known }) => known === undefined)
  return fresh.flatMap(({ path, location }) => {
    const outer = fresh.find((other) => isWithin(location, other.location))
    if (outer === undefined) return []
    const message = `'${path}' lies in '${outer.path}', which is to be added as well`
    return [{ code: 'PATH_FORBIDDEN', path, message, hint: `add only '${outer.path}'` }] as const
  })
}
