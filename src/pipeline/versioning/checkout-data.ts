/** Makes the work tree hold what is recorded: file by file, and only after looking at what would be lost. */

import { dirname, join, relative, sep } from 'node:path'
import { removeStaleTemporaries } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Cache } from '../cache/cache.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline, readRecords, type Snapshot } from '../repository/snapshot.ts'
import { selectTracked } from '../repository/tracked.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { planOutput, type FailedFile, type OutputPlan } from './plan-checkout.ts'
import { kindOf } from './data-path-file.ts'
import { rememberPlaced } from './placed-store.ts'
import type { FileChange } from './compare-listings.ts'
import { findUnused } from './unused-data.ts'
import { makeFolder, pruneFolders, removePath } from './work-tree-file.ts'
import { isFolderNow } from '../repository/text-file.ts'
import { pluralize } from '../../core/format-number.ts'

/** What to check out, and how. */
export interface CheckoutOptions {
  /** Stages, `*.dvc` files, outputs, paths inside of them, or folders; none means everything. */
  readonly targets?: readonly string[]
  /** Also what the named stages read. */
  readonly withDependencies?: boolean
  /** A folder stands for everything below it. */
  readonly isRecursive?: boolean
  /** Overwrites and removes content that is nowhere else. */
  readonly isForced?: boolean
  /** Makes files anew as `cache.type` says, also those that are right. */
  readonly isRelinking?: boolean
}

/** What a checkout did; paths are from the folder the command works in, folders end in a slash and come first. */
export interface CheckoutResult {
  readonly added: readonly string[]
  readonly modified: readonly string[]
  readonly deleted: readonly string[]
  /** How many files were added, modified and deleted. */
  readonly files: { readonly added: number; readonly modified: number; readonly deleted: number }
  /** What the cache could not give; the work tree is there as it was. */
  readonly failed: readonly FailedFile[]
}

/**
 * Checks data out. Nothing is touched before it is known for all targets that nothing would be
 * lost. What the cache lacks is left as it is and everything else restored; {@link checkoutError}
 * makes an error of that. To be used while the repository's lock is held.
 *
 * @throws {ToolkitError} `DATA_UNSAVED` with all files that are nowhere else, `PATH_FORBIDDEN`,
 * `PATH_UNTRACKED`, `PIPELINE_INVALID`, `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export async function checkoutData(
  repository: Repository,
  cache: Cache,
  options: CheckoutOptions = {},
): Promise<CheckoutResult> {
  const { targets = [], isForced = false } = options
  const { directory } = repository
  const { plans, pipeline } = await planAll(repository, cache, options)
  const unused = targets.length > 0 ? [] : await findUnused(repository, pipeline.stages, cache)
  if (!isForced) checkNothingLost(plans, directory)
  const deleted = unused.map((location) => showPath(location, directory))
  for (const location of unused) removePath(location)
  const results: OutputResult[] = []
  for (const plan of plans) results.push(await applyPlan(plan, repository, cache))
  await rememberPlaced(repository, [
    ...unused.map((location) => ({ location, md5: undefined })),
    ...plans
      .filter(({ isWhole }) => isWhole)
      .map(({ output, md5 }) => ({ location: output.location, md5 })),
  ])
  return summarise(results, deleted, directory)
}

/**
 * Looks whether the outputs of other files than those of the work tree could be checked out, before these files are.
 *
 * @throws {ToolkitError} `DATA_UNSAVED` with all files that are nowhere else; `PATH_FORBIDDEN`, `PIPELINE_INVALID`, `FILE_READ_FAILED`
 */
export async function checkCheckout(
  repository: Repository,
  cache: Cache,
  snapshot: Snapshot,
): Promise<void> {
  const { plans } = await planAll(repository, cache, { snapshot })
  checkNothingLost(plans, repository.directory)
}

interface PlanAllOptions extends CheckoutOptions {
  readonly snapshot?: Snapshot
}

async function planAll(
  repository: Repository,
  cache: Cache,
  options: PlanAllOptions,
): Promise<{ readonly plans: readonly OutputPlan[]; readonly pipeline: Pipeline }> {
  const { snapshot = openWorktree(repository), targets = [], isRelinking = false } = options
  const pipeline = readPipeline(snapshot)
  const records = readRecords(pipeline.stages, snapshot)
  const { root, directory } = repository
  const tracked = selectTracked(pipeline, records, { ...options, root, directory, targets })
  removeStaleTemporaries(tracked.map(({ output }) => output.location))
  const plans: OutputPlan[] = []
  for (const output of tracked) {
    const plan = await planOutput(output, { repository, cache, isRelinking })
    if (plan !== undefined) plans.push(plan)
  }
  return { plans, pipeline }
}

/** @throws {ToolkitError} `DATA_UNSAVED` */
function checkNothingLost(plans: readonly OutputPlan[], directory: string): void {
  const paths = plans.flatMap(({ unsaved }) => unsaved.map((path) => relative(directory, path)))
  if (paths.length === 0) return
  const files = `${paths.length} ${pluralize(paths.length, 'file')}`
  throw new ToolkitError(
    'DATA_UNSAVED',
    `${files} would be lost, not being in the cache:${formatPaths(paths)}`,
    {
      hint: 'keep the content with: mlpt add or mlpt commit; or give it up with: mlpt checkout --force',
      details: { paths },
    },
  )
}

const shownPaths = 20

function formatPaths(paths: readonly string[]): string {
  const shown = paths.slice(0, shownPaths).map((path) => `\n  ${path}`)
  const more = paths.length > shownPaths ? `\n  and ${paths.length - shownPaths} more` : ''
  return shown.join('') + more
}

interface OutputResult {
  readonly location: string
  readonly kind: 'added' | 'modified' | undefined
  readonly changes: readonly FileChange[]
  readonly failed: readonly FailedFile[]
}

async function applyPlan(
  plan: OutputPlan,
  { directory }: Repository,
  cache: Cache,
): Promise<OutputResult> {
  const { location } = plan.output
  const done: FileChange[] = []
  const failed: FailedFile[] = [...plan.failed]
  for (const link of plan.links) removePath(link)
  if (canRestoreWhole(plan) && (await restoreWhole(plan, cache))) done.push(...plan.changes)
  else {
    for (const change of plan.changes) {
      if (await applyChange(change, plan, cache)) done.push(change)
      else failed.push(damagedFile(change, plan, directory))
    }
  }
  const counted = done.filter(({ kind }) => kind !== 'relinked')
  const isNewFolder = !plan.isThere && plan.failed.length === 0 && isEmptyFolder(plan)
  if (isNewFolder) makeFolder(location)
  const isChanged = counted.length > 0 || isNewFolder
  const kind = isChanged ? (plan.isThere ? 'modified' : 'added') : undefined
  return { location, kind, changes: counted, failed }
}

/** Whether the cache can bring a whole folder up to date, which it does faster than file by file. */
function canRestoreWhole({ md5, isWhole, failed, changes }: OutputPlan): boolean {
  const isPlain = changes.every(({ kind }) => kind !== 'relinked')
  return md5.endsWith('.dir') && isWhole && failed.length === 0 && changes.length > 0 && isPlain
}

function isEmptyFolder({ md5, isWhole, changes }: OutputPlan): boolean {
  return md5.endsWith('.dir') && isWhole && changes.length === 0
}

async function restoreWhole(plan: OutputPlan, cache: Cache): Promise<boolean> {
  const { md5, isLegacy, isExecutable, output } = plan
  return cache.restore(md5, { location: output.location, isExecutable, isLegacy })
}

async function applyChange(
  { path, after }: FileChange,
  { output, isLegacy, isExecutable, isWhole }: OutputPlan,
  cache: Cache,
): Promise<boolean> {
  const location = path === '' ? output.location : join(output.location, path)
  if (after !== undefined) {
    if (path !== '') clearFolderWay(dirname(location), output.location)
    const isMarked = path === '' && isWhole && isExecutable
    const target = { location, top: output.location, isExecutable: isMarked, isLegacy }
    return cache.restore(after, target)
  }
  removePath(location)
  if (path !== '') pruneFolders(dirname(location), output.location)
  return true
}

/** A file where a folder has to be is one that goes: what would be lost was looked at before. */
function clearFolderWay(folder: string, top: string): void {
  const parts = relative(dirname(top), folder).split(sep)
  for (const [i] of parts.entries()) {
    const path = join(dirname(top), ...parts.slice(0, i + 1))
    if (kindOf(path) === 'file') removePath(path)
  }
}

/** It was there before, and the cache has taken it away by now. */
function damagedFile(
  { path, after }: FileChange,
  { output }: OutputPlan,
  directory: string,
): FailedFile {
  const location = join(output.location, path)
  return { path: relative(directory, location), md5: after ?? '', code: 'CACHE_OBJECT_DAMAGED' }
}

function summarise(
  results: readonly OutputResult[],
  deleted: readonly string[],
  directory: string,
): CheckoutResult {
  const changes = results.flatMap((result) => result.changes)
  const count = (kind: FileChange['kind']): number =>
    changes.filter((change) => change.kind === kind).length
  const pathsOf = (kind: OutputResult['kind']): string[] =>
    sortPaths(
      results
        .filter((result) => result.kind === kind)
        .map(({ location }) => showPath(location, directory)),
    )
  return {
    added: pathsOf('added'),
    modified: pathsOf('modified'),
    deleted: sortPaths(deleted),
    files: {
      added: count('added'),
      modified: count('modified'),
      deleted: count('deleted') + deleted.length,
    },
    failed: results.flatMap(({ failed }) => failed),
  }
}

function showPath(location: string, directory: string): string {
  const path = relative(directory, location)
  return isFolderNow(location) ? `${path}/` : path
}

/** Each path once, folders first, as dvc shows them. */
export function sortPaths(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort((a, b) => rankOf(a) - rankOf(b) || compareCodePoints(a, b))
}

function rankOf(path: string): number {
  return path.endsWith('/') ? 0 : 1
}

/** The error for what a checkout could not restore; `undefined` when it restored everything. */
export function checkoutError({ failed }: CheckoutResult): ToolkitError | undefined {
  const [first] = failed
  if (first === undefined) return undefined
  const lines = failed.map(({ path, md5, code }) => `${path}: ${md5} ${failureWords[code]}`)
  const files = `${failed.length} ${pluralize(failed.length, 'file')}`
  return new ToolkitError(first.code, `${files} could not be restored:${formatPaths(lines)}`, {
    hint: 'get the content from a remote with: mlpt fetch; then run: mlpt checkout',
    details: { failed },
  })
}

const failureWords = {
  CACHE_OBJECT_MISSING: 'is not in the cache',
  CACHE_OBJECT_DAMAGED: 'was damaged in the cache, and is removed from it',
} as const
