import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { readTable } from './read-table.ts'

const folder = makeScratchFolder()

async function read(text: string, options?: ReadOptions) {
  const path = join(folder, 'dates.csv')
  writeFileSync(path, text)
  const { types, ...found } = await readTable(openTable, path, options)
  return { ...found, types: Object.values(types) }
}

describe('the order of day and month', () => {
  test('reads dates in the order that it is told, but never against one of them', async () => {
    const text = 'd\n03/04/2021\n'
    const [day, month] = [
      await read(text, { dateOrder: 'day-first' }),
      await read(text, { dateOrder: 'month-first' }),
    ]
    assert.deepEqual([day.rows, month.rows], [[['2021-04-03']], [['2021-03-04']]])
    assert.deepEqual([day.types, day.warnings], [['DATE'], []])
    const against = await read('d\n03/04/2021\n31/12/2021\n', { dateOrder: 'month-first' })
    assert.deepEqual(against.types, ['VARCHAR'])
    assert.match(against.warnings[0]!, /the month is not first .* line 3 '31\/12\/2021'$/)
    const asked = { types: { d: 'date' } } as const
    await assert.rejects(read(text, asked), {
      code: 'DATA_CELL_INVALID',
      message: /:2: 'd' is '03\/04\/2021', no date/,
    })
    assert.deepEqual((await read(text, { ...asked, dateOrder: 'day-first' })).rows, [
      ['2021-04-03'],
    ])
  })

  test('a time of day may stand behind them', async () => {
    const text = 'd\n03.04.2026 9:05\n31.01.2026 14:30:59\n05.06.2026\n'
    const { types, rows, warnings } = await read(text)
    assert.deepEqual([types, warnings], [['TIMESTAMP'], []])
    const moments = ['2026-04-03 09:05:00', '2026-01-31 14:30:59', '2026-06-05 00:00:00']
    assert.deepEqual(
      rows,
      moments.map((moment) => [moment]),
    )
    const american = await read('d;e\n01/31/2026 0:00;03/04/2026 14:30\n')
    assert.deepEqual(american.rows, [['2026-01-31 00:00:00', '2026-03-04 14:30:00']])
    assert.match(american.warnings[0]!, /^'e' may be read in two ways, .* the month is taken/)
    const open = await read('d\n03.04.2026 14:30\n')
    assert.match(open.warnings[0]!, /cannot be told apart .*; --date-order says which/)
    for (const other of ['31.01.2026 24:00', '31.01.2026 14:60', '31.02.2026 14:30']) {
      assert.deepEqual((await read(`d\n${other}\n`)).types, ['VARCHAR'], other)
    }
    const two = await read('d\n31.01.2026 14:30\n01.31.2026 14:30\n')
    assert.match(two.warnings[0]!, /the day is first in some of its dates, first line 2/)
    const asked = { types: { d: 'date' } } as const
    await assert.rejects(read(text, asked), { code: 'DATA_CELL_INVALID', message: /no date/ })
  })

  test('a day is read back from every way to write it', async () => {
    const day = fc.date({
      min: new Date('1600-01-01'),
      max: new Date('2999-12-31'),
      noInvalidDate: true,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(day, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('/', '.', '-'),
        fc.constantFrom('day-first', 'month-first'),
        async (days, mark, dateOrder) => {
          const isos = days.map((each) => each.toISOString().slice(0, 10))
          const cells = isos.map((iso) => {
            const [year, month, date] = iso.split('-')
            return (dateOrder === 'day-first' ? [date, month, year] : [month, date, year]).join(
              mark,
            )
          })
          const { rows, types } = await read(`d\n${cells.join('\n')}\n`, { dateOrder })
          assert.deepEqual([types, rows], [['DATE'], isos.map((iso) => [iso])])
        },
      ),
      { numRuns: 50 },
    )
  })
})
