import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  checkExpressions,
  columnsOf,
  defineSchema,
  fitTransforms,
  toFunction,
} from '../../../src/index.ts'
import type { Row } from '../../../src/data/expressions/to-function.ts'
import { toOnnx } from '../../../src/data/expressions/to-onnx.ts'
import type { Transform } from '../../../src/training/transforms/transform.ts'

const schema = defineSchema({
  x: { type: 'number', nullable: true },
  code: { type: 'category', levels: [1, 2, 3], nullable: true },
  town: { type: 'text', nullable: true },
})
const column = columnsOf(schema)
const [x, code, town] = [column('x'), column('code'), column('town')]

describe('fitTransforms', () => {
  test('missing numbers become the mean, the median, the most frequent or a constant', () => {
    const rows = numbers(1, 2, 2, 5, 5, 9, null)
    // sum 24 of 6; the middle two are 2 and 5; 2 and 5 stand twice
    const cases: [Extract<Transform, { kind: 'impute' }>['strategy'], number][] = [
      ['mean', 4],
      ['median', 3.5],
      ['mostFrequent', 2],
      [{ constant: -1 }, -1],
    ]
    for (const [strategy, expected] of cases) {
      const values = apply({ kind: 'impute', operand: x, strategy }, rows)
      assert.deepEqual(values, [1, 2, 2, 5, 5, 9, expected])
    }
  })

  test('the most frequent of very many numbers is found too', () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => ({ x: i + 0.5 }))
    const given = [...rows, { x: 7.5 }, { x: null }]
    assert.equal(apply({ kind: 'impute', operand: x, strategy: 'mostFrequent' }, given).at(-1), 7.5)
  })

  test('numbers whose squares overflow are not taken for a constant', () => {
    for (const values of [
      [1e200, 2e200],
      [-1e160, 0, 1e160],
    ]) {
      assert.throws(
        () => apply({ kind: 'standardize', operand: x }, numbers(...values)),
        /too large for a deviation/,
      )
    }
  })

  test('standardized numbers have mean 0 and deviation 1, and what is missing stays missing', () => {
    // mean 3, deviation √((4 + 0 + 4) / 3)
    const scaled = apply({ kind: 'standardize', operand: x }, numbers(1, 3, 5, null))
    const deviation = Math.sqrt(8 / 3)
    assert.deepEqual(scaled, [-2 / deviation, 0, 2 / deviation, null])
  })

  test('a constant is only moved, also one that no binary fraction is', () => {
    const rows = numbers(...Array.from({ length: 10 }, () => 0.1))
    for (const value of apply({ kind: 'standardize', operand: x }, rows)) {
      assert.ok(Math.abs(value!) < 1e-16)
    }
  })

  test('quantiles are shares of the rows, a value that fills several in the middle of them', () => {
    // quantiles at 0, ¼, ½, ¾ and 1 of five rows are the rows: 2 has ¼ and ½
    const scale = { kind: 'quantile', operand: x, quantiles: 5 } as const
    const { serving } = fitTransforms({ f: scale }, numbers(1, 2, 2, 4, 8))
    const asked = numbers(0, 1, 1.5, 2, 3, 4, 6, 8, 9, null)
    const expected = [0, 0, 0.125, 0.375, 0.625, 0.75, 0.875, 1, 1, null]
    assert.deepEqual(asked.map(toFunction(serving['f']!)), expected)
  })

  test('quantiles never fall where the number rises, and stay within 0 and 1', () => {
    const list = fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true })), {
      minLength: 2,
      maxLength: 40,
    })
    fc.assert(
      fc.property(list, fc.integer({ min: 2, max: 30 }), (values, quantiles) => {
        const rows = numbers(...values.filter((value) => Number.isFinite(value)), 0)
        const scale = { kind: 'quantile', operand: x, quantiles } as const
        const { serving } = fitTransforms({ f: scale }, rows)
        const shares = rows
          .toSorted((a, b) => Number(a['x']) - Number(b['x']))
          .map((row) => Number(toFunction(serving['f']!)(row)))
        for (const [i, share] of shares.entries()) {
          assert.ok(share >= 0 && share <= 1 + 1e-15, `${share}`)
          assert.ok(i === 0 || share >= shares[i - 1]! - 1e-12, `${shares[i - 1]} then ${share}`)
        }
      }),
    )
  })

  test('categories become columns or places; what was never seen has none', () => {
    const rows = [...codes(2, 1, 2, null)]
    const { serving } = fitTransforms(
      { c: { kind: 'oneHot', operand: code }, place: { kind: 'ordinal', operand: code } },
      rows,
    )
    assert.deepEqual(Object.keys(serving), ['c=1', 'c=2', 'place'])
    const all = [...rows, { code: 3 }]
    const values = (name: string): unknown[] => all.map(toFunction(serving[name]!))
    assert.deepEqual(values('c=1'), [0, 1, 0, 0, 0])
    assert.deepEqual(values('c=2'), [1, 0, 1, 0, 0])
    assert.deepEqual(values('place'), [1, 0, 1, null, null])
  })

  test('of many categories the most frequent are kept, of equal ones the first', () => {
    const rows = ['b', 'a', 'c', 'c'].map((each) => ({ town: each }))
    const kept = { kind: 'oneHot', operand: town, maxCategories: 2 } as const
    assert.deepEqual(Object.keys(fitTransforms({ t: kept }, rows).serving), ['t=a', 't=c'])
  })

  test('hashes are those of expressions for texts that were seen', () => {
    // sha256('abc') begins with ba7816bf; 0xba7816bf = 3128432319
    const rows = [{ town: 'abc' }, { town: null }]
    const hashed = { kind: 'hash', operand: town, buckets: 1000 } as const
    const { serving } = fitTransforms({ h: hashed }, rows)
    assert.deepEqual([...rows, { town: 'x' }].map(toFunction(serving['h']!)), [319, null, null])
  })

  test('a row that was learnt from sees means of the target of other folds only', () => {
    const rows = [1, 1, 2, 2, null].map((each, i) => ({ code: each, fold: [0, 1, 0, 1, 1][i]! }))
    const target = Float64Array.of(1, 0, 1, 0, 1)
    const transform = { kind: 'targetMean', operand: code, smoothing: 1 } as const
    const { serving, training } = fitTransforms({ m: transform }, rows, {
      target,
      folds: rows.map(({ fold }) => fold),
      foldColumn: 'fold',
    })
    // all rows: mean 3/5; code 1: (1 + 3/5) / 3, missing: (1 + 3/5) / 2
    const served = [...rows, { code: 9 }].map(toFunction(serving['m']!))
    const expected = [1.6 / 3, 1.6 / 3, 1.6 / 3, 1.6 / 3, 0.8, 0.6]
    served.forEach((value, i) => assert.ok(Math.abs(Number(value) - expected[i]!) < 1e-15))
    // Rows of fold 0 see fold 1: mean 1/3, codes (0 + 1/3) / 2; those of fold 1 see fold 0: mean 1, codes (1 + 1) / 2,
    // and nothing missing there.
    const learnt = rows.map(toFunction(training['m']!))
    const outOfFold = [1 / 6, 1, 1 / 6, 1, 1]
    learnt.forEach((value, i) => assert.ok(Math.abs(Number(value) - outOfFold[i]!) < 1e-15))
  })

  test('a target that is turned in one row changes no training value of its fold', () => {
    const draw = fc.record({
      code: fc.integer({ min: 1, max: 3 }),
      fold: fc.integer({ min: 0, max: 2 }),
    })
    fc.assert(
      fc.property(fc.array(draw, { minLength: 4, maxLength: 20 }), fc.nat(), (drawn, pick) => {
        const rows = [...drawn, { code: 1, fold: 0 }, { code: 1, fold: 1 }]
        const target = Float64Array.from(rows, (_, i) => i % 2)
        const row = pick % rows.length
        const turned = target.with(row, 1 - target[row]!)
        const fold = rows[row]!.fold
        const learn = (of: Float64Array): unknown[] =>
          rows
            .filter((each) => each.fold === fold)
            .map(toFunction(fitCodes(rows, of).training['m']!))
        assert.deepEqual(learn(target), learn(turned))
      }),
    )
  })

  test('what is learnt is checked JSON and fits into a graph', () => {
    const rows = [
      { x: 1, code: 1, town: 'a' },
      { x: 3, code: 2, town: 'b' },
    ]
    const { serving } = fitTransforms(
      {
        imputed: { kind: 'impute', operand: x, strategy: 'mean' },
        scaled: { kind: 'standardize', operand: x },
        ranked: { kind: 'quantile', operand: x },
        town: { kind: 'oneHot', operand: town },
        place: { kind: 'ordinal', operand: town },
        bucket: { kind: 'hash', operand: town, buckets: 5 },
      },
      rows,
    )
    const features: Record<string, unknown> = JSON.parse(JSON.stringify(serving))
    checkExpressions(features, { place: 'test', fields: schema.fields })
    assert.equal(toOnnx(features).graph.outputs[0]!.dimensions[1], 7)
  })

  test('all that cannot be learnt is told at once', () => {
    const rows = [{ x: null, code: null, town: null, fold: 0 }]
    assert.throws(
      () =>
        fitTransforms(
          {
            a: { kind: 'impute', operand: x, strategy: 'mean' },
            b: { kind: 'ordinal', operand: town },
            c: { kind: 'quantile', operand: x, quantiles: 1 },
            d: { kind: 'hash', operand: town, buckets: 0 },
            e: { kind: 'targetMean', operand: code, smoothing: 1 },
          },
          rows,
        ),
      {
        code: 'TRAINING_INVALID',
        message:
          /1 rows: 'a' is missing.*'b' is missing.*'c' asks for 1 quantiles.*'d' asks for 0 buckets.*'e' needs the target/,
      },
    )
    const one = { kind: 'oneHot', operand: code } as const
    assert.throws(
      () => fitTransforms({ c: one, 'c=1': { kind: 'ordinal', operand: code } }, codes(1)),
      { message: /two features are called 'c=1'/ },
    )
  })

  test('means of the target need several folds, finite targets and a smoothing', () => {
    const fit = (options: object, smoothing = 1): unknown =>
      fitTransforms({ m: { kind: 'targetMean', operand: code, smoothing } }, codes(1, 2), {
        target: Float64Array.of(0, 1),
        folds: [0, 1],
        foldColumn: 'fold',
        ...options,
      })
    fit({})
    assert.throws(() => fit({ folds: [1, 1] }), { message: /all rows in 1 fold/ })
    assert.throws(() => fit({ folds: [1] }), { message: /1 folds for 2 rows/ })
    assert.throws(() => fit({ target: Float64Array.of(0, NaN) }), { message: /no finite numbers/ })
    assert.throws(() => fit({}, -1), { message: /smoothing -1/ })
  })
})

function fitCodes(rows: readonly { code: number; fold: number }[], target: Float64Array) {
  return fitTransforms({ m: { kind: 'targetMean', operand: code, smoothing: 2 } }, rows, {
    target,
    folds: rows.map(({ fold }) => fold),
    foldColumn: 'fold',
  })
}

function numbers(...values: readonly (number | null)[]): Row[] {
  return values.map((value) => ({ x: value }))
}

function codes(...values: readonly (number | null)[]): Row[] {
  return values.map((value) => ({ code: value }))
}

/** What the transform gives for the rows that it was learnt from. */
function apply(transform: Transform, rows: readonly Row[]): (number | null)[] {
  return rows.map(toFunction(fitTransforms({ f: transform }, rows).serving['f']!))
}
