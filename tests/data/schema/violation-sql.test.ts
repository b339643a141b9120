import fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  describeInputViolation,
  describeViolation,
  isModelField,
  type DateField,
  type DatetimeField,
  type Field,
  type ModelField,
  type TextField,
} from '../../../src/core/schema.ts'
import { openDatabase, quoteText, type Database } from '../../../src/data/duckdb-store.ts'
import { momentSql } from '../../../src/data/schema/datetime-sql.ts'
import { isStorableSql, valueType, violationSql } from '../../../src/data/schema/violation-sql.ts'

type Value = number | string | null

test('SQL and TypeScript say the same of every number', async () => {
  using database = await openDatabase()
  await fc.assert(
    fc.asyncProperty(modelFields, fc.array(numbers, { maxLength: 12 }), async (field, drawn) => {
      await assertAgreement(database, field, [...drawn, ...edges, ...boundsOf(field)])
    }),
    { numRuns: 150 },
  )
})

test('SQL and TypeScript say the same of every text', async () => {
  using database = await openDatabase()
  await fc.assert(
    fc.asyncProperty(textFields, fc.array(texts, { maxLength: 12 }), async (field, drawn) => {
      await assertAgreement(database, field, [...drawn, ...words, ...(field.levels ?? []), null])
    }),
    { numRuns: 100 },
  )
})

test('SQL and TypeScript say the same of every date', async () => {
  using database = await openDatabase()
  await fc.assert(
    fc.asyncProperty(dateFields, fc.array(dates, { maxLength: 12 }), async (field, drawn) => {
      const bounds = [field.min, field.max].flatMap((bound) => bound ?? [])
      await assertAgreement(database, field, [...drawn, ...days, ...bounds, null])
    }),
    { numRuns: 100 },
  )
})

test('SQL and TypeScript say the same of every moment', async () => {
  using database = await openDatabase()
  await fc.assert(
    fc.asyncProperty(momentFields, fc.array(moments, { maxLength: 12 }), async (field, drawn) => {
      const bounds = [field.min, field.max].flatMap((bound) => bound ?? [])
      await assertAgreement(database, field, [...drawn, ...bounds, null])
    }),
    { numRuns: 100 },
  )
})

async function assertAgreement(
  database: Database,
  field: Field,
  values: readonly Value[],
): Promise<void> {
  const rows = values.map((value, i) => `(${i}, ${literal(field, value)})`)
  const said = await database.query(
    `SELECT ${violationSql(field, 'v')} AS violates, ${violationSql(field, 'v', true)} AS as_input,
       ${isStorableSql(field, 'v')} AS storable FROM (VALUES ${rows.join(', ')}) t(i, v) ORDER BY i`,
  )
  for (const [i, value] of values.entries()) {
    const place = `${JSON.stringify(field)}: ${value}`
    const violates = describeViolation(field, value) !== undefined
    assert.equal(said[i]!['violates'], violates, place)
    if (isModelField(field) && typeof value !== 'string') {
      assert.equal(said[i]!['as_input'], describeInputViolation(field, value) !== undefined, place)
    }
    // What the policy 'warn' would let through can be stored.
    if (said[i]!['storable'] === false && !Number.isNaN(value)) assert.ok(violates, place)
  }
}

function literal(field: Field, value: Value): string {
  const text = Object.is(value, -0) ? '-0.0' : String(value)
  if (field.type === 'datetime' && value !== null) return momentSql(quoteText(text))
  return `CAST(${value === null ? 'NULL' : quoteText(text)} AS ${valueType(field)})`
}

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

function boundsOf(field: ModelField): number[] {
  if (field.type === 'category') return [...field.levels]
  if (field.type === 'boolean') return []
  return [field.min, field.max].flatMap((bound) => (bound === undefined ? [] : [bound, bound + 1]))
}

const bound = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true }))
const numbers = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double())
const nullable = fc.boolean()
const modelFields: fc.Arbitrary<ModelField> = fc.oneof(
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

const words = [
  '',
  ' ',
  '\t',
  '\u00a0',
  '007',
  '7',
  'Ä',
  'A\u0308',
  '🦆',
  '👩‍👩‍👧',
  "O'Neil",
  '-0',
  'null',
]
// Not \0, which ends a statement, and no halves of pairs, which are no text.
const texts = fc
  .string({ unit: 'grapheme', maxLength: 5 })
  .map((text) => text.replaceAll('\0', ''))
  .filter((text) => text.isWellFormed())
const textFields: fc.Arbitrary<TextField> = fc.record(
  {
    type: fc.constant('text' as const),
    levels: fc.array(fc.oneof(fc.constantFrom(...words), texts), { maxLength: 5 }),
    maxLength: fc.nat({ max: 5 }),
    nullable,
  },
  { requiredKeys: ['type'] },
)

const days = ['0001-01-01', '1600-02-29', '1969-12-31', '2024-02-29', '9999-12-31']
const dates = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const dateFields: fc.Arbitrary<DateField> = fc.record(
  { type: fc.constant('date' as const), min: dates, max: dates, nullable },
  { requiredKeys: ['type'] },
)
const moments = fc.oneof(
  fc.constantFrom(
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999Z',
    '2024-02-29 12:00+05:30',
  ),
  fc
    .date({ min: new Date('2024-01-01'), max: new Date('2024-01-02'), noInvalidDate: true })
    .map((date) => date.toISOString()),
)
const momentFields: fc.Arbitrary<DatetimeField> = fc.record(
  { type: fc.constant('datetime' as const), min: moments, max: moments, nullable },
  { requiredKeys: ['type'] },
)
