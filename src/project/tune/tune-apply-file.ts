import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { writeFileAtomically } from '../../core/atomic-file.ts'
import { applyAssignments, type Assignment } from '../../pipeline/experiments/index.ts'
import { editYaml } from '../../pipeline/yaml/edit-yaml.ts'
import type { TrialValue } from '../../training/tune/dimension.ts'
import type { TrialValues } from '../../training/tune/search-space.ts'
import { parametersFile } from '../layout.ts'
import { parseParameters, type ModelKind } from '../parameters/parameters.ts'

/**
 * Writes a trial's values into the model's section of params.yaml; comments and all else stay as they are.
 *
 * @throws {ToolkitError} `CONFIG_INVALID`, `PIPELINE_INVALID` when the file cannot be edited, `FILE_WRITE_FAILED`
 */
export async function applyTrial(
  directory: string,
  kind: ModelKind,
  values: TrialValues,
): Promise<void> {
  const path = join(directory, parametersFile)
  const text = editYaml(
    await readFile(path, 'utf8'),
    parametersFile,
    Object.entries(values).map(([name, value]) => ({
      kind: 'set',
      path: ['train', kind, name],
      value: toYamlValue(value),
    })),
  )
  parseParameters(text, parametersFile)
  await writeFileAtomically(path, text)
}

/**
 * Writes values into parameter files; comments and all else stay as they are, in JSON the indentation.
 *
 * @throws {ToolkitError} `CLI_USAGE`, `PIPELINE_INVALID` when a file cannot be edited, `FILE_WRITE_FAILED`
 */
export async function applyToFiles(
  directory: string,
  assignments: readonly Assignment[],
): Promise<void> {
  for (const file of new Set(assignments.map((assignment) => assignment.file))) {
    const path = resolve(directory, file)
    const own = assignments.filter((assignment) => assignment.file === file)
    const text = applyAssignments(await readFile(path, 'utf8'), file, own)
    await writeFileAtomically(path, text)
  }
}

/** Whole numbers are written without a decimal point. */
function toYamlValue(value: TrialValue): bigint | number | string | boolean {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}
