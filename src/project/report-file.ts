import { readFile } from 'node:fs/promises'
import { systemCode } from '../core/atomic-file.ts'
import { messageOf, ToolkitError } from '../core/errors.ts'

/**
 * Reads one JSON document.
 *
 * @param hint - what makes the file when it is missing
 * @throws {ToolkitError} `FILE_MISSING`, `DATA_FILE_INVALID`
 */
export async function readJson(path: string, hint: string): Promise<unknown> {
  const text = await readText(path, hint)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path} is not JSON: ${messageOf(error)}`, {
      hint,
      cause: error,
    })
  }
}

/** @throws {ToolkitError} `FILE_MISSING` */
export async function readText(path: string, hint: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new ToolkitError(
      'FILE_MISSING',
      `cannot read '${path}': ${systemCode(error) ?? 'unknown'}`,
      {
        hint,
        cause: error,
      },
    )
  }
}
