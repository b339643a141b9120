/** Which paths may become data: looked at on disk and in the pipeline, before anything is written. */

import { lstatSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { readReservedName } from '../../core/reserved-name.ts'
import { runGit } from '../repository/git-process.ts'
import { isIgnoredByGit } from '../repository/git-rules-file.ts'
import type { Repository } from '../repository/repository.ts'
import { isAbsent, readError, isFolderNow } from '../repository/text-file.ts'
import { isSameOrWithin, isWithin, nameStage } from '../stages/graph.ts'
import { dataFileFor } from '../stages/parse-data-file.ts'
import type { OutputIndex } from '../stages/path-index.ts'
import type { Stage } from '../stages/stage.ts'
import type { Refusal } from './refusals.ts'

/** What there is at a path; a link is not followed. */
export type PathKind = 'file' | 'folder' | 'link' | 'other' | 'nothing'

/** @throws {ToolkitError} `FILE_READ_FAILED` */
export function kindOf(location: string): PathKind {
  try {
    const stats = lstatSync(location)
    if (stats.isSymbolicLink()) return 'link'
    if (stats.isDirectory()) return 'folder'
    return stats.isFile() ? 'file' : 'other'
  } catch (error) {
    if (isAbsent(error)) return 'nothing'
    throw readError(location, error)
  }
}

/** Where data of its own may be. */
export interface DataPathOptions {
  /** As it was asked for. */
  readonly path: string
  readonly location: string
  /** Whether there may be nothing yet. */
  readonly mayBeAbsent: boolean
  /** Paths that git tracks, or in which it tracks something: {@link findGitTracked} of all that are asked for. */
  readonly gitTracked: ReadonlySet<string>
  /** Stages whose outputs do not count as others, because they are being replaced. */
  readonly except?: readonly Stage[]
}

/** Why a path cannot become an output of its own; `undefined` when it can. */
export function refuseDataPath(
  repository: Repository,
  outputs: OutputIndex,
  options: DataPathOptions,
): Refusal | undefined {
  return (
    refusePlace(repository, options) ??
    refuseOverlap(repository, outputs, options) ??
    refuseContent(repository, options)
  )
}

/** Why nothing that is tracked may lie at a path, whatever is there. */
export function refusePlace(
  { root, ignore }: Repository,
  { path, location }: DataPathOptions,
): Refusal | undefined {
  const refuse = (message: string, hint: string): Refusal => ({
    code: 'PATH_FORBIDDEN',
    path,
    message: `'${path}' ${message}`,
    hint,
  })
  if (location === root) return refuse('is the whole repository', 'name data that lies in it')
  if (!isWithin(location, root)) {
    return refuse('is not inside of the repository', `copy it below '${root}', or use --out`)
  }
  const name = basename(location)
  const parts = relative(root, location).split(sep)
  if (parts.some((part) => readReservedName(part) !== undefined)) {
    return refuse('belongs to dvc or git', 'name your own data')
  }
  if (name.endsWith('.dvc') || ownFiles.has(name)) {
    return refuse("is one of the pipeline's own files", 'let git track it')
  }
  const link = firstLink(root, location)
  if (link !== undefined) {
    return refuse(
      link === location
        ? 'is a link to a folder'
        : `lies behind the link '${relative(root, link)}'`,
      'name the folder that the link leads to',
    )
  }
  if (isIgnoredFor(ignore, root, location)) {
    return ignore.explain(location, isFolderNow(location)) === undefined
      ? refuse('lies in another repository of DVC', 'add it there')
      : refuse('is ignored by .dvcignore', 'take it out of .dvcignore first')
  }
  return undefined
}

const ownFiles: ReadonlySet<string> = new Set(['dvc.yaml', 'dvc.lock', '.dvcignore'])

/** The nearest to the root of the folders on the way that are links; the path itself when it links to a folder. */
export function firstLink(root: string, location: string): string | undefined {
  const parts = relative(root, location).split(sep)
  const found = parts
    .map((_, i) => join(root, ...parts.slice(0, i + 1)))
    .find((path) => kindOf(path) === 'link')
  return found === location && !isFolderNow(location) ? undefined : found
}

/** Whether a path or a folder that it lies in is ignored. */
function isIgnoredFor(ignore: Repository['ignore'], root: string, location: string): boolean {
  const parts = relative(root, location).split(sep)
  return parts.some((_, i) => {
    const path = join(root, ...parts.slice(0, i + 1))
    return ignore.isIgnored(path, path !== location || isFolderNow(path))
  })
}

function refuseOverlap(
  { directory }: Repository,
  outputs: OutputIndex,
  { path, location, except = [] }: DataPathOptions,
): Refusal | undefined {
  const isOther = ({ stage }: { readonly stage: Stage }): boolean => !except.includes(stage)
  const holder = outputs.holding(location).find(isOther)
  const inner = outputs.below(location).find(isOther)
  if (holder === undefined && inner === undefined) return undefined
  const other = holder ?? inner!
  const name = relative(directory, other.output.location)
  const relation =
    holder === undefined
      ? `contains '${name}', an output of ${nameStage(other.stage)}`
      : `is or lies in '${name}', an output of ${nameStage(other.stage)}`
  return {
    code: 'PATH_FORBIDDEN',
    path,
    message: `'${path}' ${relation}`,
    hint:
      holder === undefined
        ? `stop tracking that first: mlpt remove ${other.stage.address}`
        : holderHint(other.stage),
  }
}

function holderHint(stage: Stage): string {
  const isStage = stage.command !== undefined
  return isStage
    ? `run the stage, or record what is there with: mlpt commit ${stage.address}`
    : `record what is there with: mlpt commit ${stage.address}`
}

function refuseContent(
  repository: Repository,
  { path, location, mayBeAbsent, gitTracked }: DataPathOptions,
): Refusal | undefined {
  const { gitRoot } = repository
  const kind = kindOf(location)
  if (kind === 'nothing' && !mayBeAbsent) {
    return {
      code: 'FILE_MISSING',
      path,
      message: `'${path}' does not exist`,
      hint: absentHint(path),
    }
  }
  if (gitRoot === undefined) return undefined
  if (gitTracked.has(location)) {
    return {
      code: 'PATH_FORBIDDEN',
      path,
      message: `'${path}' is tracked by git`,
      hint: `stop that first: git rm -r --cached '${path}' && git commit -m 'stop tracking ${path}'`,
    }
  }
  return refuseHiddenFile(path, location, gitRoot)
}

/** A `*.dvc` file that git ignores would be lost for everybody else, and dvc refuses to read it. */
function refuseHiddenFile(path: string, location: string, gitRoot: string): Refusal | undefined {
  if (!isIgnoredByGit(dataFileFor(location), false, { gitRoot })) return undefined
  return {
    code: 'PATH_FORBIDDEN',
    path,
    message: `'${path}' cannot be tracked: git ignores '${basename(dataFileFor(location))}' beside it`,
    hint: "let git see it, with a line '!*.dvc' in .gitignore",
  }
}

/** Those of the paths that git tracks, or in which it tracks something. */
export function findGitTracked(
  gitRoot: string | undefined,
  locations: readonly string[],
): ReadonlySet<string> {
  const inside = locations.filter(
    (location) => gitRoot !== undefined && isWithin(location, gitRoot),
  )
  if (gitRoot === undefined || inside.length === 0) return new Set()
  const paths = inside.map((location) => relative(gitRoot, location))
  const listed = runGit(gitRoot, ['--literal-pathspecs', 'ls-files', '-z', '--', ...paths])
  const files = listed
    .toString('utf8')
    .split('\0')
    .filter((file) => file !== '')
  if (files.length === 0) return new Set()
  const tracked = files.map((file) => join(gitRoot, file))
  return new Set(
    inside.filter((location) => tracked.some((file) => isSameOrWithin(file, location))),
  )
}

/** What to do about a path where there is nothing. */
export function absentHint(path: string): string {
  // The shell hands over what no text can name as something else.
  return path.includes('\ufffd') ? 'rename it: its name is not UTF-8' : 'check its name'
}
