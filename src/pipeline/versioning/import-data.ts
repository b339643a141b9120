/** Takes data from elsewhere into the repository, and remembers where it came from. */

import { basename, dirname, posix, relative, resolve } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { existsNow, isFolderNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { dataFileFor } from '../stages/parse-data-file.ts'
import { isAddress } from '../stages/stage-path.ts'
import { indexOutputs, type OutputIndex } from '../stages/path-index.ts'
import type { Stage } from '../stages/stage.ts'
import { unknownHash } from './data-hash.ts'
import { findGitTracked, kindOf, refuseDataPath } from './data-path-file.ts'
import { formatDataFile, type DataHash } from './format-data-file.ts'
import { hideFromGit } from './ignore-lines.ts'
import { fetchSource, readSource, sourcePathFor, type ImportScope } from './import-source.ts'
import { rememberPlaced } from './placed-store.ts'
import { checkRefusals } from './refusals.ts'

/** What to import, and where to. */
export interface ImportOptions {
  /** An http or https address, or a path. */
  readonly source: string
  /** From the folder the command works in; the source's own name without it. */
  readonly output?: string | undefined
  readonly description?: string | undefined
  /** Only writes down where the data is, and leaves getting it to `update`. */
  readonly skipsDownload?: boolean
  /** Does not even look whether there is anything. */
  readonly skipsSource?: boolean
  /** Replaces what is at the output. */
  readonly isForced?: boolean
}

/** The imported data and its file, from the folder the command works in. */
export interface ImportResult {
  readonly path: string
  readonly dataFile: string
  /** `undefined` when it was not downloaded. */
  readonly md5: string | undefined
  /** Absolute paths of the files that were written for git. */
  readonly written: readonly string[]
}

/**
 * Imports a file from a web server, or a file or folder of this machine. Its `*.dvc` file comes last.
 * To be used while the repository's lock is held.
 *
 * @throws {ToolkitError} `DATA_UNSAVED` when something is there already, `FILE_MISSING`,
 * `PATH_FORBIDDEN`, `REMOTE_DENIED`, `DATA_SOURCE_UNAVAILABLE`, `CLI_USAGE`
 */
export async function importData(
  options: ImportOptions,
  scope: ImportScope,
): Promise<ImportResult> {
  const { repository } = scope
  const { source, description } = options
  checkScheme(source)
  const pipeline = readPipeline(openWorktree(repository))
  const location = findPlace(repository, indexOutputs(pipeline.stages), options)
  const from = isAddress(source) ? source : resolve(repository.directory, source)
  const imported = await getContent(from, location, { options, scope })
  const written = await hideFromGit(repository, location)
  const dataFile = dataFileFor(location)
  const text = formatDataFile({
    description,
    isFrozen: true,
    dependency: {
      path: sourcePathFor(source, dirname(location), repository),
      hash: imported.source,
    },
    output: { path: basename(location), hash: imported.content },
    // There is none yet of what nobody has looked at, as with dvc.
    hasChecksum: options.skipsSource !== true,
  })
  await writeFileAtomically(dataFile, text)
  await rememberPlaced(repository, [{ location, md5: imported.content.value }])
  return {
    path: relative(repository.directory, location),
    dataFile: relative(repository.directory, dataFile),
    md5: imported.content.value,
    written: [...written, dataFile],
  }
}

function checkScheme(source: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1]?.toLowerCase()
  if (scheme === undefined || scheme === 'http' || scheme === 'https') return
  throw new ToolkitError('CLI_USAGE', `importing from '${scheme}://' is not supported`, {
    hint: 'give an http or https address, or a path',
    details: { scheme },
  })
}

function findPlace(repository: Repository, outputs: OutputIndex, options: ImportOptions): string {
  const location = locateOutput(options, repository.directory)
  const path = relative(repository.directory, location)
  const isForced = options.isForced === true
  if (kindOf(location) !== 'nothing' && !isForced) throw takenError(path)
  const replaced = isForced ? findReplaced(outputs, location) : undefined
  const refusal = refuseDataPath(repository, outputs, {
    path,
    location,
    mayBeAbsent: true,
    gitTracked: findGitTracked(repository.gitRoot, [location]),
    except: replaced === undefined ? [] : [replaced],
  })
  checkRefusals(refusal === undefined ? [] : [refusal])
  if (!isFolderNow(dirname(location))) {
    throw new ToolkitError('FILE_MISSING', `there is no folder for '${path}'`, {
      hint: `make it first: mkdir -p '${dirname(path)}'`,
      details: { path },
    })
  }
  if (existsNow(dataFileFor(location)) && replaced === undefined) throw takenError(`${path}.dvc`)
  return location
}

function locateOutput({ source, output }: ImportOptions, directory: string): string {
  const name = nameOfSource(source)
  const isInto = output !== undefined && isFolderNow(resolve(directory, output))
  if (name === '' && (output === undefined || isInto)) {
    throw new ToolkitError('CLI_USAGE', `'${source}' has no name at its end`, {
      hint: 'say where it goes: mlpt import-url <address> <path>',
    })
  }
  if (output === undefined) return resolve(directory, name)
  return isInto ? resolve(directory, output, name) : resolve(directory, output)
}

/** Data whose place an import takes. */
function findReplaced(outputs: OutputIndex, location: string): Stage | undefined {
  const known = outputs.holding(location).find(({ output }) => output.location === location)
  return known?.stage.command === undefined ? known?.stage : undefined
}

function nameOfSource(source: string): string {
  const path = isAddress(source) && URL.canParse(source) ? new URL(source).pathname : source
  const name = posix.basename(posix.normalize(path))
  // As it stands in the address: DVC does not decode it either.
  return name === '/' || name === '.' || name === '..' ? '' : name
}

function takenError(path: string): ToolkitError {
  return new ToolkitError('DATA_UNSAVED', `'${path}' exists already`, {
    hint: 'name another place, or replace it with --force',
    details: { path },
  })
}

interface Getting {
  readonly options: ImportOptions
  readonly scope: ImportScope
}

async function getContent(
  from: string,
  location: string,
  { options, scope }: Getting,
): Promise<{ readonly source: DataHash; readonly content: DataHash }> {
  if (options.skipsSource === true) return { source: unknownHash, content: unknownHash }
  if (options.skipsDownload === true) {
    return { source: await readSource(from, scope), content: unknownHash }
  }
  const imported = await fetchSource(from, scope)
  const { value, isExecutable } = imported.content
  await scope.cache.restore(value ?? '', { location, isExecutable })
  return imported
}
