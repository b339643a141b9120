import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeInput, type InputField } from '../../src/core/input-field.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { inputSql } from '../../src/data/input-sql.ts'

test('a table gives a model the numbers that requests give it', async () => {
  using database = await openDatabase()
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom("it's", '~0', '~', 'a\0b', '\0', ' ', '', 'É', '日本', "'", '"', '\uFEFF'),
  )
  const case_ = fc.record({
    known: fc.uniqueArray(texts),
    cells: fc.array(texts, { minLength: 1 }),
  })
  await fc.assert(
    fc.asyncProperty(case_, async ({ known, cells }) => {
      const field: InputField = { type: 'text', known, nullable: true }
      const all = [...known, ...cells]
      await database.run('CREATE OR REPLACE TEMP TABLE cells (place INTEGER, cell VARCHAR)')
      const places = all.map(() => '(?, ?)').join(', ')
      const values = all.flatMap((text, place) => [place, text])
      await database.run(`INSERT INTO cells VALUES ${places}`, values)
      const columns = await database.queryNumbers(
        `SELECT ${inputSql('cell', field)} AS code FROM cells ORDER BY place`,
      )
      const expected = all.map((text) => encodeInput(field, text))
      assert.deepEqual([...columns.get('code')!], expected)
    }),
    { numRuns: 40 },
  )
  const day = { type: 'date', nullable: true } as const
  const days = ['0001-01-01', '1969-12-31', '1970-01-01', '2024-02-29', '9999-12-31', null]
  const columns = await database.queryNumbers(
    `SELECT ${inputSql('cell', day)} AS code FROM (VALUES ${days.map((text) => (text === null ? '(NULL)' : `(DATE '${text}')`)).join(', ')}) AS t(cell)`,
  )
  assert.deepEqual(
    [...columns.get('code')!],
    days.map((text) => encodeInput(day, text)),
  )
})
