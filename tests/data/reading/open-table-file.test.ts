import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import type { ColumnType } from '../../../src/data/reading/read-options.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

test('Parquet has types of its own: only to read as text what is text asks nothing of it', async () => {
  const path = join(makeScratchFolder(), 'towns.parquet')
  using database = await openDatabase()
  await database.writeParquet("SELECT '007' AS town, 7::BIGINT AS id", path)
  const open = (types: Readonly<Record<string, ColumnType>>) => openTable(database, path, { types })
  for (const types of [{}, { town: 'text' }, { absent: 'text' }] as const) {
    await using opened = await open(types)
    assert.deepEqual(
      opened.table.columns.map(({ type }) => type),
      ['VARCHAR', 'BIGINT'],
    )
  }
  for (const types of [{ id: 'text' }, { town: 'integer' }, { id: 'integer' }] as const) {
    await assert.rejects(open(types), { code: 'CLI_USAGE', message: /no use for 'types'/ })
  }
})

test('a path names one file, also where its name would be a pattern to DuckDB', async () => {
  const folder = makeScratchFolder()
  using database = await openDatabase()
  const write = (name: string) =>
    database.writeParquet(`SELECT '${name}' AS name`, join(folder, name))
  const odd = ['x*.parquet', 'x?.parquet', '[xy].parquet']
  for (const name of ['xx.parquet', 'x.parquet', ...odd]) await write(name)
  for (const name of odd) {
    await using opened = await openTable(database, join(folder, name))
    const rows = await database.query(`SELECT name FROM ${opened.table.relation}`)
    assert.deepEqual(rows, [{ name }])
  }
})

test('what looks like an address is not fetched, and no code for it is either', async () => {
  using database = await openDatabase()
  const read = database.query("SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')")
  await assert.rejects(read, /requires the extension httpfs to be loaded/)
})
