import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../core/atomic-file.ts'
import { ToolkitError, messageOf } from '../core/errors.ts'
import type { Project } from './definition/define-project.ts'
import { importModule } from './import-module-file.ts'
import { parametersFile, projectFile } from './layout.ts'
import { parseParameters, type Parameters } from './parameters/parameters.ts'

/**
 * Loads the project of a folder: its project.ts, which is run as code.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `CONFIG_INVALID`
 */
export async function loadProject(directory: string): Promise<Project> {
  const path = join(directory, projectFile)
  await checkExists(path)
  try {
    const exported = (await importModule(path)).default
    if (isProject(exported)) return exported
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    const reason = messageOf(error)
    throw new ToolkitError('CONFIG_INVALID', `${projectFile} cannot be loaded: ${reason}`, {
      hint: loadHint(reason),
      cause: error,
    })
  }
  throw new ToolkitError('CONFIG_INVALID', `${projectFile} does not export a project`, {
    hint: 'end it with: export default defineProject({ … })',
  })
}

function loadHint(reason: string): string {
  const [, name] = /^Cannot find package '([^']+)'/.exec(reason) ?? []
  if (name !== undefined) return `run: npm install ${name}`
  return 'check it with your TypeScript compiler'
}

/** Whether a folder holds a project at all; `mlpt run` also works on pipelines without one. */
export async function hasProject(directory: string): Promise<boolean> {
  return access(join(directory, projectFile)).then(
    () => true,
    () => false,
  )
}

/** Reads and checks params.yaml. @throws {ToolkitError} `FILE_MISSING`, `CONFIG_INVALID` */
export async function loadParameters(directory: string): Promise<Parameters> {
  const path = join(directory, parametersFile)
  await checkExists(path)
  return parseParameters(await readFile(path, 'utf8'), parametersFile)
}

async function checkExists(path: string): Promise<void> {
  try {
    await access(path)
  } catch (error) {
    throw new ToolkitError(
      'FILE_MISSING',
      `cannot read '${path}': ${systemCode(error) ?? 'unknown'}`,
      {
        hint: "run mlpt in the folder of a project, or make one of a table with 'mlpt new'",
        cause: error,
      },
    )
  }
}

function isProject(value: unknown): value is Project {
  return typeof value === 'object' && value !== null && 'featureList' in value && 'sources' in value
}
