import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../../src/core/random.ts'
import { readCardEvaluation } from '../../../src/training/card/card-evaluation.ts'
import { listLimits } from '../../../src/training/card/card-limits.ts'
import { reportEvaluation } from '../../../src/training/evaluation-report.ts'
import { assertClose } from '../../assert-close.ts'
import { drawCard } from './draw-card.ts'

const group = {
  rows: 100,
  selection_rate: 0.1,
  true_positive_rate: 0.5,
  false_positive_rate: 0,
  precision: 1,
  positive_share: 0.2,
}

function luckOf(groups: unknown): Readonly<Record<string, number>> {
  return read({ fairness: { sex: { groups } } })!.fairness_luck?.['sex'] ?? {}
}

function read(parts: object) {
  const report = { rows: 200, confidence_level: 0.95, metrics: {}, slices: [], ...parts }
  return readCardEvaluation(report)
}

describe('how likely a difference between groups is by luck', () => {
  test('is the tail of the χ² of their shares', () => {
    const luck = luckOf([group, { ...group, selection_rate: 0.2, true_positive_rate: 0.75 }])
    // 10 and 20 of 100 called: 2 · 100 · 0.05² / (0.15 · 0.85) = 3.9216, of 1 degree of freedom.
    assertClose(luck['demographic_parity_difference']!, 0.047666, 1e-4)
    // 10 and 15 of 20 found: 2 · 20 · 0.125² / (0.625 · 0.375) = 2.6667; no false alarm in either.
    assertClose(luck['equal_opportunity_difference']!, 0.10247, 1e-4)
    assertClose(luck['equalized_odds_difference']!, 2 * 0.10247, 1e-4)
    assert.equal(luck['predictive_parity_difference'], 1)
  })

  test('takes rows that do not count alike for fewer', () => {
    const luck = luckOf([
      { ...group, rows: 900, effective_rows: 100 },
      { ...group, rows: 400, effective_rows: 100, selection_rate: 0.2 },
    ])
    assertClose(luck['demographic_parity_difference']!, 0.047666, 1e-4)
  })

  test('is not told of a group alone, or of what is no group', () => {
    for (const groups of [undefined, [], [group], [group, 7], [group, { ...group, rows: '9' }]]) {
      assert.deepEqual(luckOf(groups), {})
    }
  })

  test('of accuracies is told by their intervals, unless one has no width', () => {
    const slices = (width: number) =>
      [0.7, 0.9].map((value, i) => ({
        column: 'sex',
        slice: `sex=${i}`,
        rows: 100,
        metrics: {
          accuracy: { value, lower: value - 0.1, upper: value + (i === 0 ? 0.1 : width) },
        },
      }))
    const fairness = { sex: { accuracy_difference: 0.2 } }
    // Both deviations are 0.1 / 1.96, so z is 0.2 / (√2 · 0.05102) = 2.772.
    const { fairness_luck: luck } = read({ slices: slices(0.1), fairness })!
    assertClose(luck!['sex']!['accuracy_difference']!, 0.005574, 1e-3)
    assert.equal(read({ slices: slices(-0.1), fairness })!.fairness_luck, undefined)
  })

  test('is at least one twentieth for most groups that a model treats alike', () => {
    let [told, byLuck] = [0, 0]
    for (let seed = 0; seed < 40; seed++) {
      const evaluation = readCardEvaluation(reportOfTenGroups(createRandom(seed)))!
      const { explanations, ...parts } = drawCard({ evaluation })
      const limits = listLimits({ ...parts, explanations }).filter((line) =>
        /opportunity/.test(line),
      )
      told += limits.length
      byLuck += limits.filter((line) =>
        /as luck alone may have it .*\(p = [01]\.\d\d\)/.test(line),
      ).length
    }
    // Without the test each of them would read as if the model were unfair.
    assert.ok(told >= 35, `${told} differences above a tenth`)
    assert.ok(byLuck >= 0.85 * told, `${byLuck} of ${told} told as luck`)
  })
})

/** Ten groups of 100 rows, a fifth of class 1, which the model knows equally well. */
function reportOfTenGroups(random: Random): object {
  const rows = 1000
  const target = Float64Array.from({ length: rows }, () => Number(random.next() < 0.2))
  const probability = target.map((label) => 0.6 * random.next() + 0.25 * label)
  return reportEvaluation(target, probability, {
    random,
    replicates: 2,
    sliceReplicates: 2,
    level: 0.95,
    threshold: 0.5,
    liftShare: 0.1,
    costs: { falsePositive: 1, falseNegative: 1 },
    minSliceRows: 50,
    slices: [
      {
        column: 'g',
        names: Array.from({ length: 10 }, (_, i) => `g=${i}`),
        codes: Int32Array.from({ length: rows }, (_, row) => row % 10),
      },
    ],
  })
}
