import { readTextFile } from '../read-text-file.ts'
import { parseProfile } from './parse-profile.ts'
import type { Profile } from './profile.ts'

/** Reads a stored profile. @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID` */
export async function readProfile(path: string): Promise<Profile> {
  const wanted = { what: 'profile', hint: "'mlpt profile FILE --output PROFILE' writes one" }
  return parseProfile(await readTextFile(path, wanted), path)
}
