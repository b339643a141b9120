/** Profiles that are kept by what they are of, so that unchanged data is not read again. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson, isObject } from '../../core/json.ts'
import { packageVersion } from '../../core/version.ts'
import { parseProfile } from './parse-profile.ts'
import type { ProfileFileOptions } from './profile-table-file.ts'
import type { Profile } from './profile.ts'
import { writeJson } from '../../core/json-file.ts'

/** All that decides a profile, besides the version of this program. */
export interface ProfileKey extends ProfileFileOptions {
  /** Of the file's bytes. */
  readonly md5: string
}

/** The profile that is kept under a key; undefined when there is none, or one that is damaged. */
export function findProfile(folder: string, key: ProfileKey): Profile | undefined {
  const path = locate(folder, key)
  try {
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (!isObject(kept)) return undefined
    const text = formatJson(kept['profile'])
    return kept['md5'] === digest(text) ? parseProfile(text, path) : undefined
  } catch (error) {
    const isUnusable =
      error instanceof SyntaxError ||
      error instanceof ToolkitError ||
      systemCode(error) !== undefined
    if (isUnusable) return undefined
    throw error
  }
}

const keptProfiles = 100

/** Keeps a profile under its key; of very many, the newest. Nothing is lost where it cannot be written. */
export async function keepProfile(
  folder: string,
  key: ProfileKey,
  profile: Profile,
): Promise<void> {
  try {
    const content = { md5: digest(formatJson(profile)), profile }
    await writeJson(locate(folder, key), content)
    dropOldest(folder)
  } catch (error) {
    // As in a read-only checkout: the next command reads the data again.
    if (!(error instanceof ToolkitError) && systemCode(error) === undefined) throw error
  }
}

/** Counts up when the same data gives another profile. */
const format = 1

function locate(folder: string, { md5, reading = {}, columns = [] }: ProfileKey): string {
  // The order in which options or columns are named decides nothing.
  const options = Object.entries(reading).sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = [packageVersion, format, md5, options, columns.toSorted()]
  return join(folder, `${digest(JSON.stringify(parts))}.json`)
}

function digest(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

function dropOldest(folder: string): void {
  const names = readdirSync(folder)
  if (names.length <= keptProfiles) return
  const files = names.map((name) => {
    const path = join(folder, name)
    return { path, time: statSync(path).mtimeMs }
  })
  files.sort((a, b) => b.time - a.time)
  for (const { path } of files.slice(keptProfiles / 2)) rmSync(path, { force: true })
}
