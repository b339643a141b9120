/** What the engine needs of the cache. */

import type { YamlMap } from '../yaml/yaml-value.ts'
import type { PathContent } from './hash-file.ts'
import type { BrokenObject } from './object-store.ts'
import type { RecordedRun } from './run-cache-key.ts'

/** Content by hash, hashes by path, and runs by what went in. Disposing it writes down what was learnt. */
export interface Cache extends Disposable {
  /** What a path holds; `undefined` when there is nothing. @throws {ToolkitError} `FILE_READ_FAILED` */
  hash(location: string, options?: HashPathOptions): Promise<PathContent | undefined>
  /** Whether an object is there; for a folder, its manifest and every member. */
  has(md5: string, options?: LegacyOption): Promise<boolean>
  /** Copies a path's content into the cache. @throws {ToolkitError} when it is no longer what was hashed */
  save(location: string, content: PathContent): Promise<void>
  /** Hashes a path and copies its content into the cache in one go; `undefined` when there is nothing. */
  add(location: string): Promise<PathContent | undefined>
  /** Replaces saved files by links to the cache, where `cache.type` asks for links. */
  link(location: string, content: PathContent): Promise<void>
  /** Puts content back at a path, replacing what is there; false when the cache's copy is damaged or not there. */
  restore(md5: string, target: RestoreTarget): Promise<boolean>
  /** Earlier runs of a stage with the same inputs, the last first. @param entry - as `dvc.lock` would have it */
  findRuns(entry: YamlMap): Promise<readonly RecordedRun[]>
  /** Keeps what a stage gave. @param entry - as in `dvc.lock` */
  saveRun(entry: YamlMap): Promise<void>
}

/** Whether a hash is one of DVC 2. */
export interface LegacyOption {
  readonly isLegacy?: boolean
}

/** How a path is hashed. */
export interface HashPathOptions extends LegacyOption {
  /** Spares the list of a folder's files, which is large for a large one. */
  readonly skipsMembers?: boolean
}

/** Where content goes. */
export interface RestoreTarget extends LegacyOption {
  readonly location: string
  readonly isExecutable: boolean
  /** The tracked folder that the path is a part of: beside it lies what is not whole yet. */
  readonly top?: string
  /** Hears of every object that is missing or was damaged, before the answer is false. */
  readonly onBroken?: (object: BrokenObject) => void
}
