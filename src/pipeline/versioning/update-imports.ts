/** Looks whether the sources of imports have changed, and takes over what is new. */

import { isAbsolute, relative } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { selectTracked } from '../repository/tracked.ts'
import { readTextNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { isOnlyWrittenDown } from '../run/plan.ts'
import { isAddress } from '../stages/stage-path.ts'
import type { Output, Stage, StagePath } from '../stages/stage.ts'
import { unknownHash } from './data-hash.ts'
import { readRecordedChecksum, updateDataFile, type DataHash } from './format-data-file.ts'
import { hideFromGit } from './ignore-lines.ts'
import { fetchSource, isSameSource, readSource, type ImportScope } from './import-source.ts'
import { rememberPlaced } from './placed-store.ts'
import { stageFileOf } from './stage-file.ts'
import { removePath } from './work-tree-file.ts'

/** Which imports to update. */
export interface UpdateOptions {
  /** `*.dvc` files, or their outputs; with `isRecursive` also folders. */
  readonly targets: readonly string[]
  readonly isRecursive?: boolean
  /** Only records that the source changed. */
  readonly skipsDownload?: boolean
  /** Replaces an output that was edited. */
  readonly isForced?: boolean
}

/** What became of each import. */
export interface UpdateResult {
  readonly updated: readonly string[]
  readonly unchanged: readonly string[]
  /** Absolute paths of the files that were written for git. */
  readonly written: readonly string[]
}

/**
 * Updates imports whose source, or whose output, is no longer as recorded.
 * To be used while the repository's lock is held.
 *
 * @throws {ToolkitError} `PATH_UNTRACKED` for what is no import; `DATA_UNSAVED` when an output was
 * edited; as {@link readSource}. What was updated before stays so.
 */
export async function updateImports(
  options: UpdateOptions,
  scope: ImportScope,
): Promise<UpdateResult> {
  const { repository } = scope
  const imports = findImports(repository, options)
  const updated: string[] = []
  const unchanged: string[] = []
  const written: string[] = []
  for (const item of imports) {
    const files = await updateImport(item, options, scope)
    if (files === undefined) unchanged.push(item.stage.address)
    else {
      updated.push(item.stage.address)
      written.push(...files)
    }
  }
  return { updated, unchanged, written }
}

/**
 * Takes the data of one import from its source, whatever was recorded of that.
 *
 * @throws as {@link updateImports}
 */
export async function takeImport(stage: Stage, scope: ImportScope): Promise<void> {
  await updateImport(toImport(stage), {}, scope)
}

/** What became of imports that had only been written down. */
export interface CompletedImports {
  /** Those whose data is there now. */
  readonly outputs: readonly Output[]
  /** Absolute paths of the files that were written for git. */
  readonly written: readonly string[]
  readonly problems: readonly ToolkitError[]
}

/**
 * Brings the data of imports that were made with `--no-download`, where their source still is what was
 * recorded. To be used while the repository's lock is held.
 *
 * @throws {ToolkitError} as {@link selectTracked}
 */
export async function completeImports(
  { targets, isRecursive = false, isForced = false }: Omit<UpdateOptions, 'skipsDownload'>,
  scope: ImportScope,
): Promise<CompletedImports> {
  const { root, directory } = scope.repository
  const pipeline = readPipeline(openWorktree(scope.repository))
  const tracked = selectTracked(pipeline, new Map(), { root, directory, targets, isRecursive })
  const stages = [...new Set(tracked.map(({ stage }) => stage))].filter(isOnlyWrittenDown)
  const outputs: Output[] = []
  const written: string[] = []
  const problems: ToolkitError[] = []
  for (const stage of stages) {
    try {
      const item = toImport(stage)
      written.push(...((await updateImport(item, { isForced, keepsSource: true }, scope)) ?? []))
      outputs.push(item.output)
    } catch (error) {
      if (!(error instanceof ToolkitError)) throw error
      problems.push(error)
    }
  }
  return { outputs, written, problems }
}

interface Import {
  readonly stage: Stage
  readonly source: StagePath
  readonly output: Output
}

function findImports(repository: Repository, options: UpdateOptions): Import[] {
  const pipeline = readPipeline(openWorktree(repository))
  const { root, directory } = repository
  const { targets, isRecursive = false } = options
  const tracked = selectTracked(pipeline, new Map(), { root, directory, targets, isRecursive })
  const stages = [...new Set(tracked.map(({ stage }) => stage))]
  const asked = isRecursive ? stages.filter(({ data }) => data?.isImport === true) : stages
  return asked.map(toImport)
}

function toImport(stage: Stage): Import {
  const [source] = stage.dependencies
  const [output] = stage.outputs
  if (stage.data?.isImport !== true || source === undefined || output === undefined) {
    throw new ToolkitError('PATH_UNTRACKED', `'${stage.address}' was not imported`, {
      hint: 'record changed data with: mlpt add',
      details: { stage: stage.address },
    })
  }
  if (isAddress(source.location) || isAbsolute(source.location)) return { stage, source, output }
  throw new ToolkitError('PATH_UNTRACKED', `'${stage.address}' comes from another repository`, {
    hint: `update it with: dvc update ${stage.address}`,
    details: { stage: stage.address },
  })
}

interface ImportChoices extends Pick<UpdateOptions, 'isForced' | 'skipsDownload'> {
  /** Refuses a source that is no longer what was recorded. */
  readonly keepsSource?: boolean
}

/** The files that were written; `undefined` when nothing has changed. */
async function updateImport(
  item: Import,
  options: ImportChoices,
  scope: ImportScope,
): Promise<string[] | undefined> {
  const file = stageFileOf(scope.repository, item.stage)
  const text = readTextNow(file) ?? ''
  const now = await readSource(item.source.location, scope)
  const isSame = isSourceSame(item, text, now)
  if (isSame && (await isOutputSame(item, scope))) return undefined
  if (!isSame && options.keepsSource === true) throw changedSource(item)
  await checkSaved(item, options, scope)
  const change =
    options.skipsDownload === true
      ? { source: now, content: unknownHash }
      : await fetchSource(item.source.location, scope)
  return replaceOutput(item, { file, text, ...change }, scope)
}

function changedSource({ stage, source }: Import): ToolkitError {
  return new ToolkitError(
    'DATA_HASH_MISMATCH',
    `'${source.path}' is not what '${stage.address}' has written down of it`,
    {
      hint: `take what there is now: mlpt update ${stage.address}`,
      details: { stage: stage.address, source: source.path },
    },
  )
}

function isSourceSame({ stage, source }: Import, text: string, now: DataHash): boolean {
  const recorded = stage.data?.record.dependencies.get(source.path)
  return isSameSource(recorded, readRecordedChecksum(text, stage.address, source.path), now)
}

/** Whether the output, and what is written of the import, are as they were recorded. */
async function isOutputSame({ stage, output }: Import, { cache }: ImportScope): Promise<boolean> {
  const { record, checksum } = stage.data ?? {}
  const present = await cache.hash(output.location)
  const isSame = present?.fingerprint.md5 === record?.outputs.get(output.path)?.md5
  return present !== undefined && isSame && checksum?.recorded === checksum?.actual
}

/** @throws {ToolkitError} `DATA_UNSAVED` */
async function checkSaved(
  { output }: Import,
  { isForced }: ImportChoices,
  { cache, repository }: ImportScope,
): Promise<void> {
  const present = await cache.hash(output.location)
  if (isForced === true || present === undefined || (await cache.has(present.fingerprint.md5)))
    return
  const path = relative(repository.directory, output.location)
  throw new ToolkitError('DATA_UNSAVED', `'${path}' was edited, and would be lost`, {
    hint: 'move it away, or give it up with --force',
    details: { path },
  })
}

interface Replacement {
  readonly file: string
  readonly text: string
  readonly source: DataHash
  readonly content: DataHash
}

async function replaceOutput(
  { output, source: from }: Import,
  { file, text, source, content }: Replacement,
  { repository, cache }: ImportScope,
): Promise<string[]> {
  const { location, path } = output
  if (content.value !== undefined) {
    await cache.restore(content.value, { location, isExecutable: content.isExecutable })
  }
  const written = await hideFromGit(repository, location)
  const next = updateDataFile(text, relative(repository.directory, file), {
    dependencies: new Map([[from.path, source]]),
    outputs: new Map([[path, content]]),
    refreshesChecksum: true,
  })
  await writeFileAtomically(file, next)
  // What is there is no longer what the file speaks of; the cache has it.
  if (content.value === undefined) removePath(location)
  await rememberPlaced(repository, [{ location, md5: content.value }])
  return [...written, file]
}
