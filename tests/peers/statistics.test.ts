/**
 * Every statistic beside Evidently's own function, and scipy's below it, on seeded samples: the same score to a
 * millionth, the same decision, the same statistic. All cases go through one Python process.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { createRandom } from '../../src/core/random.ts'
import type { Distribution } from '../../src/data/profile/distribution.ts'
import { findStatistic, statisticNames } from '../../src/monitoring/statistics/catalogue.ts'
import { sampleDistribution } from '../../src/monitoring/statistics/sample-distribution.ts'
import type { Statistic } from '../../src/monitoring/statistics/statistic.ts'
import { findPeer } from './python.ts'
import { randomCategories, randomNumbers, type SamplePair } from './statistics/random-samples.ts'

interface Case extends SamplePair {
  readonly name: string
  readonly threshold: number
  readonly numerical: boolean
}

type Answer =
  | { readonly error: string }
  | {
      readonly score: number | string | null
      readonly drifted: boolean
      readonly statistic: number | string | null
    }

const peer = findPeer('.venv-evidently', 'evidently')
const cases = createCases()

describe('Evidently and we compare the same samples', { skip: peer.skip }, () => {
  let answers: readonly Answer[]

  before(() => {
    const judge = join(import.meta.dirname, 'statistics/judge.py')
    const text = execFileSync(peer.python, [judge], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    answers = JSON.parse(text) as Answer[]
  })

  test('there are enough cases', () => assert.ok(cases.length >= 400, String(cases.length)))

  for (const name of statisticNames) {
    test(`${name}: the same score, decision and statistic`, () => {
      const problems = cases.flatMap((one, index) =>
        one.name === name ? findProblems(one, answers[index]!) : [],
      )
      assert.deepEqual(problems, [])
    })
  }
})

function findProblems(one: Case, answer: Answer): readonly string[] {
  const what = `${one.name} of ${one.shape}`
  const statistic = findStatistic(one.name)
  const sides = [toDistribution(one, 'reference'), toDistribution(one, 'current')] as const
  if ('error' in answer) {
    if (one.name === 'es' && answer.error.includes('IQR')) return findAcceptance(statistic, sides)
    return [`${what}: Evidently refuses: ${answer.error}`]
  }
  const ours = statistic.compare(...sides)
  const drifted = statistic.isDrift(ours.score, one.threshold)
  return [
    ...(isNear(ours.score, answer.score, one.name)
      ? []
      : [`${what}: score ${ours.score} not ${answer.score}`]),
    ...(drifted === answer.drifted ? [] : [`${what}: drift ${drifted} not ${answer.drifted}`]),
    ...(answer.statistic === null || isNear(ours.statistic, answer.statistic, one.name)
      ? []
      : [`${what}: statistic ${ours.statistic} not ${answer.statistic}`]),
  ]
}

function findAcceptance(
  { name, compare }: Statistic,
  sides: readonly [Distribution, Distribution],
): readonly string[] {
  try {
    compare(...sides)
    return [`${name}: Evidently refuses, and we do not`]
  } catch (error) {
    return error instanceof ToolkitError ? [] : [String(error)]
  }
}

/**
 * 1 − p loses what is below 10⁻¹⁵ in scipy's tests, so that 10⁻¹² is no difference. Its series for Cramér and von
 * Mises stops at terms of 10⁻⁷, and its pseudoinverse for Epps and Singleton loses some digits.
 */
function isNear(ours: number, theirs: number | string | null, name: string): boolean {
  const expected = theirs === null ? NaN : Number(theirs)
  if (ours === expected) return true
  const lost = name === 'cramer_von_mises' ? 1e-6 : 1e-12
  return Math.abs(ours - expected) <= (name === 'es' ? 1e-5 : 1e-6) * Math.abs(expected) + lost
}

function toDistribution({ dtype, ...sides }: Case, side: 'reference' | 'current'): Distribution {
  if (dtype !== 'text') {
    const numbers = sampleDistribution(Float64Array.from(sides[side], Number))
    return { ...numbers, areIntegers: dtype === 'int' }
  }
  const counts = new Map<string, number>()
  for (const value of sides[side]) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  return { kind: 'categories', counts, total: sides[side].length, others: 0 }
}

function createCases(): readonly Case[] {
  const random = createRandom(5)
  const pairs = Array.from({ length: 64 }, (_, seed) => [
    randomNumbers(random.fork(`numbers ${seed}`), seed),
    randomCategories(random.fork(`categories ${seed}`), seed),
  ])
  return [...pairs.flat(), ...handMade()].flatMap((pair) =>
    statisticNames.flatMap((name) => createCase(name, pair)),
  )
}

function createCase(name: string, pair: SamplePair): readonly Case[] {
  const { compares, defaultThreshold } = findStatistic(name)
  const numerical = pair.dtype !== 'text'
  if (!compares.includes(numerical ? 'numbers' : 'categories')) return []
  // Of few distinct values scipy takes the rank of a matrix that is only rounding errors.
  if (name === 'es' && new Set([...pair.reference, ...pair.current]).size < 15) return []
  if (name === 'fisher_exact' && new Set([...pair.reference, ...pair.current]).size !== 2) return []
  return [{ ...pair, name, numerical, threshold: defaultThreshold }]
}

/** Sizes and values at the edges of formulas. */
function handMade(): readonly SamplePair[] {
  const random = createRandom(11)
  const uniform = (length: number, scale = 1): number[] =>
    Array.from({ length }, () => random.next() * scale)
  const pairOf = (shape: string, reference: number[], current: number[]): SamplePair => ({
    shape,
    dtype: 'float',
    reference,
    current,
  })
  return [
    pairOf('the same sample twice', [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
    pairOf('apart', [1, 2, 3, 4, 5, 6, 7], [11, 12, 13, 14, 15, 16]),
    pairOf('more than 10,000', uniform(12_000), uniform(9000, 1.02)),
    pairOf('an odd number, both more than 10,000', uniform(10_001), uniform(10_001)),
    pairOf('many and few', uniform(15_000), uniform(300, 1.1)),
    pairOf('64 of both together', uniform(40), uniform(24)),
  ]
}
