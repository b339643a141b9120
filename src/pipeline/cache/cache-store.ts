/** The content-addressed cache, DVC 3's layout: `files/md5/ab/cdef…`, mode 0444, each object whole or absent. */

import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { replaceFileWith, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import {
  formatManifest,
  hashFile,
  parseManifest,
  type Member,
  type PathContent,
} from './hash-file.ts'
import type { Workspace } from '../repository/workspace-file.ts'

/** DVC believes an object of this mode without hashing it, so only verified content gets it. */
const objectMode = 0o444

function objectPath({ cacheFolder }: Workspace, md5: string): string {
  return join(cacheFolder, md5.slice(0, 2), md5.slice(2))
}

/** Whether an object is there; for a folder, its manifest and every member. */
export async function isInCache(workspace: Workspace, md5: string): Promise<boolean> {
  if (!(await hasObject(workspace, md5))) return false
  if (!md5.endsWith('.dir')) return true
  const members = await readManifest(workspace, md5)
  if (members === undefined) return false
  for (const member of members) if (!(await hasObject(workspace, member.md5))) return false
  return true
}

async function hasObject(workspace: Workspace, md5: string): Promise<boolean> {
  try {
    const stats = await stat(objectPath(workspace, md5))
    return stats.isFile() && (stats.mode & 0o777) === objectMode
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

async function readManifest(workspace: Workspace, md5: string): Promise<Member[] | undefined> {
  const text = await readFile(objectPath(workspace, md5), 'utf8')
  const isRight = `${createHash('md5').update(text).digest('hex')}.dir` === md5
  return isRight ? parseManifest(text) : undefined
}

/**
 * Copies a path's content into the cache; what is there already is left alone.
 * A folder's manifest comes last, so that a manifest means that its members are there.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when the content is no longer what was hashed
 */
export async function saveToCache(
  workspace: Workspace,
  location: string,
  { fingerprint, members }: PathContent,
): Promise<void> {
  if (members === undefined) {
    await saveFile(workspace, location, fingerprint.md5)
    return
  }
  if (await isInCache(workspace, fingerprint.md5)) return
  for (const { path, md5 } of members) await saveFile(workspace, join(location, path), md5)
  await saveObject(workspace, fingerprint.md5, (target) =>
    writeFile(target, formatManifest(members)),
  )
}

async function saveFile(workspace: Workspace, source: string, md5: string): Promise<void> {
  await saveObject(workspace, md5, async (target) => {
    await copyFile(source, target, constants.COPYFILE_FICLONE)
    await checkContent(target, md5, source)
  })
}

async function saveObject(
  workspace: Workspace,
  md5: string,
  write: (target: string) => Promise<void>,
): Promise<void> {
  if (await hasObject(workspace, md5)) return
  await replaceFileWith(objectPath(workspace, md5), async (target) => {
    await write(target)
    await chmod(target, objectMode)
  })
}

async function checkContent(location: string, md5: string, source: string): Promise<void> {
  const actual = await hashFile(location, undefined)
  if (actual.md5 === md5) return
  throw new ToolkitError('PIPELINE_STAGE_FAILED', `'${source}' changed while it was saved`, {
    hint: 'something still writes to it: let the stage wait for what it starts',
    details: { path: source, expected: md5, actual: actual.md5 },
  })
}

/**
 * Puts recorded content back at a path, replacing what is there; verified on the way.
 *
 * @returns false when the cache's copy is damaged; the bad object is then removed and the path untouched
 */
export async function restoreFromCache(
  workspace: Workspace,
  md5: string,
  { location, isExecutable }: { readonly location: string; readonly isExecutable: boolean },
): Promise<boolean> {
  try {
    await replaceFileWith(location, async (target) => {
      if (md5.endsWith('.dir')) await restoreFolder(workspace, md5, target)
      else await restoreFile(workspace, md5, { target, mode: isExecutable ? 0o755 : 0o644 })
      await rm(location, { recursive: true, force: true })
    })
    return true
  } catch (error) {
    if (error instanceof DamagedObject) return false
    throw error
  }
}

/** Carries no message: it never leaves this file. */
class DamagedObject extends Error {}

async function restoreFolder(workspace: Workspace, md5: string, target: string): Promise<void> {
  const members = await readManifest(workspace, md5)
  if (members === undefined) await discard(workspace, md5)
  await mkdir(target)
  for (const member of members ?? []) {
    const path = join(target, member.path)
    await mkdir(dirname(path), { recursive: true })
    await restoreFile(workspace, member.md5, { target: path, mode: 0o644 })
  }
}

async function restoreFile(
  workspace: Workspace,
  md5: string,
  { target, mode }: { readonly target: string; readonly mode: number },
): Promise<void> {
  await copyFile(objectPath(workspace, md5), target, constants.COPYFILE_FICLONE)
  await chmod(target, mode)
  const actual = await hashFile(target, undefined)
  if (actual.md5 !== md5) await discard(workspace, md5)
}

async function discard(workspace: Workspace, md5: string): Promise<never> {
  await rm(objectPath(workspace, md5), { force: true })
  throw new DamagedObject()
}
