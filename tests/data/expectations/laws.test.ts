/** Laws that hold for every table, whatever is in it. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import type { ExpectationResult } from '../../../src/data/expectations/validation-result.ts'
import { validateTable } from '../../../src/data/validate.ts'

type Value = number | null

/** Few different values, so that they meet; NaN is missing. */
const values = fc.array(
  fc.constantFrom<Value>(-2, -1, 0, 0.5, 1, 2, 3, Infinity, -Infinity, NaN, null),
  { maxLength: 12 },
)
const limits = fc
  .tuple(fc.constantFrom(-2, -1, 0, 0.5), fc.constantFrom(0.5, 1, 2, 3))
  .map(([min_value, max_value]) => ({ min_value, max_value }))
const runs = { numRuns: 15 }

describe('laws of expectations', () => {
  let database: Database
  before(async () => (database = await openDatabase()))
  after(() => database[Symbol.dispose]())

  const ask = async (
    column: readonly Value[],
    items: Readonly<Record<string, object>>,
  ): Promise<ExpectationResult[]> => {
    const cells = column.map((value) => (value === null ? 'NULL' : `'${value}'::DOUBLE`))
    const relation = `(SELECT unnest([${cells.join(', ')}]::DOUBLE[]) AS x)`
    const expectations = Object.entries(items).map(([type, kwargs]) => ({
      type: `expect_column_${type}`,
      kwargs: { column: 'x', ...kwargs },
    }))
    const suite = parseSuite(JSON.stringify({ name: 's', expectations }), 's.json')
    return [...(await validateTable({ database, relation, suite })).results]
  }
  const countOf = (result: ExpectationResult | undefined): number =>
    Number(result?.result['unexpected_count'])
  const present = (column: readonly Value[]): number =>
    column.filter((value) => value !== null && !Number.isNaN(value)).length

  test('an expectation and its opposite share the values that are there', async () => {
    const sets = fc.array(fc.constantFrom(-2, 0, 0.5, 3, true), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(values, sets, async (column, value_set) => {
        const [inSet, notInSet, isNull, notNull, like, notLike, regex, notRegex] = await ask(
          column,
          {
            values_to_be_in_set: { value_set },
            values_to_not_be_in_set: { value_set },
            values_to_be_null: {},
            values_to_not_be_null: {},
            values_to_match_like_pattern: { like_pattern: '%1%' },
            values_to_not_match_like_pattern: { like_pattern: '%1%' },
            values_to_match_regex: { regex: '^-' },
            values_to_not_match_regex: { regex: '^-' },
          },
        )
        const all = present(column)
        assert.equal(countOf(inSet) + countOf(notInSet), all)
        assert.equal(countOf(like) + countOf(notLike), all)
        assert.equal(countOf(regex) + countOf(notRegex), all)
        assert.equal(countOf(isNull) + countOf(notNull), column.length)
        assert.equal(countOf(isNull), all)
      }),
      runs,
    )
  })

  test('whoever meets a share meets every smaller one', async () => {
    await fc.assert(
      fc.asyncProperty(
        values,
        limits,
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (column, between, mostly) => {
          const [much, less, none] = await Promise.all(
            [mostly, mostly / 2, 0].map((share) =>
              ask(column, { values_to_be_between: { ...between, mostly: share } }),
            ),
          )
          const [a, b, c] = [much, less, none].map((results) => results![0]!.success)
          assert.ok(!a || b)
          assert.ok(!b || c)
          assert.equal(c, true)
        },
      ),
      runs,
    )
  })

  test('a good row never makes what held fail, and changes no count', async () => {
    await fc.assert(
      fc.asyncProperty(values, limits, async (column, between) => {
        const items = {
          values_to_be_between: { ...between, mostly: 0.5 },
          values_to_be_in_set: { value_set: [0.5, 1] },
        }
        const found = await ask(column, items)
        const more = await ask([...column, 0.5], items)
        for (const [i, result] of found.entries()) {
          assert.ok(!result.success || more[i]!.success)
          assert.equal(countOf(result), countOf(more[i]))
        }
      }),
      runs,
    )
  })

  test('equal sets are sets that contain each other', async () => {
    const sets = fc.array(fc.constantFrom(-2, -1, 0, 0.5, 1, 2, 3), { minLength: 1, maxLength: 7 })
    await fc.assert(
      fc.asyncProperty(values, sets, async (column, value_set) => {
        const [inSet, contains, equals] = await ask(column, {
          distinct_values_to_be_in_set: { value_set },
          distinct_values_to_contain_set: { value_set },
          distinct_values_to_equal_set: { value_set },
        })
        assert.equal(equals!.success, inSet!.success && contains!.success)
        assert.equal(countOf(equals), countOf(inSet))
        assert.equal(equals!.result['missing_count'], contains!.result['missing_count'])
      }),
      runs,
    )
  })

  test('a table read backwards falls where it rose', async () => {
    await fc.assert(
      fc.asyncProperty(values, fc.boolean(), async (column, strictly) => {
        const [rises] = await ask(column, { values_to_be_increasing: { strictly } })
        const [falls] = await ask(column.toReversed(), { values_to_be_decreasing: { strictly } })
        assert.equal(countOf(rises), countOf(falls))
      }),
      runs,
    )
  })

  test('what lies within the least and the greatest value lies between them', async () => {
    await fc.assert(
      fc.asyncProperty(values, limits, async (column, between) => {
        const [each, least, greatest, quantile] = await ask(column, {
          values_to_be_between: between,
          min_to_be_between: between,
          max_to_be_between: between,
          quantile_values_to_be_between: {
            quantile_ranges: {
              quantiles: [0, 1],
              value_ranges: [
                [null, null],
                [null, null],
              ],
            },
          },
        })
        if (present(column) === 0) return
        assert.equal(each!.success, least!.success && greatest!.success)
        assert.deepEqual((quantile!.result['observed_value'] as { values: unknown }).values, [
          least!.result['observed_value'],
          greatest!.result['observed_value'],
        ])
      }),
      runs,
    )
  })
})
