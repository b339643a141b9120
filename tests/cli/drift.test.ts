/** `mlpt drift`: one comparison, windows, files, the history of them, and a kill while it is written. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DriftReport } from '../../src/monitoring/drift-report.ts'
import type { DriftSeries } from '../../src/monitoring/history/drift-series.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const folder = makeScratchFolder()
const path = (name: string): string => join(folder, name)
writeFileSync(path('a.csv'), 'x,y\n1,a\n2,b\n2e+00,b\n')
writeFileSync(path('same.csv'), 'x,y\n1,a\n2,b\n2,b\n')
writeFileSync(path('b.csv'), `x\n${'7\n8\n'.repeat(10)}`)
writeFileSync(path('reference.csv'), table([['2025-12', 20, 300]]))
writeFileSync(
  path('year.csv'),
  table([
    ['2026-01', 20, 200],
    ['2026-02', 60, 200],
    ['2026-03', 20, 200],
    ['2026-04', 20, 10],
  ]),
)

/** Rows of a month with whole numbers from the lowest on, fifty of them. */
function table(months: readonly (readonly [month: string, low: number, rows: number])[]): string {
  const rows = months.flatMap(([month, low, n]) =>
    Array.from(
      { length: n },
      (_, i) => `${month}-${String((i % 28) + 1).padStart(2, '0')},${low + (i % 50)}`,
    ),
  )
  return `day,age\n${rows.join('\n')}\n`
}

describe('mlpt drift', () => {
  test('exits 0 without drift and 3 with, the report on stdout', () => {
    const same = drift('a.csv', 'same.csv')
    assert.equal(same.status, 0, same.stderr)
    const moved = drift('a.csv', 'b.csv', '--json')
    assert.equal(moved.status, 3, moved.stderr)
    const report: DriftReport = JSON.parse(moved.stdout)
    assert.deepEqual(report.drifted, ['x', 'y'])
    assert.match(moved.stderr, /"DATA_DRIFTED","message":"'b\.csv' has drifted: x, y/)
  })

  test('compares only the columns asked for, above the threshold given', () => {
    const flags = [
      '--columns',
      'x',
      '--preset',
      'evidently',
      '--method',
      'psi',
      '--threshold',
      '1000',
    ]
    const some = drift('a.csv', 'b.csv', ...flags)
    assert.equal(some.status, 0, some.stderr)
  })

  test('refuses thresholds, windows and moments that are none', () => {
    for (const flag of [
      ...['zero', '0', '-1', 'Infinity', ''].map((threshold) => `--threshold=${threshold}`),
      ...['0', '-5', '1.5', 'day', 'day=', 'day=fortnight', '=month'].map(
        (window) => `--window=${window}`,
      ),
      ...['noon', '2026', '2026-13-01'].map((at) => `--at=${at}`),
    ]) {
      const { status, stderr } = drift('a.csv', 'b.csv', flag)
      assert.equal(status, 2, flag)
      assert.match(stderr, /CLI_USAGE/)
    }
  })

  test('judges each month of a table, and leaves out one of few rows', () => {
    const { status, stdout, stderr } = drift(
      'reference.csv',
      'year.csv',
      '--window',
      'day=month',
      '--json',
    )
    assert.equal(status, 3, stderr)
    const series: DriftSeries = JSON.parse(stdout)
    assert.deepEqual(
      series.windows.map(({ label, report }) => [label, report.currentRows, report.isDrifted]),
      [
        ['2026-01', 200, false],
        ['2026-02', 200, true],
        ['2026-03', 200, false],
      ],
    )
    assert.deepEqual(series.drifted, ['2026-02'])
    assert.deepEqual(series.warnings, ['1 windows with fewer than 30 rows are not compared'])
    assert.match(stderr, /"DATA_DRIFTED","message":"drifted: 2026-02"/)
    // The column that cuts the windows is compared on neither side.
    assert.deepEqual(
      series.windows[0]?.report.columns.map(({ name }) => name),
      ['age'],
    )
  })

  test('judges windows of rows, and several files', () => {
    const rows = drift('reference.csv', 'year.csv', '--window', '200', '--columns', 'age')
    assert.match(rows.stdout, /ok {4}rows 0–199 [^]*DRIFT rows 200–399 [^]*1 of 3 windows drifted/)
    const files = drift('reference.csv', 'reference.csv', 'year.csv', '--columns', 'age')
    assert.match(files.stdout, /ok {4}reference\.csv \(300 rows\)\n/)
    assert.equal(files.status, files.stdout.includes('DRIFT year.csv') ? 3 : 0)
  })

  test('says what cannot be cut into windows', () => {
    for (const [words, status, message] of [
      [['a.csv', 'b.csv', '--window', 'x=day'], 1, /'x' is BIGINT, and windows need times/],
      [
        ['a.csv', 'year.csv', '--window', 'dya=day'],
        1,
        /no column 'dya'[^]*the columns are: day, age/,
      ],
      [['a.csv', 'b.csv', 'b.csv', '--window', '100'], 2, /--window is for one current table/],
      [['a.csv', 'b.csv', 'b.csv', '--segment', 'x'], 2, /--segment is for one comparison/],
    ] as const) {
      const found = drift(...words)
      assert.match(found.stderr, message)
      assert.equal(found.status, status)
    }
  })

  test('a history has each comparison once, and is drawn on the page', () => {
    const flags = [
      '--window',
      'day=month',
      '--history',
      'h.jsonl',
      '--at',
      '2026-05-01',
      '--html',
      'h.html',
    ]
    drift('reference.csv', 'year.csv', ...flags)
    const first = readFileSync(path('h.jsonl'), 'utf8')
    assert.equal(first.trimEnd().split('\n').length, 3)
    drift('reference.csv', 'year.csv', ...flags)
    assert.equal(readFileSync(path('h.jsonl'), 'utf8'), first)
    drift('reference.csv', 'reference.csv', '--history', 'h.jsonl')
    const entries = readFileSync(path('h.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      entries.map(({ label, isDrifted, at }) => [label, isDrifted, at]),
      [
        ['2026-01', false, '2026-05-01T00:00:00.000Z'],
        ['2026-02', true, '2026-05-01T00:00:00.000Z'],
        ['2026-03', false, '2026-05-01T00:00:00.000Z'],
        ['reference.csv', false, undefined],
      ],
    )
    const page = readFileSync(path('h.html'), 'utf8')
    assert.match(page, /Over time[^]*2026-02/)
    assert.ok(page.length < 300_000)
  })

  test('of many that add to a history at once, each does', async () => {
    const sizes = [40, 50, 60, 70]
    const children = sizes.map((size) =>
      spawn(
        process.execPath,
        [
          ...mlptArguments,
          'drift',
          'reference.csv',
          'year.csv',
          '--window',
          String(size),
          '--history',
          'm.jsonl',
        ],
        { cwd: folder, stdio: 'ignore' },
      ),
    )
    await Promise.all(children.map((child) => once(child, 'exit')))
    const labels = readFileSync(path('m.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => String(JSON.parse(line).label))
    for (const size of sizes) assert.ok(labels.includes(`rows 0–${size - 1}`), String(size))
  })

  test('a history that is a device is refused before it is read, and nothing is left beside it', () => {
    const { status, stderr } = drift('a.csv', 'same.csv', '--history', '/dev/zero')
    assert.match(stderr, /FILE_WRITE_FAILED[^]*no regular file/)
    assert.equal(status, 1)
    assert.ok(!existsSync('/dev/.zero.lock'))
  })

  test('a history that is something else is refused and stays, and nothing is left beside it', () => {
    writeFileSync(path('diary.txt'), 'dear diary\n')
    const { status, stderr } = drift('a.csv', 'same.csv', '--history', 'diary.txt')
    assert.match(stderr, /DATA_FILE_INVALID[^]*line 1 is none of its entries/)
    assert.equal(status, 1)
    assert.equal(readFileSync(path('diary.txt'), 'utf8'), 'dear diary\n')
    assert.ok(!existsSync(path('.diary.txt.lock')))
  })

  test('a kill at any moment leaves a whole history, and run again the same one', async () => {
    const flags = ['drift', 'reference.csv', 'year.csv', '--window', '40', '--history']
    const begun = performance.now()
    spawnSync(process.execPath, [...mlptArguments, ...flags, 'whole.jsonl'], { cwd: folder })
    const wholeMs = performance.now() - begun
    const whole = readFileSync(path('whole.jsonl'), 'utf8')
    // The history is written at the end of a run, however long this machine takes for one.
    for (const part of [0.6, 0.8, 0.85, 0.9, 0.95, 1]) {
      const name = `killed${part}.jsonl`
      const child = spawn(process.execPath, [...mlptArguments, ...flags, name], {
        cwd: folder,
        stdio: 'ignore',
      })
      const ended = once(child, 'exit')
      await sleep(part * wholeMs)
      child.kill('SIGKILL')
      await ended
      if (existsSync(path(name))) assert.equal(readFileSync(path(name), 'utf8'), whole)
      spawnSync(process.execPath, [...mlptArguments, ...flags, name], { cwd: folder })
      assert.equal(readFileSync(path(name), 'utf8'), whole)
    }
  })
})

function drift(...words: readonly string[]): {
  status: number | null
  stdout: string
  stderr: string
} {
  return spawnSync(process.execPath, [...mlptArguments, 'drift', ...words], {
    cwd: folder,
    encoding: 'utf8',
  })
}
