import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import type { ResultFormat } from '../../src/data/expectations/result-settings.ts'
import { parseSuite } from '../../src/data/expectations/parse-suite.ts'
import { validateTable } from '../../src/data/validate.ts'
import { item, messageOf, one, success, table, validate } from './expectations/hold-table.ts'

describe('validateTable', () => {
  test('keeps the order of the suite and counts what holds', async () => {
    const result = await validate([
      item('column_values_to_not_be_null', { column: 'n' }, 'warning'),
      item('column_to_exist', { column: 'k' }),
      item('column_to_exist', { column: 'absent' }, 'info'),
    ])
    assert.deepEqual(
      result.results.map(({ success: isMet, meta }) => [isMet, meta.index]),
      [
        [false, 0],
        [true, 1],
        [false, 2],
      ],
    )
    assert.equal(result.success, false)
    assert.deepEqual(result.statistics, {
      evaluated_expectations: 3,
      successful_expectations: 1,
      unsuccessful_expectations: 2,
      success_percent: (1 / 3) * 100,
    })
    assert.equal(result.meta.highest_failing_severity, 'warning')
  })

  test('a suite for many columns says of each what it says of one', async () => {
    const names = Array.from({ length: 220 }, (_, i) => `c${i}`)
    const cells = names.map((name, i) => `CASE WHEN x > 1 THEN x + ${i} END AS ${name}`)
    const relation = `(SELECT ${cells.join(', ')} FROM range(5) r(x))`
    const itemsOf = (column: string) => [
      item('column_max_to_be_between', { column, max_value: 100 }),
      item('column_mean_to_be_between', { column, max_value: 200 }),
      item('column_min_to_be_between', { column, min_value: 0 }),
    ]
    const { results } = await validate(names.flatMap(itemsOf), relation)
    for (const i of names.keys()) {
      const [max, mean, min] = results.slice(3 * i, 3 * i + 3)
      assert.deepEqual([max!.success, max!.result['observed_value']], [4 + i <= 100, 4 + i])
      assert.deepEqual([mean!.success, mean!.result['observed_value']], [3 + i <= 200, 3 + i])
      assert.equal(min!.result['observed_value'], 2 + i)
    }
  })

  test('gives the same bytes every time', async () => {
    const items = [
      item('column_values_to_be_unique', { column: 'i' }),
      item('column_stdev_to_be_between', { column: 'f' }),
      item('compound_columns_to_be_unique', { column_list: ['i', 't'] }),
    ]
    assert.equal(JSON.stringify(await validate(items)), JSON.stringify(await validate(items)))
  })

  test('one that raises does not stop the others, at compile time or in DuckDB', async () => {
    const result = await validate([
      item('column_values_to_match_regex', { column: 't', regex: '([' }),
      item('column_mean_to_be_between', { column: 't' }),
      item('column_values_to_be_between', { column: 'd', min_value: '2024-99-01' }),
      item('column_values_to_be_in_set', { column: 'w', value_set: [1] }),
      item('column_max_to_be_between', { column: 'k', max_value: 6 }),
    ])
    assert.deepEqual(
      result.results.map(({ success: isMet }) => isMet),
      [false, false, false, false, true],
    )
    const messages = result.results.map(messageOf)
    assert.match(messages[0]!, /unterminated character set/)
    assert.match(messages[1]!, /'t' is VARCHAR, and this expectation needs numbers/)
    assert.match(messages[2]!, /2024-99-01/)
    assert.match(messages[3]!, /'w' is INTEGER\[\]/)
    assert.equal(messages[4], undefined)
    for (const message of messages.slice(0, 4)) assert.ok(!message!.includes('\n'))
  })

  test('a name in other letters is found, with a warning', async () => {
    const result = await one('column_values_to_be_unique', { column: 'K' })
    assert.equal(result.success, true)
    assert.deepEqual(result.meta.warnings, ["'K' is spelled 'k' in the table"])
  })

  test('names that SQL would stumble over are names', async () => {
    const odd = `(SELECT 1 AS "a ""b"" c", 2 AS "select", 3 AS position, 4 AS v0, 5 AS k0 FROM range(2))`
    for (const column of ['a "b" c', 'select', 'position', 'v0', 'k0']) {
      const result = await one('column_values_to_be_unique', { column }, odd)
      assert.equal(result.result['unexpected_count'], 2, column)
      assert.equal(
        await success('column_values_to_be_between', { column, max_value: 0 }, odd),
        false,
      )
    }
  })

  test('a result says less when asked to', async () => {
    const items = [
      item('column_values_to_be_unique', { column: 'i' }),
      item('column_max_to_be_between', { column: 'i' }),
    ]
    const keys = async (format: ResultFormat): Promise<string[][]> =>
      (await validate(items, table, format)).results.map(({ result }) => Object.keys(result))
    assert.deepEqual(await keys('BOOLEAN_ONLY'), [[], []])
    const basic = [
      'element_count',
      'unexpected_count',
      'unexpected_percent',
      'partial_unexpected_list',
      'missing_count',
      'missing_percent',
      'unexpected_percent_total',
      'unexpected_percent_nonmissing',
    ]
    assert.deepEqual(await keys('BASIC'), [basic, ['observed_value']])
    assert.deepEqual(await keys('SUMMARY'), [
      [...basic, 'partial_unexpected_counts', 'partial_unexpected_index_list'],
      ['observed_value'],
    ])
  })

  test('a relation that cannot be read is an error, not a result', async () => {
    await assert.rejects(
      validate([item('column_to_exist', { column: 'x' })], `read_parquet('nowhere.parquet')`),
      { code: 'FILE_MISSING' },
    )
  })

  test('a suite made by hand is held to the same rules', async () => {
    using database = await openDatabase()
    const bad = {
      type: 'expect_column_to_exist',
      kwargs: { colum: 'x' },
      meta: {},
      severity: 'critical',
    } as const
    const unknown = { ...bad, type: 'expect_magic' }
    const suite = { name: 's', meta: {}, expectations: [bad, unknown] }
    const result = await validateTable({ database, relation: table, suite })
    assert.match(messageOf(result.results[0]!) ?? '', /unknown argument 'colum'/)
    assert.match(messageOf(result.results[1]!) ?? '', /no type 'expect_magic'/)
  })

  test('between agrees with a plain check of every value', async () => {
    const cell = fc.oneof(
      fc.integer({ min: -20, max: 20 }),
      fc.double({ min: -20, max: 20, noNaN: true }),
      fc.constantFrom(null, NaN, Infinity, -Infinity),
    )
    const limit = fc.option(
      fc.oneof(fc.integer({ min: -20, max: 20 }), fc.double({ min: -20, max: 20, noNaN: true })),
      { nil: undefined },
    )
    const options = fc.record({
      min: limit,
      max: limit,
      isStrictMin: fc.boolean(),
      isStrictMax: fc.boolean(),
      mostly: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    using database = await openDatabase()
    await fc.assert(
      fc.asyncProperty(
        fc.array(cell, { maxLength: 30 }),
        options,
        async (cells, { min, max, isStrictMin, isStrictMax, mostly }) => {
          fc.pre(min !== undefined || max !== undefined)
          fc.pre(min === undefined || max === undefined || min < max)
          const present = cells.filter(
            (value): value is number => value !== null && !Number.isNaN(value),
          )
          const bad = present.filter((value) => {
            const isAbove = min === undefined || (isStrictMin ? value > min : value >= min)
            const isBelow = max === undefined || (isStrictMax ? value < max : value <= max)
            return !(isAbove && isBelow)
          })
          const kwargs = {
            column: 'x',
            min_value: min ?? null,
            max_value: max ?? null,
            strict_min: isStrictMin,
            strict_max: isStrictMax,
            mostly,
          }
          const suite = parseSuite(
            JSON.stringify({
              name: 's',
              expectations: [item('column_values_to_be_between', kwargs)],
            }),
            's.json',
          )
          const { results } = await validateTable({ database, relation: columnOf(cells), suite })
          const [first] = results
          assert.equal(
            first?.success,
            present.length === 0 || (present.length - bad.length) / present.length >= mostly,
          )
          assert.equal(first.result['unexpected_count'], bad.length)
          assert.equal(first.result['missing_count'], cells.length - present.length)
        },
      ),
      { numRuns: 60 },
    )
  })
})

function columnOf(cells: readonly (number | null)[]): string {
  const rows = cells.map((value) => (value === null ? '(NULL)' : `('${value}'::DOUBLE)`))
  return `(SELECT x::DOUBLE AS x FROM (VALUES ${[...rows, '(NULL)'].join(', ')}) v(x) LIMIT ${cells.length})`
}
