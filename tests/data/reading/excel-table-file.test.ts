import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { CFB, utils, write, type BookType, type WorkSheet } from '@e965/xlsx'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { isoOfSerial, meaningOf, timeOfSerial } from '../../../src/data/reading/excel-dates.ts'
import { openExcelTable } from '../../../src/data/reading/excel-table-file.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { readTable, refuseTable } from './read-table.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const folder = makeScratchFolder()

describe('an Excel sheet', () => {
  for (const format of ['xlsx', 'xls'] as const) {
    test(`of .${format} has the types that its cells have`, async () => {
      const sheet = utils.aoa_to_sheet([
        ['id', 'code', 'share', 'born', 'seen', 'good', 'none'],
        [1, '00123', 2, 45_351, 45_351.5, true, null],
        [-7, 'é,"', 0.1, 60_000, 1.25, false, null],
      ])
      setFormat(sheet, ['D2', 'D3'], 'dd.mm.yyyy')
      setFormat(sheet, ['E2', 'E3'], 'yyyy-mm-dd hh:mm')
      const { rows, types, warnings } = await read(create({ people: sheet }, format))
      assert.deepEqual(types, {
        id: 'BIGINT',
        code: 'VARCHAR',
        share: 'DOUBLE',
        born: 'DATE',
        seen: 'TIMESTAMP',
        good: 'BOOLEAN',
        none: 'VARCHAR',
      })
      // Day 45351 is the 29th of February 2024, day 60000 is 14649 days later, and day 1 is 1900-01-01.
      assert.deepEqual(rows, [
        ['1', '00123', '2.0', '2024-02-29', '2024-02-29 12:00:00', 'true', null],
        ['-7', 'é,"', '0.1', '2064-04-08', '1900-01-01 06:00:00', 'false', null],
      ])
      assert.deepEqual(warnings, [])
    })
  }

  test('the only sheet with values is taken; of several, one must be named', async () => {
    const [a, b] = [utils.aoa_to_sheet([['a'], [1]]), utils.aoa_to_sheet([['b'], [2]])]
    const one = create({ empty: utils.aoa_to_sheet([[]]), data: a })
    assert.deepEqual((await read(one)).rows, [['1']])
    const two = create({ first: a, 'se cond': b })
    assert.deepEqual((await read(two, { sheet: 'se cond' })).types, { b: 'BIGINT' })
    await refused(two, /2 sheets have values/, { hint: /--sheet: first, se cond/ })
    await refused(two, /no sheet 'frist'/, { hint: /'first'/, sheet: 'frist' })
  })

  test('lines above the header are left out when it is named, blank lines always', async () => {
    const path = create({
      data: utils.aoa_to_sheet([['A title'], [], ['a', 'b'], [], [1, 2], [], [3, 'x'], []]),
    })
    await refused(path, /line 1: columns with values but without a name: B/, {
      hint: /--header-line/,
    })
    const { rows, types, warnings } = await read(path, { headerLine: 3 })
    assert.deepEqual(types, { a: 'BIGINT', b: 'VARCHAR' })
    assert.deepEqual(rows, [
      ['1', '2'],
      ['3', 'x'],
    ])
    assert.match(warnings.join(), /'b' is text.*sheet 'data', line 7$/)
    const bare = create({ data: utils.aoa_to_sheet([[1, 'x']]) })
    assert.deepEqual((await read(bare, { headerLine: 0 })).types, {
      column_1: 'BIGINT',
      column_2: 'VARCHAR',
    })
  })

  test('errors of Excel are missing with a warning, and so are the rest of merged cells', async () => {
    const sheet = utils.aoa_to_sheet([['a', 'b'], [1, 'x'], [2], [3, 'y']])
    sheet['A3'] = { t: 'e', v: 0x2a }
    sheet['!merges'] = [{ s: { r: 1, c: 1 }, e: { r: 2, c: 1 } }]
    const { rows, warnings } = await read(create({ data: sheet }))
    assert.deepEqual(rows, [
      ['1', 'x'],
      [null, null],
      ['3', 'y'],
    ])
    assert.match(warnings[0] ?? '', /'a' has 1 cell with an error of Excel.* line 3/)
    assert.match(warnings[1] ?? '', /1 merged ranges .* B2/)
  })

  test('a header alone is a table without rows', async () => {
    const { rows, types } = await read(create({ data: utils.aoa_to_sheet([['a', 20.5]]) }))
    assert.deepEqual(rows, [])
    assert.deepEqual(Object.keys(types), ['a', '20.5'])
  })

  test('what is no workbook, broken, locked or without values is named', async () => {
    const path = join(folder, 'broken.xlsx')
    const whole = write(
      { SheetNames: ['data'], Sheets: { data: utils.aoa_to_sheet([['a'], [1]]) } },
      { type: 'buffer', bookType: 'xlsx' },
    ) as Uint8Array
    const locked = CFB.utils.cfb_new()
    CFB.utils.cfb_add(locked, '/EncryptionInfo', Buffer.from('0400040040000000', 'hex'))
    CFB.utils.cfb_add(locked, '/EncryptedPackage', Buffer.alloc(100))
    const cases: readonly [string | Uint8Array, RegExp][] = [
      ['', /the file is empty/],
      ['a,b\n1,2\n', /no Excel workbook/],
      ['<html></html>', /no Excel workbook/],
      [whole.subarray(0, whole.length / 2), /a damaged workbook/],
      [Buffer.concat([whole.subarray(0, 8), Buffer.alloc(3000, 65)]), /a damaged workbook/],
      [
        flipByteAfter(whole, 'xl/worksheets/sheet1.xml'),
        /'xl\/worksheets\/sheet1.xml' in it is damaged/,
      ],
      [zipSync({ 'data.csv': Buffer.from('a') }), /a zip archive, no Excel workbook/],
      [Buffer.from(CFB.write(locked, { type: 'buffer' }) as Uint8Array), /by a password/],
    ]
    for (const [content, message] of cases) {
      writeFileSync(path, content)
      await refused(path, message)
    }
    await refused(create({ data: utils.aoa_to_sheet([[]]) }), /no sheet has a value/)
    await refused(create({ data: utils.aoa_to_sheet([['a', 'b', 'a'], [1]]) }), /called 'a'/)
  })

  test('options of other formats are refused, all of them', async () => {
    const path = create({ data: utils.aoa_to_sheet([['a'], [1]]) })
    await assert.rejects(read(path, { separator: ';', table: 't', headerLine: 1 }), {
      code: 'CLI_USAGE',
      message: /separator, table$/,
    })
  })

  test('a missing file is named', async () => {
    using database = await openDatabase()
    await assert.rejects(openExcelTable(database, join(folder, 'no')), { code: 'FILE_MISSING' })
  })

  test('any numbers and texts read back equal', async () => {
    using database = await openDatabase()
    const double = fc.double({ noNaN: true, min: -1e9, max: 1e9 })
    // Excel has no negative zero.
    const cell = fc.option(fc.oneof(fc.integer(), double).map((value) => value + 0))
    // Excel cannot hold an empty text, and the letters before keep it from being a date.
    const text = fc.option(fc.stringMatching(/^x[\p{L}\d ,"';<&]*y$/u))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, text), { minLength: 1 }), async (rows) => {
        const body = rows.map(([n, s], i) => [i, n, s])
        const path = create({ data: utils.aoa_to_sheet([['i', 'n', 's'], ...body]) })
        await using opened = await openExcelTable(database, path)
        const found = await database.query(`SELECT i, n, s FROM ${opened.table.relation}`)
        const cells = found.map(({ i, n, s }) => [i, n, s])
        assert.deepEqual(cells, body)
      }),
      { numRuns: 25 },
    )
  })
})

describe('dates of Excel', () => {
  test('a format says whether a number is a date', () => {
    for (const format of ['m/d/yy', 'yyyy', 'mmm', '[$-409]d-mmm', 'dd.mm.yyyy hh:mm', 'd "day"']) {
      assert.equal(meaningOf(format), 'date', format)
    }
    for (const format of ['h:mm AM/PM', 'mm:ss']) assert.equal(meaningOf(format), 'time', format)
    for (const format of [
      'General',
      '',
      '0.00',
      '0.00E+00',
      '"days" 0',
      '[Red]0',
      '[h]:mm',
      '#,##0 \\d',
    ]) {
      assert.equal(meaningOf(format), 'number', format)
    }
  })

  test('days are counted as Excel counts them', () => {
    assert.equal(isoOfSerial(1, false), '1900-01-01')
    assert.equal(isoOfSerial(59, false), '1900-02-28')
    assert.equal(isoOfSerial(60, false), undefined)
    assert.equal(isoOfSerial(61, false), '1900-03-01')
    assert.equal(isoOfSerial(0, true), '1904-01-01')
    assert.equal(isoOfSerial(2_958_465, false), '9999-12-31')
    assert.equal(isoOfSerial(2_958_466, false), undefined)
    assert.equal(isoOfSerial(-1, false), undefined)
    assert.equal(isoOfSerial(45_351 + 1 / 86_400, false), '2024-02-29T00:00:01')
    assert.equal(timeOfSerial(0.75), '18:00:00')
    assert.equal(timeOfSerial(1), undefined)
  })
})

let created = 0

function create(sheets: Readonly<Record<string, WorkSheet>>, bookType: BookType = 'xlsx'): string {
  const path = join(folder, `${created++}.${bookType}`)
  const book = { SheetNames: Object.keys(sheets), Sheets: { ...sheets } }
  // The library gives bytes when it is asked for a buffer.
  writeFileSync(path, write(book, { type: 'buffer', bookType }) as Uint8Array)
  return path
}

/** A bit of the content that stands behind the first mention of a name. */
function flipByteAfter(bytes: Uint8Array, name: string): Uint8Array {
  const flipped = Buffer.from(bytes)
  flipped[flipped.indexOf(name) + name.length + 40]! ^= 1
  return flipped
}

function setFormat(sheet: WorkSheet, addresses: readonly string[], format: string): void {
  for (const address of addresses) sheet[address].z = format
}

function read(path: string, options?: ReadOptions): ReturnType<typeof readTable> {
  return readTable(openExcelTable, path, options)
}

function refused(
  path: string,
  message: RegExp,
  options?: ReadOptions & { readonly hint?: RegExp },
): Promise<void> {
  return refuseTable(openExcelTable, path, message, options)
}
