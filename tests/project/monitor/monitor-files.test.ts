/** Which files of a log a look opens, and that it does not matter how often somebody looks. */

import assert from 'node:assert/strict'
import { globSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../../src/core/random.ts'
import {
  monitoringPath,
  createMonitoringReader,
  openMonitoringStore,
} from '../../../src/monitoring/watch/monitoring-store.ts'
import { openPredictionLogWriter } from '../../../src/monitoring/prediction-log/prediction-log-store.ts'
import { monitor } from '../../../src/project/monitor/monitor.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { scored } from '../../monitoring/prediction-log/scored.ts'
import { buildHouse, drawRows, start, type House, type LoggedRow } from './monitor-house.ts'

const settings = '{window: 100, min_rows: 30, min_labels: 30, replicates: 100}'

describe('the files of a log', () => {
  test('are not opened again once their windows are judged and their labels are known', async () => {
    const house = await buildHouse(500)
    for (let file = 0; file < 5; file++) {
      const rows = drawRows(100, { from: 100 * file, seed: file, change: scoreRow })
      await house.log(rows)
      await house.label(labelsOf(rows))
    }
    const first = await look(house)
    assert.equal(first.windows.length, 5)
    // The last window begins where row 400 is: whatever came before is not needed any more.
    destroy(house, /predictions.*\/[0246]\.parquet$|feedback.*\/[13579]\.parquet$/, 9)
    assert.deepEqual((await look(house)).windows, [])
    const rows = drawRows(150, { from: 500, seed: 9, change: scoreRow })
    await house.log(rows)
    const next = await look(house)
    assert.deepEqual(
      next.windows.map(({ performance }) => performance.labels),
      [0],
    )
    assert.deepEqual([next.versions[0]?.rows, next.versions[0]?.waiting], [650, 50])
    await house.label(labelsOf(rows.slice(0, 40)))
    const last = await look(house)
    assert.deepEqual(
      last.windows.map(({ performance }) => performance.labels),
      [40],
    )
  })

  test('are opened when labels of their rows come, or come another time', async () => {
    const house = await buildHouse(500)
    const rows = drawRows(300, { change: scoreRow })
    for (const from of [0, 100, 200]) await house.log(rows.slice(from, from + 100))
    await look(house)
    const labels = labelsOf(rows.slice(100, 200))
    await house.label(labels)
    const [measured, ...none] = (await look(house)).windows
    assert.deepEqual(
      [measured?.performance.labels, measured?.from, none],
      [100, rows[100]!.time, []],
    )
    await house.label(labels) // a repeat changes nothing
    assert.deepEqual((await look(house)).windows, [])
    const [id] = labels.map((label) => label.id)
    await house.label([{ id: id!, label: 1 - labels[0]!.label, time: 2 }])
    const [corrected] = (await look(house)).windows
    assert.equal(Math.abs(corrected!.performance.positives! - measured!.performance.positives!), 1)
  })

  test('count while they are written: a spool of labels that has grown is looked at again', async () => {
    const house = await buildHouse(500)
    await using log = openPredictionLogWriter({
      root: join(house.folder, 'logs'),
      model: 'credit',
      now: () => start,
    })
    const cells = drawRows(100).map(({ a, b }) => [a!, b!])
    const scores = Float32Array.from(cells, ([a = 0]) => a / 10)
    const model = { name: 'credit', version: '1', digest: house.digest }
    log.observe(scored('r', cells, { columns: ['a', 'b'], scores, model }))
    await log.flush()
    const counts: number[] = []
    for (const known of [0, 40, 40, 90]) {
      const ids = Array.from({ length: known }, (_, i) => ({ id: `r.${i}`, label: i % 2 }))
      await log.addFeedback(ids.slice(counts.at(-1) ?? 0))
      const [window] = (await look(house)).windows
      counts.push(window?.performance.labels ?? counts.at(-1)!)
      assert.equal(window === undefined, counts.at(-2) === known)
    }
    assert.deepEqual(counts, [0, 40, 40, 90])
  })

  test('what is kept of them may be lost, or be of a look that was killed', async () => {
    const house = await buildHouse(500)
    const rows = drawRows(250, { change: scoreRow })
    await house.log(rows)
    await house.label(labelsOf(rows))
    await look(house)
    changeStore(house, 'DELETE FROM labels_seen; DELETE FROM log_files')
    const again = await look(house)
    assert.deepEqual([again.windows, again.versions[0]?.waiting], [[], 50])
  })

  test('a store of before they were kept goes on', async () => {
    const house = await buildHouse(500)
    const rows = drawRows(250, { change: scoreRow })
    await house.log(rows)
    await look(house)
    const withoutTrainings = 'DROP TABLE trainings; ALTER TABLE models DROP COLUMN last_look;'
    changeStore(
      house,
      `${withoutTrainings} DROP TABLE labels_seen; DROP TABLE log_files; DROP TABLE waiting_rows; PRAGMA user_version = 1`,
    )
    const reader = createMonitoringReader(join(house.folder, '.mlpt'))
    const seen = await reader.readModel('credit', { limit: 9 })
    assert.deepEqual([seen?.trainings, seen?.lastLook, seen?.windows.length], [[], undefined, 2])
    await house.label(labelsOf(rows))
    assert.deepEqual(
      (await look(house)).windows.map(({ performance }) => performance.labels),
      [100, 100],
    )
    changeStore(house, `${withoutTrainings} DROP TABLE waiting_rows; PRAGMA user_version = 2`)
    assert.deepEqual((await look(house)).windows, [])
    assert.equal(typeof (await reader.readModel('credit', { limit: 9 }))?.lastLook?.time, 'number')
    changeStore(house, 'PRAGMA user_version = 5')
    await assert.rejects(look(house), { code: 'FILE_READ_FAILED', message: /another version/ })
  })

  test('that were changed by nobody are described once, however they are asked for', async () => {
    const store = openMonitoringStore(makeScratchFolder())
    const file = (name: string, bytes: number) => ({ name, bytes, columns: ['id'], parts: [] })
    store.saveFiles('a', [file('x', 1), file('y', 2)])
    store.saveFiles('b', [file('x', 3)])
    store.saveFiles('a', [file('y', 4), file('z', 5)])
    assert.deepEqual(store.readFiles('a'), [file('y', 4), file('z', 5)])
    store.saveLabelMarks({ model: 'a', size: '1d' }, [file('x', 1)])
    store.saveLabelMarks({ model: 'a', size: '2d' }, [file('x', 2)])
    store.saveLabelMarks({ model: 'a', size: '1d' }, [file('y', 3)])
    assert.deepEqual([...store.readLabelMarks({ model: 'a', size: '1d' })], [['y', 3]])
    assert.deepEqual([...store.readLabelMarks({ model: 'a', size: '2d' })], [['x', 2]])
    store[Symbol.dispose]()
  })

  test('are read to the same windows, however often somebody looks', async () => {
    for (const seed of [1, 2]) {
      const random = createRandom(seed)
      const [often, once] = [await buildHouse(200), await buildHouse(200)]
      for (const step of drawSteps(random, seed)) {
        await fill(often, step)
        await fill(once, step)
        if (step.isLooked) await look(often)
      }
      await look(often)
      await look(once)
      const windows = keptWindows(often)
      assert.ok(windows.length >= 2)
      assert.deepEqual(windows, keptWindows(once))
    }
  })

  test('rows that come late between those of a judged window are in none, and move no other window', async () => {
    for (const [step, begins, late] of [
      [100, [0, 100, 200], 3],
      // The third late one is among the last fifty of the first window, which the second one has too.
      [50, [0, 51, 100, 150, 200], 2],
    ] as const) {
      const house = await buildHouse(500)
      const size = `{window: 100, step: ${step}, min_rows: 30}`
      await house.log(drawRows(100))
      const looks = [await monitor(house.context(size))]
      // Half a minute behind rows 10, 40 and 70, when the first window was judged.
      const between = [10, 40, 70].map((row) => ({
        ...drawRows(1)[0]!,
        id: `late${row}`,
        time: start + row * 60_000 + 30_000,
      }))
      await house.log([...between, ...drawRows(200, { from: 100 })])
      looks.push(await monitor(house.context(size)))
      const windows = looks.flatMap((one) => one.windows)
      const firstOf = ({ from }: { readonly from: number }): number => (from - start) / 60_000
      assert.deepEqual(windows.map(firstOf), begins)
      const [warning] = looks[1]!.warnings
      assert.match(String(warning), new RegExp(`^${late} rows have come to the log after`))
    }
  })
})

/** Rows of two versions, and labels of any that are known by now or soon, some another time. */
function drawSteps(random: Random, seed: number) {
  const rows = drawRows(320, {
    seed,
    change: (row) => ({ ...scoreRow(row), version: random.next() < 0.7 ? '1' : '2' }),
  })
  let logged = 0
  return Array.from({ length: 5 }, (_, time) => {
    const from = logged
    logged = Math.min(rows.length, from + 40 + random.nextInteger(80))
    const known = Math.min(rows.length, logged + 20)
    const labels = Array.from({ length: random.nextInteger(150) }, () => ({
      id: rows[random.nextInteger(known)]!.id,
      label: random.nextInteger(2),
      time,
    }))
    return { rows: rows.slice(from, logged), labels, isLooked: random.next() < 0.6 }
  })
}

async function fill(
  house: House,
  { rows, labels }: Pick<ReturnType<typeof drawSteps>[number], 'rows' | 'labels'>,
): Promise<void> {
  if (rows.length > 0) await house.log(rows)
  if (labels.length > 0) await house.label(labels)
}

function look(house: House) {
  return monitor(house.context(settings))
}

/** A probability: what the model of the house gives is none. */
function scoreRow(row: LoggedRow): LoggedRow {
  return { ...row, score: (row.a ?? 0) / 10 }
}

function labelsOf(rows: readonly { readonly id: string; readonly b: number | null }[]) {
  return rows.map(({ id, b }) => ({ id, label: Number(b === 1) }))
}

/** Fills files with zeros: whoever opens one of them fails. */
function destroy({ folder }: House, pattern: RegExp, count: number): void {
  const paths = globSync(join(folder, 'logs/**/*.parquet')).filter((path) => pattern.test(path))
  assert.equal(paths.length, count)
  for (const path of paths) writeFileSync(path, Buffer.alloc(statSync(path).size))
}

function changeStore({ folder }: House, sql: string): void {
  using database = new DatabaseSync(monitoringPath(join(folder, '.mlpt')))
  database.exec(sql)
}

function keptWindows({ folder }: House): readonly unknown[] {
  using database = new DatabaseSync(monitoringPath(join(folder, '.mlpt')))
  const rows = database.prepare('SELECT window, labels FROM windows ORDER BY model, key').all()
  return rows.map(({ window, labels }) => [JSON.parse(String(window)), labels])
}
