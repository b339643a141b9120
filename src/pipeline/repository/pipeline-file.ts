/** The files of a pipeline: `dvc.yaml`, `dvc.lock` and parameter files. */

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { systemCode, writeFileAtomically } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { parseLock, type PipelineLock } from '../stages/dvc-lock.ts'
import { parseParameterFile } from '../stages/parameter-values.ts'
import { parsePipeline, type Pipeline } from '../stages/parse-pipeline.ts'
import { createProblems } from '../yaml/problems.ts'
import { readError, readTextIfPresent, type Workspace } from './workspace-file.ts'
import type { YamlMap } from '../yaml/yaml-value.ts'

/** @throws {ToolkitError} `FILE_MISSING`, `PIPELINE_INVALID`, `PIPELINE_CYCLE` */
export async function readPipeline({ directory, root }: Workspace): Promise<Pipeline> {
  const text = await readTextIfPresent(join(directory, 'dvc.yaml'))
  if (text === undefined) {
    throw new ToolkitError('FILE_MISSING', `there is no dvc.yaml in '${directory}'`, {
      hint: "go to the project's folder: the one with dvc.yaml in it",
      details: { directory },
    })
  }
  const readText = (path: string): string | undefined => readTextNow(join(directory, path))
  return parsePipeline({ text, directory, root, readText })
}

/** Parsing is pure and asks for files as it meets their names, hence the blocking read. */
function readTextNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw readError(path, error)
  }
}

/** @throws {ToolkitError} `PIPELINE_INVALID` */
export async function readPipelineLock({ directory }: Workspace): Promise<PipelineLock> {
  return parseLock(await readTextIfPresent(join(directory, 'dvc.lock')))
}

/** Writes `dvc.lock`, unless it says the same already: an unchanged file keeps its time. */
export async function writePipelineLock({ directory }: Workspace, text: string): Promise<void> {
  const path = join(directory, 'dvc.lock')
  if ((await readTextIfPresent(path)) !== text) await writeFileAtomically(path, text)
}

/**
 * The values in a parameter file; `undefined` when there is no such file.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`
 */
export async function readParameterFile(
  location: string,
  { directory }: Workspace,
): Promise<YamlMap | undefined> {
  const text = await readTextIfPresent(location)
  if (text === undefined) return undefined
  const problems = createProblems()
  const values = parseParameterFile(text, relative(directory, location), problems)
  problems.check()
  return values
}
