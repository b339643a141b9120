import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import {
  compareModels,
  compareOutputs,
  type ComparisonOptions,
} from '../../src/training/compare-models.ts'
import {
  decidingMetrics,
  type HeadlineMetric,
  headlineMetrics,
  metricSigns,
} from '../../src/training/headline-metrics.ts'
import { delongClassTest } from '../../src/training/metrics/index.ts'
import {
  measureClasses,
  measureValues,
  type OutputMeasure,
} from '../../src/training/output-measure.ts'
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

  test('has the other headline metrics beside the one that decides', () => {
    const { others } = compareModels(target, blurred, sharp, options({ minImprovement: 0.1 }))
    assert.equal(others!.length, 2)
    for (const [i, metric] of (['log_loss', 'brier_score'] as const).entries()) {
      const { metric: name, ...other } = others![i]!
      assert.equal(name, metric)
      const asked = options({ metric, random: createRandom(1).fork(metric) })
      const { improvement, lower, upper, shareBetter, pValue } = compareModels(
        target,
        blurred,
        sharp,
        asked,
      )
      assert.deepEqual(other, { improvement, lower, upper, shareBetter, pValue })
    }
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

describe('compareOutputs', () => {
  for (const kind of ['value', 'classes'] as const) {
    const headline = [...decidingMetrics(kind, true)]
    const compare = (from: 'sharp' | 'blurred', changed: Changed, weights?: Float64Array) => {
      const measures = outputs(kind)
      const models = {
        champion: measures[from],
        challenger: measures[from === 'sharp' ? 'blurred' : 'sharp'],
      }
      const asked = { ...options({}), metric: headline[0]!, headline, ...changed }
      return compareOutputs(models, 600, { ...asked, ...(weights && { weights }) })
    }

    for (const metric of headline) {
      test(`tests a lead by ${metric} of ${kind}, whole and by slices, and the way back`, () => {
        const forth = compare('blurred', { metric })
        const back = compare('sharp', { metric })
        assert.ok(forth.lower < forth.improvement && forth.improvement < forth.upper)
        assert.ok(forth.improvement > 0 && forth.pValue! < 0.05 && back.pValue! > 0.95)
        assertClose(back.improvement, -forth.improvement)
        assertClose(back.lower, -forth.upper)
        assert.equal(forth.slices!.length, 2)
        for (const slice of forth.slices!) {
          const difference = slice.challenger - slice.champion
          assertClose(slice.improvement, metricSigns[metric] * difference)
        }
        const doubted = compare('blurred', { metric, minImprovement: forth.improvement })
        assert.ok(doubted.pValue! > 0.3)
      })
    }

    test(`has for ${kind} each other metric as if that decided`, () => {
      const { others } = compare('blurred', { minImprovement: 0.5 })
      assert.deepEqual(
        others!.map(({ metric }) => metric),
        headline.slice(1),
      )
      for (const { metric, ...other } of others!) {
        const { improvement, lower, upper, shareBetter, pValue } = compare('blurred', { metric })
        assert.deepEqual(other, { improvement, lower, upper, shareBetter, pValue })
      }
    })

    test(`weighs rows of ${kind} as if they were there that often`, () => {
      const weights = Float64Array.from({ length: 600 }, (_, row) => Number(row < 300))
      const weighted = compare('blurred', {}, weights)
      const [first] = compare('blurred', {}).slices!
      assertClose(weighted.improvement, first!.improvement)
    })
  }

  test('asks DeLong of the areas of classes', () => {
    const { blurred: champion, sharp: challenger } = outputs('classes')
    const asked = {
      ...options({ test: 'delong' }),
      metric: 'roc_auc_ovr',
      headline: ['roc_auc_ovr'],
    } as const
    const found = compareOutputs({ champion, challenger }, 600, asked)
    assert.equal(found.test, 'delong')
    const expected = delongClassTest(
      challenger.classes!,
      champion.probabilities!,
      challenger.probabilities!,
    )
    assertClose(found.improvement, expected.difference)
    assert.equal(found.pValue, expected.pValueBetter)
    const bootstrap = compareOutputs({ champion, challenger }, 600, {
      ...asked,
      random: createRandom(1),
      test: 'bootstrap',
    })
    assert.notEqual(bootstrap.pValue, found.pValue)
    assert.deepEqual({ ...bootstrap, test: '', pValue: 0 }, { ...found, test: '', pValue: 0 })
  })
})

type Changed = Partial<ComparisonOptions<HeadlineMetric>>

/** Numbers or three classes, predicted well and less well. */
function outputs(kind: 'value' | 'classes'): Record<'sharp' | 'blurred', OutputMeasure> {
  if (kind === 'value') {
    const y = sharp.map((value, row) => value + target[row]! / 10)
    const settings = { quantile: 0.5 }
    return {
      sharp: measureValues(y, sharp, settings),
      blurred: measureValues(y, blurred, settings),
    }
  }
  const classes = sharp.map((p, row) => (target[row] === 1 ? 1 : p < 0.3 ? 0 : 2))
  const measure = (p: Float64Array): OutputMeasure => {
    const values = Float32Array.from({ length: 1800 }, (_, i) => {
      const probability = p[Math.floor(i / 3)]!
      const rest = 1 - probability
      return [rest * (1 - probability), probability, rest * probability][i % 3]!
    })
    const costs = [
      [0, 1, 2],
      [3, 0, 3],
      [2, 1, 0],
    ]
    return measureClasses(classes, { rows: 600, columns: 3, values }, { costs })
  }
  return { sharp: measure(sharp), blurred: measure(blurred) }
}

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
