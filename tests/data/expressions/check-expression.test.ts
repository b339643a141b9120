import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  checkExpressions,
  columnsOf,
  defineSchema,
  feature,
  toFunction,
} from '../../../src/index.ts'
import type { Expression, NumberExpression } from '../../../src/data/expressions/expression.ts'
import { findColumns, partsOf } from '../../../src/data/expressions/walk-expression.ts'
import { rowExpressions, text } from './random-expressions.ts'

const schema = defineSchema({
  AGE: { type: 'integer' },
  SEX: { type: 'category', levels: [1, 2] },
  town: { type: 'text' },
  joined: { type: 'date' },
  active: { type: 'boolean' },
})
const column = columnsOf(schema)

describe('the check of expressions', () => {
  test('lets pass what is built, and its way through JSON changes nothing', () => {
    fc.assert(
      fc.property(rowExpressions.filter(isWritten), (expression) => {
        const features: unknown = JSON.parse(JSON.stringify({ f: expression }))
        assert.deepEqual(features, JSON.parse(JSON.stringify({ f: expression })))
        check(features)
      }),
    )
  })

  test('refuses an expression with any one part taken away', () => {
    fc.assert(
      fc.property(rowExpressions.filter(isWritten), fc.nat(), (expression, seed) => {
        const parts = Object.keys(expression).filter((name) => name !== 'kind')
        const name = parts[seed % parts.length]!
        const { [name]: _, ...rest } = { ...expression } as Record<string, unknown>
        assert.throws(() => check({ f: rest }), { code: 'CONFIG_INVALID', message: /missing/ })
      }),
    )
  })

  test('never crashes on any JSON', () => {
    const json = fc.jsonValue()
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('kind', 'operand', 'left'), json), (value) => {
        assert.throws(() => check({ f: value }), { code: 'CONFIG_INVALID' })
      }),
      // No text can be made of this kind.
      { examples: [[{ kind: { toString: 0 } }]] },
    )
  })

  test('tells all problems at once, each with its place and the nearest name', () => {
    const features = {
      a: { kind: 'numberColumn', name: 'joind' },
      b: { kind: 'textColumn', name: 'AGE' },
      c: { kind: 'arithmetic', operator: 'plus', left: column('AGE'), right: 3 },
      d: { kind: 'unarry', operand: column('AGE') },
      e: { kind: 'membership', operand: column('town'), texts: [], otherwize: 1 },
      f: { kind: 'lookup', operand: column('town'), entries: [['', 1]], otherwise: null },
      g: { kind: 'not', operand: column('AGE') },
      h: { kind: 'number', value: NaN },
      i: { kind: 'date', value: '2025-02-30' },
      j: feature.lookup(column('SEX'), [
        [1, 1],
        [1, 2],
      ]),
    }
    assert.throws(
      () => checkExpressions(features, { place: 'project.ts, features', fields: schema.fields }),
      ({ message, hint }: Error & { hint: string }) => {
        for (const what of [
          /^project\.ts, features: a reads the column 'joind', which is not there/,
          /b reads 'AGE', a integer, as "textColumn"/,
          /c\.operator is "plus", expected one of add/,
          /c\.right is 3/,
          /d has the kind "unarry"/,
          /e has 'otherwize'/,
          /e\.texts is \[\]/,
          /f\.entries is \[\["",1\]\]/,
          /g\.operand is a number, expected a boolean/,
          /h\.value is NaN/,
          /i is the date '2025-02-30'/,
          /j\.entries is \[\[1,1\],\[1,2\]\]/,
        ]) {
          assert.match(message, what)
        }
        assert.match(hint, /did you mean 'joined'/)
        assert.match(hint, /did you mean 'unary'/)
        return true
      },
    )
  })

  test('lists the first 20 problems and says how many more there are', () => {
    const features = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`f${i}`, i]))
    assert.throws(() => check(features), { message: /f19 is 19; and 5 more$/ })
  })

  test('refuses what is too deep or too large for a query', () => {
    let deep: NumberExpression = column('AGE')
    for (let i = 0; i < 63; i++) deep = feature.abs(deep)
    check({ deep })
    assert.throws(() => check({ deep: feature.abs(deep) }), { message: /deeper than 64/ })
    let large: NumberExpression = column('AGE')
    for (let i = 0; i < 13; i++) large = feature.add(large, large)
    assert.throws(() => check({ large }), { message: /large\S* has more than 10000 parts$/ })
  })
})

describe('the builder', () => {
  test('keeps numbers, truth, texts and dates apart while it is compiled', () => {
    // @ts-expect-error -- a text is no number
    feature.add(column('town'), 1)
    // @ts-expect-error -- a number is not true or false
    feature.not(column('AGE'))
    // @ts-expect-error -- a number has no year
    feature.year(column('AGE'))
    // @ts-expect-error -- codes are numbers
    feature.isOneOf(column('SEX'), ['1'])
    // @ts-expect-error -- the keys of texts are texts
    feature.lookup(column('town'), [[1, 2]])
    // @ts-expect-error -- both need a first one
    feature.and()
    // @ts-expect-error -- there is no such column
    assert.throws(() => column('activ'), { code: 'CONFIG_INVALID', hint: "did you mean 'active'?" })
  })

  test('clips into bounds that count, and either may be absent', () => {
    const values = [-1, 0, 5, 10, 11].map((AGE) => ({ AGE }))
    const clipped = (bounds: { min?: number; max?: number }): unknown[] =>
      values.map(toFunction(feature.clip(column('AGE'), bounds)))
    assert.deepEqual(clipped({ min: 0, max: 10 }), [0, 0, 5, 10, 10])
    assert.deepEqual(clipped({ max: 10 }), [-1, 0, 5, 10, 10])
    assert.deepEqual(clipped({}), [-1, 0, 5, 10, 11])
  })

  test('bounds and edges that do not ascend are refused, not counted wrong', () => {
    const wrong = { code: 'CONFIG_INVALID' }
    for (const edges of [[5, 1], [1, 1], [NaN], [0, Infinity]]) {
      assert.throws(() => feature.bins(column('AGE'), edges), wrong, String(edges))
    }
    assert.throws(() => feature.clip(column('AGE'), { min: 2, max: 1 }), {
      message: /2, 1 do not ascend at 1/,
    })
    assert.throws(() => feature.piecewise(column('AGE'), [1], [column('SEX')]), {
      message: /1 edges have 1 pieces, expected 2/,
    })
    for (const buckets of [0, 1.5, NaN, 2 ** 32]) {
      assert.throws(() => feature.hash(column('town'), buckets), wrong, String(buckets))
    }
  })

  test('a bin is the number of edges that are not above the value', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -20, max: 20 }), { maxLength: 12 }),
        fc.option(fc.integer({ min: -25, max: 25 })),
        (numbers, AGE) => {
          const edges = numbers.sort((a, b) => a - b)
          const expected = AGE === null ? null : edges.filter((edge) => edge <= AGE).length
          assert.equal(toFunction(feature.bins(column('AGE'), edges))({ AGE }), expected)
        },
      ),
    )
  })

  test('dates, texts, codes and truth come together', () => {
    const row = { AGE: 30, SEX: 2, town: 'Łódź', joined: '2024-02-28', active: true }
    const cases: [NumberExpression, number | null][] = [
      [feature.daysBetween(column('joined'), '2024-03-01'), 2],
      [feature.weekday(column('joined')), 3],
      [feature.textLength(column('town')), 4],
      [feature.lookup(column('SEX'), [[2, 7]]), 7],
      [feature.lookup(column('town'), [['Lodz', 7]]), null],
      [feature.lookup(feature.lower(column('town')), [['Łódź', 7]], 0), 7],
      [feature.choose(feature.isOneOf(column('SEX'), [1, 2]), 1, 0), 1],
      [feature.choose(feature.isOneOf(column('town'), ['x']), 1, 0), 0],
      [feature.choose(feature.and(column('active'), feature.not(column('active'))), 1, 0), 0],
      [feature.fill(feature.log(feature.negate(column('AGE'))), -1), -1],
    ]
    for (const [expression, expected] of cases) {
      checkExpressions({ expression }, { place: 'test', fields: schema.fields })
      assert.equal(toFunction(expression)(row), expected, JSON.stringify(expression))
    }
  })

  test('a hash is the first 8 digits of SHA-256, modulo the buckets', () => {
    // sha256('abc') = ba7816bf…; 0xba7816bf = 3128432319
    const hashed = toFunction(feature.hash(text, 1000))
    assert.equal(hashed({ 'a "text"': 'abc' }), 319)
    assert.equal(hashed({ 'a "text"': '' }), null)
  })
})

test('the columns of an expression are told once each', () => {
  const age = column('AGE')
  const expression = feature.add(feature.divide(age, age), feature.year(column('joined')))
  assert.deepEqual(findColumns(expression), [age, column('joined')])
})

function check(features: unknown): void {
  checkExpressions(features as Record<string, unknown>, { place: 'test' })
}

/** Random expressions also hold what the check refuses: constants that are not finite, and empty or double lists. */
function isWritten(expression: Expression): boolean {
  const isGood = [
    !(
      'value' in expression &&
      !(typeof expression.value === 'string' || Number.isFinite(expression.value))
    ),
    !('texts' in expression && expression.texts.length === 0),
    !('otherwise' in expression && !Number.isFinite(expression.otherwise ?? 0)),
    !('entries' in expression && !isGoodTable(expression.entries)),
  ].every(Boolean)
  return isGood && partsOf(expression).every(isWritten)
}

function isGoodTable(entries: readonly (readonly [unknown, number])[]): boolean {
  return (
    entries.length > 0 &&
    new Set(entries.map(([key]) => key)).size === entries.length &&
    entries.every(([, number]) => Number.isFinite(number))
  )
}
