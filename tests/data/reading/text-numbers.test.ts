import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { numberTextSql } from '../../../src/data/reading/marked-cells.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import {
  formsOf,
  type CellForms,
  type ReadOptions,
} from '../../../src/data/reading/read-options.ts'
import { quoteText } from '../../../src/data/duckdb-store.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { readTable } from './read-table.ts'

const path = join(makeScratchFolder(), 'numbers.csv')

async function read(text: string, options?: ReadOptions) {
  writeFileSync(path, text)
  const { types, ...found } = await readTable(openTable, path, options)
  return { ...found, types: Object.values(types) }
}

const written: fc.Arbitrary<{
  readonly forms: CellForms
  readonly space: string
  readonly apostrophe: string
}> = fc.record({
  forms: fc.constantFrom(
    { decimal: ',', thousands: '.' },
    { decimal: ',', thousands: ' ' },
    { decimal: '.', thousands: ',' },
    { decimal: '.', thousands: ' ' },
    { decimal: '.', thousands: "'" },
    { decimal: ',', thousands: '’' },
  ),
  space: fc.constantFrom(' ', '\u00A0', '\u202F'),
  apostrophe: fc.constantFrom("'", '’'),
})

describe('numbers with marks between thousands', () => {
  test('are read back from every way to write them, as a table and as a cell', async () => {
    using database = await openDatabase()
    const cents = fc.array(fc.integer({ min: -2e9, max: 2e9 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(cents, written, async (amounts, { forms, space, apostrophe }) => {
        const mark = /['’]/.test(forms.thousands!)
          ? apostrophe
          : forms.thousands === ' '
            ? space
            : forms.thousands!
        const cells = amounts.map((amount) => {
          const digits = String(Math.abs(amount)).padStart(3, '0')
          const whole = digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, mark)
          return `${amount < 0 ? '-' : ''}${whole}${forms.decimal}${digits.slice(-2)}`
        })
        const { rows, types } = await read(`a\n"${cells.join('"\n"')}"\n`, forms)
        assert.deepEqual(types, ['DOUBLE'])
        const values = amounts.map((amount) => amount / 100)
        assert.deepEqual(
          rows.map(([cell]) => Number(cell)),
          values,
        )
        const single = cells.map(
          (cell) => `CAST(${numberTextSql(quoteText(cell), formsOf(forms))} AS DOUBLE)`,
        )
        const [row] = await database.query(`SELECT [${single.join(', ')}]::VARCHAR AS list`)
        assert.deepEqual(JSON.parse(String(row!['list'])), values)
      }),
      { numRuns: 20 },
    )
  })

  for (const [cell, forms] of [
    ['1.5', { decimal: ',' }],
    ['12.34', { decimal: ',', thousands: '.' }],
    ['0.123', { decimal: ',', thousands: '.' }],
    ['1,2,3', { decimal: ',' }],
    ['1.2345', { thousands: '.' }],
    ['1 23', { thousands: ' ' }],
    ["1'23", { thousands: "'" }],
    ['12,5 %', { decimal: ',' }],
    ['1.234', { decimal: ',', thousands: ' ' }],
    ['1,234.5', { decimal: ',' }],
  ] as const) {
    test(`'${cell}' is no number with ${JSON.stringify(forms)}`, async () => {
      using database = await openDatabase()
      const [row] = await database.query(`SELECT ${numberTextSql(quoteText(cell), forms)} AS text`)
      assert.equal(row!['text'], null)
      assert.deepEqual((await read(`a\n"${cell}"\n`, forms)).types, ['VARCHAR'])
    })
  }
})

describe('a column that may be read in two ways', () => {
  const doubts = [
    {
      name: 'dots beside decimal commas',
      text: 'a;b\n1.065;0,5\n980;1,5\n',
      rows: [
        ['1065.0', '0.5'],
        ['980.0', '1.5'],
      ],
      words:
        /^'a' may be read in two ways, first line 2 '1\.065': the dot is taken to stand between thousands, as in other columns; --decimal and --thousands/,
    },
    {
      name: 'commas beside decimal points',
      text: 'a;b\n1,065;0.5\n',
      rows: [['1065.0', '0.5']],
      words: /the comma is taken to stand between thousands, as in other columns/,
    },
    {
      name: 'commas beside decimal commas',
      text: 'a;b\n1,065;0,5\n',
      rows: [['1.065', '0.5']],
      words: /the comma is taken for the decimal mark, as in other columns/,
    },
    {
      name: 'spaces beside spaces between thousands',
      text: 'a;b\n1 065;1\u202F000,5\n',
      rows: [['1065.0', '1000.5']],
      words: /the space is taken to stand between thousands, as in other columns/,
    },
    {
      name: 'days beside days above 12',
      text: 'a;b\n03.04.2026;31.01.2026\n',
      rows: [['2026-04-03', '2026-01-31']],
      words: /the day is taken for first, as in other columns; --date-order/,
    },
  ]
  for (const { name, text, rows, words } of doubts) {
    test(`is read as the others are, and says so: ${name}`, async () => {
      const found = await read(text)
      assert.deepEqual(found.rows, rows)
      assert.deepEqual(found.warnings.length, 1)
      assert.match(found.warnings[0]!, words)
    })
  }

  test('stays what it is where the others contradict each other, or nothing tells', async () => {
    const both = await read('a;b;c\n1,065;0,5;0.5\n')
    assert.deepEqual(both.types, ['VARCHAR', 'DOUBLE', 'DOUBLE'])
    const dots = await read('a\n1.065\n12\n')
    assert.deepEqual(dots.rows, [['1.065'], ['12.0']])
    assert.match(dots.warnings[0]!, /: the dot is taken for the decimal mark; --decimal , says/)
    assert.deepEqual((await read('a\n1.065\n0.5\n')).warnings, [])
    assert.deepEqual((await read('a\n"1,065"\n', { decimal: '.' })).rows, [['1065.0']])
    const spaces = await read('a\n123 456\n')
    assert.deepEqual(spaces.types, ['VARCHAR'])
    assert.match(
      spaces.warnings[0]!,
      /may stand between thousands, first line 2 '123 456'; --thousands ' '/,
    )
    assert.deepEqual((await read('a\n123 456\n', { thousands: ' ' })).rows, [['123456.0']])
  })

  test('is told by apostrophes, which stand nowhere else', async () => {
    const found = await read("a;b;c\n1'209.28;1’209’278;1,065\n980;12;1,070\n")
    assert.deepEqual(found.types, ['DOUBLE', 'DOUBLE', 'VARCHAR'])
    assert.deepEqual(found.rows[0], ['1209.28', '1209278.0', '1,065'])
    const austrian = await read("a;b\n1'209,28;0,5\n")
    assert.deepEqual(austrian.rows, [['1209.28', '0.5']])
    const both = await read('a\n"1\'209"\n"1,209"\n')
    assert.deepEqual(both.types, ['VARCHAR'])
    assert.equal(both.warnings.length, 1)
  })

  test('is read as whoever is asked says, who is asked in doubt alone', async () => {
    let asked = 0
    const whenInDoubt = (): Promise<CellForms> => {
      asked++
      return Promise.resolve({ decimal: ',' })
    }
    const told = await read('a\n1.065\n', { whenInDoubt })
    assert.deepEqual(told.rows, [['1065.0']])
    assert.match(told.warnings[0]!, /as project\.ts says/)
    assert.deepEqual((await read('a\n1.065\n', { whenInDoubt, decimal: '.' })).rows, [['1.065']])
    assert.deepEqual((await read('a\n1.0655\n', { whenInDoubt })).rows, [['1.0655']])
    assert.deepEqual((await read('a\n1.5\n', { assumed: { decimal: ',' } })).types, ['VARCHAR'])
    assert.equal(asked, 1)
  })
})
