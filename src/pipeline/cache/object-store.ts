/** Single objects of a cache: whether they are there, sound, and what a manifest among them says. */

import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { ToolkitError } from '../../core/errors.ts'
import { isAbsent, readError, statIfPresent } from '../repository/text-file.ts'
import { hashFile } from './hash-file.ts'
import { manifestHash, parseManifest, type Member } from './manifest.ts'
import { objectMode, objectPath, type CacheHome, type ObjectName } from './object-path.ts'

/** What is wrong with an object. */
export interface BrokenObject extends ObjectName {
  readonly problem: 'missing' | 'damaged'
  /** The file of the folder that needs it, relative to the folder; `undefined` for what was asked for itself. */
  readonly path: string | undefined
}

/**
 * Whether an object is there. DVC's rule: one of mode 0444 is believed; any other is
 * hashed, and gets that mode when it is right.
 */
export async function hasObject({ cacheFolder }: CacheHome, name: ObjectName): Promise<boolean> {
  const path = objectPath(cacheFolder, name)
  const stats = statIfPresent(path)
  if (stats === undefined || !stats.isFile()) return false
  if ((stats.mode & 0o777) === objectMode) return true
  const { md5 } = await hashFile(path, undefined, { isLegacy: isTextHashed(name) })
  if (md5 !== name.md5.slice(0, 32)) return false
  protectObject(path)
  return true
}

function protectObject(path: string): void {
  try {
    chmodSync(path, objectMode)
  } catch {
    // Somebody else's object in a shared cache; it is hashed again next time.
  }
}

/** Manifests have no line ends, so both of DVC's hashes of one are the same. */
export function isTextHashed({ md5, isLegacy = false }: ObjectName): boolean {
  return isLegacy && !md5.endsWith('.dir')
}

/**
 * The files of a folder; a text when its manifest is not there or not what its name says.
 *
 * @throws {ToolkitError} `PATH_FORBIDDEN` when it is intact but is no list of files inside of a folder
 */
export function readManifest(
  { cacheFolder }: CacheHome,
  name: ObjectName,
): Member[] | BrokenObject['problem'] {
  const path = objectPath(cacheFolder, name)
  const text = readManifestText(path)
  if (text === undefined) return 'missing'
  if (manifestHash(text) !== name.md5) return 'damaged'
  const members = parseManifest(text)
  if (members !== undefined) return members
  throw new ToolkitError(
    'PATH_FORBIDDEN',
    `the manifest '${path}' does not list files inside of a folder`,
    {
      hint: 'do not use this data: its names are doubled, or lead out of the folder or into a .git',
      details: { md5: name.md5, path },
    },
  )
}

function readManifestText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(path, error)
  }
}

/** Removes an object whose content is not what its name says, so that nobody believes it. */
export function discardObject({ cacheFolder }: CacheHome, name: ObjectName): void {
  rmSync(objectPath(cacheFolder, name), { force: true })
}

/**
 * Whether an object is there; for a folder, its manifest and every member.
 *
 * @throws {ToolkitError} `PATH_FORBIDDEN` for a manifest that leads out of its folder
 */
export async function isInCache(
  home: CacheHome,
  md5: string,
  { isLegacy = false }: { readonly isLegacy?: boolean | undefined } = {},
): Promise<boolean> {
  if (!(await hasObject(home, { md5, isLegacy }))) return false
  if (!md5.endsWith('.dir')) return true
  const members = readManifest(home, { md5, isLegacy })
  if (typeof members === 'string') return false
  for (const member of members) {
    if (!(await hasObject(home, { md5: member.md5, isLegacy }))) return false
  }
  return true
}
