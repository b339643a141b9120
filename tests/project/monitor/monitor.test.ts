import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  createGraphBuilder,
  encodeModel,
  openPredictor,
  writeModelFolder,
} from '../../../src/model/index.ts'
import { lookBetween, monitor } from '../../../src/project/monitor/monitor.ts'
import type { AlertEvent } from '../../../src/project/monitor/monitor.ts'
import { scored } from '../../monitoring/prediction-log/scored.ts'
import { openLog } from '../../monitoring/prediction-log/use-log.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { buildHouse, dayMs, drawRows, start, type LoggedRow } from './monitor-house.ts'

describe('monitor', () => {
  test('no log and an empty one are no fault, and it says so', async () => {
    const house = await buildHouse(100)
    const report = await monitor(house.context('{}', { logFolder: 'logs' }))
    assert.deepEqual(
      [report.windows, report.firing, report.warnings],
      [[], [], ["there is no prediction log of 'credit' in logs yet"]],
    )
    mkdirSync(join(house.folder, 'logs/credit/predictions'), { recursive: true })
    const empty = await monitor(house.context())
    assert.deepEqual([empty.windows, empty.warnings], [[], ['the log is empty']])
  })

  test('windows of rows are judged once they are full, and once', async () => {
    const house = await buildHouse()
    await house.log(drawRows(2500))
    const first = await monitor(house.context('{window: 1000}'))
    assert.deepEqual(
      first.windows.map(({ rows, state, drifted }) => [rows, state, drifted]),
      [
        [1000, 'judged', []],
        [1000, 'judged', []],
      ],
    )
    assert.equal(first.versions[0]?.waiting, 500)
    assert.deepEqual((await monitor(house.context('{window: 1000}'))).windows, [])
    await house.log(drawRows(600, { from: 2500, seed: 3 }))
    const third = await monitor(house.context('{window: 1000}'))
    assert.deepEqual(
      third.windows.map(({ from }) => (from - start) / 60_000),
      [2000],
    )
    assert.equal(third.versions[0]?.waiting, 100)
  })

  test('a shift is found in its input and its segment, and the alert fires', async () => {
    const house = await buildHouse()
    await house.log(
      drawRows(1000, {
        change: (row) => (row.b === 1 ? { ...row, a: Math.min(10, (row.a ?? 0) + 4) } : row),
      }),
    )
    const report = await monitor(house.context('{window: 1000, segments: {b: levels}}'))
    const [window] = report.windows
    assert.deepEqual(window?.drifted, ['a'])
    assert.deepEqual(
      window?.segments.map(({ name, drifted }) => [name, drifted]),
      [
        ['b=0', []],
        ['b=1', ['a']],
        ['b=2', []],
      ],
    )
    assert.deepEqual(report.firing, ['drift'])
    assert.equal(house.told.length, 0) // the default rule has no receiver
  })

  test('late labels are measured, and nothing else of a window changes', async () => {
    const house = await buildHouse()
    const rows = drawRows(300, { change: (row) => ({ ...row, score: (row.a ?? 0) / 10 }) })
    await house.log(rows)
    const settings = '{window: 300, min_labels: 100}'
    const [before] = (await monitor(house.context(settings))).windows
    assert.equal(before?.performance.state, 'no-labels')
    await house.label(rows.slice(0, 50).map(({ id, a }) => ({ id, label: Number((a ?? 0) > 5) })))
    const [few] = (await monitor(house.context(settings))).windows
    assert.deepEqual([few?.performance.state, few?.performance.labels], ['too-few-labels', 50])
    await house.label(
      rows.slice(50).map(({ id, a, b }) => ({ id, label: Number((a ?? 0) > 4 + (b ?? 0)) })),
    )
    const [after] = (await monitor(house.context(settings))).windows
    assert.equal(after?.performance.state, 'measured')
    assert.equal(after?.performance.labels, 300)
    assert.deepEqual({ ...after, performance: null }, { ...before, performance: null })
    assert.deepEqual((await monitor(house.context(settings))).windows, [])
  })

  test('versions that answer side by side have windows of their own', async () => {
    const house = await buildHouse()
    await house.log(
      drawRows(700, {
        change: (row, random) => ({ ...row, version: random.next() < 0.4 ? '2' : '1' }),
      }),
    )
    const report = await monitor(house.context('{window: 200}'))
    const rows = report.windows.map(({ version }) => version)
    assert.deepEqual([...new Set(rows)].toSorted(), ['1', '2'])
    assert.ok(report.windows.every((window) => window.rows === 200))
  })

  test('a registry that was made anew counts from 1 again: its version 1 is another model', async () => {
    const house = await buildHouse()
    const digest = 'e'.repeat(64)
    await house.log(drawRows(450, { change: (row) => ({ ...row, version: '1' }) }))
    await house.log(
      drawRows(250, { from: 450, change: (row) => ({ ...row, version: '1', digest }) }),
    )
    const report = await monitor(house.context('{window: 200}'))
    assert.deepEqual(
      report.windows.map(({ version, from }) => [version, (from - start) / 60_000]),
      [
        ['1', 0],
        ['1', 200],
        ['1', 450],
      ],
    )
    assert.deepEqual(
      report.versions.map(({ waiting }) => waiting),
      [50, 50],
    )
    assert.deepEqual((await monitor(house.context('{window: 200}'))).windows, [])
  })

  test('windows of time end with the clock, and a shadow does not hide who answers', async () => {
    const house = await buildHouse()
    await house.log(drawRows(3000, { change: (row) => ({ ...row, version: '1' }) }))
    await house.log(
      drawRows(100, {
        from: 3000,
        change: (row) => ({ ...row, id: `s${row.id}`, version: '2', arm: 'shadow' }),
      }),
    )
    const now = (): number => start + 2 * dayMs + 30_000
    const early = await monitor(house.context('{window: 1d}', { now }))
    assert.deepEqual(
      early.windows
        .filter(({ version }) => version === '1')
        .map(({ from, rows }) => [(from - start) / dayMs, rows]),
      [[0, 1440]],
    )
    assert.equal(early.versions.at(-1)?.version, '1')
    const late = await monitor(house.context('{window: 1d}'))
    assert.deepEqual(
      late.windows
        .filter(({ version }) => version === '1')
        .map(({ from, rows }) => [(from - start) / dayMs, rows]),
      [
        [1, 1440],
        [2, 120],
      ],
    )
  })

  test('a look between two moments keeps nothing', async () => {
    const house = await buildHouse()
    await house.log(drawRows(500))
    const windows = await lookBetween(house.context(), {
      since: start + 60_000,
      until: start + 201 * 60_000,
    })
    assert.deepEqual(
      windows.map(({ rows, version }) => [rows, version]),
      [[200, house.digest.slice(0, 12)]],
    )
    assert.equal((await monitor(house.context('{window: 500}'))).windows.length, 1)
  })

  test('killed while somebody is told, it tells again, and judges nothing twice', async () => {
    const house = await buildHouse()
    await house.log(drawRows(600, { change: (row) => ({ ...row, a: 9 }) }))
    const settings =
      '{window: 200, alerts: [{name: moved, when: drift(a) > 0.2, for: 2, notify: {webhook: $ALERT_URL}}]}'
    const dies = { tell: () => Promise.reject(new Error('killed')) }
    await assert.rejects(monitor(house.context(settings, dies)), /killed/)
    const again = await monitor(house.context(settings))
    assert.deepEqual([again.windows.length, again.firing], [0, ['moved']])
    assert.deepEqual(
      house.told.map(({ event, since, until }) => [event, minuteOf(since), until]),
      [['alert-firing', 399, null]],
    )
    await monitor(house.context(settings))
    assert.equal(house.told.length, 1)
    await house.log(drawRows(200, { from: 600 }))
    const quiet = await monitor(house.context(settings))
    assert.deepEqual(quiet.firing, [])
    assert.deepEqual(
      house.told.map(({ event }) => event),
      ['alert-firing', 'alert-resolved'],
    )
  })

  test('rules about inputs that the model does not take are refused, all at once', async () => {
    const house = await buildHouse(100)
    await house.log(drawRows(40))
    const settings =
      '{segments: {c: levels}, alerts: [{name: x, when: psi(aa) > 1}, {name: y, when: drift(q) > 1}]}'
    await assert.rejects(monitor(house.context(settings)), {
      code: 'CONFIG_INVALID',
      message:
        /segments: the model has no input 'c'; params\.yaml:\d+: the model has no input 'aa'; params\.yaml:\d+: .*'q'/,
      hint: /did you mean 'a'\?/,
    })
  })

  test('a version that has not yet, or no longer, an input of rules and segments is judged without it', async () => {
    const house = await buildHouse()
    const digest = await writeModelOfOne(join(house.folder, 'models/one'))
    const settings =
      '{window: 200, segments: {a: 2, b: [1, 2]}, alerts: [{name: x, when: psi(b) > 0.2}]}'
    const ofOne = (row: LoggedRow): LoggedRow => ({ ...row, digest })
    await house.log(drawRows(200, { change: ofOne }))
    await house.log(drawRows(200, { from: 200 }))
    const { windows, warnings } = await monitor(house.context(settings))
    assert.deepEqual(
      windows.map(({ columns, segments }) => [columns.length, segments.length]),
      [
        [1, 2],
        [2, 5],
      ],
    )
    assert.deepEqual(warnings, [])
    await house.log(drawRows(200, { from: 400, change: ofOne }))
    const [warning, ...others] = (await monitor(house.context(settings))).warnings
    assert.match(
      warning!,
      /^params\.yaml:\d+: no window of the version that answered last has an input 'b'$/,
    )
    assert.deepEqual(others, [])
  })

  test('silence is told, also of a log that never had a row', async () => {
    const house = await buildHouse(100)
    const settings = '{alerts: [{name: silence, no_predictions_for: 1h, notify: {command: x}}]}'
    const at = (hours: number) => house.context(settings, { now: () => start + hours * 3_600_000 })
    assert.deepEqual((await monitor(at(0))).firing, [])
    assert.deepEqual((await monitor(at(2))).firing, ['silence'])
    await house.log(drawRows(10))
    assert.deepEqual((await monitor(at(1))).firing, [])
    assert.deepEqual((await monitor(at(3))).firing, ['silence'])
    assert.deepEqual(
      house.told.map((event: AlertEvent) => event.event),
      ['alert-firing', 'alert-resolved', 'alert-firing'],
    )
  })

  test('rows of a server whose clock was ahead hide neither silence nor rows that come after them, and are said to be there', async () => {
    const house = await buildHouse(100)
    const settings =
      '{window: 50, min_rows: 30, alerts: [{name: silence, no_predictions_for: 1h, notify: {command: x}}]}'
    const at = (hours: number) =>
      monitor(house.context(settings, { now: () => start + hours * 3_600_000 }))
    const later = { change: (row: LoggedRow) => ({ ...row, time: row.time + 90 * 86_400_000 }) }
    // In files of their own, and among others.
    await house.log(drawRows(60, { from: 1000, ...later }))
    await house.log([...drawRows(60), ...drawRows(30, { from: 2000, ...later })])
    const first = await at(1)
    assert.deepEqual(
      first.warnings.map((text) => text.replace(/up to \S+,/, 'up to then,')),
      [
        '90 rows of the log, up to then, are of moments that are yet to come and count only then: look at the clocks of the servers and of this machine',
      ],
    )
    assert.deepEqual([first.windows.length, first.versions[0]?.rows, first.firing], [1, 60, []])
    await house.log(drawRows(40, { from: 60 }))
    const next = await at(2)
    assert.deepEqual([next.windows.length, next.versions[0]?.rows, next.firing], [1, 100, []])
    assert.deepEqual((await at(4)).firing, ['silence'])
    const then = await at(24 * 100)
    assert.deepEqual([then.warnings, then.versions[0]?.rows, then.windows.length], [[], 190, 1])
  })

  for (const [window, mend] of [
    ['10m, settle: 1m', "make 'settle' longer"],
    ['50', "give 'window' as a time, and 'settle' longer"],
  ]) {
    test(`rows that other machines send after their window of ${window} was judged are said to be in none, once`, async () => {
      const house = await buildHouse(100)
      const look = async (minutes: number) => {
        const now = (): number => start + minutes * 60_000
        const { warnings } = await monitor(
          house.context(`{window: ${window}, min_rows: 30, alerts: []}`, { now }),
        )
        return warnings
      }
      await house.log(drawRows(100))
      assert.deepEqual(await look(200), [])
      await house.log(drawRows(7, { from: 3, change: (row) => ({ ...row, id: `late${row.id}` }) }))
      assert.deepEqual(await look(201), [
        `7 rows have come to the log after the windows of their time were judged, and are in none: in params.yaml, monitor, ${mend} than rows take to get here`,
      ])
      assert.deepEqual(await look(202), [])
    })
  }

  test('lines that were read as lines are not late when they are Parquet', async () => {
    const house = await buildHouse(100)
    const minute = 60_000
    const look = async (minutes: number) => {
      const now = (): number => start + minutes * minute
      return monitor(house.context('{window: 10m, min_rows: 30}', { now }))
    }
    const rows = Array.from({ length: 200 }, () => [1, 2])
    const model = { name: 'credit', version: null, digest: house.digest }
    {
      const root = join(house.folder, 'logs')
      await using log = openLog(root, { model: 'credit', now: () => start + minute })
      log.observe(scored('x', rows, { model, columns: ['a', 'b'] }))
      await log.flush()
      const { versions, windows, warnings } = await look(60)
      assert.deepEqual([versions[0]?.rows, windows.length, warnings], [200, 1, []])
    }
    const { versions, windows, warnings } = await look(61)
    assert.deepEqual([versions[0]?.rows, windows.length, warnings], [200, 0, []])
  })

  test('after the project has new data, a version is still compared with what it learned from', async () => {
    const house = await buildHouse()
    house.ingested('a'.repeat(64))
    await house.register('1', 'a'.repeat(64))
    const change = (row: LoggedRow): LoggedRow => ({ ...row, version: '1' })
    await house.log(drawRows(300, { change }))
    const [before] = (await monitor(house.context('{window: 300}'))).windows
    assert.equal(before?.reference, 'the training folds of data/processed/credit.parquet')
    assert.notEqual(before.prediction, undefined)
    await house.writeFeatures(() => ({ a: 9, b: 1 }))
    house.ingested('b'.repeat(64))
    await house.log(drawRows(300, { from: 300, change }))
    const [after] = (await monitor(house.context('{window: 300}'))).windows
    assert.match(after?.reference ?? '', / as they were when it learned$/)
    assert.deepEqual(after?.drifted, [])
  })

  test('a stored reference or none at all: what is compared is said', async () => {
    const house = await buildHouse()
    await house.log(
      drawRows(300, { change: (row) => ({ ...row, digest: 'f'.repeat(64), version: '7' }) }),
    )
    const [window] = (await monitor(house.context('{window: 300}'))).windows
    assert.equal(
      window?.reference,
      'the training folds of data/processed/credit.parquet; the model is not at hand, so that its scores are compared with nothing',
    )
    assert.equal(window.prediction, undefined)
    await assert.rejects(
      monitor(house.context('{window: 300}', { directory: makeScratchFolder() })),
      { code: 'FILE_MISSING', hint: /--reference/ },
    )
  })

  test('texts of a model that is not at hand are unseen only where the field lists them', async () => {
    const house = await buildHouse()
    const digest = 'f'.repeat(64)
    const texts = { any: 'oak', listed: 'oak' }
    await house.log(drawRows(300, { change: (row) => ({ ...row, digest, texts }) }))
    const context = house.context('{window: 300}')
    const inputList = [
      ...context.project.inputList,
      { name: 'any', field: { type: 'text' } },
      { name: 'listed', field: { type: 'text', levels: ['ash'] } },
    ] as const
    const { windows } = await monitor({ ...context, project: { ...context.project, inputList } })
    const shares = windows[0]!.columns.map(({ name, unseenShare }) => [name, unseenShare])
    assert.deepEqual(shares.slice(2), [
      ['any', 0],
      ['listed', 1],
    ])
  })
})

function minuteOf(time: number | null): number {
  return ((time ?? 0) - start) / 60_000
}

/** A model of the one input 'a'. @returns its digest */
async function writeModelOfOne(folder: string): Promise<string> {
  const graph = createGraphBuilder('linear', 1)
  const weights = graph.floats([0.25], [1, 1])
  const output = graph.apply('Gemm', [graph.input, weights, graph.floats([0.5], [1])])
  const inputs = { a: { type: 'number' } } as const
  const manifest = { name: 'credit', kind: 'linear', inputs, target: 'y', example: { a: 3 } }
  await writeModelFolder(folder, manifest, encodeModel(graph.finish(output)))
  return (await openPredictor(folder)).digest
}
