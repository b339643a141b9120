import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { evaluateProbabilities } from '../../src/training/evaluate.ts'
import type { EvaluationOptions } from '../../src/training/evaluation-report.ts'
import { rocAucScore } from '../../src/training/metrics/index.ts'
import { assertFails } from './assert-fails.ts'
import { sliceByLevels, sliceByNumbers } from '../../src/training/slices.ts'

describe('an evaluation', () => {
  test('has every metric with its interval, and the headline ones in its row of numbers', () => {
    const { metrics, report } = evaluateProbabilities(target, probability, options())
    assert.deepEqual(Object.keys(report.metrics).sort(), [
      'accuracy',
      'average_precision',
      'brier_score',
      'expected_calibration_error',
      'f1',
      'ks_statistic',
      'lift',
      'log_loss',
      'precision',
      'recall',
      'roc_auc',
    ])
    for (const [name, { value, lower, upper }] of Object.entries(report.metrics)) {
      assert.ok(lower < upper, name)
      assert.equal(metrics[name], value)
    }
    assert.equal(metrics['roc_auc_lower'], report.metrics['roc_auc']!.lower)
    assert.equal(metrics['f1_lower'], undefined)
    assert.equal(metrics['rows'], rows)
  })

  test('measures each slice on its rows alone, and says why it does not', () => {
    const { report } = evaluateProbabilities(target, probability, options())
    const [low, high, rare] = report.slices
    assert.deepEqual([low!.slice, high!.slice, rare!.slice], ['half=0', 'half=1', 'half missing'])
    assert.deepEqual(rare, {
      column: 'half',
      slice: 'half missing',
      rows: 3,
      skipped: '3 rows, fewer than 20',
    })
    const first = rows / 2
    assert.equal(low!.rows, first)
    assert.equal(
      low!.metrics!['roc_auc']!.value,
      rocAucScore(target.slice(0, first), probability.slice(0, first)),
    )
  })

  test('gives a slice the same numbers whatever other slices there are', () => {
    const alone = evaluateProbabilities(target, probability, options()).report.slices
    const numbers = sliceByNumbers('p', probability, 3)
    const more = { ...options(), slices: [numbers, ...options().slices] }
    const { slices } = evaluateProbabilities(target, probability, more).report
    assert.deepEqual(slices.slice(-3), alone)
  })

  test('compares the slices that were measured', () => {
    const { fairness } = evaluateProbabilities(target, probability, options()).report
    const { groups, intervals, ...differences } = fairness['half'] as {
      groups: { group: string }[]
      intervals: Record<string, [number, number]>
    }
    assert.deepEqual(Object.keys(intervals), Object.keys(differences))
    assert.deepEqual(
      groups.map(({ group }) => group),
      ['half=0', 'half=1'],
    )
    assert.equal(Object.keys(differences).length, 8)
    const strict = { ...options(), minSliceRows: rows }
    assert.deepEqual(evaluateProbabilities(target, probability, strict).report.fairness, {})
  })

  test('knows the threshold at which wrong calls cost least', () => {
    const { costs } = evaluateProbabilities(target, probability, options()).report
    assert.ok(costs.lowest <= costs.at_threshold)
    // Missing costs four times an alarm, so for true probabilities it is about 1/5.
    assert.ok(Math.abs(costs.lowest_threshold! - 0.2) < 0.1, `${costs.lowest_threshold}`)
    const free = { ...options(), costs: { falsePositive: 1, falseNegative: 0 } }
    const { costs: none } = evaluateProbabilities(target, probability, free).report
    assert.deepEqual([none.lowest, none.lowest_threshold], [0, null])
  })

  test('refuses slices of other rows', () => {
    const slices = [sliceByNumbers('p', probability.slice(1), 2)]
    assertFails(
      () => evaluateProbabilities(target, probability, { ...options(), slices }),
      'SHAPE_MISMATCH',
      "slices by 'p' tell 599 rows apart, but 600 rows are measured",
    )
  })

  test('is the same, byte for byte, each time', () => {
    const write = (): string =>
      JSON.stringify(evaluateProbabilities(target, probability, options()))
    assert.equal(write(), write())
  })
})

const rows = 600
const random = createRandom(3)
const probability = Float64Array.from({ length: rows }, () => random.next())
const target = probability.map((p) => Number(random.next() < p))

function options(): EvaluationOptions {
  const half = Float64Array.from({ length: rows }, (_, row) =>
    row >= rows - 3 ? NaN : Number(row >= rows / 2),
  )
  return {
    random: createRandom(1),
    replicates: 100,
    sliceReplicates: 100,
    level: 0.9,
    threshold: 0.5,
    liftShare: 0.1,
    costs: { falsePositive: 1, falseNegative: 4 },
    slices: [sliceByLevels('half', ['0', '1'], half)],
    minSliceRows: 20,
  }
}
