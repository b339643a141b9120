import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { compareModels, type ComparisonOptions } from '../../src/training/compare-models.ts'
import { headlineMetrics } from '../../src/training/headline-metrics.ts'
import { sliceByNumbers } from '../../src/training/slices.ts'
import { assertClose } from '../assert-close.ts'

describe('compareModels', () => {
  for (const metric of headlineMetrics.probability) {
    test(`calls a lead by ${metric} positive, and the way back as negative`, () => {
      const forth = compareModels(target, blurred, sharp, options({ metric }))
      const back = compareModels(target, sharp, blurred, options({ metric }))
      assert.ok(forth.improvement > 0)
      assert.ok(forth.lower < forth.improvement && forth.improvement < forth.upper)
      assert.ok(forth.pValue! < 0.05 && back.pValue! > 0.95)
      assertClose(back.improvement, -forth.improvement)
      assertClose(back.lower, -forth.upper)
      for (const [i, slice] of forth.slices!.entries()) {
        assertClose(slice.improvement, -back.slices![i]!.improvement)
        const sign = metric === 'roc_auc' ? 1 : -1
        assertClose(slice.improvement, sign * (slice.challenger - slice.champion))
      }
    })
  }

  test('asks the test that is named', () => {
    const bootstrap = compareModels(target, blurred, sharp, options({ test: 'bootstrap' }))
    const delong = compareModels(target, blurred, sharp, options({ test: 'delong' }))
    assert.equal(bootstrap.pValue, 1 / 100)
    assert.notEqual(delong.pValue, bootstrap.pValue)
    assert.deepEqual({ ...delong, test: '', pValue: 0 }, { ...bootstrap, test: '', pValue: 0 })
  })

  test('doubts a lead that is no larger than what is asked', () => {
    for (const name of ['bootstrap', 'delong'] as const) {
      const { improvement } = compareModels(target, blurred, sharp, options({ test: name }))
      const asked = options({ test: name, minImprovement: improvement })
      assert.ok(compareModels(target, blurred, sharp, asked).pValue! > 0.3)
    }
  })

  test('leaves out slices of too few rows', () => {
    const all = compareModels(target, blurred, sharp, options({})).slices!
    assert.equal(all.length, 2)
    const few = compareModels(target, blurred, sharp, options({ minSliceRows: 301 })).slices!
    assert.deepEqual(few, [])
  })
})

const random = createRandom(8)
const sharp = Float64Array.from({ length: 600 }, () => random.next())
const target = sharp.map((p) => Number(random.next() < p))
const blurred = sharp.map((p) => (p + random.next()) / 2)

function options(changed: Partial<ComparisonOptions>): ComparisonOptions {
  return {
    metric: 'roc_auc',
    test: 'bootstrap',
    minImprovement: 0,
    random: createRandom(1),
    replicates: 99,
    level: 0.95,
    slices: [sliceByNumbers('row', Float64Array.from(sharp.keys()), [300])],
    minSliceRows: 100,
    ...changed,
  }
}
