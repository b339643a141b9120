/** The `dvc.lock` files of a run: read again only when they changed, written whole, several stages at once. */

import { relative } from 'node:path'
import { createAtomicWriter } from '../../core/atomic-file.ts'
import {
  parseLock,
  recordOf,
  toEntry,
  updateLock,
  type LockUpdate,
  type PipelineLock,
  type StageResult,
} from '../stages/dvc-lock.ts'
import type { StageRecord } from '../stages/record.ts'
import type { Stage } from '../stages/stage.ts'
import { createYamlFormatter } from '../yaml/format-yaml.ts'
import type { YamlMap } from '../yaml/yaml-value.ts'
import { createYamlParser } from './parsed-yaml-store.ts'
import { lockLocation } from './snapshot.ts'
import { identityOf, readTextNow } from './text-file.ts'

/** All locks of one run. To be used while the repository's lock is held. */
export interface LockFiles {
  /** What is recorded of a stage now. @throws {ToolkitError} `PIPELINE_INVALID` */
  recordOf(stage: Stage): StageRecord | undefined
  /** Records what a stage read and wrote; resolves when it is on disk. */
  update(stage: Stage, result: StageResult): Promise<void>
  /** Counts recorded stages among those that this run adds, which stand in the order of the run. */
  addedBefore(stages: readonly Stage[]): void
}

interface LockFile extends ReadLockFile {
  /** The places of its stages, by name, as they would run one by one. */
  readonly ranks: ReadonlyMap<string, number>
}

interface ReadLockFile {
  readonly location: string
  readonly added: Set<string>
  readonly format: (document: YamlMap) => string
  readonly write: (text: string) => Promise<void>
  lock: PipelineLock
  records: Map<string, StageRecord>
  /** Of the file that `lock` was read from or written to. */
  identity: string
  /** What this run has written last. */
  text: string | undefined
  waiting: LockUpdate[]
  writing: Promise<void> | undefined
}

/** The folders of a repository that are needed here. */
export interface LockHome {
  readonly root: string
  readonly directory: string
  readonly stateFolder: string
}

/** @param order - all stages of the run, in the order in which they would run one by one */
export function openLockFiles(
  { root, directory, stateFolder }: LockHome,
  order: readonly Stage[],
): LockFiles {
  const files = new Map<string, LockFile>()
  const read: ReadLock = (location) => {
    const name = relative(directory, location)
    return parseLock(readTextNow(location, name), name, createYamlParser(stateFolder))
  }
  const fileOf = (stage: Stage): LockFile => {
    const location = lockLocation(root, stage)
    const known = files.get(location)
    if (known !== undefined) return refresh(known, read)
    const own = order.filter((other) => lockLocation(root, other) === location)
    const ranks = new Map(own.map(({ name }, rank) => [name, rank]))
    const opened = { ...readLockFile(location, read), ranks }
    files.set(location, opened)
    return opened
  }
  return {
    recordOf: (stage) => stage.data?.record ?? fileOf(stage).records.get(stage.name),
    update: async (stage, result) => {
      const file = fileOf(stage)
      file.waiting.push({ name: stage.name, entry: toEntry(stage, result) })
      file.records.set(stage.name, recordOf(stage, result))
      // Whoever comes while a write is under way goes into the next one together.
      while (file.waiting.length > 0) {
        file.writing ??= writeWaiting(file).finally(() => {
          file.writing = undefined
        })
        await file.writing
      }
      await file.writing
    },
    addedBefore: (stages) => {
      for (const stage of stages) fileOf(stage).added.add(stage.name)
    },
  }
}

type ReadLock = (location: string) => PipelineLock

function readLockFile(location: string, read: ReadLock): ReadLockFile {
  const identity = identityOf(location)
  const lock = read(location)
  return {
    location,
    added: new Set(),
    format: createYamlFormatter(),
    write: createAtomicWriter(location),
    lock,
    records: new Map(lock.records),
    identity,
    text: undefined,
    waiting: [],
    writing: undefined,
  }
}

/** DVC may have written it while the lock was given up. */
function refresh(file: LockFile, read: ReadLock): LockFile {
  if (file.waiting.length > 0 || file.writing !== undefined) return file
  if (identityOf(file.location) === file.identity) return file
  const fresh = readLockFile(file.location, read)
  return Object.assign(file, { ...fresh, added: file.added })
}

async function writeWaiting(file: LockFile): Promise<void> {
  const updates = file.waiting.splice(0)
  const document: YamlMap = updateLock(file.lock.document, updates, file)
  const text = file.format(document)
  // An unchanged file keeps its time.
  if (textNow(file) !== text) await file.write(text)
  file.lock = { ...file.lock, document }
  file.text = text
  file.identity = identityOf(file.location)
}

/** Read only where somebody else may have written it: of thousands of stages it is long. */
function textNow({ location, text, identity }: LockFile): string | undefined {
  if (text !== undefined && identityOf(location) === identity) return text
  return readTextNow(location)
}
