import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  addEntries,
  formatHistory,
  type HistoryEntry,
  parseHistory,
} from '../../../src/monitoring/history/drift-history.ts'
import { addToHistory } from '../../../src/monitoring/history/drift-history-file.ts'
import { renderDriftPage } from '../../../src/monitoring/drift-page.ts'
import type { DriftReport } from '../../../src/monitoring/drift-report.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

describe('the history of drift', () => {
  const folder = makeScratchFolder()

  test('what is written is read', () => {
    const entries = ['a', 'b'].map((label) => entryOf(label, 0.1))
    assert.deepEqual(parseHistory(formatHistory(entries), 'h'), { entries, isTorn: false })
  })

  test('a comparison made again takes the place of its entry, others keep theirs', () => {
    const [a, b] = [entryOf('a', 0.1), entryOf('b', 0.2)]
    const again = entryOf('a', 0.3)
    assert.deepEqual(addEntries([a, b], [again, entryOf('c', 0)]), [again, b, entryOf('c', 0)])
    assert.deepEqual(addEntries([a, b], [a, b]), [a, b])
  })

  test('wherever the last line is cut off, the entries before it remain', () => {
    const whole = formatHistory([entryOf('a', 0.1)])
    const last = formatHistory([entryOf('b', 0.2)])
    for (let length = 0; length <= last.length; length++) {
      const { entries, isTorn } = parseHistory(whole + last.slice(0, length), 'h')
      const isWhole = length >= last.length - 1
      assert.equal(entries.length, isWhole ? 2 : 1, String(length))
      assert.equal(isTorn, length > 0 && !isWhole, String(length))
    }
  })

  test('a line that was cut off is taken away with a warning', async () => {
    const path = join(folder, 'torn.jsonl')
    writeFileSync(path, `${formatHistory([entryOf('a', 0.1)])}{"format":"mlpt.dr`)
    const { entries, warnings } = await addToHistory(path, [entryOf('b', 0.2)])
    assert.deepEqual([entries.length, warnings.length], [2, 1])
    assert.equal(readFileSync(path, 'utf8'), formatHistory(entries))
  })

  test('another file is refused, stays as it is, and has nothing new beside it', async () => {
    const texts = [
      'name,age\nAnna,31\n',
      'hello',
      '{}\n',
      '[1]',
      '{"format":"mlpt.profile/1"',
      '\n',
    ]
    const entry = formatHistory([entryOf('a', 0.1)])
    for (const text of [...texts, `${entry}\n${entry}`, `${entry}{"format":1}\n`]) {
      const path = join(folder, 'other')
      writeFileSync(path, text)
      await assert.rejects(addToHistory(path, [entryOf('a', 0)]), { code: 'DATA_FILE_INVALID' })
      assert.equal(readFileSync(path, 'utf8'), text)
    }
    assert.ok(!existsSync(join(folder, '.other.lock')))
  })

  test('an entry with a field of another type is refused by its line', () => {
    const good = formatHistory([entryOf('a', 0.1)])
    for (const wrong of [
      { ...entryOf('b', 0), columns: 'x' },
      { ...entryOf('b', 0), columns: [{ name: 1 }] },
      { ...entryOf('b', 0), currentRows: '30' },
      { ...entryOf('b', 0), isDrifted: 'no' },
    ]) {
      assert.throws(() => parseHistory(`${good}${JSON.stringify(wrong)}\n`, 'h.jsonl'), {
        code: 'DATA_FILE_INVALID',
        message: /h\.jsonl is no history of drift: line 2 /,
      })
    }
  })

  test('the page draws each column over the windows, target first, and only with two of them', () => {
    const entries = ['2026-01', '2026-02'].map((label, i) => entryOf(label, 0.1 + i / 10))
    const page = renderDriftPage(report, { reference: 'r', current: 'c' }, entries)
    for (const part of ['Over time', '2026-01', 'y over 2 comparisons', 'x over 2 comparisons']) {
      assert.ok(page.includes(part), part)
    }
    assert.ok(page.indexOf('y over') < page.indexOf('x over'))
    const alone = renderDriftPage(report, { reference: 'r', current: 'c' }, entries.slice(1))
    assert.doesNotMatch(alone, /Over time/)
  })

  test('a page with a long history of many columns stays below 300 kB, and markup in it is text', () => {
    const evil = '<script>alert(1)</script>'
    const column = entryOf('a', 0.2).columns[0]!
    const columns = Array.from({ length: 300 }, (_, i) => ({ ...column, name: `${evil}${i}` }))
    const entries = Array.from({ length: 200 }, (_, i) => ({
      ...entryOf(`${evil} ${i}`, 0.2),
      columns,
    }))
    const page = renderDriftPage(report, { reference: 'r', current: 'c' }, entries)
    assert.ok(Buffer.byteLength(page) <= 300_000, String(Buffer.byteLength(page)))
    assert.ok(!page.includes('<script'))
  })
})

const report: DriftReport = {
  preset: 'mlpt',
  referenceRows: 100,
  currentRows: 100,
  columns: [],
  drifted: [],
  driftedShare: 0,
  driftShare: 0,
  isDrifted: false,
  segments: [],
  warnings: [],
}

function entryOf(label: string, value: number): HistoryEntry {
  const check = { about: 'values', measure: 'ks distance', value, threshold: 0.1, pValue: 0.5 }
  return {
    format: 'mlpt.drift-history/1',
    key: label,
    label,
    reference: 'reference.csv',
    preset: 'mlpt',
    referenceRows: 100,
    currentRows: 100,
    isDrifted: false,
    driftedShare: 0,
    columns: [
      { name: 'x', role: 'feature', isDrifted: false, ...check },
      { name: 'y', role: 'target', isDrifted: false, ...check },
    ],
  }
}
