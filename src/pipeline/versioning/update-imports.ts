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
import type { RecordedPath } from '../stages/record.ts'
import { isAddress } from '../stages/stage-path.ts'
import type { Output, Stage, StagePath } from '../stages/stage.ts'
import { unknownHash } from './data-hash.ts'
import { updateDataFile, type DataHash } from './format-data-file.ts'
import { hideFromGit } from './ignore-lines.ts'
import { fetchSource, readSource, type ImportedContent, type ImportScope } from './import-source.ts'
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
export async function takeImport(
  stage: Stage,
  { isForced }: Required<Pick<UpdateOptions, 'isForced'>>,
  scope: ImportScope,
): Promise<void> {
  await updateImport(toImport(stage), { isForced, isAnew: isForced }, scope)
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
  throw new ToolkitError(
    'PATH_UNTRACKED',
    `'${stage.address}' comes from another repository or a database`,
    {
      hint: `update it with: dvc update ${stage.address}`,
      details: { stage: stage.address },
    },
  )
}

interface ImportChoices extends Pick<UpdateOptions, 'isForced' | 'skipsDownload'> {
  /** Refuses a source that is no longer what was recorded. */
  readonly keepsSource?: boolean
  /** Takes the source again even if nothing has changed. */
  readonly isAnew?: boolean
}

/** The files that were written; `undefined` when nothing has changed. */
async function updateImport(
  item: Import,
  options: ImportChoices,
  scope: ImportScope,
): Promise<string[] | undefined> {
  const file = stageFileOf(scope.repository, item.stage)
  const text = readTextNow(file) ?? ''
  const source = await readSource(item.source.location, scope)
  const isSame = isSourceSame(item, source)
  const isKept = isSame && options.isAnew !== true && isDefinitionSame(item)
  const isOutputSame = await isAsRecorded(item, scope)
  if (isKept && isOutputSame) return undefined
  if (!isSame && options.keepsSource === true) throw changedSource(item)
  if (!isOutputSame || options.skipsDownload === true) await checkSaved(item, options, scope)
  const change = await getContent(item, { source, isKept, options }, scope)
  return replaceOutput(item, { file, text, ...change }, scope)
}

interface Getting {
  readonly source: DataHash
  /** Whether what is recorded is what the source gives. */
  readonly isKept: boolean
  readonly options: ImportChoices
}

/** Puts the data in place: from the cache when that has it, as with dvc. */
async function getContent(
  item: Import,
  { source, isKept, options }: Getting,
  scope: ImportScope,
): Promise<ImportedContent> {
  if (options.skipsDownload === true) return { source, content: unknownHash }
  const recorded = isKept ? await restoreRecorded(item, scope) : undefined
  return recorded === undefined ? fetchContent(item, scope) : { source, content: recorded }
}

async function isAsRecorded(item: Import, { cache }: ImportScope): Promise<boolean> {
  const present = await cache.hash(item.output.location)
  return present !== undefined && present.fingerprint.md5 === recordedOutput(item)?.md5
}

function isDefinitionSame({ stage }: Import): boolean {
  const checksum = stage.data?.checksum
  return checksum?.recorded === checksum?.actual
}

function recordedOutput({ stage, output }: Import): RecordedPath | undefined {
  return stage.data?.record.outputs.get(output.path)
}

/** `undefined` when the cache does not have it. */
async function restoreRecorded(
  item: Import,
  { cache }: ImportScope,
): Promise<DataHash | undefined> {
  const recorded = recordedOutput(item)
  if (recorded?.md5 === undefined || recorded.isLegacy) return undefined
  const { md5, sizeBytes, fileCount, isExecutable, isLegacy } = recorded
  if (!(await cache.has(md5))) return undefined
  const isThere = await cache.restore(md5, { location: item.output.location, isExecutable })
  if (!isThere) return undefined
  return { key: 'md5', value: md5, sizeBytes, fileCount, isExecutable, isLegacy }
}

async function fetchContent(
  { source, output: { location } }: Import,
  scope: ImportScope,
): Promise<ImportedContent> {
  const fetched = await fetchSource(source.location, scope)
  const { value, isExecutable } = fetched.content
  if (value !== undefined) await scope.cache.restore(value, { location, isExecutable })
  return fetched
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

function isSourceSame({ stage, source }: Import, { value }: DataHash): boolean {
  const recorded = stage.data?.record.dependencies.get(source.path)?.md5
  return recorded !== undefined && recorded === value
}

/** @throws {ToolkitError} `DATA_UNSAVED` */
async function checkSaved(
  { stage, output }: Import,
  { isForced }: ImportChoices,
  { cache, repository }: ImportScope,
): Promise<void> {
  const present = await cache.hash(output.location)
  if (isForced === true || present === undefined || (await cache.has(present.fingerprint.md5)))
    return
  const path = relative(repository.directory, output.location)
  throw new ToolkitError('DATA_UNSAVED', `'${path}' was edited, and would be lost`, {
    hint: `keep it with: mlpt commit --force ${stage.address}; give it up with: mlpt update --force ${stage.address}`,
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
  { repository }: ImportScope,
): Promise<string[]> {
  const { location, path } = output
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
