import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeInputViolation, describeViolation, type Field } from '../../../src/core/schema.ts'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { isStorableSql, violationSql } from '../../../src/data/schema/violation-sql.ts'

test('SQL and TypeScript say the same of every field and value', async () => {
  using database = await openDatabase()
  await fc.assert(
    fc.asyncProperty(
      fields,
      fc.array(values, { minLength: 1, maxLength: 12 }),
      async (field, few) => {
        const rows = [...few, ...edges, ...boundsOf(field)]
        const relation = `(VALUES ${rows.map((value, i) => `(${i}, ${literal(value)})`).join(', ')}) t(i, v)`
        const said = await database.query(
          `SELECT ${violationSql(field, 'v')} AS violates, ${violationSql(field, 'v', true)} AS as_input,
           ${isStorableSql(field, 'v')} AS storable FROM ${relation} ORDER BY i`,
        )
        for (const [i, value] of rows.entries()) {
          const place = `${JSON.stringify(field)}: ${value}`
          assert.equal(said[i]!['violates'], describeViolation(field, value) !== undefined, place)
          assert.equal(
            said[i]!['as_input'],
            describeInputViolation(field, value) !== undefined,
            place,
          )
          // What the policy 'warn' would let through can be stored.
          if (said[i]!['storable'] === false && value !== null && !Number.isNaN(value)) {
            assert.equal(said[i]!['violates'], true, place)
          }
        }
      },
    ),
    { numRuns: 150 },
  )
})

const edges = [
  null,
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  0.1,
  0.5,
  2 ** 53 - 1,
  2 ** 53,
  1e39,
  -1e308,
  5e-324,
]

function boundsOf(field: Field): number[] {
  if (field.type === 'category') return [...field.levels]
  if (field.type === 'boolean') return []
  return [field.min, field.max].flatMap((bound) => (bound === undefined ? [] : [bound, bound + 1]))
}

function literal(value: number | null): string {
  if (value === null) return 'CAST(NULL AS DOUBLE)'
  return `CAST('${Object.is(value, -0) ? '-0.0' : value}' AS DOUBLE)`
}

const bound = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true }))
const values = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double())
const nullable = fc.boolean()
const fields: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ type: fc.constant('boolean' as const), nullable }),
  fc.record({
    type: fc.constant('category' as const),
    levels: fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true })), {
      maxLength: 6,
    }),
    nullable,
  }),
  fc.record(
    {
      type: fc.constantFrom('integer' as const, 'number' as const),
      min: bound,
      max: bound,
      nullable,
    },
    { requiredKeys: ['type'] },
  ),
)
