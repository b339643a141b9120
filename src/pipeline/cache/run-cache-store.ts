/** The run cache on disk: `runs/ab/<key>/<value>` below the cache's folder, one YAML file for each run. */

import { chmodSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { asWriteError } from '../../core/atomic-file.ts'
import { existsNow, isAbsent, readError, readTextNow } from '../repository/text-file.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { formatYaml } from '../yaml/format-yaml.ts'
import type { YamlMap } from '../yaml/yaml-value.ts'
import { makeCacheFolder } from './cache-folder-file.ts'
import { openObjectBatch } from './object-batch-store.ts'
import { isSharedCache, type CacheHome } from './object-path.ts'
import { isSameRun, keyOfRun, nameRun, parseRun, type RecordedRun } from './run-cache-key.ts'
import type { TemporaryFolder } from './temporary-folder-store.ts'

/**
 * Keeps what a stage gave, for whoever runs it with the same inputs; does nothing when it is kept
 * already. Not made safe against a machine that stops: what is cut short is no entry, to DVC as to us.
 *
 * @param entry - the stage's entry in `dvc.lock`
 * @param shared - where it waits for its name, when others use it too
 * @throws {ToolkitError} `FILE_WRITE_FAILED`
 */
export function saveRun(home: CacheHome, entry: YamlMap, shared?: TemporaryFolder): void {
  const { key, value } = nameRun(entry)
  const path = join(folderOf(home, key), value)
  if (existsNow(path)) return
  // Not beside its name: DVC takes the newest file of that folder for the last run.
  using batch = openObjectBatch(home, shared)
  try {
    const temporary = batch.temporaryPath()
    writeFileSync(temporary, formatYaml(entry))
    if (isSharedCache(home)) chmodSync(temporary, 0o664)
    makeCacheFolder(home, dirname(path))
    renameSync(temporary, path)
  } catch (error) {
    throw asWriteError(path, error)
  }
}

function folderOf({ cacheFolder }: CacheHome, key: string): string {
  return join(cacheFolder, 'runs', key.slice(0, 2), key)
}

/**
 * Earlier runs with the same command, dependencies and parameters, the last first: that is the one
 * DVC would take. Whether their outputs are still in the cache is for the caller to see.
 *
 * @param entry - the stage's entry as `dvc.lock` would have it now; of its outputs only the paths count
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export function findRuns(home: CacheHome, entry: YamlMap): RecordedRun[] {
  const folder = folderOf(home, keyOfRun(entry))
  return listNewestFirst(folder)
    .map((name) => parseRun(readTextNow(join(folder, name)) ?? ''))
    .filter((run) => run !== undefined)
    .filter((run) => isSameRun(entry, run.entry))
}

function listNewestFirst(folder: string): string[] {
  try {
    const files = readdirSync(folder).map((name) => ({
      name,
      time: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    files.sort((a, b) => b.time - a.time || compareCodePoints(a.name, b.name))
    return files.map(({ name }) => name)
  } catch (error) {
    if (isAbsent(error)) return []
    throw readError(folder, error)
  }
}
