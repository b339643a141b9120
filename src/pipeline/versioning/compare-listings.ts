/** What a checkout changes in the work tree. Pure: paths and hashes in, changes out. */

import type { Member } from '../cache/manifest.ts'

/** Content of a file or folder by relative path; of a file, the one entry has the path ''. */
export type Listing = ReadonlyMap<string, string>

/** A file that goes, comes, becomes another, or is made anew as it is. */
export interface FileChange {
  readonly kind: 'added' | 'modified' | 'deleted' | 'relinked'
  /** From the output, with forward slashes; '' for the output itself. */
  readonly path: string
  /** Its hash before; `undefined` when it was not there. */
  readonly before: string | undefined
  /** Its hash afterwards; `undefined` when it goes. */
  readonly after: string | undefined
}

/** The files of a folder, or the one file, by path. */
export function listingOf(md5: string, members: readonly Member[] | undefined): Listing {
  if (members === undefined) return new Map([['', md5]])
  return new Map(members.map((member) => [member.path, member.md5]))
}

/** Only what lies at or below a path. */
export function narrowListing(listing: Listing, within: string | undefined): Listing {
  if (within === undefined) return listing
  return new Map([...listing].filter(([path]) => path === within || path.startsWith(`${within}/`)))
}

/**
 * The changes that make one listing of the other: first what goes, then what comes. A folder that
 * becomes a file is one change, because the file replaces it as a whole.
 *
 * @param isRelinking - whether files that are right are made anew as well
 */
export function compareListings(
  before: Listing,
  after: Listing,
  { isRelinking }: { readonly isRelinking: boolean },
): FileChange[] {
  const becomesFile = after.has('') && !before.has('')
  const gone = [...before]
    .filter(([path]) => !after.has(path) && !becomesFile)
    .map(([path, md5]) => ({ kind: 'deleted', path, before: md5, after: undefined }) as const)
  const coming = [...after].flatMap(([path, md5]): FileChange[] => {
    const old = before.get(path)
    if (old !== md5)
      return [{ kind: old === undefined ? 'added' : 'modified', path, before: old, after: md5 }]
    return isRelinking ? [{ kind: 'relinked', path, before: old, after: md5 }] : []
  })
  return [...gone, ...coming]
}
