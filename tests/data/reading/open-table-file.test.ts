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
