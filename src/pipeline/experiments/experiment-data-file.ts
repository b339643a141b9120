/** Data of `*.dvc` files on their way into an experiment. */

import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import type { PathContent } from '../cache/hash-file.ts'
import { saveToCache } from '../cache/cache-store.ts'
import { openCache, type OpenCacheOptions } from '../cache/open-cache-store.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline, readRecords } from '../repository/snapshot.ts'
import { readTextNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import type { RecordedPath } from '../stages/record.ts'
import type { Output, Stage } from '../stages/stage.ts'
import { checkoutData } from '../versioning/checkout-data.ts'
import { hashOf } from '../versioning/data-hash.ts'
import { updateDataFile } from '../versioning/format-data-file.ts'
import type { GitRepository } from './git-repository.ts'
import { relativePosix } from '../stages/posix-path.ts'

/**
 * Saves data that changed since they were added, without a word of it in the user's work tree.
 *
 * @returns new texts of `*.dvc` files, by path from git's root
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`, `PIPELINE_INVALID`
 */
export async function saveChangedData(
  repository: GitRepository,
  stages: readonly Stage[],
  options: OpenCacheOptions,
): Promise<ReadonlyMap<string, { readonly text: string }>> {
  using cache = openCache(repository, options)
  const texts = new Map<string, { readonly text: string }>()
  for (const stage of stages) {
    if (stage.data === undefined) continue
    for (const output of stage.outputs.filter(({ isCached }) => isCached)) {
      const recorded = stage.data.record.outputs.get(output.path)
      const content = await readIfChanged(output, recorded, cache)
      if (content === undefined) continue
      // Not the cache's own save, which may put a link in the place of the user's file.
      await saveToCache(repository, output.location, content, options)
      const file = join(repository.root, stage.file)
      const path = relativePosix(repository.gitRoot, file)
      const text = texts.get(path)?.text ?? readTextNow(file) ?? ''
      const outputs = new Map([[output.path, hashOf(content.fingerprint)]])
      texts.set(path, { text: updateDataFile(text, stage.address, { outputs }) })
    }
  }
  return texts
}

/** What is there, unless it is what is recorded, or there is nothing. */
async function readIfChanged(
  { location }: Output,
  recorded: RecordedPath | undefined,
  cache: Cache,
): Promise<PathContent | undefined> {
  const isLegacy = recorded?.isLegacy === true
  const found = await cache.hash(location, { isLegacy })
  if (found === undefined || found.fingerprint.md5 === recorded?.md5) return undefined
  return isLegacy ? cache.hash(location) : found
}

/**
 * Checks out what no stage is going to write: data of `*.dvc` files, outputs of frozen stages, and
 * outputs that stages continue. What the cache lacks is left out; a stage that needs it says so.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`, `FILE_WRITE_FAILED`
 */
export async function restoreSources(
  repository: Repository,
  options: OpenCacheOptions,
): Promise<void> {
  const snapshot = openWorktree(repository)
  const { stages } = readPipeline(snapshot)
  const records = readRecords(stages, snapshot)
  const targets = stages.flatMap((stage) =>
    stage.outputs
      .filter((output) => isSource(stage, output))
      .filter(({ path }) => records.get(stage)?.outputs.get(path)?.md5 !== undefined)
      .map(({ location }) => location),
  )
  if (targets.length === 0) return
  using cache = openCache(repository, options)
  await checkoutData(repository, cache, { targets, isForced: true })
}

function isSource(stage: Stage, { isCached, isPersistent }: Output): boolean {
  return isCached && (stage.data !== undefined || stage.isFrozen || isPersistent)
}
