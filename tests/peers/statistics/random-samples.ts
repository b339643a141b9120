/** Pairs of samples of many shapes and sizes, from a seed. */

import type { Random } from '../../../src/core/random.ts'

export interface SamplePair {
  /** What it is like, for messages. */
  readonly shape: string
  readonly dtype: 'int' | 'float' | 'text'
  readonly reference: readonly (number | string)[]
  readonly current: readonly (number | string)[]
}

/** One pair of numbers. */
export function randomNumbers(random: Random, seed: number): SamplePair {
  const [shape, draw] = numberShapes[seed % numberShapes.length]!
  const dtype = shape.includes('integers') ? 'int' : 'float'
  const [n, m] = randomSizes(random)
  const shift = pick(random, [0, 0, 0.2, 0.6, 2])
  return {
    shape: `${shape}, ${n} and ${m}, shifted by ${shift}`,
    dtype,
    reference: Array.from({ length: n }, () => draw(random, 0)),
    current: Array.from({ length: m }, () => draw(random, shift)),
  }
}

/** One pair of categories, as texts. */
export function randomCategories(random: Random, seed: number): SamplePair {
  const labels = [2, 2, 3, 5, 9, 40][seed % 6]!
  const [n, m] = randomSizes(random)
  const unseen = random.next() < 0.3 ? 1 : 0
  const skew = pick(random, [1, 1, 1.3, 2])
  const draw = (bend: number, more: number): string => {
    const label = Math.floor(random.next() ** bend * (labels + more))
    return `c${label}`
  }
  return {
    shape: `${labels} categories, ${n} and ${m}, bent by ${skew}, ${unseen} unseen`,
    dtype: 'text',
    reference: Array.from({ length: n }, () => draw(1, 0)),
    current: Array.from({ length: m }, () => draw(skew, unseen)),
  }
}

const numberShapes: readonly (readonly [string, (random: Random, shift: number) => number])[] = [
  ['normal', (random, shift) => normal(random) + shift],
  ['normal, rounded to tenths', (random, shift) => Math.round((normal(random) + shift) * 10) / 10],
  ['integers', (random, shift) => Math.round((normal(random) + shift) * 30)],
  ['few integers', (random, shift) => random.nextInteger(4) + Math.round(shift)],
  ['heavy tail', (random, shift) => 1000 * Math.exp(2 * normal(random) + shift)],
  ['uniform, far from 0', (random, shift) => 1e4 + random.next() + shift],
  ['two heaps', (random, shift) => (random.next() < 0.3 ? -50 : 50) + normal(random) + shift],
  ['mostly 0', (random, shift) => (random.next() < 0.7 - shift / 4 ? 0 : random.next())],
]

function randomSizes(random: Random): [number, number] {
  const most = pick(random, [9, 30, 120, 500, 1500])
  const n = 6 + random.nextInteger(most)
  return [n, random.next() < 0.3 ? n : 6 + random.nextInteger(most)]
}

function normal(random: Random): number {
  let sum = -6
  for (let i = 0; i < 12; i++) sum += random.next()
  return sum
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.nextInteger(choices.length)]!
}
