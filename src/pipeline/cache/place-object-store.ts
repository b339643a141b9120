/** Objects into the work tree: as a copy or as a link, verified on the way. */

import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  openSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { isAbsent, statIfPresent } from '../repository/text-file.ts'
import { pieceBytes } from './digest.ts'
import { hashFile, type HashOptions } from './hash-file.ts'
import { allDone, later, type Later, type UnderWay } from './later.ts'
import {
  linkTypesOf,
  objectPath,
  type CacheHome,
  type LinkType,
  type ObjectName,
} from './object-path.ts'
import { discardObject, isTextHashed, type BrokenObject } from './object-store.ts'
import { readPack } from './read-pack-file.ts'

/** Puts objects at paths where nothing is yet, by the first link type that works there. */
export interface Placer {
  /**
   * Places a file's object, a large one while others are placed. What is missing or damaged is told instead; a
   * damaged object is removed. What is at the target is then of no use.
   *
   * @throws {ToolkitError} `FILE_WRITE_FAILED`, also when no link type of `cache.type` works
   */
  place(name: ObjectName, target: PlaceTarget): Promise<Placement | Later<Placement>>
  /**
   * The same for many, which gives one for each in order; resolves when somebody has taken each.
   *
   * @param underWay - what is begun is counted in
   */
  placeAll(objects: readonly Placeable[], underWay: UnderWay): Promise<Later<readonly Placement[]>>
}

/** An object and where it goes. */
export interface Placeable {
  readonly name: ObjectName
  readonly target: PlaceTarget
}

/** What became of one object. */
export interface Placement {
  readonly problem: BrokenObject['problem'] | undefined
}

/** Where a file goes. */
export interface PlaceTarget {
  readonly path: string
  /** An executable is always a copy: its mode must not become that of the object. */
  readonly isExecutable: boolean
}

/** Makes a placer for one cache and one file system of the work tree. */
export function createPlacer(home: CacheHome, reading: Reading = {}): Placer {
  const types: LinkType[] = [...linkTypesOf(home)]
  const place = async (placing: Placing, mustCopy: boolean): Promise<Placement> => {
    const { source, name, target } = placing
    try {
      for (;;) {
        const type = mustCopy ? 'copy' : types[0]
        if (type === undefined) throw noTypeError(home, target)
        const md5 = await placeAs(type, placing)
        if (md5 === name.md5) return { problem: undefined }
        if (md5 !== undefined) break
        // Unless another one has found out already.
        if (types[0] === type) types.shift()
      }
    } catch (error) {
      if (isAbsent(error) && statIfPresent(source) === undefined) return { problem: 'missing' }
      throw asWriteError(target.path, error)
    }
    return discard(home, name)
  }
  const placeOne: Placer['place'] = async (name, target) => {
    const source = objectPath(home.cacheFolder, name)
    const stats = statIfPresent(source)
    if (stats === undefined) return { problem: 'missing' }
    const placed = place({ source, name, target, reading }, target.isExecutable || stats.size === 0)
    return stats.size < pieceBytes ? placed : later(placed)
  }
  const large: Promise<Placement>[] = []
  const placeAll: Placer['placeAll'] = async (objects, underWay) => {
    const placements = new Map<Placeable, Placement | Later<Placement>>()
    const small: Placeable[] = []
    for (const object of objects) {
      const { name, target } = object
      // One at a time until it is known that no link works here.
      const isCopied = types[0] === 'copy' && !target.isExecutable
      if (isCopied && isSmall(objectPath(home.cacheFolder, name))) {
        small.push(object)
        continue
      }
      const placement = await placeOne(name, target)
      underWay.add(placement)
      placements.set(object, placement)
      if ('done' in placement && large.push(placement.done) >= largeCount) await large.shift()
    }
    const copied = small.length === 0 ? undefined : await copyAll(small, home, reading)
    const collect = async (): Promise<Placement[]> => {
      for (const [i, placement] of ((await copied?.done) ?? []).entries()) {
        placements.set(small[i]!, placement)
      }
      return allDone(objects.map((object) => placements.get(object)!))
    }
    const all = later(collect())
    underWay.add(all)
    return all
  }
  return { place: placeOne, placeAll }
}

/** So many large files at a time. */
const largeCount = 8

function discard(home: CacheHome, name: ObjectName): Placement {
  discardObject(home, name)
  return { problem: 'damaged' }
}

function isSmall(object: string): boolean {
  const stats = statIfPresent(object)
  return stats !== undefined && stats.size < pieceBytes
}

/** Copies small objects in one go. */
async function copyAll(
  objects: readonly Placeable[],
  home: CacheHome,
  { team, signal }: Reading,
): Promise<Later<readonly Placement[]>> {
  const pack = {
    files: objects.map(({ name, target }) => ({
      source: objectPath(home.cacheFolder, name),
      target: target.path,
      expected: name.md5,
    })),
    isLegacy: objects.some(({ name }) => isTextHashed(name)),
  }
  const copying = (await team?.beginPack(pack, signal)) ?? later(readPack(pack, signal))
  const judge = async (): Promise<Placement[]> => {
    const hashes = await copying.done
    return objects.map(({ name }, i) =>
      hashes[i]?.md5 === name.md5 ? placed : discard(home, name),
    )
  }
  return later(judge())
}

const placed: Placement = { problem: undefined }

/** How what was placed is read again. */
type Reading = Pick<HashOptions, 'team'> & { readonly signal?: AbortSignal | undefined }

interface Placing {
  readonly source: string
  readonly name: ObjectName
  readonly target: PlaceTarget
  readonly reading: Reading
}

/** The hash of what is now at the target; `undefined` when this type of link does not work here. */
async function placeAs(type: LinkType, placing: Placing): Promise<string | undefined> {
  if (type === 'copy') return copyObject(placing)
  const { source, name, target, reading } = placing
  if (!tryLink(type, source, target)) return undefined
  // For a clone that is what has been cloned, for a link what it leads to.
  const { team, signal } = reading
  const { md5 } = await hashFile(target.path, signal, { isLegacy: isTextHashed(name), team })
  if (md5 !== name.md5) rmSync(target.path, { force: true })
  return md5
}

function tryLink(type: LinkType, source: string, { path, isExecutable }: PlaceTarget): boolean {
  try {
    if (type === 'hardlink') linkSync(source, path)
    else if (type === 'symlink') symlinkSync(resolve(source), path)
    else cloneObject(source, path, isExecutable)
    return true
  } catch (error) {
    if (unsupported.has(systemCode(error) ?? '')) return false
    throw error
  }
}

/** What the system says when a file system, or two of them, cannot do a kind of link. */
const unsupported = new Set([
  'EXDEV',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EINVAL',
  'ENOTTY',
  'EPERM',
  'ENOSYS',
  'EMLINK',
])

function cloneObject(source: string, path: string, isExecutable: boolean): void {
  const mode = createEmpty(path, isExecutable)
  try {
    copyFileSync(source, path, constants.COPYFILE_FICLONE_FORCE)
    chmodSync(path, mode)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

/** Makes the file with the modes that the user's mask allows; gives them back. */
function createEmpty(path: string, isExecutable: boolean): number {
  const file = openSync(path, 'wx', isExecutable ? 0o777 : 0o666)
  try {
    return fstatSync(file).mode & 0o777
  } finally {
    closeSync(file)
  }
}

async function copyObject({ source, name, target, reading }: Placing): Promise<string> {
  const isLegacy = isTextHashed(name)
  const mode = target.isExecutable ? 0o777 : 0o666
  const file = { source, target: target.path, expected: name.md5 }
  const [small] = await readPack({ files: [file], isLegacy, mode })
  if (small !== undefined) return small.md5
  const own = createEmpty(target.path, target.isExecutable)
  await copyFile(source, target.path)
  chmodSync(target.path, own)
  const { team, signal } = reading
  return (await hashFile(target.path, signal, { isLegacy, team })).md5
}

function noTypeError(home: CacheHome, { path }: PlaceTarget): ToolkitError {
  const types = linkTypesOf(home).join(', ')
  return new ToolkitError(
    'FILE_WRITE_FAILED',
    `cannot write '${path}': none of the link types of cache.type works here: ${types}`,
    {
      hint: 'add a type that always works: mlpt config cache.type reflink,copy',
      details: { path, types },
    },
  )
}
