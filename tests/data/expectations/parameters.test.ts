import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { evaluateExpression } from '../../../src/data/expectations/parameters/expression.ts'
import { fillParameters } from '../../../src/data/expectations/parameters/fill-parameters.ts'

describe('parameters of a suite', () => {
  const given = {
    rows: 200,
    share: 0.5,
    set: ['a', 'b'],
    word: 'x',
    blank: ' ',
    'a.b': 3,
    digits: '12',
  }

  const cases: readonly [string, unknown][] = [
    ['rows', 200],
    [' set ', ['a', 'b']],
    ['word', 'x'],
    ['rows * share', 100],
    ['rows + 1 - 2 * 3', 195],
    ['(rows + 1) * 2', 402],
    ['-rows ^ 2', -40000],
    ['2 ^ 3 ^ 2', 512],
    ['2 ^ -1', 0.5],
    ['rows / 8 / 5', 5],
    ['1.5e2 + .5', 150.5],
    ['a.b * 2', 6],
    ['digits + 1', 13],
    ['round(2.5) + round(3.5) + round(-1.2)', 5],
    ['abs(-3) + trunc(2.9) + sgn(-4)', 4],
    ['cos(0) + exp(0)', 2],
    ['PI', Math.PI],
    ['E - E', 0],
  ]
  for (const [expression, expected] of cases) {
    test(`${expression} is ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(evaluateExpression(expression, given, 'min_value'), expected)
    })
  }

  const wrong: readonly [string, RegExp][] = [
    ['row', /'min_value': the parameter 'row' has no value/],
    ['word + 1', /'word' is "x", expected a number/],
    ['blank + 1', /'blank' is " ", expected a number/],
    ['set * 2', /'set' is \["a","b"\], expected a number/],
    ['1 +', /ends too early/],
    ['(1', /a '\)' is missing/],
    ['1 2', /'2' too much/],
    ['1 / 0', /no finite value/],
    ['rows; 3', /not understood from column 5/],
    ['* 3', /'\*' stands where a value should/],
    ['sine(3)', /'sine' is no function/],
    ['now()', /'now' is no function this version knows/],
    ['__proto__', /no value/],
    ['', /ends too early/],
  ]
  for (const [expression, expected] of wrong) {
    test(`'${expression}' is refused`, () => {
      assert.throws(() => evaluateExpression(expression, given, 'min_value'), {
        code: 'SUITE_INVALID',
        message: expected,
      })
    })
  }

  test('they are filled in wherever they stand', () => {
    assert.deepEqual(
      fillParameters(
        {
          column: 'x',
          value_set: { $PARAMETER: 'set' },
          ranges: [[{ $PARAMETER: 'rows / 2' }, null]],
          row_condition: { parameter: { $PARAMETER: 'word' } },
        },
        given,
      ),
      {
        column: 'x',
        value_set: ['a', 'b'],
        ranges: [[100, null]],
        row_condition: { parameter: 'x' },
      },
    )
    assert.throws(() => fillParameters({ column: { $PARAMETER: 3 } }, given), /parameter 3/)
  })
})
