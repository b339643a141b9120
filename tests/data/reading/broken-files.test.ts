import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import { brokenFiles } from './broken-files.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const folder = makeScratchFolder()

describe('a file that is broken or odd gets its verdict', () => {
  for (const [i, { name, bytes, refused, warned, types }] of brokenFiles.entries()) {
    test(name, async () => {
      const path = join(folder, `${i}.parquet`)
      writeFileSync(path, bytes)
      using database = await openDatabase()
      if (refused !== undefined) {
        const message = refused
        await assert.rejects(openTable(database, path), { code: 'DATA_FILE_INVALID', message })
        return
      }
      await using opened = await openTable(database, path)
      assert.equal(opened.table.columns.map((column) => column.type).join(' '), types)
      assert.equal(opened.warnings.length, warned === undefined ? 0 : 1, opened.warnings.join('\n'))
      if (warned !== undefined) assert.match(opened.warnings[0]!, warned)
    })
  }
})
