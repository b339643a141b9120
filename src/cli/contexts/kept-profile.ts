import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { ProfileFileOptions } from '../../data/profile/profile-table-file.ts'
import type { Profile } from '../../data/profile/profile.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'

/** A new profile, and whether nothing was noticed while it was made that a user must be told again. */
export interface MadeProfile {
  readonly profile: Profile
  readonly isQuiet: boolean
}

/**
 * The profile of a file, made only when the repository has none of these bytes;
 * outside of a repository it is always made.
 */
export async function useKeptProfile(
  file: string,
  options: ProfileFileOptions & { readonly force?: boolean | undefined },
  make: () => Promise<MadeProfile>,
): Promise<Profile> {
  const { force = false, ...reading } = options
  const repository = statSync(file, { throwIfNoEntry: false })?.isFile()
    ? await findRepository()
    : undefined
  if (repository === undefined) return (await make()).profile
  const { findProfile, keepProfile } = await import('../../data/profile/profile-store.ts')
  const folder = join(repository.stateFolder, 'profiles')
  const md5 = await hash(repository, file)
  const kept = force ? undefined : findProfile(folder, { ...reading, md5 })
  if (kept !== undefined) return kept
  const { profile, isQuiet } = await make()
  // Neither a file that changes meanwhile, nor one with warnings, which are told each time.
  if (isQuiet && (await hash(repository, file)) === md5) {
    await keepProfile(folder, { ...reading, md5 }, profile)
  }
  return profile
}

async function findRepository(): Promise<Repository | undefined> {
  const { openRepository } = await import('../../pipeline/repository/repository-file.ts')
  try {
    return openRepository(process.cwd(), { env: process.env })
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'REPOSITORY_MISSING') return undefined
    throw error
  }
}

/** What the repository remembers of the file's hash is used. */
async function hash(repository: Repository, file: string): Promise<string> {
  const { openCache } = await import('../../pipeline/cache/open-cache-store.ts')
  using cache = openCache(repository, { clock: Date.now })
  return (await cache.hash(resolve(file)))?.fingerprint.md5 ?? ''
}
