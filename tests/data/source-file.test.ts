import { zipSync } from 'fflate'
import { utils, write } from '@e965/xlsx'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import { defineSchema } from '../../src/core/schema.ts'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { ingestTable } from '../../src/data/ingest.ts'
import { unpackWorkbook } from '../../src/data/reading/unpack-workbook.ts'
import { locateSource } from '../../src/data/source-file.ts'
import type { DataSource } from '../../src/data/source.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

let server: Server
let origin = ''
const answers = new Map<string, Uint8Array | string>()

before(async () => {
  server = createServer((request, response) => {
    const answer = answers.get(request.url ?? '')
    response.statusCode = answer === undefined ? 404 : 200
    response.end(answer)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
after(() => server.close())

describe('locateSource', () => {
  test('prefers the mirror and takes the first file that is there', async () => {
    const mirror = scratch({ 'b.csv': 'x\n1\n' })
    const source = await locate(
      [{ kind: 'folder', path: 'nowhere', files: ['a.csv', 'b.csv'] }],
      mirror,
    )
    assert.equal(source.path, join(mirror, 'b.csv'))
  })

  test('goes on to the next source when one does not answer', async () => {
    answers.set('/data.csv', 'x\n1\n')
    const source = await locate([
      { kind: 'folder', path: 'nowhere', files: ['a.csv'] },
      { kind: 'csv', url: `${origin}/gone.csv` },
      { kind: 'csv', url: `${origin}/data.csv` },
    ])
    assert.equal(readFileSync(source.path, 'utf8'), 'x\n1\n')
    assert.equal(source.description, `${origin}/data.csv`)
  })

  test('unpacks the workbook in a zip, and says where its header is', async () => {
    const rows = [
      ['', 'X1', 'Y'],
      ['ID', 'LIMIT_BAL', 'default payment next month'],
      [1, 20000, 1],
      [2, -0.5, 0],
    ]
    const workbook = utils.book_new()
    utils.book_append_sheet(workbook, utils.aoa_to_sheet(rows), 'Data')
    const xls: Uint8Array = write(workbook, { type: 'buffer', bookType: 'biff8' })
    assert.deepEqual([...xls.subarray(0, 4)], [0xd0, 0xcf, 0x11, 0xe0], 'it is a real BIFF file')
    answers.set('/data.zip', zipSync({ 'default of clients.xls': new Uint8Array(xls) }))
    const source = await locate([{ kind: 'zip-excel', url: `${origin}/data.zip`, headerLine: 2 }])
    assert.deepEqual(source.read, { headerLine: 2 })
    using database = await openDatabase()
    const schema = defineSchema({
      ID: { type: 'integer' },
      LIMIT_BAL: { type: 'number' },
      'default.payment.next.month': { type: 'boolean' },
    })
    const output = join(scratch({}), 'a.parquet')
    const { sha256 } = await ingestTable(
      database,
      { ...source, place: source.description, output },
      schema,
      { sha256: undefined, policy: 'error' },
    )
    const text = 'ID,LIMIT_BAL,default.payment.next.month\n1,20000,1\n2,-0.5,0\n'
    assert.equal(sha256, createHash('sha256').update(text).digest('hex'))
  })

  test('says what was tried and why each failed', async () => {
    await assert.rejects(
      locate([
        { kind: 'folder', path: 'nowhere', files: ['a.csv', 'b.csv'] },
        { kind: 'csv', url: `${origin}/gone.csv` },
        { kind: 'csv', url: 'http://127.0.0.1:1/refused.csv' },
      ]),
      (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, 'DATA_SOURCE_UNAVAILABLE')
        assert.match(error.message, /nowhere' has no a\.csv and no b\.csv/)
        assert.match(error.message, /gone\.csv: it answered 404/)
        assert.match(error.message, /refused\.csv: /)
        assert.match(error.hint, /make demo/)
        return true
      },
    )
  })
})

describe('a source that answers with something else', () => {
  const notCsv: readonly [string, Uint8Array | string, RegExp][] = [
    ['an empty file', '', /an empty file/],
    ['an HTML page', '<!DOCTYPE html><p>gone</p>', /an HTML page/],
    ['a PDF', Uint8Array.of(0x25, 0x50, 0x44, 0x46), /a PDF/],
    ['a binary file', Uint8Array.of(65, 0, 66), /a binary file/],
  ]
  for (const [name, content, message] of notCsv) {
    test(`${name} is named as what it is, and the next source is not asked`, async () => {
      const mirror = scratch({ 'a.csv': content })
      answers.set('/data.csv', 'x\n1\n')
      await assert.rejects(
        locate(
          [
            { kind: 'folder', path: '', files: ['a.csv'] },
            { kind: 'csv', url: `${origin}/data.csv` },
          ],
          mirror,
        ),
        { code: 'DATA_FILE_INVALID', message },
      )
    })
  }

  test('a zip without a workbook, with several, or damaged is named', async () => {
    const whole = Buffer.from(zipSync({ 'a.xls': Buffer.from('aaaaaaaaaa') }, { level: 0 }))
    const other = Buffer.from(whole)
    other[other.indexOf('aaaaaaaaaa') + 3] = 98
    const odd = Buffer.from(whole)
    odd[odd.indexOf('PK\u0001\u0002') + 10] = 12
    const refused: readonly (readonly [Uint8Array, RegExp])[] = [
      [zipSync({ 'read.me': new Uint8Array(3) }), /it holds no \.xls or \.xlsx file/],
      [
        zipSync({ 'a.xls': new Uint8Array(3), 'b/C.XLSX': new Uint8Array(3) }),
        /it holds 2 workbooks: 'a\.xls', 'b\/C\.XLSX'/,
      ],
      [new Uint8Array(50), /the archive is cut off/],
      [whole.subarray(0, -30), /the archive is cut off/],
      [other, /'a\.xls' in it is damaged/],
      [odd, /'a\.xls' in it is packed by method 12/],
    ]
    for (const [archive, message] of refused) {
      answers.set('/a.zip', archive)
      await assert.rejects(locate([{ kind: 'zip-excel', url: `${origin}/a.zip`, headerLine: 1 }]), {
        code: 'DATA_FILE_INVALID',
        message,
      })
    }
  })

  test('no bytes of a damaged archive end in anything but an error with its place', async () => {
    const whole = zipSync({
      'a.xls': Buffer.from('a,b\n1,2\n'.repeat(9)),
      '__MACOSX/._a.xls': Buffer.from('x'),
    })
    assert.equal(unpackWorkbook(whole, 'here').length, 72)
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.nat(255),
        fc.nat(whole.length),
        (at, byte, length) => {
          const damaged = Buffer.from(whole).subarray(0, length)
          if (at < length) damaged[at] = byte
          try {
            assert.equal(unpackWorkbook(damaged, 'here').toString(), 'a,b\n1,2\n'.repeat(9))
          } catch (error) {
            assert.ok(error instanceof ToolkitError, String(error))
            assert.match(error.message, /^here: /)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('more bytes than the limit are not read', async () => {
    answers.set('/large.csv', 'x'.repeat(5000))
    await assert.rejects(locate([{ kind: 'csv', url: `${origin}/large.csv` }], undefined, 1000), {
      message: /more than 1000 bytes/,
    })
  })
})

function locate(
  sources: readonly DataSource[],
  mirror?: string,
  maxBytes = 2 ** 20,
): ReturnType<typeof locateSource> {
  return locateSource(sources, {
    projectDirectory: scratch({}),
    mirror,
    temporaryDirectory: scratch({}),
    limits: { timeoutMs: 5000, maxBytes },
  })
}

function scratch(files: Record<string, Uint8Array | string>): string {
  const folder = makeScratchFolder()
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}
