import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeScratchFolder } from '../../scratch-folder.ts'

const here = import.meta.dirname
/** Writes 300 rows, some 90 kB, where a file may have 32 KiB; the second half after the limit is gone. */
const program = `
import { openLog } from '${join(here, 'use-log.ts')}'
import { scored } from '${join(here, 'scored.ts')}'
const faults = []
const log = openLog(process.argv[1], { limits: { bytes: 24 * 1024 }, onFault: (error) => faults.push(error.code) })
for (let i = 0; i < 300; i++) log.observe(scored('r' + i, [[1, 2]]))
await log.flush()
await log.flush()
console.log(JSON.stringify({ ...log.counts(), told: faults }))
process.exit()
`

test('a write that stops half way leaves whole lines only, and its rows wait', () => {
  const root = makeScratchFolder()
  const node = [
    process.execPath,
    '--conditions=mlpt-source',
    '--input-type=module',
    '-e',
    program,
    root,
  ]
  const { stdout, stderr } = spawnSync('bash', ['-c', 'ulimit -f 32; exec "$@"', 'bash', ...node], {
    encoding: 'utf8',
    cwd: process.cwd(),
  })
  assert.notEqual(stdout, '', stderr)
  // All rows are one batch of 90 kB, which no file of 32 KiB takes.
  assert.deepEqual(JSON.parse(stdout), {
    rows: 0,
    droppedRows: 0,
    bytes: 0,
    faults: 2,
    told: ['FILE_WRITE_FAILED'],
  })
  const texts = globSync('**/*.jsonl', { cwd: root }).map((path) =>
    readFileSync(join(root, path), 'utf8'),
  )
  assert.equal(texts.join(''), '')
})
