import { utils, write } from '@e965/xlsx'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { defineSchema, type Field, type Schema } from '../../src/core/schema.ts'
import { openDatabase, quoteText, type Cell } from '../../src/data/duckdb-store.ts'
import { ingestTable, type IngestedTable } from '../../src/data/ingest.ts'
import type { SourceReading } from '../../src/data/source.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const schema = defineSchema({
  id: { type: 'integer' },
  amount: { type: 'number', nullable: true },
  'is.late': { type: 'boolean' },
})

describe('ingestTable', () => {
  test('a table is the same in every format, and so is its file', async () => {
    const text = 'id,amount,is.late\n1,0.1,0\n2,,1\n'
    const plain = await ingest(text)
    for (const [format, content] of await sameInFormats(text)) {
      const { table, bytes } = await ingest(content)
      assert.equal(table.sha256, plain.table.sha256, format)
      assert.deepEqual(bytes, plain.bytes, format)
    }
  })

  test('the rows of a wide table stay together, in their order', async () => {
    const names = Array.from({ length: 250 }, (_, i) => `c${i}`)
    const lines = Array.from({ length: 3000 }, (_, row) =>
      [...names.keys()].map((i) => row * 1000 + i),
    )
    const fields = defineSchema(
      Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
    )
    const { rows } = await ingest([names, ...lines].join('\n'), { fields })
    assert.deepEqual(rows.map(Object.values), lines)
  })

  test('true and false are what 1 and 0 are, in any case of their letters', async () => {
    const { table } = await ingest('id,amount,is.late\n1,0.1,false\n2,,TRUE\n')
    assert.equal(table.sha256, (await ingest('id,amount,is.late\n1,0.1,0\n2,,1\n')).table.sha256)
    await assert.rejects(ingest('id,amount,is.late\n1,0.1,yes\n'), {
      message: /'is\.late' is 'yes'/,
    })
  })

  test('a bad cell has its place in every format', async () => {
    const places = {
      semicolons: 'a.csv:3',
      CRLF: 'a.csv:3',
      'UTF-16': 'a.csv:3',
      gzip: 'a.csv:3',
      'JSON lines': 'a.csv:2',
      XLSX: "a.csv: sheet 'Data', line 3",
      XLS: "a.csv: sheet 'Data', line 3",
      Parquet: 'a.csv: row 2',
    }
    const found = new Map<string, string | undefined>()
    const fields = defineSchema({ ...schema.fields, amount: { type: 'number' } })
    for (const [format, content] of await sameInFormats('id,amount,is.late\n1,0.1,0\n2,,1\n')) {
      const error = await ingest(content, { fields }).then(String, String)
      found.set(format, /^ {4}(.*): 'amount' is missing/m.exec(error)?.[1])
    }
    assert.deepEqual(Object.fromEntries(found), places)
  })

  test('what a source says of its file is heeded, down to the lines in messages', async () => {
    const read = { separator: ';', headerLine: 2, missing: ['-'] }
    const { rows } = await ingest('loans\nid;amount;is.late\n1;-;0\n', { read })
    assert.deepEqual(rows, [{ id: 1, amount: null, 'is.late': 0 }])
    await assert.rejects(ingest('loans\nid;amount;is.late\n1;-;5\n', { read }), {
      message: /a\.csv:3: 'is\.late' is '5'/,
    })
  })

  test('rows are counted in a column that the file lacks, and as it says where it has one', async () => {
    const fields = defineSchema({ a: { type: 'text' }, nr: { type: 'integer' } })
    const read = { rowNumber: 'nr' }
    const counted = await ingest('a\nx\n\ny\nx\n', { fields, read })
    assert.deepEqual(counted.rows, [
      { a: 'x', nr: 1 },
      { a: 'y', nr: 2 },
      { a: 'x', nr: 3 },
    ])
    const said = await ingest('nr,a\n7,x\n', { fields, read })
    assert.deepEqual(said.rows, [{ a: 'x', nr: 7 }])
    const lines = Array.from({ length: 130_000 }, (_, i) => i + 1)
    const many = await ingest(`a\n${lines.join('\n')}\n`, { fields, read })
    assert.ok(many.rows.every(({ a, nr }, i) => a === String(i + 1) && nr === i + 1))
  })

  test('numbers and days are read in the forms that a source says, and in no others', async () => {
    const fields = defineSchema({
      id: { type: 'integer' },
      amount: { type: 'number' },
      since: { type: 'date' },
      seen: { type: 'datetime' },
    })
    const plain = await ingest(
      'id,amount,since,seen\n1000,-1234.56,2026-01-31,2026-01-31T14:30Z\n2,0.5,2026-02-01,2026-02-01\n',
      {
        fields,
      },
    )
    const german =
      'id;amount;since;seen\n1.000;"-1.234,56";31.01.2026;31.01.2026 14:30\n2;0,5;2026-02-01;1.2.2026\n'
    const read = { decimal: ',', thousands: '.', dateOrder: 'day-first' } as const
    assert.equal((await ingest(german, { fields, read })).table.sha256, plain.table.sha256)
    const french =
      'id;amount;since;seen\n1\u202F000;-1\u00A0234,56;31/01/2026;31/01/2026 14:30:00\n2;,5;01/02/2026;2026-02-01T01:00+01\n'
    const spaced = { ...read, thousands: '\u00A0' }
    assert.equal((await ingest(french, { fields, read: spaced })).table.sha256, plain.table.sha256)
    await assert.rejects(ingest(german, { fields }), {
      code: 'DATA_CELL_INVALID',
      message: /^5 cells .*\n {4}a\.csv:2: 'amount' is '-1\.234,56', expected a number$/m,
      hint: /read: \{ decimal: ',' \}, thousands and dateOrder of the source/,
    })
    await assert.rejects(
      ingest('id;amount;since;seen\n1;1.5;12/31/2026;2026-12-31\n', { fields, read }),
      {
        message: /^2 cells .*'amount' is '1\.5', expected a number\n.*'since' is '12\/31\/2026'/s,
      },
    )
  })

  test('writes typed columns, rows in their order', async () => {
    const { rows } = await ingest('id,amount,is.late\n7,1.5,0\n8,-2,1\n')
    assert.deepEqual(rows, [
      { id: 7, amount: 1.5, 'is.late': 0 },
      { id: 8, amount: -2, 'is.late': 1 },
    ])
  })

  test('both spellings of a number give the same hash and the same file', async () => {
    const plain = await ingest('id,amount,is.late\n1,200000,0\n')
    const scientific = await ingest('"id","amount","is.late"\r\n1,2e+05,0\r\n')
    assert.equal(scientific.table.sha256, plain.table.sha256)
    assert.deepEqual(scientific.bytes, plain.bytes)
  })

  test('the hash is that of the canonical text', async () => {
    const text = 'id,amount,is.late\n1,2.5,0\n2,,1\n'
    const { table } = await ingest(text)
    assert.equal(table.sha256, createHash('sha256').update(text).digest('hex'))
  })

  test('finds columns in any order and whatever their punctuation, and leaves others out', async () => {
    const { rows } = await ingest('note,Is Late,amount,id\nx,1,2,3\n')
    assert.deepEqual(rows, [{ id: 3, amount: 2, 'is.late': 1 }])
  })

  const alike: readonly (readonly [string, readonly string[], string])[] = [
    ['of other letters', ['id', '年龄'], 'id,年薪'],
    ['of other signs', ['id', '%'], 'id,€'],
    ['that is another field', ['id', 'a_b', 'a.b'], 'id,a_b'],
    ['of two that are as near', ['id', 'a_b'], 'id,a b,a.b'],
    ['that two fields are like', ['id', 'a_b', 'a.b'], 'id,a b'],
  ]
  for (const [what, names, header] of alike) {
    test(`takes no column ${what} for one that is not there`, async () => {
      const integer: Field = { type: 'integer' }
      const fields = { fields: Object.fromEntries(names.map((name) => [name, integer])) }
      const cells = header.split(',').map((_, i) => i + 1)
      await assert.rejects(ingest(`${header}\n${cells.join(',')}\n`, { fields }), {
        code: 'DATA_COLUMN_MISSING',
        message: new RegExp(`^a\\.csv:1: the header lacks .*'${names.at(-1)}'$`),
      })
    })
  }

  test('an empty cell is missing, not zero', async () => {
    const { rows } = await ingest('id,amount,is.late\n1,,0\n')
    assert.deepEqual(rows, [{ id: 1, amount: null, 'is.late': 0 }])
  })

  test('texts and dates arrive as they are written, and in the hash', async () => {
    const fields = defineSchema({
      code: { type: 'text', maxLength: 6 },
      note: { type: 'text', nullable: true },
      since: { type: 'date', min: '2020-01-01', nullable: true },
    })
    const text = 'code,note,since\n007, a ,2024-02-29\n12,"b, ""c""",\n🦆,,2020-01-01\n'
    const { table, rows } = await ingest(text, { fields })
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [
        ['007', ' a ', '2024-02-29T00:00:00.000Z'],
        ['12', 'b, "c"', null],
        ['🦆', null, '2020-01-01T00:00:00.000Z'],
      ],
    )
    assert.equal(table.sha256, createHash('sha256').update(text).digest('hex'))
  })

  test('what would disturb a terminal is written out, and a long cell is cut', async () => {
    const long = 'x'.repeat(100_000)
    await assert.rejects(ingest(`id,amount,is.late\n1,"\u001b[2J\n\u202e",0\n2,${long},0\n`), {
      message: `2 cells do not fit the schema:
    a.csv:2: 'amount' is '\\u{1b}[2J\\u{a}\\u{202e}', expected a number
    a.csv:4: 'amount' is '${'x'.repeat(80)}…', expected a number`,
    })
  })

  test('a bad cell has its line, also below quoted line breaks and blank lines', async () => {
    await assert.rejects(ingest('note,id,amount,is.late\n"a\nb",1,2,0\n\n"c\n",2,x,0\nd,3,y,0\n'), {
      message: /a\.csv:5: 'amount' is 'x'.*\n.*a\.csv:7: 'amount' is 'y'/,
    })
  })

  test('numbers of any spelling arrive as JavaScript reads them', async () => {
    const amounts = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(amounts, async (values) => {
        const lines = values.map((value, i) => `${i},${value},0`)
        const { rows } = await ingest(`id,amount,is.late\n${lines.join('\n')}\n`)
        assert.deepEqual(
          rows.map((row) => Number(row['amount'])),
          values.map((value) => value + 0),
        )
      }),
      { numRuns: 20 },
    )
  })
})

describe('bad CSV', () => {
  const cases: readonly [name: string, text: string, code: string, message: RegExp][] = [
    [
      'a header and no rows',
      'id,amount,is.late\n',
      'DATA_FILE_INVALID',
      /a\.csv has a header but no rows/,
    ],
    [
      'a missing column',
      'id,amount\n1,2\n',
      'DATA_COLUMN_MISSING',
      /a\.csv:1: the header lacks 'is\.late'/,
    ],
    [
      'a name twice',
      'id,id,amount,is.late\n1,1,2,0\n',
      'DATA_FILE_INVALID',
      /a\.csv:1: two columns are called 'id'/,
    ],
    [
      'a short row',
      'id,amount,is.late\n1,2,0\n1,2\n',
      'DATA_FILE_INVALID',
      /^a\.csv:3: 2 fields, expected 3/,
    ],
    [
      'a long row',
      'id,amount,is.late\n1,2,0,9\n',
      'DATA_FILE_INVALID',
      /^a\.csv:2: 4 fields, expected 3/,
    ],
    [
      'an unclosed quote',
      'id,amount,is.late\n1,"2,0\n',
      'DATA_FILE_INVALID',
      /^a\.csv:2: a quote opens/,
    ],
    [
      'text in a number',
      'id,amount,is.late\n1,abc,0\n',
      'DATA_CELL_INVALID',
      /a\.csv:2: 'amount' is 'abc', expected a number/,
    ],
    [
      'a fraction in an integer',
      'id,amount,is.late\n1.5,2,0\n',
      'DATA_CELL_INVALID',
      /'id' is '1\.5'/,
    ],
    [
      'an integer beyond 2^53',
      'id,amount,is.late\n9007199254740993,2,0\n',
      'DATA_CELL_INVALID',
      /'9007199254740993'/,
    ],
    ['infinity', 'id,amount,is.late\n1,inf,0\n', 'DATA_CELL_INVALID', /'inf'/],
    ['a hexadecimal number', 'id,amount,is.late\n0x10,1,0\n', 'DATA_CELL_INVALID', /'0x10'/],
    ['thousands marks', 'id,amount,is.late\n1_000,1,0\n', 'DATA_CELL_INVALID', /'1_000'/],
  ]
  for (const [name, text, code, message] of cases) {
    test(`${name} is named with its place`, async () => {
      await assert.rejects(ingest(text), { code, message })
    })
  }

  test('all bad cells are told at once, up to twenty', async () => {
    const lines = Array.from({ length: 30 }, () => 'x,y,0')
    await assert.rejects(ingest(`id,amount,is.late\n${lines.join('\n')}\n`), (error: Error) => {
      assert.match(error.message, /^60 cells do not fit the schema/)
      assert.equal(error.message.match(/a\.csv:/g)?.length, 20)
      assert.match(error.message, /… and 40 more$/)
      return true
    })
  })

  test('what a field does not admit is told in the order of the lines, with the count of each column', async () => {
    await assert.rejects(ingest('id,amount,is.late\n1,2,0\n,x,2\n1.5,1e999,\n'), {
      message: `6 cells do not fit the schema (2 in 'id', 2 in 'amount', 2 in 'is.late'):
    a.csv:3: 'id' is missing, expected an integer
    a.csv:3: 'amount' is 'x', expected a number
    a.csv:3: 'is.late' is '2', expected 0 or 1
    a.csv:4: 'id' is '1.5', expected an integer
    a.csv:4: 'amount' is '1e999', expected a number
    a.csv:4: 'is.late' is missing, expected 0 or 1`,
    })
  })

  test('the policy warn keeps what a column can hold and tells of it', async () => {
    const { table, rows } = await ingest('id,amount,is.late\n1,2,7\n', { policy: 'warn' })
    assert.deepEqual(rows, [{ id: 1, amount: 2, 'is.late': 7 }])
    assert.match(table.warning ?? '', /a\.csv:2: 'is\.late' is '7', expected 0 or 1/)
    await assert.rejects(ingest('id,amount,is.late\n1,2,0.5\n', { policy: 'warn' }), {
      code: 'DATA_CELL_INVALID',
    })
  })

  test('another content than the pinned one says both hashes and writes nothing', async () => {
    const wanted = '0'.repeat(64)
    const folder = makeScratchFolder()
    await assert.rejects(ingest('id,amount,is.late\n1,2,0\n', { wanted, folder }), {
      code: 'DATA_HASH_MISMATCH',
      hint: /set ingest\.sha256 to [0-9a-f]{64} in params\.yaml/,
    })
    assert.equal(existsSync(join(folder, 'a.parquet')), false)
  })
})

interface Ingested {
  readonly table: IngestedTable
  readonly rows: Record<string, Cell>[]
  readonly bytes: Uint8Array
}

/** The table as other programs save it. */
async function sameInFormats(text: string): Promise<[format: string, Uint8Array][]> {
  const [header, ...rows] = text.split('\n').map((line) => line.split(','))
  const cells = rows
    .slice(0, -1)
    .map((row) => row.map((cell) => (cell === '' ? undefined : Number(cell))))
  const book = utils.book_new()
  utils.book_append_sheet(book, utils.aoa_to_sheet([header!, ...cells]), 'Data')
  const workbook = (bookType: 'xlsx' | 'biff8'): Uint8Array =>
    new Uint8Array(write(book, { type: 'buffer', bookType }))
  const parquet = join(makeScratchFolder(), 'a.parquet')
  using database = await openDatabase()
  await database.writeParquet(
    `SELECT * FROM (VALUES (1, 0.1::DOUBLE, false), (2, NULL, true)) t(id, amount, "is.late")`,
    parquet,
  )
  return [
    ['semicolons', Buffer.from(text.replaceAll(',', ';'))],
    ['CRLF', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['gzip', gzipSync(text)],
    [
      'JSON lines',
      Buffer.from('{"id":1,"amount":0.1,"is.late":0}\n{"id":2,"amount":null,"is.late":1}\n'),
    ],
    ['XLSX', workbook('xlsx')],
    ['XLS', workbook('biff8')],
    ['Parquet', readFileSync(parquet)],
  ]
}

async function ingest(
  text: string | Uint8Array,
  options: {
    wanted?: string
    folder?: string
    policy?: 'warn' | 'error'
    fields?: Schema
    read?: SourceReading
  } = {},
): Promise<Ingested> {
  const folder = options.folder ?? makeScratchFolder()
  const csv = join(folder, 'a.csv')
  const output = join(folder, 'a.parquet')
  writeFileSync(csv, text)
  using database = await openDatabase()
  const table = await ingestTable(
    database,
    { path: csv, place: 'a.csv', output, read: options.read ?? {} },
    options.fields ?? schema,
    {
      sha256: options.wanted,
      policy: options.policy ?? 'error',
    },
  )
  const rows = await database.query(`SELECT * FROM read_parquet(${quoteText(output)})`)
  return { table, rows, bytes: readFileSync(output) }
}
