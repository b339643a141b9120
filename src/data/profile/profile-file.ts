import { readFile } from 'node:fs/promises'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { parseProfile } from './parse-profile.ts'
import type { Profile } from './profile.ts'

/** Reads a stored profile. @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID` */
export async function readProfile(path: string): Promise<Profile> {
  return parseProfile(await readText(path), path)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = systemCode(error)
    throw new ToolkitError(
      code === 'ENOENT' ? 'FILE_MISSING' : 'FILE_READ_FAILED',
      `cannot read the profile '${path}': ${code ?? String(error)}`,
      { hint: `'mlpt profile FILE --output PROFILE' writes one`, cause: error },
    )
  }
}
