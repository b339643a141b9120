/** The files that stages stand in: `dvc.yaml` with its lock, and `*.dvc`. */

import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { asWriteError, writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Repository } from '../repository/repository.ts'
import { lockLocation } from '../repository/snapshot.ts'
import { readTextNow } from '../repository/text-file.ts'
import { parseLock } from '../stages/dvc-lock.ts'
import type { Stage } from '../stages/stage.ts'
import { editYaml } from '../yaml/edit-yaml.ts'
import { formatYaml } from '../yaml/format-yaml.ts'
import { isYamlMap } from '../yaml/yaml-value.ts'
import { updateDataFile } from './format-data-file.ts'
import { parseYamlDocument } from '../yaml/parse-yaml-document.ts'

/** Where the file of a stage lies. */
export function stageFileOf({ root }: Pick<Repository, 'root'>, stage: Stage): string {
  return join(root, stage.file)
}

/** Removes a file; nothing happens when there is none. @throws {ToolkitError} `FILE_WRITE_FAILED` */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    throw asWriteError(path, error)
  }
}

/**
 * Freezes a stage or `*.dvc` file, or lets it loose again; comments stay.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID` when the stage is made by `foreach` or `matrix`
 */
export async function writeFrozen(
  repository: Repository,
  stage: Stage,
  isFrozen: boolean,
): Promise<void> {
  const path = stageFileOf(repository, stage)
  const text = readTextNow(path) ?? ''
  const name = relative(repository.directory, path)
  const next =
    stage.data === undefined
      ? editFrozen(text, name, stage, isFrozen)
      : updateDataFile(text, name, { isFrozen })
  if (next !== text) await writeFileAtomically(path, next)
}

function editFrozen(text: string, file: string, stage: Stage, isFrozen: boolean): string {
  checkSingle(stage, 'frozen by itself')
  const path = ['stages', stage.name, 'frozen']
  if (isFrozen) return editYaml(text, file, [{ kind: 'set', path, value: true }])
  return editYaml(text, file, [{ kind: 'remove', path }])
}

/** @throws {ToolkitError} `PIPELINE_INVALID` */
export function checkSingle(stage: Stage, what: string): void {
  const { group, place } = stage
  if (group === undefined) return
  const { file, line, column } = place
  throw new ToolkitError(
    'PIPELINE_INVALID',
    `${file}:${line}:${column}: '${stage.name}' is one of those that '${group}' makes, and cannot be ${what}`,
    { hint: `edit '${group}' in ${file}`, details: { stage: stage.name, group } },
  )
}

/** What was written and removed, as absolute paths. */
export type ChangedFiles = readonly string[]

/**
 * Takes a stage out of its `dvc.yaml` and `dvc.lock`, comments of the others kept. A file without
 * any stage goes; unlike dvc's, a `dvc.yaml` that says something else besides stays.
 */
export async function deleteStage(repository: Repository, stage: Stage): Promise<ChangedFiles> {
  const path = stageFileOf(repository, stage)
  if (stage.data !== undefined) {
    removeFile(path)
    return [path]
  }
  const lock = await deleteRecord(repository, stage)
  const text = readTextNow(path)
  if (text === undefined) return lock
  const next = withoutStage(text, relative(repository.directory, path), stage.name)
  if (next === undefined) removeFile(path)
  else await writeFileAtomically(path, next)
  return [...lock, path]
}

function withoutStage(text: string, file: string, name: string): string | undefined {
  const document = parseYamlDocument(text, file)
  const stages = document.get('stages')
  const count = isYamlMap(stages) ? stages.size : 0
  if (count > 1) return editYaml(text, file, [{ kind: 'remove', path: ['stages', name] }])
  const others = [...document.keys()].filter((key) => key !== 'stages' && key !== 'vars')
  if (others.length === 0) return undefined
  return editYaml(text, file, [{ kind: 'remove', path: ['stages'] }])
}

async function deleteRecord(repository: Repository, stage: Stage): Promise<ChangedFiles> {
  const path = lockLocation(repository.root, stage)
  const { document } = parseLock(readTextNow(path), relative(repository.directory, path))
  const stages = document.get('stages')
  if (!isYamlMap(stages) || !stages.has(stage.name)) return []
  const kept = new Map([...stages].filter(([name]) => name !== stage.name))
  if (kept.size === 0 && !document.has('datasets')) removeFile(path)
  else await writeFileAtomically(path, formatYaml(new Map(document).set('stages', kept)))
  return [path]
}
