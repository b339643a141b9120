import assert from 'node:assert/strict'
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import { openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import { openLogView } from '../../../src/monitoring/watch/open-log-store.ts'
import type { WaitingRows } from '../../../src/monitoring/watch/waiting-rows-store.ts'
import { renderTraining } from '../../../src/monitoring/watch/training-text.ts'
import { monitor, type MonitorContext } from '../../../src/project/monitor/monitor.ts'
import { countNewRows } from '../../../src/project/monitor/monitor-retrain-file.ts'
import type { Training } from '../../../src/project/monitor/monitor-retrain.ts'
import type { PipelineEnd } from '../../../src/project/monitor/monitor-verdict-file.ts'
import { countWaitingRows } from '../../../src/project/monitor/monitor-waiting-file.ts'
import { parseParameters } from '../../../src/project/parameters/parameters.ts'
import { buildHouse, drawRows, start, type House } from './monitor-house.ts'

const settings = (more = ''): string =>
  `{window: 300, on_drift: retrain, retrain_min_rows: 200, min_labels: 100000${more}}`

/** Rows of category 1 or 2 that have moved to the upper end, as they would be after the world has changed. */
const moved = drawRows(300, { change: (row) => ({ ...row, a: 8 + (row.a ?? 0) / 5 }) })
const labels = moved.map(({ id, b }) => ({ id, label: Number(b === 1) }))

describe('on_drift: retrain', () => {
  test('waits for labels, then adds the labelled rows, pins them and runs once', async () => {
    const house = await buildHouse(500)
    let runs = 0
    const more = { runPipeline: async () => (runs++, ingestAs(house)) }
    await house.log(moved)
    await house.label(labels.slice(0, 100))
    const early = await monitor(house.context(settings(), more))
    assert.deepEqual(early.training, {
      state: 'waits',
      alerts: ['drift'],
      newRows: 100,
      leastRows: 200,
    })
    assert.equal(existsSync(join(house.folder, 'data/incoming')), false)
    await house.label(labels.slice(100))
    const incoming = join(house.folder, 'data/incoming')
    // As a killed look leaves them, and one that is still at work.
    const left = ['', '.merged'].map((part) => `.credit.parquet${part}.${2 ** 22 + 1}.tmp`)
    const used = `.credit.parquet.merged.${process.ppid}.tmp`
    mkdirSync(incoming)
    for (const name of [...left, used]) writeFileSync(join(incoming, name), 'half')
    const late = await monitor(house.context(settings(), more))
    assert.deepEqual(readdirSync(incoming), [used])
    assert.deepEqual(told(late.training), ['done', ['drift'], 300])
    assert.deepEqual(await summary(house), {
      rows: 800,
      ids: 800,
      first: 1,
      a: 300,
      positives: labels.filter(({ label }) => label === 1).length,
    })
    assert.equal((await monitor(house.context(settings(), more))).training, undefined)
    assert.equal(runs, 1)
  })

  test('counts what is new: files that were counted and have no new labels are not opened again', async () => {
    const house = await buildHouse(500)
    const late = drawRows(400, { from: 300, change: (row) => ({ ...row, a: 9 }) })
    await house.log(moved)
    await house.label(labels.slice(0, 100))
    await house.log(late.slice(0, 300))
    const context = house.context(settings(', window: 100').replace('window: 300, ', ''))
    assert.equal((await monitor(context)).training?.newRows, 100)
    const zeros = (pattern: RegExp): void => {
      const paths = globSync(join(house.folder, 'logs/**/*.parquet'))
      const [path, ...more] = paths.filter((one) => pattern.test(one))
      assert.deepEqual(more, [])
      writeFileSync(path!, Buffer.alloc(statSync(path!).size))
    }
    zeros(/predictions.*\/0\.parquet$/)
    zeros(/feedback.*\/1\.parquet$/)
    await house.log(late.slice(300))
    await house.label(late.slice(250, 320).map(({ id }) => ({ id, label: 1 })))
    assert.equal((await monitor(context)).training?.newRows, 170)
    const { training } = await monitor(context)
    assert.deepEqual(training, {
      state: 'waits',
      alerts: ['drift'],
      newRows: 170,
      leastRows: 200,
    })
    // What may be enough is counted whole: an open file of zeros is a fault, not a training with too few rows.
    await house.label(late.slice(0, 40).map(({ id }) => ({ id, label: 1 })))
    const whole = await monitor(context)
    assert.equal(whole.training?.state, 'failed')
    assert.match(JSON.stringify(whole.training), /0\.parquet' is no whole Parquet file/)
  })

  test('counts the same whatever came since, and in whatever order', async () => {
    const house = await buildHouse(200)
    const random = createRandom(5)
    const rows = drawRows(300, { change: (row) => (Number(row.a) > 9 ? { ...row, a: 11 } : row) })
    const context = house.context(settings())
    let counted: WaitingRows | undefined
    const memory = { read: () => counted, save: (now: WaitingRows) => (counted = now) }
    const counts: number[] = []
    for (let step = 0; step < 12; step++) {
      const from = 25 * step
      await house.log(rows.slice(from, from + 25))
      const known = Math.min(rows.length, from + 50)
      const news = Array.from({ length: random.nextInteger(30) }, () => ({
        id: rows[random.nextInteger(known)]!.id,
        label: random.nextInteger(3), // 2 does not fit
        time: step,
      }))
      if (news.length > 0) await house.label(news)
      if (step === 8) await house.writeFeatures((one) => ({ a: one.next(), b: 1 }))
      if (random.next() < 0.3) continue
      using log = await openLogView(context.logFolder, { model: 'credit', now: context.now() })
      counts.push(await countWaitingRows(context, log!, memory))
      assert.equal(counts.at(-1), await countNewRows(context, log!))
    }
    assert.ok(counts.length > 5 && counts.at(-1)! > 50)
  })

  test('killed in the pipeline, it goes on, and adds no row twice', async () => {
    const house = await buildHouse(500)
    await house.log(moved)
    await house.label(labels)
    const dies: Partial<MonitorContext> = { runPipeline: () => Promise.reject(new Error('killed')) }
    await assert.rejects(monitor(house.context(settings(), dies)), /killed/)
    const pinned = pinnedHash(house)
    const diesLater: Partial<MonitorContext> = {
      runPipeline: async () => {
        await ingestAs(house)
        throw new Error('killed')
      },
    }
    await assert.rejects(monitor(house.context(settings(), diesLater)), /killed/)
    assert.equal(pinnedHash(house), pinned)
    const { training } = await monitor(house.context(settings()))
    assert.deepEqual(told(training), ['done', ['drift'], 0])
    assert.equal(
      renderTraining(training!)[0],
      'training because of drift, with the rows that an earlier one has added: done',
    )
    assert.equal(pinnedHash(house), pinned)
    assert.equal((await monitor(house.context(settings()))).training, undefined)
  })

  test('a gate that says no ends it, a run that fails is tried again, and each is kept', async () => {
    const house = await buildHouse(500)
    await house.log(moved)
    await house.label(labels)
    const codes = [1, 1, 3, 0]
    const more = {
      runPipeline: async () => ({
        exitCode: codes.shift()!,
        runId: 9 - codes.length,
        stage: 'train',
        reasons: ['no'],
      }),
    }
    const states = []
    for (let i = 0; i < 4; i++)
      states.push((await monitor(house.context(settings(), more))).training?.state)
    assert.deepEqual([states, codes], [['failed', 'failed', 'refused', undefined], [0]])
    const { trainings } = await monitor(house.context(settings(), more))
    assert.deepEqual(
      trainings.map(({ state, attempts, runId, reasons }) => [state, attempts, runId, reasons]),
      [
        ['refused', 1, 8, ['no']],
        // Twice the same is one that was tried twice.
        ['failed', 2, 7, ['no']],
      ],
    )
  })

  test('new rows that break the suite by themselves change nothing, however long the table, until somebody changes the suite', async () => {
    const house = await buildHouse(5000)
    const rows = moved.map((row, i) => (i % 3 === 0 ? { ...row, a: 1 } : row))
    await house.log(rows)
    await house.label(labels)
    const pinned = pinnedHash(house)
    // One in fifty rows of the whole table will do, and one in five of the new ones not; the rows are counted in the whole table alone.
    const expect = (type: string, kwargs: object): object => ({ type, kwargs })
    const writeSuite = (least: number): void => {
      mkdirSync(join(house.folder, 'expectations'), { recursive: true })
      const expectations = [
        expect('expect_table_row_count_to_be_between', { min_value: 5000 }),
        expect('expect_column_mean_to_be_between', { column: 'a', max_value: 2 }),
        expect('expect_column_values_to_be_between', {
          column: 'a',
          min_value: least,
          mostly: 0.8,
        }),
        expect('expect_column_values_to_be_between', { column: 'gone', min_value: 1 }),
      ]
      const path = join(house.folder, 'expectations/credit.json')
      writeFileSync(path, JSON.stringify({ name: 'credit', expectations, meta: {} }))
    }
    writeSuite(5)
    let runs = 0
    const more = { runPipeline: async () => (runs++, ingestAs(house)) }
    const { training, trainings } = await monitor(house.context(settings(), more))
    assert.deepEqual(told(training), ['refused', ['drift'], 300])
    assert.deepEqual(training, trainings[0])
    assert.equal(trainings[0]?.stage, 'new rows')
    assert.deepEqual(trainings[0].reasons, [
      "'a' must be at least 5, in at least 80 % of the rows: 100 of 300 rows (33.3 %) do not, such as 1",
    ])
    assert.deepEqual(
      [pinnedHash(house), readdirSync(join(house.folder, 'data/incoming')), runs],
      [pinned, [], 0],
    )
    assert.equal((await monitor(house.context(settings(), more))).training, undefined)
    writeSuite(0)
    const late = await monitor(house.context(settings(), more))
    assert.deepEqual([told(late.training), runs], [['done', ['drift'], 300], 1])
  })

  test('the time in which what sends rows was broken is left out of trainings, and of what waits for them', async () => {
    const house = await buildHouse(5000)
    await house.log(moved.map((row, i) => (i < 60 ? { ...row, a: 1 } : row)))
    await house.label(labels)
    const kwargs = { column: 'a', min_value: 5 }
    const expectations = [{ type: 'expect_column_values_to_be_between', kwargs }]
    mkdirSync(join(house.folder, 'expectations'), { recursive: true })
    writeFileSync(
      join(house.folder, 'expectations/credit.json'),
      JSON.stringify({ name: 'credit', expectations, meta: {} }),
    )
    const more = { runPipeline: async () => ingestAs(house) }
    const look = async (section = settings()): Promise<Training | undefined> =>
      (await monitor(house.context(section, more))).training
    assert.deepEqual(told(await look()), ['refused', ['drift'], 300])
    assert.equal(await look(), undefined)
    const until = new Date(start + 60 * 60_000).toISOString()
    const without = settings(`, retrain_without: [{ from: 2020-01-01, until: '${until}' }]`)
    const few = await look(without.replace('retrain_min_rows: 200', 'retrain_min_rows: 241'))
    assert.deepEqual(few, { state: 'waits', alerts: ['drift'], newRows: 240, leastRows: 241 })
    assert.deepEqual(told(await look(without)), ['done', ['drift'], 240])
  })

  test('a training that was killed is told as such, goes on, and the cool-down after it holds', async () => {
    const house = await buildHouse(500)
    await house.log(moved)
    await house.label(labels)
    let now = house.context().now()
    const clock = { now: () => now }
    const dies = { ...clock, runPipeline: () => Promise.reject(new Error('killed')) }
    await assert.rejects(monitor(house.context(settings(), dies)), /killed/)
    const works = { ...clock, runPipeline: async () => ingestAs(house) }
    const { trainings } = await monitor(house.context(settings(), works))
    assert.deepEqual(
      trainings.map(({ state, endTime }) => [state, endTime]),
      [
        ['done', now],
        ['killed', undefined],
      ],
    )
    // Another version answers, and its windows have moved too: another episode.
    await house.register('1', 'x')
    const next = moved.map((row, i) =>
      Object.assign({}, row, { id: `n${i}`, time: row.time + 1e9, version: '1' }),
    )
    await house.log(next)
    await house.label(next.map(({ id }) => ({ id, label: 1 })))
    const early = await monitor(house.context(settings(), works))
    assert.deepEqual(early.training, {
      state: 'waits',
      alerts: ['drift'],
      reason: `the cool-down after the last training lasts until ${new Date(now + 3_600_000).toISOString().slice(0, 19)}Z`,
    })
    now += 3_600_000
    const late = await monitor(house.context(settings(), works))
    assert.deepEqual(told(late.training), ['done', ['drift'], 300])
  })

  test('alerts about quality or silence train nothing, and rows that do not fit or are of a shadow are no data', async () => {
    const house = await buildHouse(500)
    const odd = moved.map((row, i) =>
      Object.assign(
        {},
        row,
        i < 100 ? { a: null } : {},
        i >= 100 && i < 150 ? { arm: 'shadow' } : {},
      ),
    )
    await house.log(odd)
    await house.label(labels)
    const quality = settings(
      ', alerts: [{name: q, when: missing_share(a) > 0.1}, {name: s, no_predictions_for: 1h}]',
    )
    const first = await monitor(house.context(quality))
    assert.deepEqual([first.firing, first.training], [['q', 's'], undefined])
    const drift = await monitor(
      house.context(`{window: 300, on_drift: retrain, retrain_min_rows: 100}`),
    )
    assert.equal(drift.training?.newRows, 150)
  })

  test('texts, days and moments of the log become those of the project', async () => {
    const house = await buildHouse(500)
    const raw = join(house.folder, 'data/raw/credit.parquet')
    using database = await openDatabase()
    const query = `SELECT *, 'Ulm' AS town, DATE '2025-01-01' AS since, TIMESTAMP '2025-01-01' AS "at" FROM read_parquet(${quoteText(raw)})`
    await database.writeParquet(query, `${raw}.new`)
    renameSync(`${raw}.new`, raw)
    const texts = [
      { town: 'Köln', since: '2025-03-31', at: '2025-03-31 19:30:00+05:30' },
      { town: null, since: null, at: null },
    ]
    await house.log(moved.map((row, i) => ({ ...row, texts: texts[i % 2]! })))
    await house.label(labels)
    const context = house.context(settings(), { runPipeline: async () => ingestAs(house) })
    const fields = {
      ...context.project.schema.fields,
      town: { type: 'text', nullable: true },
      since: { type: 'date', nullable: true },
      at: { type: 'datetime', nullable: true },
    } as const
    const project = { ...context.project, schema: { fields } }
    const { training } = await monitor({ ...context, project })
    assert.equal(training?.newRows, 300)
    const rows = await database.query(
      `SELECT town, CAST(since AS VARCHAR) AS since, CAST("at" AS VARCHAR) AS "at", count(*)::INTEGER AS n FROM read_parquet(${quoteText(raw)}) WHERE id > 1e15 GROUP BY ALL ORDER BY town NULLS LAST`,
    )
    assert.deepEqual(
      rows,
      texts.map((text) => ({ ...text, at: text.at && '2025-03-31 14:00:00', n: 150 })),
    )
  })

  test('the label of a class that is a text is its place among the classes', async () => {
    const house = await buildHouse(500)
    await house.log(moved)
    await house.label([{ id: moved[0]!.id, label: 7 }, ...labels.slice(1)])
    const context = house.context(settings().replace('200', '500'))
    const classes = ['no', 'yes'] as const
    const fields = {
      ...context.project.schema.fields,
      y: { type: 'text', levels: classes },
    } as const
    const output = { kind: 'classes', classes } as const
    const project = { ...context.project, output, schema: { fields } }
    const { training } = await monitor({ ...context, project })
    assert.deepEqual(training, {
      state: 'waits',
      alerts: ['drift'],
      newRows: 299,
      leastRows: 500,
    })
  })

  test('the label of one of two codes is 1 where it is the positive one', async () => {
    const house = await buildHouse(500)
    await house.log(moved)
    await house.label(labels)
    const more = { runPipeline: async () => ingestAs(house) }
    const context = house.context(settings(), more)
    const fields = {
      ...context.project.schema.fields,
      y: { type: 'category', levels: [1, 0] },
    } as const
    const output = { kind: 'probability', classes: [1, 0] } as const
    const project = { ...context.project, output, schema: { fields } }
    const { training } = await monitor({ ...context, project })
    assert.equal(training?.state, 'done')
    const zeros = labels.filter(({ label }) => label === 0).length
    assert.equal((await summary(house))['positives'], zeros)
  })

  test('a project that cannot take rows of the log says every reason, and the look still counts', async () => {
    const house = await buildHouse(500)
    await house.log(moved)
    const context = house.context(settings())
    const { schema } = context.project
    const fields = {
      ...schema.fields,
      id: { type: 'integer', max: 1e9 },
      name: { type: 'text' },
    } as const
    const project = { ...context.project, sources: [], schema: { fields } }
    const report = await monitor({ ...context, project })
    assert.equal(report.training?.state, 'failed')
    assert.match(
      ('reason' in report.training && report.training.reason) || '',
      /the first of its sources is not data\/incoming\/credit\.parquet; its key ends at 1000000000, .*; the log has no 'name'/,
    )
    assert.deepEqual(report.firing, ['drift'])
  })
})

/** What `mlpt run` does first: the new file becomes the project's data. */
async function ingestAs({ folder }: House): Promise<PipelineEnd> {
  renameSync(join(folder, 'data/incoming/credit.parquet'), join(folder, 'data/raw/credit.parquet'))
  return { exitCode: 0, reasons: [] }
}

function told(training: Training | undefined): unknown {
  return training && [training.state, training.alerts, training.newRows]
}

function pinnedHash({ folder }: House): string {
  return parseParameters(readFileSync(join(folder, 'params.yaml'), 'utf8'), 'p').ingest.sha256
}

async function summary({ folder }: House): Promise<Record<string, unknown>> {
  using database = await openDatabase()
  const raw = quoteText(join(folder, 'data/raw/credit.parquet'))
  const [row = {}] = await database.query(
    `SELECT count(*) AS rows, count(DISTINCT id) AS ids, min(id) AS first, count(*) FILTER (id > 1e15) AS a,
       CAST(sum(y) FILTER (id > 1e15) AS INTEGER) AS positives FROM read_parquet(${raw})`,
  )
  return row
}
