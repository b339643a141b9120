/**
 * MD5 in plain code [RFC 1321]. A run with nothing to do hashes a handful of small files: this is done before
 * `node:crypto` is loaded.
 */

const roundShifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const

/** The parts of a sine that each step adds, as 32 bits. */
const sines = Int32Array.from(
  { length: 64 },
  (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))) | 0,
)
const shifts = Uint8Array.from({ length: 64 }, (_, i) => roundShifts[i >> 4]![i & 3]!)
/** Which word of a block each step takes. */
const words = Uint8Array.from(
  { length: 64 },
  (_, i) => [i, 5 * i + 1, 3 * i + 5, 7 * i][i >> 4]! & 15,
)

const blockBytes = 64
const lengthBytes = 8

/** The MD5 of bytes, in hex. For short ones: all are copied once. */
export function plainMd5(bytes: Uint8Array): string {
  const blocks = pad(bytes)
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  for (let start = 0; start < blocks.byteLength; start += blockBytes) mixBlock(state, blocks, start)
  const digest = new DataView(new ArrayBuffer(state.byteLength))
  for (const [i, word] of state.entries()) digest.setInt32(4 * i, word, true)
  return Buffer.from(digest.buffer).toString('hex')
}

/** Whole blocks: the bytes, a one bit, zeros, and how many bits there were. */
function pad(bytes: Uint8Array): DataView {
  const blockCount = Math.ceil((bytes.length + 1 + lengthBytes) / blockBytes)
  const padded = new Uint8Array(blockCount * blockBytes)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - lengthBytes, BigInt(bytes.length) * 8n, true)
  return view
}

function mixBlock(state: Int32Array, blocks: DataView, start: number): void {
  let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!]
  for (let i = 0; i < 64; i++) {
    const word = blocks.getInt32(start + 4 * words[i]!, true)
    const sum = (a + mix(i, b, c, d) + sines[i]! + word) | 0
    const shift = shifts[i]!
    a = d
    d = c
    c = b
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
}

/** The function of each of the four rounds. */
function mix(step: number, b: number, c: number, d: number): number {
  if (step < 16) return (b & c) | (~b & d)
  if (step < 32) return (d & b) | (~d & c)
  if (step < 48) return b ^ c ^ d
  return c ^ (b | ~d)
}
