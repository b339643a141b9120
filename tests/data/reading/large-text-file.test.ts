import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import type { Taken } from './large-text-process.ts'

test('a text file larger than the memory for data is read and validated, and nothing of it is left', () => {
  const folder = makeScratchFolder()
  const path = join(folder, 'large.csv')
  const rows = 750_000
  writeLargeFile(path, rows)
  assert.ok(statSync(path).size > 300e6)
  const temporary = join(folder, 'temporary')
  mkdirSync(temporary)
  const program = join(import.meta.dirname, 'large-text-process.ts')
  const printed = execFileSync(process.execPath, ['--conditions=mlpt-source', program, path], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: temporary },
  })
  const { verdicts, rows: found, spilledBytes, memoryBytes } = JSON.parse(printed) as Taken
  assert.deepEqual(verdicts, [true, true])
  assert.deepEqual(found, { count: rows, sum: (rows * (rows - 1)) / 2 })
  assert.ok(spilledBytes > 50e6, `${spilledBytes} bytes lay outside of the memory`)
  assert.ok(memoryBytes < 600e6, `${memoryBytes} bytes of memory`)
  assert.deepEqual(readdirSync(temporary), [])
  assert.deepEqual(readdirSync(folder).sort(), ['large.csv', 'temporary'])
})

test('a text file for which there is no room is not called broken', async () => {
  const path = join(makeScratchFolder(), 'small.csv')
  writeFileSync(path, 'a,b\n1,2\n')
  using database = await openDatabase()
  await database.run("SET memory_limit = '10MB'")
  await assert.rejects(openTable(database, path), {
    code: 'FILE_READ_FAILED',
    message: /small\.csv cannot be held: Out of Memory/,
  })
})

function writeLargeFile(path: string, rows: number): void {
  const file = openSync(path, 'w')
  writeSync(file, 'id,text\n')
  const batch = 1000
  for (let start = 0; start < rows; start += batch) {
    const lines = Array.from({ length: batch }, (_, i) => {
      const id = start + i
      return `${id},${`${(id * 7919) % 1_000_003}-`.padEnd(20, 'x').repeat(20)}\n`
    })
    writeSync(file, lines.join(''))
  }
  closeSync(file)
}
