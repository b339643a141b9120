import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { compileRowCondition } from '../../../src/data/expectations/row-condition/compile-condition.ts'
import { parseRowCondition } from '../../../src/data/expectations/row-condition/parse-condition.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { item, messageOf, one, validate } from './hold-table.ts'

const table = `(SELECT * FROM (VALUES
  (1::BIGINT, 1.5::DOUBLE, 'a', true, DATE '2024-01-01', 1),
  (2, 'NaN', 'b', false, DATE '2024-02-01', 2),
  (3, NULL, NULL, NULL, NULL, 3),
  (4, 2.5, 'o''b', true, DATE '2024-03-01', 4)) v(i, f, t, b, d, "odd name"))`

describe('row_condition', () => {
  const name = (column: string): object => ({ column: { name: column } })
  const compare = (column: string, operator: string, parameter: unknown): object => ({
    type: 'comparison',
    ...name(column),
    operator,
    parameter,
  })

  const cases: readonly [unknown, readonly number[]][] = [
    [compare('i', '==', 2), [2]],
    [compare('i', '<', 2.5), [1, 2]],
    [compare('I', '>=', 4), [4]],
    // pandas keeps missing values for != and not in, and drops them elsewhere; NaN is missing.
    [compare('f', '!=', 1.5), [2, 3, 4]],
    [compare('f', '>', 0), [1, 4]],
    [compare('t', 'NOT_IN', ['a']), [2, 3, 4]],
    [compare('t', 'IN', ['a', "o'b"]), [1, 4]],
    [compare('b', '==', true), [1, 4]],
    [compare('b', '==', 0), [2]],
    [compare('d', '>', '2024-01-15'), [2, 4]],
    [compare('d', '==', '2024-01-01'), [1]],
    [compare('t', '==', 1), []],
    [compare('t', '!=', 1), [1, 2, 3, 4]],
    [{ type: 'nullity', ...name('f'), is_null: true }, [2, 3]],
    [{ type: 'nullity', ...name('f'), is_null: false }, [1, 4]],
    [{ type: 'and', conditions: [compare('i', '>', 1), compare('t', '!=', 'b')] }, [3, 4]],
    [{ type: 'or', conditions: [compare('i', '==', 1), compare('i', '==', 3)] }, [1, 3]],
    [{ type: 'pass_through', pass_through_filter: 'i > 2' }, [3, 4]],
    ['col("i") > 2', [3, 4]],
    ['col("t")=="a"', [1]],
    ['col("f").notNull()', [1, 4]],
    ['i > 1 and t != "b"', [3, 4]],
    ['(i > 1) & ~(t == "b")', [3, 4]],
    ['not i > 1 or i == 4', [1, 4]],
    ['1 < i <= 3', [2, 3]],
    ['i in [1, 4]', [1, 4]],
    ['i not in (1, 4)', [2, 3]],
    ['t.isin(["a"])', [1]],
    ['t.isnull() | b', [1, 3, 4]],
    ['`odd name` >= 3', [3, 4]],
    ['i == `odd name` and f < i', [4]],
    ['f == 1.5e0', [1]],
    ["t == 'o\\'b'", [4]],
    ['i > -1 and d >= "2024-03-01"', [4]],
    ['b == True', [1, 4]],
  ]
  for (const [condition, expected] of cases) {
    test(`${JSON.stringify(condition)} keeps ${expected.join(', ') || 'nothing'}`, async () => {
      using database = await openDatabase()
      const described = await describeTable(database, table)
      const { sql } = compileRowCondition(parseRowCondition(condition)!, described)
      const rows = await database.query(`SELECT i FROM ${table} WHERE ${sql}`)
      assert.deepEqual(
        rows.map((row) => row['i']),
        expected,
      )
      // Never null, so that its opposite keeps all the others.
      const others = await database.query(`SELECT i FROM ${table} WHERE NOT ${sql}`)
      assert.equal(rows.length + others.length, 4)
    })
  }

  const wrong: readonly [unknown, RegExp][] = [
    ['i >', /ends, expected a column or a value/],
    ['i > 1 i', /has 'i' at column 6, expected the end/],
    ['i = 1', /has '= 1' at column 2/],
    ['i.str.len()', /.*/],
    ['i.max()', /calls 'max'/],
    ['@limit < i', /'@limit < i' has '@limit < i' at column 1/],
    ['3', /expected a comparison/],
    ['(i > 1', /expected '\)'/],
    ['i in [i]', /expected a value/],
    [3, /row_condition is 3/],
    [{ type: 'compare' }, /unknown type "compare"/],
    [compare('i', '=', 3), /unknown operator "="/],
    [compare('i', '==', null), /parameter null/],
    [compare('i', 'IN', 3), /parameter 3/],
    [{ type: 'comparison', column: 'i', operator: '==', parameter: 3 }, /column "i"/],
    [{ type: 'nullity', ...name('i') }, /lacks 'is_null'/],
    [{ type: 'and', conditions: [] }, /lacks 'conditions'/],
    [{ type: 'pass_through' }, /lacks 'pass_through_filter'/],
  ]
  for (const [condition, expected] of wrong) {
    test(`${JSON.stringify(condition)} is refused`, () => {
      assert.throws(() => parseRowCondition(condition), {
        code: 'SUITE_INVALID',
        message: expected,
      })
    })
  }

  test('an unknown parser is refused', () => {
    assert.throws(() => parseRowCondition('i > 1', 'spark'), /condition_parser "spark"/)
  })

  test('an unknown column and an order between kinds are errors of that expectation alone', async () => {
    const results = (
      await validate([
        item('column_values_to_not_be_null', { column: 'i', row_condition: 'absent > 3' }),
        item('column_values_to_not_be_null', { column: 'i', row_condition: 't > 3' }),
        item('column_values_to_not_be_null', { column: 'k', row_condition: 'k > 3' }),
      ])
    ).results
    assert.match(messageOf(results[0]!) ?? '', /absent/)
    assert.match(
      messageOf(results[1]!) ?? '',
      /'t' \(VARCHAR\) > 3 compares values of different kinds/,
    )
    assert.equal(results[2]!.success, true)
    assert.equal(results[2]!.result['element_count'], 3)
  })

  test('injected SQL is a text', async () => {
    const { result } = await one('column_values_to_not_be_null', {
      column: 'i',
      row_condition: `t == "' OR 1=1 --"`,
    })
    assert.equal(result['element_count'], 0)
  })
})
