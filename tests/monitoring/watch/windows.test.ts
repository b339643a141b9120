import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { planRowWindows, planTimeWindows } from '../../../src/monitoring/watch/plan-windows.ts'
import { formatTimeSpan, parseTimeSpan } from '../../../src/monitoring/watch/time-span.ts'
import { formatWindowSize, parseWindowSize } from '../../../src/monitoring/watch/window-size.ts'

describe('spans of time', () => {
  test('are read as they are written', () => {
    const spans = fc.tuple(
      fc.integer({ min: 1, max: 99_999 }),
      fc.constantFrom(1000, 60_000, 3_600_000, 86_400_000),
    )
    fc.assert(
      fc.property(spans, ([count, unit]) => {
        fc.pre(count * unit < 999_999 * 1000)
        assert.equal(parseTimeSpan(formatTimeSpan(count * unit)), count * unit)
      }),
    )
  })

  test('nothing else is one', () => {
    for (const text of [
      '',
      '1',
      'h',
      '0h',
      '-1h',
      '1.5h',
      '1 h',
      '1w',
      '1H',
      '1000000s',
      60,
      null,
      ['1h'],
      '１h',
    ]) {
      assert.equal(parseTimeSpan(text), undefined, String(text))
    }
  })
})

describe('sizes of windows', () => {
  test('are rows or time, and the step is the window unless it is said', () => {
    assert.deepEqual(parseWindowSize(1000, undefined).size, {
      kind: 'rows',
      rows: 1000,
      step: 1000,
    })
    assert.deepEqual(parseWindowSize('7d', '1d').size, {
      kind: 'time',
      spanMs: 7 * 86_400_000,
      stepMs: 86_400_000,
    })
    assert.deepEqual(
      [
        parseWindowSize(500, 100),
        parseWindowSize('7d', '1d'),
        parseWindowSize('36h', undefined),
      ].map(({ size }) => size && formatWindowSize(size)),
      ['500 rows every 100', '7d every 1d', '36h'],
    )
  })

  test('that leave rows out, or mix kinds, are refused', () => {
    for (const [window, step, what] of [
      [0, undefined, /'monitor.window' is 0/],
      ['1y', undefined, /'monitor.window' is "1y"/],
      [1000, '1d', /'monitor.step' is "1d", expected a number of rows/],
      ['1d', 5, /'monitor.step' is 5, expected a time/],
      [100, 101, /in none/],
      ['1h', '2h', /in none/],
      [2.5, undefined, /'monitor.window' is 2.5/],
    ] as const) {
      const { size, problems } = parseWindowSize(window, step)
      assert.equal(size, undefined)
      assert.match(problems.map((problem) => problem.what).join(), what)
    }
  })
})

describe('planning', () => {
  const spanOf = (steps: number, stepMs: number) =>
    ({ kind: 'time', spanMs: steps * stepMs, stepMs }) as const

  test('windows of time begin a step apart, hold only times that have passed, and hold every row', () => {
    const cases = fc.record({
      steps: fc.integer({ min: 1, max: 5 }),
      stepMs: fc.integer({ min: 1, max: 50 }),
      first: fc.integer({ min: 0, max: 500 }),
      length: fc.integer({ min: 0, max: 500 }),
      wait: fc.integer({ min: 0, max: 500 }),
      settleMs: fc.integer({ min: 0, max: 30 }),
    })
    fc.assert(
      fc.property(cases, ({ steps, stepMs, first, length, wait, settleMs }) => {
        const size = spanOf(steps, stepMs)
        const last = first + length
        const now = last + wait
        const windows = planTimeWindows(size, { first, last, now, settleMs })
        for (const [i, { from, to }] of windows.entries()) {
          assert.equal(to - from, size.spanMs)
          assert.ok(Number.isInteger(from / stepMs))
          assert.ok(to + settleMs <= now)
          assert.ok(from > first - size.spanMs && from <= last)
          if (i > 0) assert.equal(from - windows[i - 1]!.from, stepMs)
        }
        if (windows.length === 0 || windows.length === 500 || now - settleMs < last + size.spanMs)
          return
        assert.ok(windows[0]!.from <= first && windows.at(-1)!.to > last)
      }),
    )
  })

  test('it does not matter how often somebody looks', () => {
    const cases = fc.record({
      steps: fc.integer({ min: 1, max: 4 }),
      stepMs: fc.integer({ min: 1, max: 20 }),
      first: fc.integer({ min: 0, max: 100 }),
      looks: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 6 }),
    })
    fc.assert(
      fc.property(cases, ({ steps, stepMs, first, looks }) => {
        const size = spanOf(steps, stepMs)
        const moments = looks.map((look) => first + look).toSorted((a, b) => a - b)
        const log = (now: number) => ({ first, last: now, now, settleMs: 0 })
        const found: number[] = []
        for (const now of moments) {
          const windows = planTimeWindows(size, { ...log(now), after: found.at(-1) })
          found.push(...windows.map(({ from }) => from))
        }
        const once = planTimeWindows(size, log(moments.at(-1)!)).map(({ from }) => from)
        assert.deepEqual(found, once)
      }),
    )
  })

  test('windows of rows are full and a step apart, however often somebody looks', () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 20 }),
      step: fc.integer({ min: 1, max: 20 }),
      looks: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 6 }),
    })
    fc.assert(
      fc.property(cases, ({ rows, step, looks }) => {
        fc.pre(step <= rows)
        const size = { kind: 'rows', rows, step } as const
        const found: number[] = []
        const totals = looks.toSorted((a, b) => a - b)
        for (const total of totals) {
          const next = found.length === 0 ? 0 : found.at(-1)! + step
          const windows = planRowWindows(size, total - next)
          for (const { first, last } of windows) {
            assert.equal(last - first, rows - 1)
            assert.ok(next + last < total)
          }
          found.push(...windows.map(({ first }) => next + first))
        }
        const total = totals.at(-1)!
        assert.deepEqual(
          found,
          planRowWindows(size, total).map(({ first }) => first),
        )
        assert.equal(found.length, Math.max(0, Math.floor((total - rows) / step) + 1))
      }),
    )
  })

  test('of very many windows the newest 500 are judged', () => {
    const windows = planTimeWindows(spanOf(1, 10), {
      first: 0,
      last: 99_999,
      now: 200_000,
      settleMs: 0,
    })
    assert.deepEqual([windows.length, windows.at(-1)?.from], [500, 99_990])
    const rows = planRowWindows({ kind: 'rows', rows: 1, step: 1 }, 10_000)
    assert.deepEqual([rows.length, rows.at(-1)?.last], [500, 9999])
  })
})
