import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const folder = makeScratchFolder()

describe('a table of delimited text', () => {
  test('has types decided by every row', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i},${i}`)
    const { types } = await read(['a,b', ...rows, '0.5,7'].join('\n'))
    assert.deepEqual(types, ['DOUBLE', 'BIGINT'])
  })

  for (const { name, text, types, rows } of readable()) {
    test(`reads ${name}`, async () => {
      const opened = await read(text)
      assert.deepEqual(opened.types, types)
      assert.deepEqual(opened.rows, rows)
      assert.deepEqual(opened.warnings, [])
    })
  }

  for (const { name, text, words } of doubtful()) {
    test(`warns of ${name}`, async () => {
      const { warnings } = await read(text)
      assert.equal(warnings.length, 1)
      assert.match(warnings[0]!, words)
    })
  }

  for (const { name, text, words } of broken()) {
    test(`is refused for ${name}`, async () => {
      await assert.rejects(read(text), { code: 'DATA_FILE_INVALID', message: words })
    })
  }

  test('counts what it took as missing, and takes what it is told to', async () => {
    const text = 'a,b\nNA,1\n,2\n?,3\nNA,-999\n'
    const byDefault = await read(text)
    assert.deepEqual(byDefault.missing, [
      { text: 'NA', count: 2 },
      { text: '', count: 1 },
    ])
    const told = await read(text, { missing: ['?', '-999'] })
    assert.deepEqual(told.rows, [
      ['NA', '1'],
      [null, '2'],
      [null, '3'],
      ['NA', null],
    ])
  })

  test('reads marks of numbers that are given where the cells leave them open', async () => {
    const text = 'a\n"1,234"\n"5,678"\n'
    assert.deepEqual((await read(text, { decimal: ',' })).rows, [['1.234'], ['5.678']])
    assert.deepEqual((await read(text, { thousands: ',' })).rows, [['1234.0'], ['5678.0']])
  })

  test('reads an encoding that is named, and refuses one that is not', async () => {
    const text = Buffer.from('name,x\nZoë,1\n', 'latin1')
    assert.deepEqual((await read(text, { encoding: 'windows-1252' })).rows, [['Zoë', '1']])
    await assert.rejects(read(text), { message: /:2: bytes that are not UTF-8$/ })
    await assert.rejects(read(text, { encoding: 'klingon' }), { code: 'CLI_USAGE' })
  })

  test('has its names in the line that is given, or none', async () => {
    const late = await read('a title\n\nx,y\n1,2\n', { headerLine: 3 })
    assert.deepEqual(late.names, ['x', 'y'])
    const none = await read('1,2\n3,4\n', { headerLine: 0 })
    assert.deepEqual(none.names, ['column_1', 'column_2'])
    assert.deepEqual(none.rows.length, 2)
  })

  test('refuses types that cells do not have, with their lines', async () => {
    await assert.rejects(read('a,b\n1,x\n1.5,y\n', { types: { a: 'integer' } }), {
      code: 'DATA_CELL_INVALID',
      message: /:3: 'a' is '1.5', no integer$/,
    })
    // A plain cast would drop the zone.
    const zones = 't\n2024-01-02 10:00\n2024-01-02 10:00Z\n'
    await assert.rejects(read(zones, { types: { t: 'timestamp' } }), { code: 'DATA_CELL_INVALID' })
    const comma = await read('a;b\n1,5;007\n', { types: { a: 'decimal', b: 'integer' } })
    assert.deepEqual(comma.rows, [['1.5', '7']])
    await assert.rejects(read('a,b\n1,2\n', { types: { c: 'text' } }), {
      code: 'DATA_COLUMN_MISSING',
    })
  })

  test('tells a file by what is in it, not by its name', async () => {
    const { rows } = await read('{"a":1}\n{"a":2}\n')
    assert.deepEqual(rows, [['1'], ['2']])
    await assert.rejects(readPath(join(folder, 'absent.csv')), { code: 'FILE_MISSING' })
    await assert.rejects(readPath(folder), { code: 'FILE_READ_FAILED' })
  })

  test('refuses options that text has no use for', async () => {
    await assert.rejects(read('a\n1\n', { sheet: 'x' }), { code: 'CLI_USAGE' })
    await assert.rejects(read('a\n1\n', { separator: '::' }), { code: 'CLI_USAGE' })
    await assert.rejects(read('a\n1\n', { format: 'excel' }), { code: 'DATA_FILE_INVALID' })
  })

  test('gives back any texts in any dialect', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', ',', ';', '"', '\n', '\r', '\t', ' '),
      maxLength: 6,
    })
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })
    const dialect = fc.record({
      separator: fc.constantFrom(',', ';', '\t', '|'),
      ending: fc.constantFrom('\n', '\r\n', '\r'),
      encoding: fc.constantFrom('utf8', 'utf16le'),
      isPacked: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(table, dialect, async (cells, { separator, ending, encoding, isPacked }) => {
        const quoted = cells.map((row) => row.map((text) => `"x${text.replaceAll('"', '""')}"`))
        const lines = [`first${separator}second`, ...quoted.map((row) => row.join(separator))]
        const bytes = Buffer.from(
          `\uFEFF${lines.join(ending)}${ending}`,
          encoding === 'utf8' ? 'utf8' : 'utf16le',
        )
        const { rows } = await read(isPacked ? gzipSync(bytes) : bytes, { separator })
        assert.deepEqual(
          rows,
          cells.map((row) => row.map((text) => `x${text}`)),
        )
      }),
      { numRuns: 30 },
    )
  })
})

function readable() {
  return [
    { name: 'CRLF', text: 'a,b\r\n1,x\r\n', types: ['BIGINT', 'VARCHAR'], rows: [['1', 'x']] },
    { name: 'lone CR', text: 'a,b\r1,x\r', types: ['BIGINT', 'VARCHAR'], rows: [['1', 'x']] },
    {
      name: 'mixed line ends',
      text: 'a\tb\r\n1\tx\n',
      types: ['BIGINT', 'VARCHAR'],
      rows: [['1', 'x']],
    },
    {
      name: 'a byte order mark',
      text: '\uFEFFa|b\n1|x',
      types: ['BIGINT', 'VARCHAR'],
      rows: [['1', 'x']],
    },
    {
      name: 'decimal commas',
      text: 'a;b\n1.234,5;0,25\n7;3,5\n',
      types: ['DOUBLE', 'DOUBLE'],
      rows: [
        ['1234.5', '0.25'],
        ['7.0', '3.5'],
      ],
    },
    {
      name: 'marks between thousands',
      text: 'a\n"1,234.5"\n"1,234"\n',
      types: ['DOUBLE'],
      rows: [['1234.5'], ['1234.0']],
    },
    {
      name: 'whole numbers with an exponent',
      text: 'a\n2e+05\n-7\n',
      types: ['BIGINT'],
      rows: [['200000'], ['-7']],
    },
    {
      name: 'numbers beyond 2^53 and beyond 64 bits',
      text: 'a,b\n9007199254740993,12345678901234567890\n-1,+5\n',
      types: ['BIGINT', 'HUGEINT'],
      rows: [
        ['9007199254740993', '12345678901234567890'],
        ['-1', '5'],
      ],
    },
    {
      name: 'codes with leading zeros',
      text: 'a\n00123\n45\n',
      types: ['VARCHAR'],
      rows: [['00123'], ['45']],
    },
    { name: 'booleans', text: 'a\nTrue\nfalse\n', types: ['BOOLEAN'], rows: [['true'], ['false']] },
    {
      name: 'dates and times, with a zone in UTC',
      text: 'd,t,z\n2024-02-29,2024-01-02 03:04,2024-01-02T03:04:05+02:00\n',
      types: ['DATE', 'TIMESTAMP', 'TIMESTAMP'],
      rows: [['2024-02-29', '2024-01-02 03:04:00', '2024-01-02 01:04:05']],
    },
    {
      name: 'times to the minute, and with a blank before their zone, in UTC',
      text: 'z\n2024-01-02 03:04+05\n2024-01-02T00:30:00.123456 +05:30\n2024-12-31 23:00 -0130\n2024-01-02 03:04:05 Z\n',
      types: ['TIMESTAMP'],
      rows: [
        ['2024-01-01 22:04:00'],
        ['2024-01-01 19:00:00.123456'],
        ['2025-01-01 00:30:00'],
        ['2024-01-02 03:04:05'],
      ],
    },
    {
      name: 'times with an offset of a day or more as text',
      text: 'z\n2024-01-02T03:04:05+99\n2024-01-02T03:04:05-00:60\n',
      types: ['VARCHAR'],
      rows: [['2024-01-02T03:04:05+99'], ['2024-01-02T03:04:05-00:60']],
    },
    {
      name: 'days of the year 0, which no calendar has, as text',
      text: 'd,e\n0000-01-01,31/12/0000\n',
      types: ['VARCHAR', 'VARCHAR'],
      rows: [['0000-01-01', '31/12/0000']],
    },
    {
      name: 'numbers beside blanks of ASCII, and as text beside others',
      text: 'a,b,c\n 1\t,2\u00A0,\u20033\n',
      types: ['BIGINT', 'VARCHAR', 'VARCHAR'],
      rows: [['1', '2\u00A0', '\u20033']],
    },
    {
      name: 'dates with the day first, as one of them shows',
      text: 'd,e\n01/02/2024,1.2.2024\n31/12/2024,31.12.2024\nNA,\n',
      types: ['DATE', 'DATE'],
      rows: [
        ['2024-02-01', '2024-02-01'],
        ['2024-12-31', '2024-12-31'],
        [null, null],
      ],
    },
    {
      name: 'dates with the month first, as one of them shows',
      text: 'd\n01/02/2024\n12-31-2024\n',
      types: ['DATE'],
      rows: [['2024-01-02'], ['2024-12-31']],
    },
    {
      name: 'versions and days that no calendar has as text',
      text: 'v,d\n1.2.10,31/04/2024\n1.2.12,30/02/2024\n',
      types: ['VARCHAR', 'VARCHAR'],
      rows: [
        ['1.2.10', '31/04/2024'],
        ['1.2.12', '30/02/2024'],
      ],
    },
    {
      name: 'a date that no calendar has',
      text: 'd\n2023-02-29\n',
      types: ['VARCHAR'],
      rows: [['2023-02-29']],
    },
    {
      name: 'quotes inside of a field',
      text: 'a,b\n5" pipe,1\n',
      types: ['VARCHAR', 'BIGINT'],
      rows: [['5" pipe', '1']],
    },
    {
      name: 'a field of 3 MB',
      text: `a,b\n1,${'x'.repeat(3e6)}\n`,
      types: ['BIGINT', 'VARCHAR'],
      rows: [['1', 'x'.repeat(3e6)]],
    },
  ]
}

function doubtful() {
  return [
    {
      name: 'a text among numbers',
      text: 'AGE\n1\n2\nunknown\n',
      words: /^'AGE' is text: it has 1 cell that is no number, first line 4 'unknown'$/,
    },
    {
      name: 'a long text among numbers, which is cut between two characters',
      text: `a\n1\n${'x'.repeat(39)}😀😀\n`,
      words: /^'a' is text: it has 1 cell that is no number, first line 3 'x{39}…'$/,
    },
    {
      name: 'a comma that may be either mark',
      text: 'a,b\n"1,234",x\n',
      words: /^'a' is text: decimal marks .* first line 2 '1,234'$/,
    },
    {
      name: 'days and months in a doubtful order',
      text: 'd\n01/02/2024\n12/11/2024\n',
      words: /^'d' is text: day and month .* first line 2 '01\/02\/2024'; --date-order says/,
    },
    {
      name: 'days and months in both orders',
      text: 'd\n01/02/2024\n31/12/2024\n12/31/2024\n',
      words: /day is first .* line 3 '31\/12\/2024', the month in others, first line 4 '12\/31/,
    },
    {
      name: 'years of two digits',
      text: 'd\n31/12/2024\n01/02/24\n',
      words: /^'d' is text: the years of its dates have two digits, first line 3 '01\/02\/24'$/,
    },
    {
      name: 'dates of which some begin with the year',
      text: 'd\n2024-12-31\n31.12.2024\n',
      words: /only some of its dates begin with the year, first line 3 '31.12.2024'$/,
    },
    {
      name: 'times of which some have a zone',
      text: 't\n2024-01-02 10:00\n2024-01-02 10:00Z\n',
      words: /some of its times have a zone/,
    },
    {
      name: 'whole numbers of more than 38 digits',
      text: `a\n${'9'.repeat(45)}\n`,
      words: /more than 38 digits/,
    },
    {
      name: 'numbers beyond the largest double',
      text: 'a\n1.5\n-1e400\n',
      words: /^'a' has numbers too large for 64 bits, read as infinite, first line 3 '-1e400'$/,
    },
    {
      name: 'a column without a name',
      text: ',b\n1,2\n',
      words: /column 1 has no name in the header/,
    },
    {
      name: 'blank lines in a single column',
      text: 'a\n1\n\n2\n',
      words: /^1 blank lines were left out$/,
    },
    { name: 'a header and nothing else', text: 'a,b\n', words: /no rows/ },
  ]
}

function broken() {
  const packed = gzipSync(Array.from({ length: 500 }, (_, i) => `${i * i},${i}`).join('\n'))
  return [
    {
      name: 'rows of other lengths',
      text: 'a,b\n1,2\n1,2,3\n1\n',
      words: /:3: 3 fields, expected 2\n.*:4: 1 field, expected 2$/,
    },
    {
      name: 'an unclosed quote',
      text: 'a,b\n1,2\n3,"x\n4,5\n',
      words: /:3: a quote opens here and is never closed$/,
    },
    {
      name: 'text after a closing quote',
      text: 'a,b\n"x"y,1\n',
      words: /:2: text stands after a closing quote$/,
    },
    {
      name: 'two columns of one name',
      text: 'a,a,b,B\n1,2,3,4\n',
      words: /:1: two columns are called 'a'\n.*:1: columns 'b' and 'B' differ only/,
    },
    {
      name: 'a header of numbers',
      text: '1,2\n3,4\n',
      words: /:1: the header is '1', '2': these are numbers/,
    },
    {
      name: 'two separators that fit equally well',
      text: 'a,b;c\n1,5;2\n',
      words: /',' and ';' separate fields equally well$/,
    },
    { name: 'nothing in it', text: '', words: /is an empty file$/ },
    { name: 'HTML', text: '<!doctype html><p>', words: /is an HTML page$/ },
    { name: 'a PDF', text: '%PDF-1.7', words: /is a PDF$/ },
    {
      name: 'a NUL byte far from its head',
      text: `a,b\n${'1,2\n'.repeat(20_000)}1,\0\n`,
      words: /:20002: a NUL byte/,
    },
    {
      name: 'a gzip file that is cut off',
      text: packed.subarray(0, -20),
      words: /the compressed file is cut off$/,
    },
  ]
}

let files = 0

function read(text: string | Uint8Array, options: ReadOptions = {}) {
  const path = join(folder, `${files++}.csv`)
  writeFileSync(path, text)
  return readPath(path, options)
}

async function readPath(path: string, options: ReadOptions = {}) {
  using database = await openDatabase()
  await using opened = await openTable(database, path, options)
  const { columns, relation } = opened.table
  const found = await database.query(
    `SELECT ${columns.map((_, i) => `CAST(#${i + 1} AS VARCHAR) AS c${i}`).join(', ')} FROM ${relation}`.replaceAll(
      /#(\d+)/g,
      (_, number: string) => `"${columns[Number(number) - 1]!.name}"`,
    ),
  )
  return {
    names: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    rows: found.map((row) => Object.values(row)),
    warnings: opened.warnings,
    missing: opened.reading.missing,
  }
}
