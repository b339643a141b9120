import assert from 'node:assert/strict'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { readTable, refuseTable } from './read-table.ts'
import { openSqliteTable } from '../../../src/data/reading/sqlite-table-file.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const folder = makeScratchFolder()

describe('a SQLite table', () => {
  test('values of each type arrive exactly, in the order of the rows', async () => {
    const path = create(
      `CREATE TABLE people (id INTEGER, code TEXT, share REAL, born TEXT, "it's" BLOB);
       INSERT INTO people VALUES (9007199254740993, '00123', 2, '2024-02-29', x'00ff'),
         (-9223372036854775808, '7', 0.1, NULL, NULL), (1, '''"', -9e999, '1999-12-31', NULL)`,
    )
    const { rows, types, warnings } = await read(path)
    assert.deepEqual(types, {
      id: 'BIGINT',
      code: 'VARCHAR',
      share: 'DOUBLE',
      born: 'DATE',
      "it's": 'VARCHAR',
    })
    assert.deepEqual(rows, [
      ['9007199254740993', '00123', '2.0', '2024-02-29', '00ff'],
      ['-9223372036854775808', '7', '0.1', null, null],
      ['1', `'"`, '-inf', '1999-12-31', null],
    ])
    assert.match(warnings.join(), /'it's' has 1 value of bytes/)
  })

  test('a column of several types is text, and the odd cell is named by its row', async () => {
    const path = create(`CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), ('n/a'), (3)`)
    const { rows, warnings } = await read(path)
    assert.deepEqual(rows, [['1'], ['2'], ['n/a'], ['3']])
    assert.match(warnings.join(), /'a' is text.*an odd one: .*: row 3 of 't'$/)
    assert.deepEqual((await read(path, { missing: ['n/a'] })).types, { a: 'BIGINT' })
  })

  test('a table without rows has its columns', async () => {
    const { rows, types } = await read(create('CREATE TABLE t (a INTEGER, b)'))
    assert.deepEqual(rows, [])
    assert.deepEqual(Object.keys(types), ['a', 'b'])
  })

  test('one of several tables is chosen by its name, also a view', async () => {
    const path = create(
      `CREATE TABLE first (a); CREATE TABLE "se cond" (b); INSERT INTO "se cond" VALUES (2);
       CREATE VIEW third AS SELECT b + 1 AS c FROM "se cond"`,
    )
    assert.deepEqual((await read(path, { table: 'se cond' })).rows, [['2']])
    assert.deepEqual((await read(path, { table: 'third' })).rows, [['3']])
    await refused(path, /has 3 tables/, { hint: /choose with --table: first, se cond, third/ })
    await refused(path, /no table 'frist'/, { hint: /'first'/, table: 'frist' })
  })

  test('the database is left as it was', async () => {
    const path = create('CREATE TABLE t (a); INSERT INTO t VALUES (1)')
    const [bytes, files] = [readFileSync(path), readdirSync(folder)]
    await read(path)
    assert.deepEqual(readFileSync(path), bytes)
    assert.deepEqual(readdirSync(folder), files)
  })

  test('what is no database, or broken, is named', async () => {
    const path = join(folder, 'broken')
    writeFileSync(path, 'a,b\n1,2\n')
    await refused(path, /no SQLite database/)
    writeFileSync(path, '')
    await refused(path, /the file is empty/)
    await refused(create(''), /the file is empty/)
    await refused(create('CREATE TABLE t (a); DROP TABLE t'), /the database has no table/)
    const whole = readFileSync(
      create(
        `CREATE TABLE t (a); INSERT INTO t SELECT hex(zeroblob(500)) FROM
         (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100) SELECT i FROM n)`,
      ),
    )
    writeFileSync(path, whole.subarray(0, whole.length / 2))
    await refused(path, /malformed/)
    writeFileSync(path, Buffer.concat([whole.subarray(0, 16), Buffer.alloc(4096, 7)]))
    await refused(path, /not a database/)
  })

  test('a missing file is not created', async () => {
    using database = await openDatabase()
    const path = join(folder, 'none.db')
    await assert.rejects(openSqliteTable(database, path), { code: 'FILE_MISSING' })
    assert.ok(!readdirSync(folder).includes('none.db'))
  })

  test('any integers and texts read back equal', async () => {
    using database = await openDatabase()
    const row = fc.tuple(
      fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      fc.option(fc.string({ unit: 'grapheme' }).map((text) => `x${text}`)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        const path = create('CREATE TABLE t (n, s)', (source) => {
          const insert = source.prepare('INSERT INTO t VALUES (?, ?)')
          for (const values of rows) insert.run(...values)
        })
        await using opened = await openSqliteTable(database, path)
        const found = await database.query(
          `SELECT CAST(n AS VARCHAR) AS n, s FROM ${opened.table.relation}`,
        )
        const expected = rows.map(([n, s]) => ({ n: n === null ? null : String(n), s }))
        assert.deepEqual(found, expected)
      }),
      { numRuns: 30 },
    )
  })
})

let created = 0

function create(sql: string, fill: (source: DatabaseSync) => void = () => {}): string {
  const path = join(folder, `${created++}.db`)
  const source = new DatabaseSync(path)
  source.exec(sql)
  fill(source)
  source.close()
  return path
}

function read(path: string, options?: ReadOptions): ReturnType<typeof readTable> {
  return readTable(openSqliteTable, path, options)
}

function refused(
  path: string,
  message: RegExp,
  options?: ReadOptions & { readonly hint?: RegExp },
): Promise<void> {
  return refuseTable(openSqliteTable, path, message, options)
}
