/** The files of a repository at one moment: the work tree, or what a git revision holds. */

import { dirname, join, relative } from 'node:path'
import { parseLock, type PipelineLock } from '../stages/dvc-lock.ts'
import type { StageRecord } from '../stages/record.ts'
import { parsePipeline, type Pipeline } from '../stages/parse-pipeline.ts'
import type { Stage } from '../stages/stage.ts'
import type { ParsingSettings } from '../stages/format-flags.ts'
import type { YamlParser } from '../yaml/yaml-node.ts'

/** Where pipeline files are read from. */
export interface Snapshot {
  /** Empty for the work tree; else the revision as it was asked for. */
  readonly revision: string
  /** Absolute root of the repository. */
  readonly root: string
  /** Absolute folder the command works in; stages and places are named from here. */
  readonly directory: string
  /** Every `dvc.yaml` and `*.dvc`, from the root, with forward slashes, in order. */
  readonly pipelineFiles: readonly string[]
  /** The text at an absolute path; `undefined` when there is none. */
  readonly readText: (location: string) => string | undefined
  /** What hides an absolute path from DVC, in words: `'*.log' in .dvcignore:2`; `undefined` when nothing does. */
  readonly hiddenBy?: (location: string) => string | undefined
  /** The section `parsing` of the settings. */
  readonly parsing?: ParsingSettings
  /** What parses the files; `parseYamlNode` unless it is said. */
  readonly parseYaml?: YamlParser
}

/**
 * Parses all stages of a snapshot.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`, `PIPELINE_CYCLE`
 */
export function readPipeline(snapshot: Snapshot): Pipeline {
  const files = snapshot.pipelineFiles.flatMap((path) => {
    const text = snapshot.readText(join(snapshot.root, path))
    return text === undefined ? [] : [{ path, text }]
  })
  return parsePipeline({ ...snapshot, files })
}

/**
 * What is recorded of each stage: in the `dvc.lock` beside its `dvc.yaml`, or in its `*.dvc` file.
 * A stage that has never run has no record.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`
 */
export function readRecords(
  stages: readonly Stage[],
  snapshot: LockSource,
): ReadonlyMap<Stage, StageRecord> {
  const locks = new Map<string, PipelineLock>()
  const records = new Map<Stage, StageRecord>()
  for (const stage of stages) {
    const record = stage.data?.record ?? lockOf(stage, snapshot, locks).records.get(stage.name)
    if (record !== undefined) records.set(stage, record)
  }
  return records
}

/** What of a snapshot is needed to read its locks. */
type LockSource = Pick<Snapshot, 'root' | 'directory' | 'readText' | 'parseYaml'>

function lockOf(
  stage: Stage,
  snapshot: LockSource,
  locks: Map<string, PipelineLock>,
): PipelineLock {
  const location = lockLocation(snapshot.root, stage)
  const known = locks.get(location)
  if (known !== undefined) return known
  const file = relative(snapshot.directory, location)
  const lock = parseLock(snapshot.readText(location), file, snapshot.parseYaml)
  locks.set(location, lock)
  return lock
}

/** Where the lock of a stage lies: beside its `dvc.yaml`. */
export function lockLocation(root: string, stage: Stage): string {
  return join(root, dirname(stage.file), 'dvc.lock')
}
