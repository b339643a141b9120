import { readFile } from 'node:fs/promises'
import { systemCode } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'

/**
 * Reads a small text that a user names.
 *
 * @param wanted - what it is called in the message when it is missing, and how to get one
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`
 */
export async function readTextFile(
  path: string,
  wanted: { readonly what: string; readonly hint: string },
): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT') {
      throw new ToolkitError('FILE_MISSING', `there is no ${wanted.what} '${path}'`, {
        hint: wanted.hint,
        cause: error,
      })
    }
    throw new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code ?? String(error)}`, {
      hint: 'check the path and its permissions',
      cause: error,
    })
  }
}
