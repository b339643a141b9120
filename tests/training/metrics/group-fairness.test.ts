import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { fairnessIntervals, groupFairness } from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'

describe('groupFairness', () => {
  test('is what a hand calculates', () => {
    // a: TP 1, FN 1, FP 1, TN 1; b: TP 2, FN 0, FP 0, TN 1.
    const target = [1, 1, 0, 0, 1, 1, 0]
    const probability = [0.9, 0.2, 0.7, 0.1, 0.6, 0.5, 0.25]
    const groups = ['a', 'a', 'a', 'a', 'b', 'b', 'b']
    const fairness = groupFairness(target, probability, groups)
    const [a, b] = fairness.groups
    assert.deepEqual(
      [a!.selectionRate, a!.truePositiveRate, a!.falsePositiveRate, a!.precision],
      [0.5, 0.5, 0.5, 0.5],
    )
    assert.deepEqual(
      [b!.selectionRate, b!.truePositiveRate, b!.falsePositiveRate, b!.precision],
      [2 / 3, 1, 0, 1],
    )
    assert.deepEqual([a!.rows, a!.positiveShare], [4, 0.5])
    assertClose(a!.meanProbability, 0.475)
    assertClose(fairness.demographicParityDifference, 2 / 3 - 1 / 2)
    assert.equal(fairness.demographicParityRatio, 0.75)
    assert.equal(fairness.equalizedOddsDifference, 0.5)
    assert.equal(fairness.equalizedOddsRatio, 0)
    assert.equal(fairness.equalOpportunityDifference, 0.5)
    assert.equal(fairness.equalOpportunityRatio, 0.5)
    assert.equal(fairness.predictiveParityDifference, 0.5)
    // a: |0.9 − 1| + |0.2 − 1| + 0.7 + 0.1 over 4; b: |0.6 − 1| + |0.5 − 1| + 0.25 over 3
    assertClose(fairness.calibrationDifference, Math.abs(1.7 / 4 - 1.15 / 3))
  })

  test('is parity for one group, for equal groups, and where nobody is selected', () => {
    const [target, probability] = [
      [0, 1, 0, 1],
      [0.1, 0.6, 0.1, 0.6],
    ]
    for (const groups of [
      ['a', 'a', 'a', 'a'],
      ['a', 'a', 'b', 'b'],
    ]) {
      for (const threshold of [0.5, 0.9]) {
        const fairness = groupFairness(target, probability, groups, { threshold })
        assert.equal(fairness.demographicParityDifference, 0)
        assert.equal(fairness.demographicParityRatio, 1)
        assert.equal(fairness.equalizedOddsDifference, 0)
        assert.equal(fairness.equalizedOddsRatio, 1)
      }
    }
  })

  test('of rows with weights is that of rows as often as they weigh', () => {
    const random = createRandom(3)
    const rows = Array.from({ length: 60 }, (_, row) => row)
    const target = rows.map((row) => (row < 4 ? row % 2 : Number(random.next() < 0.4)))
    const probability = rows.map(() => random.next())
    const groups = rows.map((row) => (row % 4 < 2 ? 'a' : 'b'))
    const weights = rows.map((row) => (row < 4 ? 1 : random.nextInteger(4)))
    const weighted = groupFairness(target, probability, groups, { weights })
    const often = rows.flatMap((row) => Array.from({ length: weights[row]! }, () => row))
    const repeated = groupFairness(
      often.map((row) => target[row]!),
      often.map((row) => probability[row]!),
      often.map((row) => groups[row]!),
    )
    assert.deepEqual(
      weighted.groups.map((group) => group.rows),
      [30, 30],
    )
    const numbers = ({ groups: all, ...measures }: typeof weighted): number[] => [
      ...Object.values(measures),
      ...all.flatMap((rates) => Object.values({ ...rates, group: 0, rows: 0 })),
    ]
    const expected = numbers(repeated)
    numbers(weighted).forEach((value, i) => assertClose(value, expected[i]!, 1e-12))
    assert.ok(weighted.demographicParityDifference > 0)
  })

  test('does not change with the order of the rows', () => {
    const row = fc.record({
      label: fc.nat({ max: 1 }),
      eighths: fc.nat({ max: 8 }),
      group: fc.constantFrom('a', 'b', 'c'),
    })
    const both = ['a', 'b', 'c'].flatMap((group) => [
      { label: 0, eighths: 2, group },
      { label: 1, eighths: 6, group },
    ])
    fc.assert(
      fc.property(fc.array(row), (more) => {
        const measure = (rows: typeof both) => {
          const { groups, ...others } = groupFairness(
            rows.map(({ label }) => label),
            rows.map(({ eighths }) => eighths / 8),
            rows.map(({ group }) => group),
          )
          assert.equal(groups.length, 3)
          return others
        }
        const forth = measure([...both, ...more])
        assert.deepEqual(measure([...more.toReversed(), ...both]), forth)
        for (const [name, value] of Object.entries(forth)) {
          assert.ok(value >= 0 && value <= 1, `${name}: ${value}`)
        }
      }),
    )
  })

  test('refuses groups of one class, all named, and lengths that differ', () => {
    assertFails(
      () => groupFairness([0, 1, 1, 0], [0, 1, 1, 0], ['a', 'a', 'b', 'c']),
      'TRAINING_INVALID',
      "'b' has rows of class 1 only; 'c' has rows of class 0 only",
    )
    assertFails(
      () => groupFairness([0, 1], [0, 1], ['a']),
      'SHAPE_MISMATCH',
      /2 targets but 1 groups/,
    )
    assertFails(
      () =>
        groupFairness([0, 1, 1, 0], [0, 1, 1, 0], ['a', 'a', 'b', 'b'], { weights: [1, 0, 0, 0] }),
      'TRAINING_INVALID',
      "'a' has rows of class 0 only; the rows of 'b' weigh nothing",
    )
    const run = (): unknown => groupFairness([0, 1], [0, 1], ['a', 'a'], { threshold: 3 })
    assertFails(run, 'TRAINING_INVALID', /'threshold' is 3/)
  })
})

describe('fairnessIntervals', () => {
  const random = createRandom(4)
  const groups = Array.from({ length: 1200 }, (_, row) => (row % 3 === 0 ? 'a' : 'b'))
  const probability = groups.map((group) => (group === 'a' ? random.next() : 0.8 * random.next()))
  const target = probability.map((p) => Number(random.next() < p))
  const draw = (options: object = {}) =>
    fairnessIntervals(target, probability, groups, { random: createRandom(1), ...options })

  test('hold a difference that is there, and are as wide as theory says', () => {
    const fairness = groupFairness(target, probability, groups)
    const [low, high] = draw().demographicParityDifference
    // Selection rates of 1/2 of 400 rows and 3/8 of 800.
    const [a, b] = fairness.groups
    const variance = (rate: number, rows: number): number => (rate * (1 - rate)) / rows
    const error = Math.sqrt(variance(a!.selectionRate, 400) + variance(b!.selectionRate, 800))
    assertClose((high - low) / (3.92 * error), 1, 0.15)
    const { demographicParityDifference: difference } = fairness
    assert.ok(low > 0 && low < difference && difference < high, `${low} ${difference} ${high}`)
  })

  test('lie around what is measured with weights, of which equal ones are as none', () => {
    const weights = probability.map((p) => (p > 0.5 ? 4 : 1))
    const { demographicParityDifference: difference } = groupFairness(target, probability, groups, {
      weights,
    })
    const [low, high] = draw({ weights, replicates: 200 }).demographicParityDifference
    assert.ok(low < difference && difference < high, `${low} ${difference} ${high}`)
    const same = draw({ weights: weights.map(() => 2), replicates: 50 })
    assert.deepEqual(same, draw({ replicates: 50 }))
  })

  test('are the same for the same seed, and narrow with a lower level', () => {
    assert.deepEqual(draw({ replicates: 50 }), draw({ replicates: 50 }))
    const widthAt = (level: number): number => {
      const [low, high] = draw({ replicates: 200, level }).equalizedOddsDifference
      return high - low
    }
    assert.ok(widthAt(0.5) < widthAt(0.95))
  })

  test('refuse what the measures refuse, and bad options', () => {
    const options = { random: createRandom(1) }
    assertFails(
      () => fairnessIntervals([0, 1, 1], [0, 1, 1], ['a', 'a', 'b'], options),
      'TRAINING_INVALID',
      "'b' has rows of class 1 only",
    )
    assertFails(() => draw({ replicates: 1 }), 'TRAINING_INVALID', /'replicates' is 1/)
    assertFails(() => draw({ threshold: -1 }), 'TRAINING_INVALID', /'threshold' is -1/)
  })
})
