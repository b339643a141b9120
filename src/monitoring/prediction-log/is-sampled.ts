/**
 * Whether the rows of a request are kept, when a share of all requests is: the same for one id on every machine, and
 * what a smaller share keeps a larger one keeps too. The id's hash is FNV-1a, mixed as MurmurHash3 ends, for ids
 * that differ in their last character only. [Fowler 1991, Appleby 2011]
 *
 * @param share - from 0 to 1
 */
export function isSampled(requestId: string, share: number): boolean {
  if (share >= 1) return true
  let hash = 0x811c9dc5
  for (let i = 0; i < requestId.length; i++) {
    hash = Math.imul(hash ^ requestId.charCodeAt(i), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share
}
