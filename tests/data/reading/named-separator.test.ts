import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { readTable } from './read-table.ts'

const folder = makeScratchFolder()

async function read(content: string | Uint8Array, options?: ReadOptions) {
  const path = join(folder, 'table.csv')
  writeFileSync(path, content)
  const { types, rows } = await readTable(openTable, path, options)
  return { names: Object.keys(types), rows }
}

test('a first line that names the separator, as for Excel, is no header', async () => {
  for (const line of ['sep=;\n', 'sep=;\r\n', '"SEP=;"\r\n', '\uFEFFsep=;\n']) {
    const { names, rows } = await read(`${line}a;b\n1,5;x,y\n2,5;z\n`)
    assert.deepEqual(
      [names, rows],
      [
        ['a', 'b'],
        [
          ['1.5', 'x,y'],
          ['2.5', 'z'],
        ],
      ],
      line,
    )
  }
  const rare = await read(gzipSync('sep=#\na#b\n1#2\n'))
  assert.deepEqual([rare.names, rare.rows], [['a', 'b'], [['1', '2']]])
  const none = await read('sep=;\n1;2\n', { headerLine: 0 })
  assert.deepEqual(none.rows, [['1', '2']])
  const own = await read('sep=;\na,b\n1,2\n', { separator: ',' })
  assert.deepEqual(own.names, ['a', 'b'])
  await assert.rejects(read('sep=;\na;b\n1;2\n3\n'), { message: /:4: / })
  await assert.rejects(read('sep=;\na;A\n1;2\n'), { message: /:2: columns 'a' and 'A'/ })
  await assert.rejects(read('sep=;\n'), { code: 'DATA_FILE_INVALID' })
  assert.deepEqual((await read('sep=long\n1\n')).names, ['sep=long'])
})
