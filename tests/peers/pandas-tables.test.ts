/** Tables that are not English, beside pandas, which is told the same of them. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import { openTable } from '../../src/data/reading/open-table-file.ts'
import { readTable } from '../data/reading/read-table.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'

const { python, skip } = findPeer('.venv', 'pandas')

describe('pandas reads the same numbers and days', { skip }, () => {
  for (const [locale, decimal, thousands, mark, encoding] of [
    ['de-DE', ',', '.', '.', 'utf-8'],
    ['fr-FR', ',', '\u202F', '/', 'utf-8'],
    ['fr-FR', ',', '\u00A0', '/', 'latin1'],
    ['en-GB', '.', ',', '/', 'utf-8'],
  ] as const) {
    test(`of ${locale} with ${JSON.stringify(thousands)} in ${encoding}`, async () => {
      const random = createRandom(3)
      const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 3 })
      const rows = Array.from({ length: 200 }, (_, i) => {
        const amount = (random.next() - 0.5) * 10 ** (1 + (i % 8))
        const written = format.formatToParts(amount).map(({ type, value }) => {
          if (type === 'minusSign') return '-'
          return type === 'group' ? thousands : value
        })
        const day = String(1 + (i % 28)).padStart(2, '0')
        return `"${written.join('')}";${day}${mark}0${1 + (i % 9)}${mark}2026;zwölf`
      })
      const path = join(makeScratchFolder(), 'table.csv')
      const text = `amount;day;note\n${rows.join('\n')}\n`
      writeFileSync(path, Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'latin1'))
      const found = await readTable(openTable, path, {
        decimal,
        thousands,
        dateOrder: 'day-first',
        ...(encoding !== 'utf-8' && { encoding }),
      })
      const script = `
import json, sys, pandas
path, decimal, thousands, mark, encoding = sys.argv[1:]
frame = pandas.read_csv(path, sep=';', decimal=decimal, thousands=thousands, encoding=encoding, dtype={'day': str}, engine='python')
frame['day'] = pandas.to_datetime(frame['day'], format=f'%d{mark}%m{mark}%Y').dt.strftime('%Y-%m-%d')
print(json.dumps(frame.values.tolist()))`
      const judged: unknown = JSON.parse(
        execFileSync(python, ['-c', script, path, decimal, thousands, mark, encoding], {
          encoding: 'utf8',
        }),
      )
      assert.deepEqual(
        found.rows.map(([amount, ...others]) => [Number(amount), ...others]),
        judged,
      )
      assert.deepEqual(Object.values(found.types), ['DOUBLE', 'DATE', 'VARCHAR'])
    })
  }
})
