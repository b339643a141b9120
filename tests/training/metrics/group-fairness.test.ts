import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { groupFairness } from '../../../src/training/metrics/index.ts'
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
    const run = (): unknown => groupFairness([0, 1], [0, 1], ['a', 'a'], { threshold: 3 })
    assertFails(run, 'TRAINING_INVALID', /'threshold' is 3/)
  })
})
