/** What is measured of several classes: as a whole, of each, and by what wrong calls cost. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import {
  f1Score,
  precisionScore,
  recallScore,
  rocAucScore,
} from '../../src/training/metrics/index.ts'
import { reportClasses } from '../../src/training/output-report.ts'
import { assertClose } from '../assert-close.ts'

const rows = 300
const random = createRandom(8)
const classes = ['a', 'b', 'c'] as const
const target = Float64Array.from({ length: rows }, (_, row) => (row < 6 ? 2 : row % 2))
const values = new Float32Array(3 * rows)
for (let row = 0; row < rows; row++) {
  const parts = [0, 1, 2].map((k) => random.next() + Number(target[row] === k) * random.next())
  const sum = parts.reduce((a, b) => a + b, 0)
  parts.forEach((part, k) => (values[3 * row + k] = part / sum))
}
const probabilities = { rows, columns: 3, values }
const options = {
  replicates: 200,
  sliceReplicates: 20,
  level: 0.9,
  slices: [
    {
      column: 'half',
      names: ['first', 'last'],
      codes: Int32Array.from(target, (_, row) => Number(row >= 150)),
    },
  ],
  minSliceRows: 10,
  classes,
}
/** Each report draws the same samples. */
const drawn = () => ({ ...options, random: createRandom(1) })
const report = reportClasses(target, probabilities, drawn())

describe('each class', () => {
  test('is measured against the rest as two classes are', () => {
    assert.deepEqual(
      report.by_class.map((one) => [one.class, one.rows]),
      [
        ['a', 147],
        ['b', 147],
        ['c', 6],
      ],
    )
    const called = callsOf()
    for (const [k, { metrics }] of report.by_class.entries()) {
      const is = target.map((value) => Number(value === k))
      const call = called.map((value) => Number(value === k))
      assertClose(metrics.precision.value, precisionScore(is, call))
      assertClose(metrics.recall.value, recallScore(is, call))
      assertClose(metrics.f1.value, f1Score(is, call))
      const score = is.map((_, row) => values[3 * row + k]!)
      assertClose(metrics.roc_auc.value, rocAucScore(is, score))
    }
  })

  test('has an interval of the resamples that it is in, however rare it is', () => {
    for (const { metrics } of report.by_class) {
      for (const { value, lower, upper } of Object.values(metrics)) {
        assert.ok(lower <= value && value <= upper && lower < upper, `${lower} ${value} ${upper}`)
      }
    }
    const [common, , rare] = report.by_class
    const width = ({ lower, upper }: { lower: number; upper: number }): number => upper - lower
    assert.ok(width(rare!.metrics.recall) > 3 * width(common!.metrics.recall))
  })

  test('that a resample lacks altogether is left out of it, not counted as wrong', () => {
    const few = { ...drawn(), minSliceRows: 2, slices: [] }
    const shares = Float32Array.of(0.8, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8)
    const small = { rows: 4, columns: 3, values: shares }
    const { by_class, metrics } = reportClasses(Float64Array.of(0, 0, 1, 2), small, few)
    assert.deepEqual(by_class[2]!.metrics.recall, { value: 1, lower: 1, upper: 1 })
    assert.ok(Object.values(metrics).every(({ lower, upper }) => lower <= upper))
  })
})

describe('averages over classes', () => {
  const value = (name: string): number => report.metrics[name]!.value
  const mean = (
    name: 'precision' | 'recall' | 'f1' | 'roc_auc',
    weights: readonly number[],
  ): number =>
    report.by_class.reduce((sum, { metrics }, k) => sum + weights[k]! * metrics[name].value, 0) /
    weights.reduce((a, b) => a + b, 0)
  const alike = [1, 1, 1]
  const byRows = [147, 147, 6]

  test('are of each alike, or by their rows', () => {
    assertClose(value('precision_macro'), mean('precision', alike))
    assertClose(value('recall_macro'), mean('recall', alike))
    assertClose(value('f1_macro'), mean('f1', alike))
    assertClose(value('roc_auc_ovr'), mean('roc_auc', alike))
    assertClose(value('precision_weighted'), mean('precision', byRows))
    assertClose(value('f1_weighted'), mean('f1', byRows))
    assertClose(value('roc_auc_ovr_weighted'), mean('roc_auc', byRows))
    // Both are the share of rows that are called right, as precision, recall and F1 of all rows together are.
    assertClose(value('accuracy'), mean('recall', byRows))
  })

  test('of all pairs of row and class are one area', () => {
    const isClass = Float64Array.from(values, (_, i) => Number(target[Math.floor(i / 3)] === i % 3))
    assertClose(value('roc_auc_ovr_micro'), rocAucScore(isClass, Float64Array.from(values)))
  })

  test('are of each slice too, without the single classes', () => {
    const [first, last] = report.slices
    assert.deepEqual(Object.keys(first!.metrics!), Object.keys(report.metrics))
    // The last half has no row of class c, which may still be called.
    const recalls = [0, 1].map((k) => {
      const own = target.map((label, row) => Number(row >= 150 && label === k))
      return callsOf().reduce((sum, call, row) => sum + Number(call === k) * own[row]!, 0) / 75
    })
    const isCalled = callsOf().some((call, row) => row >= 150 && call === 2)
    assertClose(
      last!.metrics!['recall_macro']!.value,
      (recalls[0]! + recalls[1]!) / (isCalled ? 3 : 2),
    )
    assertClose(last!.metrics!['balanced_accuracy']!.value, (recalls[0]! + recalls[1]!) / 2)
  })
})

describe('costs of classes', () => {
  const classCosts = [
    [0, 1, 1],
    [1, 0, 1],
    [20, 20, 0],
  ]
  const costly = reportClasses(target, probabilities, { ...drawn(), classCosts })

  test('move no other number of the report', () => {
    const { costs, metrics, slices, fairness, ...rest } = costly
    const { mean_cost: _, ...others } = metrics
    const { metrics: expected, slices: __, fairness: ___, ...plain } = report
    assert.deepEqual(others, expected)
    assert.deepEqual(rest, plain)
    assert.equal(costs!.of, classCosts)
    assert.ok(slices.every(({ metrics: own }) => own!['mean_cost']!.value >= 0))
    assert.ok(fairness['half']!['mean_cost_group_max']! > 0)
  })

  test('are those of both tables of calls', () => {
    const meanOf = (confusion: readonly (readonly number[])[]): number =>
      confusion
        .flatMap((row, i) => row.map((count, j) => count * classCosts[i]![j]!))
        .reduce((a, b) => a + b, 0) / rows
    const { most_likely, least_expected, confusion } = costly.costs!
    assertClose(most_likely, meanOf(costly.confusion))
    assertClose(least_expected, meanOf(confusion))
    assert.equal(costly.metrics['mean_cost']!.value, least_expected)
    // A missed c costs 20, so that more is called c, and less of it is missed.
    assert.ok(confusion[2]![2]! >= costly.confusion[2]![2]!)
    assert.ok(calledOf(confusion, 2) > calledOf(costly.confusion, 2))
    assert.equal(
      confusion.flat().reduce((a, b) => a + b, 0),
      rows,
    )
  })

  test('of 1 throughout are the share of wrong calls', () => {
    const ones = classes.map((_, i) => classes.map((__, j) => Number(i !== j)))
    const { metrics } = reportClasses(target, probabilities, { ...drawn(), classCosts: ones })
    assertClose(metrics['mean_cost']!.value, 1 - metrics['accuracy']!.value)
    assertClose(metrics['mean_cost']!.lower, 1 - metrics['accuracy']!.upper)
  })
})

function calledOf(confusion: readonly (readonly number[])[], k: number): number {
  return confusion.reduce((sum, row) => sum + row[k]!, 0)
}

function callsOf(): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    const own = values.subarray(3 * row, 3 * row + 3)
    return own.indexOf(Math.max(...own))
  })
}
