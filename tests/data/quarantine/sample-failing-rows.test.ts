import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import { sampleFailingRows } from '../../../src/data/quarantine/sample-failing-rows.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { validateTable } from '../../../src/data/validate.ts'

describe('a sample of failing rows', () => {
  test('has rows that break what it says, in order, and each failed expectation has its first ones', async () => {
    using database = await openDatabase()
    const suite = suiteOf([
      ['expect_column_values_to_be_between', { column: 'a', max_value: 3 }],
      ['expect_column_values_to_not_be_null', { column: 'b' }],
      ['expect_column_values_to_be_unique', { column: 'a', mostly: 0.01 }],
    ])
    const cell = fc.option(fc.integer({ min: 0, max: 5 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 60 }),
        async (rows) => {
          await database.run('CREATE OR REPLACE TABLE t (a BIGINT, b BIGINT)')
          const values = rows.map(([a, b]) => `(${a ?? 'NULL'}, ${b ?? 'NULL'})`)
          await database.run(`INSERT INTO t VALUES ${values.join(', ')}`)
          const table = await describeTable(database, 't')
          const result = await validateTable({ database, relation: table, suite })
          const found = await sampleFailingRows({ database, table, suite, result, parameters: {} })
          // By hand: what breaks the first two, and the third only where no value at all is alone.
          const broken = rows.map(([a, b]) => [
            ...(a !== null && a > 3 ? [0] : []),
            ...(b === null ? [1] : []),
          ])
          const positions = [...broken.keys()].filter((i) => broken[i]!.length > 0)
          if (positions.length === 0 && result.results[2]!.success)
            return assert.equal(found, undefined)
          const sampled = found!.rows.map(({ position }) => position)
          assert.deepEqual(
            sampled,
            sampled.toSorted((x, y) => x - y),
          )
          assert.ok(sampled.length <= 20)
          for (const { position, broken: reasons, cells } of found!.rows) {
            assert.deepEqual(
              reasons.filter((index) => index < 2),
              broken[position],
            )
            assert.deepEqual(cells, rows[position])
          }
          for (const index of [0, 1]) {
            const first = positions.find((i) => broken[i]!.includes(index))
            assert.ok(first === undefined || sampled.includes(first))
          }
          if (result.results[2]!.success) assert.equal(found!.total, positions.length)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('rows of a condition keep their place in the whole table, and columns of the failures come first', async () => {
    using database = await openDatabase()
    const others = Array.from({ length: 50 }, (_, i) => `range AS c${i}`)
    await database.run(
      `CREATE TABLE w AS SELECT ${others.join(', ')}, range AS last FROM range(100)`,
    )
    const table = await describeTable(database, 'w')
    const suite = suiteOf([
      [
        'expect_column_values_to_be_between',
        {
          column: 'LAST',
          max_value: 97,
          row_condition: 'col("c3")>50',
          condition_parser: 'great_expectations',
        },
      ],
    ])
    const result = await validateTable({ database, relation: table, suite })
    const found = await sampleFailingRows({ database, table, suite, result, parameters: {} })
    assert.deepEqual(
      found?.rows.map(({ position }) => position),
      [98, 99],
    )
    assert.equal(found?.columns.length, 30)
    assert.equal(found?.columns.at(-1), 'last')
    assert.equal(found?.columnsLeftOut, 21)
  })

  test('a table that already has a column of the name used for places', async () => {
    using database = await openDatabase()
    await database.run(
      'CREATE TABLE p AS SELECT range AS mlpt_position, range AS "MLPT_POSITION_" FROM range(3)',
    )
    const table = await describeTable(database, 'p')
    const suite = suiteOf([
      ['expect_column_values_to_be_between', { column: 'mlpt_position', max_value: 1 }],
    ])
    const result = await validateTable({ database, relation: table, suite })
    const found = await sampleFailingRows({ database, table, suite, result, parameters: {} })
    assert.deepEqual(found?.rows, [{ position: 2, cells: [2, 2], broken: [0] }])
  })
})

function suiteOf(items: readonly (readonly [type: string, kwargs: object])[]) {
  const expectations = items.map(([type, kwargs]) => ({ type, kwargs }))
  return parseSuite(JSON.stringify({ name: 's', expectations }), 's.json')
}
