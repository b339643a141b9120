/** Outputs of a stage that has run: read, kept in the cache, kept out of git. */

import { ToolkitError } from '../../core/errors.ts'
import { unprotect } from '../cache/link-store.ts'
import type { PathContent } from '../cache/hash-file.ts'
import { existsNow } from '../repository/text-file.ts'
import { nameStage } from '../stages/graph.ts'
import type { Output, Stage } from '../stages/stage.ts'
import { hashPaths } from './observe.ts'
import type { StageRun } from './stage-run.ts'

/** @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when the stage did not write all it promised */
export async function readOutputs(
  stage: Stage,
  { cache }: StageRun,
): Promise<ReadonlyMap<string, PathContent>> {
  const contents = await hashPaths(stage.outputs, cache)
  const missing = stage.outputs.filter(({ path }) => !contents.has(path)).map(({ path }) => path)
  if (missing.length === 0) return contents
  const names = missing.map((path) => `'${path}'`).join(', ')
  throw new ToolkitError('PIPELINE_STAGE_FAILED', `${nameStage(stage)} did not write ${names}`, {
    hint: `write it in 'cmd', or correct 'outs'`,
    details: { stage: stage.address, missing },
  })
}

/**
 * Makes copies of outputs that persist and are links to the cache: the stage goes on writing to
 * them, and would write into the objects.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export function freePersistentOutputs({ outputs }: Stage, { repository }: StageRun): void {
  for (const { location, isCached, isPersistent } of outputs) {
    if (isCached && isPersistent && existsNow(location)) unprotect(location, repository.ignore)
  }
}

/** What git keeps is no link to the cache: it would be committed as one, and edited through it. */
export function freeUncachedOutput(
  { location, isCached }: Output,
  { repository }: Pick<StageRun, 'repository'>,
): void {
  if (!isCached) unprotect(location, repository.ignore)
}

/**
 * Copies cached outputs into the cache, unless that is left to a commit, and keeps them out of git.
 *
 * @param kept - by path, what the old cache has already
 */
export async function saveOutputs(
  stage: Stage,
  contents: ReadonlyMap<string, PathContent>,
  { cache, ignore, keepsOutputs }: StageRun,
  kept: ReadonlyMap<string, unknown> = new Map(),
): Promise<void> {
  for (const { path, location, isCached } of stage.outputs) {
    const content = contents.get(path)
    if (content === undefined || !isCached) continue
    if (keepsOutputs && !kept.has(path)) await cache.save(location, content)
    await ignore(location)
  }
}
