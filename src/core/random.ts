/** A stream of random numbers that depends on its seed alone. */
export interface Random {
  /** The next number, uniform in [0, 1), with 32 random bits. */
  next(): number
  /** The next integer, uniform in [0, bound); `bound` from 1 to 2³². */
  nextInteger(bound: number): number
  /** An independent stream: the same label gives the same stream, however much was drawn. */
  fork(label: string): Random
}

/**
 * Creates a random stream: sfc32, seeded through splitmix32. [O'Neill 2017]
 * Only integer operations are used, so that every machine draws the same numbers.
 *
 * @example
 * ```ts
 * import { createRandom } from 'ml-pipeline-toolkit'
 * createRandom(7).next() === createRandom(7).next() // => true
 * ```
 */
export function createRandom(seed: number): Random {
  const next32 = createGenerator(seed >>> 0)
  const next = (): number => next32() / 2 ** 32
  return {
    next,
    nextInteger: (bound) => Math.floor(next() * bound),
    fork: (label) => createRandom(hashLabel(seed >>> 0, label)),
  }
}

function createGenerator(seed: number): () => number {
  let state = seed
  const split = (): number => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = split()
  let b = split()
  let c = split()
  let counter = 1
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
}

/** FNV-1a over the label's UTF-16 units, started from the seed. */
function hashLabel(seed: number, label: string): number {
  let hash = seed ^ 0x811c9dc5
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
