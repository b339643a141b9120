/** Which addresses belong to the public internet: what a server may be sent to by somebody else's word. */

type Block = readonly [first: number, bits: number]

/** IPv4 blocks that lead to this host, its networks, or nowhere. [IANA special-purpose registry] */
const privateBlocks: readonly Block[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
].map(([first, bits]) => [parseV4(String(first)) ?? 0, Number(bits)])

/**
 * An address as text, IPv4 or IPv6. Of IPv6 only global unicast is public, and of that not what
 * wraps an IPv4 address (6to4, Teredo) or is reserved for papers: `::ffff:10.0.0.1` is 10.0.0.1 in disguise.
 */
export function isPublicAddress(address: string): boolean {
  const v4 = parseV4(address)
  if (v4 !== undefined) {
    return !privateBlocks.some(([first, bits]) => v4 >= first && v4 < first + 2 ** (32 - bits))
  }
  const [first = 0, second = 0] = parseV6(address) ?? []
  const isGlobalUnicast = first >= 0x2000 && first < 0x4000
  return isGlobalUnicast && !isSpecialV6(first, second)
}

/** Protocols like Teredo, 6to4, and the two blocks for documentation. */
function isSpecialV6(first: number, second: number): boolean {
  if (first === 0x2001) return second < 0x200 || second === 0xdb8
  return first === 0x2002 || (first === 0x3fff && second < 0x1000)
}

function parseV4(text: string): number | undefined {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (bytes === undefined || bytes.some((byte) => byte > 255)) return undefined
  return bytes.reduce((number, byte) => number * 256 + byte, 0)
}

/** Eight groups; `undefined` for what is no plain IPv6 address, one with a zone or a dotted end included. */
function parseV6(text: string): readonly number[] | undefined {
  const [before = '', after, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const start = before === '' ? [] : before.split(':')
  const end = after === undefined || after === '' ? [] : after.split(':')
  const missing = 8 - start.length - end.length
  if (after === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...start, ...Array.from({ length: missing }, () => '0'), ...end]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16))
}
