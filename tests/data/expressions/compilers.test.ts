import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase, type Database } from '../../../src/data/duckdb-store.ts'
import type {
  BooleanExpression,
  Expression,
  NumberExpression,
  TextExpression,
  UnaryOperator,
} from '../../../src/data/expressions/expression.ts'
import { toFunction, type Row } from '../../../src/data/expressions/to-function.ts'
import { toSql } from '../../../src/data/expressions/to-sql.ts'

const x: NumberExpression = { kind: 'numberColumn', name: 'x' }
const y: NumberExpression = { kind: 'numberColumn', name: 'y' }
const flag: BooleanExpression = { kind: 'booleanColumn', name: 'flag' }
const text: TextExpression = { kind: 'textColumn', name: 'a "text"' }

describe('the compilers of expressions', () => {
  test('the function and the query give the same, missing where missing', async () => {
    using database = await openDatabase()
    await fc.assert(
      fc.asyncProperty(
        fc.array(trees.expression, { minLength: 1, maxLength: 6 }),
        fc.array(rows, { minLength: 1, maxLength: 12 }),
        async (expressions, table) => {
          await assertSame(database, expressions, table)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('logarithms and exponentials are equal to 1e-6', async () => {
    using database = await openDatabase()
    const functions = ['exp', 'log', 'log1p', 'sqrt'] as const
    const expressions = functions.map((operator) => unary(operator, x))
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 30 }), async (table) => {
        await assertSame(database, expressions, table)
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
      { kind: 'membership', operand: text, texts: ['a'] },
      { kind: 'fill', operand: x, replacement: one },
      { kind: 'isMissing', operand: text },
    ]
    const expected = [null, null, null, null, null, 1, true]
    assert.deepEqual(
      expressions.map((expression) => toFunction(expression)(emptyRow)),
      expected,
    )
    const [row] = await query(database, expressions, [emptyRow])
    assert.deepEqual(Object.values(row!), expected)
  })

  test('a deep expression stays a small query', () => {
    let deep: NumberExpression = x
    for (let depth = 0; depth < 40; depth++)
      deep = { kind: 'arithmetic', operator: 'min', left: deep, right: x }
    assert.ok(toSql({ deep }, 'rows').length < 20_000)
  })
})

function unary(operator: UnaryOperator, operand: NumberExpression): NumberExpression {
  return { kind: 'unary', operator, operand }
}

const emptyRow: Row = { x: null, y: null, flag: null, 'a "text"': null }

const someTexts = ['', 'a', "it's", 'é', '日本', '🎈', 'constructor', 'a\0b']
const numbers = fc.oneof(
  fc.double(),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e308, -1e308, 5e-324, 2 ** 53 + 2),
)
const rows: fc.Arbitrary<Row> = fc.record({
  x: fc.option(numbers),
  y: fc.option(numbers),
  flag: fc.option(fc.boolean()),
  'a "text"': fc.option(fc.constantFrom(...someTexts)),
})

const arithmeticOperators = ['add', 'subtract', 'multiply', 'divide', 'min', 'max'] as const
const exactOperators = ['negate', 'abs', 'sqrt'] as const
const comparisonOperators = [
  'equal',
  'notEqual',
  'less',
  'lessOrEqual',
  'greater',
  'greaterOrEqual',
] as const
const logicOperators = ['and', 'or'] as const

interface Trees {
  readonly number: NumberExpression
  readonly boolean: BooleanExpression
  readonly expression: Expression
}

/**
 * Well-typed expressions of any operator but exp, log and log1p: these may differ in the last bit between
 * two libraries, and a difference or a comparison above them makes of that bit any number.
 */
const trees = fc.letrec<Trees>((tie: fc.LetrecTypedTie<Trees>) => ({
  expression: fc.oneof(tie('number'), tie('boolean')),
  number: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(x, y),
    numbers.map((value): NumberExpression => ({ kind: 'number', value })),
    fc.record({
      kind: fc.constant('arithmetic' as const),
      operator: fc.constantFrom(...arithmeticOperators),
      left: tie('number'),
      right: tie('number'),
    }),
    fc.record({
      kind: fc.constant('unary' as const),
      operator: fc.constantFrom(...exactOperators),
      operand: tie('number'),
    }),
    fc.record({
      kind: fc.constant('choice' as const),
      condition: tie('boolean'),
      whenTrue: tie('number'),
      whenFalse: tie('number'),
    }),
    fc.record({
      kind: fc.constant('fill' as const),
      operand: tie('number'),
      replacement: tie('number'),
    }),
    fc.record({
      kind: fc.constant('lookup' as const),
      operand: fc.constant(text),
      entries: fc.array(fc.tuple(fc.constantFrom(...someTexts), numbers), { maxLength: 4 }),
      otherwise: fc.option(numbers),
    }),
  ),
  boolean: fc.oneof(
    { maxDepth: 5 },
    fc.constant(flag),
    fc.record({
      kind: fc.constant('comparison' as const),
      operator: fc.constantFrom(...comparisonOperators),
      left: tie('number'),
      right: tie('number'),
    }),
    fc.record({
      kind: fc.constant('logic' as const),
      operator: fc.constantFrom(...logicOperators),
      left: tie('boolean'),
      right: tie('boolean'),
    }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('boolean') }),
    fc.record({
      kind: fc.constant('isMissing' as const),
      operand: fc.oneof(tie('number'), tie('boolean'), fc.constant(text)),
    }),
    fc.record({
      kind: fc.constant('membership' as const),
      operand: fc.constant(text),
      texts: fc.subarray(someTexts),
    }),
  ),
}))

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
      const same =
        typeof expected === 'number' && typeof found === 'number'
          ? Math.abs(expected - found) <= 1e-6 * Math.abs(expected)
          : expected === found
      assert.ok(same, JSON.stringify({ expected, found, expression: expressions[j], row }))
    }),
  )
}

/** The rows as the query of the features f0, f1, … gives them. */
async function query(
  database: Database,
  expressions: readonly Expression[],
  table: readonly Row[],
): Promise<Record<string, unknown>[]> {
  await database.run(
    'CREATE OR REPLACE TABLE rows_in (x DOUBLE, y DOUBLE, flag BOOLEAN, "a ""text""" VARCHAR)',
  )
  for (const row of table) {
    const cells = [row['x'], row['y'], row['flag'], row['a "text"']].map(asParameter)
    await database.run(
      'INSERT INTO rows_in VALUES (CAST(? AS DOUBLE), CAST(? AS DOUBLE), ?, ?)',
      cells,
    )
  }
  const features = Object.fromEntries(expressions.map((expression, i) => [`f${i}`, expression]))
  return database.query(toSql(features, 'rows_in'))
}

/** Numbers as text: the driver would take whole ones for integers, of 64 bits at most. */
function asParameter(cell: Row[string]): string | boolean | null {
  if (typeof cell === 'number') return Object.is(cell, -0) ? '-0' : String(cell)
  return cell ?? null
}
