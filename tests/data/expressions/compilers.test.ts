import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase, type Database } from '../../../src/data/duckdb-store.ts'
import type {
  BooleanExpression,
  Expression,
  NumberExpression,
  UnaryOperator,
} from '../../../src/data/expressions/expression.ts'
import { findGraphProblems } from '../../../src/data/expressions/graph-problems.ts'
import { toFunction, type Row } from '../../../src/data/expressions/to-function.ts'
import { toOnnx } from '../../../src/data/expressions/to-onnx.ts'
import { momentSql } from '../../../src/data/schema/datetime-sql.ts'
import { toSql } from '../../../src/data/expressions/to-sql.ts'
import { compileGraph, decodeModel, encodeModel, type Value } from '../../../src/model/index.ts'
import { toGraphInputs } from './graph-inputs.ts'
import {
  day,
  emptyRow,
  flag,
  moment,
  rowExpressions,
  rows,
  servedExpressions,
  text,
  x,
  y,
} from './random-expressions.ts'

describe('the compilers of expressions', () => {
  test('the function, the query and the graph give the same, missing where missing', async () => {
    using database = await openDatabase()
    await fc.assert(
      fc.asyncProperty(
        fc.array(servedExpressions, { minLength: 1, maxLength: 6 }),
        fc.array(rows, { minLength: 1, maxLength: 12 }),
        async (expressions, table) => {
          await assertSame(database, expressions, table)
          assertGraphGivesSame(expressions, table)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('so do the function and the query of what a graph cannot hold', async () => {
    using database = await openDatabase()
    await fc.assert(
      fc.asyncProperty(
        fc.array(rowExpressions, { minLength: 1, maxLength: 4 }),
        fc.array(rows, { minLength: 1, maxLength: 12 }),
        async (expressions, table) => {
          await assertSame(database, expressions, table)
        },
      ),
      { numRuns: 50 },
    )
  })

  test('logarithms and exponentials are equal to 1e-6', async () => {
    using database = await openDatabase()
    const functions = ['exp', 'log', 'log1p', 'sqrt'] as const
    const expressions = functions.map((operator) => unary(operator, x))
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 30 }), async (table) => {
        await assertSame(database, expressions, table)
        assertGraphGivesSame(expressions, table)
      }),
      { numRuns: 100 },
    )
  })

  test('what has no finite result is missing', async () => {
    using database = await openDatabase()
    const divided: NumberExpression = { kind: 'arithmetic', operator: 'divide', left: x, right: y }
    const squared: NumberExpression = {
      kind: 'arithmetic',
      operator: 'multiply',
      left: x,
      right: x,
    }
    const cases: [NumberExpression, Partial<Row>, number | null][] = [
      [divided, { x: 1, y: 0 }, null],
      [divided, { x: 1, y: 4 }, 0.25],
      [squared, { x: 1e200 }, null],
      [unary('log', x), { x: 0 }, null],
      [unary('log', x), { x: -1 }, null],
      [unary('log1p', x), { x: -1 }, null],
      [unary('log1p', x), { x: 1e-20 }, 1e-20],
      [unary('sqrt', x), { x: -1 }, null],
      [unary('exp', x), { x: 1000 }, null],
      [x, { x: Infinity }, null],
      [x, { x: NaN }, null],
    ]
    for (const [expression, cells, expected] of cases) {
      const row = { ...emptyRow, ...cells }
      assert.equal(toFunction(expression)(row), expected, JSON.stringify([expression, cells]))
      assert.deepEqual(await query(database, [expression], [row]), [{ f0: expected }])
      assert.deepEqual(scoreGraph([expression], [row]), [[expected]])
    }
  })

  test('a missing condition decides nothing; only fill and isMissing see what is missing', async () => {
    using database = await openDatabase()
    const one: NumberExpression = { kind: 'number', value: 1 }
    const no: BooleanExpression = { kind: 'comparison', operator: 'less', left: one, right: one }
    const expressions: Expression[] = [
      { kind: 'choice', condition: flag, whenTrue: one, whenFalse: one },
      { kind: 'logic', operator: 'and', left: flag, right: no },
      { kind: 'not', operand: flag },
      { kind: 'lookup', operand: text, entries: [], otherwise: 1 },
      { kind: 'numberLookup', operand: x, entries: [], otherwise: 1 },
      { kind: 'membership', operand: text, texts: ['a'] },
      { kind: 'fill', operand: x, replacement: one },
      { kind: 'isMissing', operand: text },
      { kind: 'isMissing', operand: day },
      { kind: 'isMissing', operand: moment },
    ]
    const expected = [null, null, null, null, null, null, 1, true, true, true]
    assert.deepEqual(
      expressions.map((expression) => toFunction(expression)(emptyRow)),
      expected,
    )
    const [row] = await query(database, expressions, [emptyRow])
    assert.deepEqual(Object.values(row!), expected)
    assert.deepEqual(scoreGraph(expressions, [emptyRow]), [
      expected.map((value) => (value === true ? 1 : value)),
    ])
  })

  test('parts of dates are those of the calendar', async () => {
    using database = await openDatabase()
    const parts = ['year', 'month', 'day', 'weekday'] as const
    const expressions = parts.map((part): NumberExpression => ({
      kind: 'datePart',
      part,
      operand: day,
    }))
    // 1900 and 2100 have no 29 February, 2000 has; the first day of all was a Monday.
    const cases: [string, number[] | null[]][] = [
      ['0001-01-01', [1, 1, 1, 1]],
      ['1900-02-28', [1900, 2, 28, 3]],
      ['1900-03-01', [1900, 3, 1, 4]],
      ['2000-02-29', [2000, 2, 29, 2]],
      ['2100-03-01', [2100, 3, 1, 1]],
      ['9999-12-31', [9999, 12, 31, 5]],
    ]
    const table = cases.map(([date]) => ({ ...emptyRow, day: date }))
    const expected = cases.map(([, numbers]) => numbers)
    await assertGives(database, expressions, table, expected)
  })

  test('parts of moments are those of UTC, on either side of 1970 and of a leap day', async () => {
    using database = await openDatabase()
    const dateOf = { kind: 'dateOf', operand: moment } as const
    const expressions: NumberExpression[] = [
      { kind: 'datePart', part: 'day', operand: dateOf },
      ...(['hour', 'minute', 'second'] as const).map((part): NumberExpression => ({
        kind: 'datetimePart',
        part,
        operand: moment,
      })),
    ]
    const cases: [string, number[] | null[]][] = [
      ['0001-01-01T00:00:00Z', [1, 0, 0, 0]],
      ['1969-12-31 23:59:59.9999', [31, 23, 59, 59]],
      ['2024-02-29', [29, 0, 0, 0]],
      ['2024-03-01t01:02:03+05:30', [29, 19, 32, 3]],
      ['2024-02-29 23:30:00-0045', [1, 0, 15, 0]],
      ['9999-12-31T23:59:59.999999999z', [31, 23, 59, 59]],
      ['9999-12-31T23:59:59-00:01', [null, null, null, null]],
      ['2023-02-29T10:00:00Z', [null, null, null, null]],
      ['2024-02-29T24:00:00Z', [null, null, null, null]],
      ['2016-12-31T23:59:60Z', [null, null, null, null]],
    ]
    const table = cases.map(([at]) => ({ ...emptyRow, at }))
    const expected = cases.map(([, numbers]) => numbers)
    await assertGives(database, expressions, table, expected)
  })

  test('a text that is no date is missing', () => {
    const year = toFunction({ kind: 'datePart', part: 'year', operand: day })
    for (const date of ['2025-02-29', '2025-13-01', '0000-01-01', '25-01-01', '', 'today']) {
      assert.equal(year({ day: date }), null, date)
    }
  })

  test('a deep expression stays a small query and a small graph', () => {
    let deep: NumberExpression = x
    for (let depth = 0; depth < 40; depth++)
      deep = { kind: 'arithmetic', operator: 'min', left: deep, right: x }
    assert.ok(toSql({ deep }, 'rows').length < 20_000)
    assert.ok(encodeModel(toOnnx({ deep })).length < 20_000)
  })

  test('all that a graph cannot hold is refused at once, with the reasons', () => {
    const length: NumberExpression = { kind: 'textLength', operand: text }
    const features: Record<string, Expression> = {
      fine: x,
      hashed: { kind: 'hash', operand: text, buckets: 3 },
      long: { kind: 'arithmetic', operator: 'add', left: length, right: length },
      low: { kind: 'isMissing', operand: { kind: 'lower', operand: text } },
      mean: { kind: 'aggregate', operator: 'mean', operand: x, by: [] },
      one: { kind: 'number', value: 1 },
      written: text,
      mixed: { kind: 'numberColumn', name: 'flag' },
      flag,
    }
    const problems = findGraphProblems(features)
    assert.deepEqual(
      problems.map((problem) => problem.split(' ').slice(0, 4).join(' ')),
      [
        "'hashed' hashes a text,",
        "'long' counts the letters",
        "'low' changes the letters",
        "'mean' is made of",
        "'one' reads no column,",
        "'written' is a text",
        "the column 'flag' is",
      ],
    )
    assert.throws(() => toOnnx(features), { code: 'CONFIG_INVALID', message: /hashed.*flag/ })
  })

  test('columns may have the names of nodes', () => {
    const names = ['features', 'constant_0_features', 'add_0_features_']
    const [a, b, c] = names.map((name): NumberExpression => ({ kind: 'numberColumn', name }))
    const sum: Expression = {
      kind: 'arithmetic',
      operator: 'add',
      left: a!,
      right: { kind: 'arithmetic', operator: 'add', left: b!, right: c! },
    }
    const row = { features: 1, constant_0_features: 2, add_0_features_: 4 }
    assert.deepEqual(scoreGraph([sum], [row]), [[7]])
  })
})

function unary(operator: UnaryOperator, operand: NumberExpression): NumberExpression {
  return { kind: 'unary', operator, operand }
}

async function assertSame(
  database: Database,
  expressions: readonly Expression[],
  table: readonly Row[],
): Promise<void> {
  const compiled = expressions.map((expression) => toFunction(expression))
  const actual = await query(database, expressions, table)
  assert.equal(actual.length, table.length)
  table.forEach((row, i) =>
    compiled.forEach((compute, j) => {
      const [expected, found] = [compute(row), actual[i]![`f${j}`]]
      assert.ok(isClose(expected, found), JSON.stringify([expected, found, expressions[j], row]))
    }),
  )
}

/** All three compilers give these numbers, row by row. */
async function assertGives(
  database: Database,
  expressions: readonly Expression[],
  table: readonly Row[],
  expected: readonly (readonly (number | null)[])[],
): Promise<void> {
  assert.deepEqual(
    table.map((row) => expressions.map((expression) => toFunction(expression)(row))),
    expected,
  )
  const found = await query(database, expressions, table)
  assert.deepEqual(found.map(Object.values), expected)
  assert.deepEqual(scoreGraph(expressions, table), expected)
}

function assertGraphGivesSame(expressions: readonly Expression[], table: readonly Row[]): void {
  const scored = scoreGraph(expressions, table)
  expressions.forEach((expression, j) => {
    const compute = toFunction(expression)
    table.forEach((row, i) => {
      const value = compute(row)
      const expected = typeof value === 'boolean' ? Number(value) : value
      const found = scored[i]![j]
      assert.ok(isClose(expected, found), JSON.stringify([expected, found, expression, row]))
    })
  })
}

function isClose(expected: unknown, found: unknown): boolean {
  return typeof expected === 'number' && typeof found === 'number'
    ? Math.abs(expected - found) <= 1e-6 * Math.abs(expected)
    : expected === found
}

/** Features by row as the graph gives them, after a way through its bytes; NaN as null. */
function scoreGraph(
  expressions: readonly Expression[],
  table: readonly Row[],
): (number | null)[][] {
  const model = decodeModel(encodeModel(toOnnx(toFeatures(expressions))))
  const inputs = new Map<string, Value>()
  for (const [name, cells] of toGraphInputs(model, table)) {
    const shape = { rows: table.length, columns: 1 }
    inputs.set(name, isNumbers(cells) ? { ...shape, values: cells } : { ...shape, values: cells })
  }
  const { values, columns } = compileGraph(model)(inputs)
  return table.map((_, i) =>
    [...values.subarray(i * columns, (i + 1) * columns)].map((value) =>
      Number.isNaN(value) ? null : value,
    ),
  )
}

function isNumbers(cells: Float64Array | readonly string[]): cells is Float64Array {
  return ArrayBuffer.isView(cells)
}

function toFeatures(expressions: readonly Expression[]): Record<string, Expression> {
  return Object.fromEntries(expressions.map((expression, i) => [`f${i}`, expression]))
}

/** The rows as the query of the features f0, f1, … gives them. */
async function query(
  database: Database,
  expressions: readonly Expression[],
  table: readonly Row[],
): Promise<Record<string, unknown>[]> {
  await database.run(
    'CREATE OR REPLACE TABLE rows_in (x DOUBLE, y DOUBLE, flag BOOLEAN, "a ""text""" VARCHAR, day DATE, "at" TIMESTAMP)',
  )
  for (const row of table) {
    const cells = Object.keys(emptyRow).map((name) => asParameter(row[name]))
    await database.run(
      `INSERT INTO rows_in SELECT CAST(a AS DOUBLE), CAST(b AS DOUBLE), c, d, CAST(e AS DATE), ${momentSql('f')}
       FROM (SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, CAST(? AS VARCHAR) AS f)`,
      cells,
    )
  }
  return database.query(toSql(toFeatures(expressions), 'rows_in'))
}

/** Numbers as text: the driver would take whole ones for integers, of 64 bits at most. */
function asParameter(cell: Row[string]): string | boolean | null {
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : String(cell)
  return cell ?? null
}
