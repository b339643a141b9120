/** Where objects lie in a cache, and how the cache is set up. */

import type { Config } from '../config/config.ts'

/** A cache on disk; a `Repository` is one. */
export interface CacheHome {
  /** Absolute: holds `files/md5/ab/cdef…`, DVC 2's `ab/cdef…` and `runs/`. */
  readonly cacheFolder: string
  /** Says how objects get into the work tree, and whether a group shares the cache. */
  readonly config?: Config
}

/** The name of an object, in one of the two layouts of a cache. */
export interface ObjectName {
  /** 32 hexadecimal digits, with '.dir' at the end for a folder's manifest. */
  readonly md5: string
  /** Kept by DVC 2, whose objects lie elsewhere and are hashed otherwise. */
  readonly isLegacy?: boolean | undefined
}

/** DVC believes an object of this mode without hashing it, so only verified content gets it. */
export const objectMode = 0o444

/** The path of an object. */
export function objectPath(cacheFolder: string, { md5, isLegacy = false }: ObjectName): string {
  return `${cacheFolder}${isLegacy ? '' : '/files/md5'}/${md5.slice(0, 2)}/${md5.slice(2)}`
}

/** How an object gets into the work tree. */
export type LinkType = 'reflink' | 'hardlink' | 'symlink' | 'copy'

const linkTypes: readonly string[] = ['reflink', 'hardlink', 'symlink', 'copy'] satisfies LinkType[]

/** The link types to try in turn, from `cache.type`; DVC's default without one. */
export function linkTypesOf({ config }: CacheHome): readonly LinkType[] {
  const text = config?.sections.get('cache')?.get('type') ?? ''
  const types = text
    .toLowerCase()
    .split(',')
    .map((type) => type.trim())
    .filter((type): type is LinkType => linkTypes.includes(type))
  return types.length === 0 ? ['reflink', 'copy'] : types
}

/** Whether `cache.shared` lets a whole group write. */
export function isSharedCache({ config }: CacheHome): boolean {
  return config?.sections.get('cache')?.get('shared')?.toLowerCase() === 'group'
}
