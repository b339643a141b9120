import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { ToolkitError } from '../../../src/core/errors.ts'
import { openDatabase, type Database } from '../../../src/data/duckdb-store.ts'
import { openJsonTable } from '../../../src/data/reading/json-table-file.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const folder = makeScratchFolder()

describe('JSON as a table', () => {
  test('types are decided by every row', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `{"a":${i},"b":${i}}`)
    const { types } = await read([...rows, '{"a":0.5,"b":7}'].join('\n'))
    assert.deepEqual(types, { a: 'DOUBLE', b: 'BIGINT' })
  })

  test('whole numbers beyond 2^53 and codes with leading zeros stay exact', async () => {
    const { rows, types, warnings } = await read(
      '{"id":9007199254740993,"big":12345678901234567890123456789012345678,"code":"00123"}\n' +
        '{"id":-9007199254740993,"big":1,"code":"7"}',
    )
    assert.deepEqual(types, { id: 'BIGINT', big: 'HUGEINT', code: 'VARCHAR' })
    assert.deepEqual(rows[0], [
      '9007199254740993',
      '12345678901234567890123456789012345678',
      '00123',
    ])
    assert.equal(rows[1]?.[0], '-9007199254740993')
    assert.deepEqual(warnings, [])
  })

  test('numbers too long for any type are text, and said so', async () => {
    const long = '9'.repeat(45)
    const { rows, warnings } = await read(`{"a":1}\n\n{"a":${long}}`)
    assert.deepEqual(rows, [['1'], [long]])
    assert.match(warnings.join(), /'a' is text: it has whole numbers of more than 38 digits: .*:3$/)
  })

  test('dates, times and times with a zone are read as what they are', async () => {
    const { rows, types } = await read(
      '[{"d":"2024-02-29","t":"2024-01-02T03:04:05.5","z":"2024-01-02T03:04:05+02:00","b":true},' +
        '{"d":"1999-12-31","t":"2024-01-02","z":"2024-01-02T03:04:05Z","b":false}]',
    )
    assert.deepEqual(types, { d: 'DATE', t: 'TIMESTAMP', z: 'TIMESTAMP', b: 'BOOLEAN' })
    assert.deepEqual(rows[0], [
      '2024-02-29',
      '2024-01-02 03:04:05.5',
      '2024-01-02 01:04:05',
      'true',
    ])
  })

  test('a date that no calendar has is a text, and so are hours and offsets that no day has', async () => {
    const { types } = await read(
      '{"d":"2023-02-29","y":"0000-01-01","h":"2024-01-02T24:00:00","z":"2024-01-02T03:04:05+99:99"}',
    )
    assert.deepEqual(types, { d: 'VARCHAR', y: 'VARCHAR', h: 'VARCHAR', z: 'VARCHAR' })
  })

  test('times to the minute are times, in UTC where they have a zone', async () => {
    const { rows, types } = await read('{"t":"2024-01-02T03:04","z":"2024-01-02 03:04 -0130"}')
    assert.deepEqual(types, { t: 'TIMESTAMP', z: 'TIMESTAMP' })
    assert.deepEqual(rows, [['2024-01-02 03:04:00', '2024-01-02 04:34:00']])
  })

  test('whole numbers of 64 bits are BIGINT to the last one', async () => {
    const { rows, types } = await read(
      '{"a":9223372036854775807,"b":1}\n{"a":-9223372036854775808,"b":9223372036854775808}',
    )
    assert.deepEqual(types, { a: 'BIGINT', b: 'HUGEINT' })
    assert.deepEqual(rows[1], ['-9223372036854775808', '9223372036854775808'])
  })

  test('numbers that no double holds are said', async () => {
    const { warnings } = await read('{"a":1}\n{"a":-1E400}')
    assert.match(warnings.join(), /^'a' has numbers too large .* read as infinite: .*:2$/)
  })

  test('columns come in the order of their first appearance, and a key that some rows lack is said', async () => {
    const { rows, types, warnings } = await read('{"b":1}\n{"a":2,"b":3}\n{"b":null,"c":true}')
    assert.deepEqual(types, { b: 'BIGINT', a: 'BIGINT', c: 'BOOLEAN' })
    assert.deepEqual(rows, [
      ['1', null, null],
      ['3', '2', null],
      [null, null, 'true'],
    ])
    assert.match(warnings.join(), /^2 keys are not in every object: 'a' \(in 1 of 3\)$/)
  })

  test('nested values become JSON text with a warning', async () => {
    const { rows, warnings } = await read('{"a":{"x":[1,2]}}\n{"a":null}')
    assert.deepEqual(rows, [['{"x":[1,2]}'], [null]])
    assert.match(warnings.join(), /'a' is text: 1 of its values are lists or objects.*:1$/)
  })

  test('a column of several kinds stays text, and the first odd cell is named by its line', async () => {
    const { rows, warnings } = await read('\n{"a":1}\n{"a":2}\n\n{"a":"n/a"}\n{"a":"x"}\n{"a":3}')
    assert.deepEqual(rows, [['1'], ['2'], ['n/a'], ['x'], ['3']])
    assert.match(warnings.join(), /'a' is text: it has 3 numbers and 2 texts; an odd one: .*:5$/)
  })

  test('columns called like row numbers do not disturb the lines of messages', async () => {
    const { rows, warnings } = await read(
      '{"rowid":"z","row":9,"a":1}\n{"rowid":"b","row":8,"a":"x"}',
    )
    assert.deepEqual(rows, [
      ['z', '9', '1'],
      ['b', '8', 'x'],
    ])
    assert.match(warnings.join(), /'a' is text: it has 1 numbers and 1 texts; an odd one: .*:2$/)
  })

  test('markers of missing values are taken only when they are named, and counted', async () => {
    const text = '{"a":1,"b":"n/a"}\n{"a":"n/a","b":"-"}\n{"a":3,"b":"NA"}'
    const { rows, types, missing } = await read(text, { missing: ['n/a', '-'] })
    assert.deepEqual(types, { a: 'BIGINT', b: 'VARCHAR' })
    assert.deepEqual(rows, [
      ['1', null],
      [null, null],
      ['3', 'NA'],
    ])
    assert.deepEqual(missing, [
      { text: 'n/a', count: 2 },
      { text: '-', count: 1 },
    ])
  })

  test('a type that is asked for wins', async () => {
    const { rows, types } = await read('{"a":1,"b":"7","c":"2024-01-02"}', {
      types: { a: 'text', b: 'integer', c: 'timestamp' },
    })
    assert.deepEqual(types, { a: 'VARCHAR', b: 'BIGINT', c: 'TIMESTAMP' })
    assert.deepEqual(rows, [['1', '7', '2024-01-02 00:00:00']])
  })

  test('cells that are not of the type asked for are named, none is rounded', async () => {
    await refused('{"a":1}\n{"a":1.5}\n{"a":"x"}', {
      options: { types: { a: 'integer' } },
      code: 'DATA_CELL_INVALID',
      message: /:2: 'a' is '1.5', no integer\n.*:3: 'a' is 'x', no integer$/,
    })
  })

  test('a type for a column that is not there names the nearest', async () => {
    await refused('{"age":1}', {
      options: { types: { agee: 'integer' } },
      code: 'DATA_COLUMN_MISSING',
      message: /'agee'/,
      hint: /'age'/,
    })
  })

  test('gzip and a byte order mark are seen by the content', async () => {
    const { rows } = await read(gzipSync('\uFEFF{"a":1}\n{"a":2}\n'))
    assert.deepEqual(rows, [['1'], ['2']])
    const { rows: ofArray } = await read(gzipSync(' [\n{"a":"é,"}]'))
    assert.deepEqual(ofArray, [['é,']])
  })

  test('names may hold anything', async () => {
    const names = ["it's", '"quoted"', 'a/b~c', '$.x', 'ключ', 'two words', 'rowid']
    const { rows, types } = await read(
      JSON.stringify(Object.fromEntries(names.map((n, i) => [n, i]))),
    )
    assert.deepEqual(Object.keys(types), names)
    assert.deepEqual(rows, [names.map((_, i) => String(i))])
  })

  test('two tables of one database do not disturb each other', async () => {
    const [a, b] = [write('{"a":1}'), write('{"a":2}')]
    using database = await openDatabase()
    await using first = await openJsonTable(database, a)
    await using second = await openJsonTable(database, b)
    for (const [{ table }, value] of [[first, 1] as const, [second, 2] as const]) {
      assert.deepEqual(await database.query(`SELECT * FROM ${table.relation}`), [{ a: value }])
    }
  })

  const faults: readonly [string, string | Buffer, RegExp][] = [
    ['an empty file', '', /the file is empty/],
    ['blank lines only', '\n \n', /the file is empty/],
    ['a broken line', '{"a":1}\n\n{"a":\n{"a":2}', /:3: no JSON: Unexpected end/],
    ['all broken lines', '{"a":1\n{"a":2}\nx', /:1: no JSON.*\n.*:3: no JSON/],
    ['plain text', 'name,age\nAnna,31\n', /:1: no JSON.*\n.*:2: no JSON/],
    ['a number for an object', '{"a":1}\n5', /:2: 5, not an object/],
    ['a list for an object', '{"a":1}\n[1]', /:2: a list, not an object/],
    ['one object over many lines', '{\n"a": 1\n}\n', /:1: no JSON/],
    ['a list without an end', '[{"a":1},\n{"a":2}', /:2: the list has no end/],
    ['a broken element', '[{"a":1},\n{"b":"]}"},\n{"a" 2}]', /:3: no JSON: Expected ':'/],
    ['a bare word', '[{"a":1},\n{"b": constructor},\n7]', /:2: no JSON.*\n.*:3: 7, not an object/],
    ['an element that is no object', '[{"a":1},\n7]', /:2: 7, not an object/],
    ['an empty list', '[]', /no object has a key/],
    ['empty objects', '{}\n{}', /no object has a key/],
    ['a key with a NUL', '{"a\\u0000b":1}', /: the name of column 1 has a NUL/],
    ['a key that is there twice', '{"b":1}\n{"a":1,"a":2}', /:2: the key 'a' is there twice/],
    ['keys that differ in case', '{"a":1,"A":2}', /'a' and 'A' differ only in the case/],
    ['an empty key', '{"":1}', /column 1 has no name/],
    ['another encoding', Buffer.from('{"a":"x"}\n{"a":"\xe9"}', 'latin1'), /:2: not UTF-8/],
    ['UTF-16', Buffer.from('\uFEFF{"a":1}', 'utf16le'), /UTF-16/],
    ['cut gzip', gzipSync('{"a":"x"}\n'.repeat(1000)).subarray(0, -20), /cut off/],
  ]
  for (const [name, content, message] of faults) {
    test(`${name} is named as what it is`, () =>
      refused(content, { code: 'DATA_FILE_INVALID', message }))
  }

  test('a missing file and a folder are named', async () => {
    using database = await openDatabase()
    await assert.rejects(openJsonTable(database, join(folder, 'none')), { code: 'FILE_MISSING' })
    await assert.rejects(openJsonTable(database, folder), { code: 'FILE_READ_FAILED' })
  })

  test('any table of JSON values reads back equal, as lines and as a list', async () => {
    using database = await openDatabase()
    const cell = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
    const row = fc.record({ n: fc.option(cell), s: fc.option(fc.string({ unit: 'binary' })) })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        // A prefix that no date has.
        const objects = rows.map(({ n, s }) => ({
          n: n === null ? null : n + 0,
          s: s === null ? null : `x${s}`,
        }))
        const lines = objects.map((object) => JSON.stringify(object)).join('\n')
        assert.deepEqual(await readValues(database, lines), objects)
        assert.deepEqual(await readValues(database, JSON.stringify(objects, null, 2)), objects)
      }),
      { numRuns: 40 },
    )
  })
})

let written = 0

function write(content: string | Buffer): string {
  const path = join(folder, `${written++}.txt`)
  writeFileSync(path, content)
  return path
}

async function read(content: string | Buffer, options?: ReadOptions) {
  using database = await openDatabase()
  await using opened = await openJsonTable(database, write(content), options)
  const { table, reading, warnings } = opened
  const texts = await database.query(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ${table.relation}`)
  return {
    rows: texts.map((row) => Object.values(row)),
    types: Object.fromEntries(table.columns.map(({ name, type }) => [name, type])),
    missing: reading.missing,
    warnings,
  }
}

async function readValues(database: Database, content: string) {
  await using opened = await openJsonTable(database, write(content))
  const rows = await database.query(`SELECT * FROM ${opened.table.relation}`)
  // Whole numbers beyond 2^53 arrive as bigint.
  return rows.map(({ n, s }) => ({ n: typeof n === 'bigint' ? Number(n) : n, s }))
}

async function refused(
  content: string | Buffer,
  expected: {
    readonly code: string
    readonly message: RegExp
    readonly hint?: RegExp
    readonly options?: ReadOptions
  },
): Promise<void> {
  using database = await openDatabase()
  const path = write(content)
  await assert.rejects(openJsonTable(database, path, expected.options), (error: ToolkitError) => {
    assert.match(error.message, expected.message)
    assert.equal(error.code, expected.code)
    if (expected.hint !== undefined) assert.match(error.hint ?? '', expected.hint)
    assert.ok(error.code !== 'DATA_FILE_INVALID' || error.message.includes(path))
    return true
  })
}
