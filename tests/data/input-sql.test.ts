import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeInput, type InputField } from '../../src/core/input-field.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { inputSql } from '../../src/data/input-sql.ts'
import { momentSql } from '../../src/data/schema/datetime-sql.ts'

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

test('a text is the same moment in a table and in a request, or none in both', async () => {
  using database = await openDatabase()
  const at = { type: 'datetime', nullable: true } as const
  const date = fc.date({
    min: new Date('0001-01-01'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  const clock = fc
    .tuple(
      date.map((each) => each.toISOString()),
      fc.constantFrom(10, 16, 19, 20, 21, 22, 23),
      fc.constantFrom('', '0', '999', '999999', '9999999'),
      fc.constantFrom(
        '',
        'Z',
        'z',
        ' Z',
        '+00',
        '+05:30',
        '-0330',
        ' -23:59',
        '+24:00',
        '-05:6',
        'UTC',
      ),
      fc.constantFrom('T', 't', ' ', '_'),
    )
    .map(([text, length, digits, zone, blank]) =>
      (text.slice(0, length) + (length > 20 ? digits : '') + zone).replace('T', blank),
    )
  // One letter is another: days, hours and seconds that are not there, and what is no moment at all.
  const mistyped = fc
    .tuple(clock, fc.nat({ max: 30 }), fc.constantFrom('0', '3', '6', '9', '-', ':', ' ', 'x'))
    .map(([text, place, letter]) => text.slice(0, place) + letter + text.slice(place + 1))
  // Of a file that somebody else wrote; DuckDB itself cuts towards 1970.
  const finer = await database.query(
    `SELECT ${inputSql("TIMESTAMP '1969-12-31 23:59:59.9995'", at)}::INTEGER AS code, ${inputSql("TIMESTAMP '10000-01-01'", at)} AS beyond`,
  )
  assert.deepEqual(finer, [{ code: -1, beyond: null }])
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(clock, mistyped), { minLength: 300, maxLength: 300 }),
      async (drawn) => {
        // Blanks around a cell of a table do not count.
        const texts = drawn.map((text) => text.trim())
        await database.run('CREATE OR REPLACE TEMP TABLE cells (place INTEGER, cell VARCHAR)')
        const places = texts.map(() => '(?, ?)').join(', ')
        await database.run(
          `INSERT INTO cells VALUES ${places}`,
          texts.flatMap((text, place) => [place, text]),
        )
        const columns = await database.queryNumbers(
          `SELECT ${inputSql(momentSql('cell'), at)} AS code FROM cells ORDER BY place`,
        )
        const found = [...columns.get('code')!].map((code, i) => [texts[i], code])
        assert.deepEqual(
          found,
          texts.map((text) => [text, encodeInput(at, text) ?? NaN]),
        )
      },
    ),
    { numRuns: 15 },
  )
})
