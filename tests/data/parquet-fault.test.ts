import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { ToolkitError } from '../../src/core/errors.ts'
import { createRandom } from '../../src/core/random.ts'
import { openDatabase, quotePath } from '../../src/data/duckdb-store.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

describe('a Parquet file', async () => {
  const folder = makeScratchFolder()
  const whole = join(folder, "it's [whole].parquet")
  const database = await openDatabase()
  await database.writeParquet(
    `SELECT 'name ' || range % 7 AS name, range AS number FROM range(2000)`,
    whole,
  )
  const content = readFileSync(whole)

  test('that is cut off, or has other bytes anywhere, is named or read, in whatever way it is asked', async () => {
    const random = createRandom(3)
    let faults = 0
    for (let i = 0; i < 150; i++) {
      // Another name each time: DuckDB remembers what it has read of a file.
      const path = join(folder, `it's [${i}].parquet`)
      const select = `SELECT max(name), sum(number) FROM read_parquet(${quotePath(path)})`
      const bytes = Buffer.from(content)
      // Half of the damage is at the end, where the structure is written down.
      const from = i % 2 === 0 ? 0 : bytes.length - 200
      bytes[from + Math.floor(random.next() * (bytes.length - from))] = Math.floor(
        random.next() * 256,
      )
      writeFileSync(
        path,
        i < 20 ? content.subarray(0, Math.floor((content.length * i) / 20)) : bytes,
      )
      for (const ask of [
        () => database.query(select),
        () => database.queryNumbers(`SELECT sum(number) FROM read_parquet(${quotePath(path)})`),
        () => database.run(`CREATE OR REPLACE TABLE t AS ${select}`),
        () => database.writeCsv(select, join(path, '../t.csv')),
      ]) {
        const error: unknown = await ask().then(
          () => undefined,
          (reason: unknown) => reason,
        )
        if (error === undefined || isOtherColumn(error)) continue
        assert.ok(error instanceof ToolkitError, inspect(error))
        assert.equal(error.code, 'DATA_FILE_INVALID')
        assert.ok(error.message.startsWith(`'${path}' is no whole Parquet file: `), error.message)
        faults++
      }
    }
    assert.ok(faults > 100, `${faults}`)
  })

  test('that is not there is named, without what escapes its name', async () => {
    const missing = join(folder, 'no [such]*.parquet')
    await assert.rejects(database.query(`SELECT * FROM read_parquet(${quotePath(missing)})`), {
      code: 'FILE_MISSING',
      message: `there is no file '${missing}'`,
    })
  })

  test('is not blamed for what else is wrong with a query', async () => {
    const json = join(folder, 'list.parquet')
    writeFileSync(json, '{"a": 1}\n{"a": ')
    const parsed = `SELECT a FROM read_json(${quotePath(json)}, format = 'newline_delimited')`
    await assert.rejects(database.query(parsed), /^Error: Invalid Input Error: Malformed JSON/)
    const nowhere = join(folder, 'nowhere/t.parquet')
    await assert.rejects(
      database.writeParquet(`SELECT * FROM read_parquet(${quotePath(whole)})`, nowhere),
      { code: 'FILE_WRITE_FAILED' },
    )
    const wrong = `SELECT name::INTEGER FROM read_parquet(${quotePath(whole)})`
    await assert.rejects(database.query(wrong), /^Error: Conversion Error/)
  })
})

/** A name of a column that was hit is another name. */
function isOtherColumn(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Binder Error')
}
