/**
 * Hexadecimal sha256 of bytes, in plain JavaScript: for where there is no node:crypto, and Web Crypto answers with
 * promises, or only over HTTPS. [FIPS 180-4]
 */
export function sha256(bytes: Uint8Array): string {
  const state = Uint32Array.from(initialState)
  const schedule = new Uint32Array(64)
  const padded = pad(bytes)
  const view = new DataView(padded.buffer)
  for (let offset = 0; offset < padded.length; offset += 64) {
    for (let i = 0; i < 16; i++) schedule[i] = view.getUint32(offset + 4 * i)
    extendSchedule(schedule)
    compressBlock(state, schedule)
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('')
}

/** The message, a bit of 1, zeros, and its length in bits, in whole blocks. */
function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(64 * Math.ceil((bytes.length + 9) / 64))
  padded.set(bytes)
  padded[bytes.length] = 0x80
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n)
  return padded
}

function extendSchedule(w: Uint32Array): void {
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15]!
    const b = w[i - 2]!
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
  }
}

function compressBlock(state: Uint32Array, w: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i]! + w[i]!) | 0
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i]! += word
}

function rotate(x: number, bits: number): number {
  return (x >>> bits) | (x << (32 - bits))
}

const primes = findPrimes(64)
/** The first 32 bits of the fractions of the square roots of the first eight primes. */
const initialState = primes.slice(0, 8).map((prime) => fractionBits(Math.sqrt(prime)))
/** The same of the cube roots of the first 64. */
const roundConstants = Uint32Array.from(primes, (prime) => fractionBits(Math.cbrt(prime)))

function findPrimes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) {
    if (found.every((prime) => n % prime > 0)) found.push(n)
  }
  return found
}

function fractionBits(x: number): number {
  return Math.floor((x - Math.floor(x)) * 2 ** 32)
}
