/** Which requests a model on trial answers: always the same ones. */

/**
 * Whether the request with this key is among a share of all. The same key gives the same answer on every server and
 * for every share at least as large; another salt draws other keys.
 *
 * @param share - 0–1
 */
export function isInShare(
  key: string,
  { salt, share }: { readonly salt: string; readonly share: number },
): boolean {
  return hashText(`${salt}\n${key}`) < share * 2 ** 32
}

/** FNV-1a over the UTF-16 units, its bits mixed as MurmurHash3 ends: spread evenly, not meant to withstand attacks. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
