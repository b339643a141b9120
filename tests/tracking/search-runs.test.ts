/** Searches for runs over a real database. What MLflow knows too is held against it in tests/peers/mlflow-search.test.ts. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRandom } from '../../src/core/random.ts'
import type { Page, RunSearch } from '../../src/core/tracking.ts'
import { searchRuns } from '../../src/tracking/search/run-search.ts'
import { searchRunsAsJson } from '../../src/tracking/search/runs-as-json.ts'
import { formatRun } from '../../src/tracking/server/routes/messages.ts'
import type { TrackingDatabase } from '../../src/tracking/store/database/database-store.ts'
import { randomData, type RunData } from '../peers/search/random-data.ts'
import { openSearchDatabase, type SearchDatabase } from './search-database.ts'

describe('searches for runs', () => {
  const data = randomData(createRandom(11))
  let opened: SearchDatabase
  let database: TrackingDatabase

  before(async () => {
    opened = await openSearchDatabase(data)
    database = opened.database
  })
  after(() => opened[Symbol.asyncDispose]())

  const search = (options: Partial<RunSearch>): Page<string> => {
    const everything = {
      experimentIds: ['1', '2', '3'],
      viewType: 'ALL',
      maxResults: 1000,
    } as const
    const { items, nextPageToken } = searchRuns(database, { ...everything, ...options })
    return { items: items.map(({ runId }) => runId), nextPageToken }
  }
  const found = (filter: string): ReadonlySet<string> => new Set(search({ filter }).items)

  test('keys and values are never taken for SQL', () => {
    const hostile = `'") OR 1=1 --`
    assert.equal(found(`params.\`${hostile}\` IS NOT NULL`).size, 0)
    assert.equal(found(`params.model = "') OR 1=1 --"`).size, 0)
    assert.equal(found(`status IN ("') OR (1=1", "x")`).size, 0)
    assert.equal(found('metrics.`) > 0 OR 1=1 --` > 1').size, 0)
    const first = search({ orderBy: ['params.`x) DESC; DROP TABLE runs --`'] }).items
    assert.deepEqual(first, search({}).items)
  })

  test('numbers stand first in both directions, then NaN, then runs without the metric', () => {
    for (const direction of ['ASC', 'DESC']) {
      const { items } = search({ orderBy: [`metrics.loss ${direction}`] })
      const values = items.map((id) => runOf(id).metrics['loss'])
      const kinds = values.map((value) =>
        value === undefined ? 'missing' : Number.isNaN(value) ? 'NaN' : 'number',
      )
      assert.deepEqual(
        kinds.filter((kind, i) => kind !== kinds[i - 1]),
        ['number', 'NaN', 'missing'],
      )
      const numbers = values.filter((value) => value !== undefined && !Number.isNaN(value))
      const sign = direction === 'ASC' ? 1 : -1
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => (a === b ? 0 : a! < b! ? -sign : sign)),
      )
    }
  })

  test('pages follow each other without gap or repetition, in every size', () => {
    const options = { filter: 'start_time >= 0', orderBy: ['metrics.acc DESC', 'user_id'] }
    const all = search(options).items
    assert.equal(all.length, data.runs.length)
    for (const maxResults of [1, 7, data.runs.length - 1, data.runs.length, 1000]) {
      const pages: string[][] = []
      let pageToken: string | undefined
      do {
        const page = search({ ...options, maxResults, pageToken })
        pages.push([...page.items])
        pageToken = page.nextPageToken
      } while (pageToken !== undefined)
      assert.deepEqual(pages.flat(), all)
      assert.equal(pages.length, Math.ceil(all.length / maxResults))
    }
  })

  for (const pageToken of ['x', 'eyJvZmZzZXQiOiAtMX0=', Buffer.from('[]').toString('base64')]) {
    test(`the page token '${pageToken}' is refused`, () => {
      assert.throws(() => search({ pageToken }), {
        code: 'TRACKING_INVALID',
        message: /page token/,
      })
    })
  }

  test('without experiments nothing is found, and a wrong filter is still refused', () => {
    assert.deepEqual(search({ experimentIds: [] }).items, [])
    assert.deepEqual(search({ experimentIds: ['99'] }).items, [])
    assert.throws(() => search({ experimentIds: [], filter: 'x' }), { code: 'TRACKING_INVALID' })
    assert.throws(() => search({ experimentIds: ['1x'] }), { code: 'TRACKING_INVALID' })
  })

  test('an experiment that is named twice gives its runs once', () => {
    assert.deepEqual(search({ experimentIds: ['1', '1'] }), search({ experimentIds: ['1'] }))
  })

  test('patterns of many wildcards on long texts end', () => {
    const id = data.runs[0]!.id
    database.change('INSERT INTO tags (run_id, key, value) VALUES (?, ?, ?)', [
      id,
      'long',
      'a'.repeat(8000),
    ])
    for (const [pattern, fits] of [
      ['%_a'.repeat(83), true],
      [`${'%_a'.repeat(83)}b`, false],
      [`%${'a'.repeat(248)}b`, false],
    ] as const) {
      assert.deepEqual([...found(`tags.long LIKE '${pattern}'`)], fits ? [id] : [])
      assert.deepEqual([...found(`tags.long ILIKE '${pattern.toUpperCase()}'`)], fits ? [id] : [])
      assert.deepEqual([...found(`tags.long NOT LIKE '${pattern}'`)], fits ? [] : [id])
    }
  })

  test('as many clauses as are allowed are understood by the database', () => {
    const clauses = Array.from({ length: 50 }, (_, i) => `metrics.m${i} IS NULL`)
    assert.equal(found(clauses.join(' AND ')).size, data.runs.length)
    assert.equal(found(clauses.join(' OR ')).size, data.runs.length)
    const ofOneKey = Array.from({ length: 200 }, (_, i) => `metrics.loss != ${i + 0.123}`)
    assert.deepEqual(found(ofOneKey.join(' AND ')), found('metrics.loss IS NOT NULL'))
    const nested = `${'NOT ('.repeat(25)}metrics.loss > 0${')'.repeat(25)}`
    assert.equal(found(nested).size, data.runs.length - found('metrics.loss > 0').size)
    const listed = Array.from({ length: 10_000 }, (_, i) => `'${i}'`)
    assert.equal(found(`run_id NOT IN (${listed.join(', ')})`).size, data.runs.length)
    const orderBy = Array.from({ length: 50 }, (_, i) => `metrics.m${i} DESC`)
    assert.deepEqual(search({ orderBy }), search({}))
  })

  test('a page as text has the bytes of the same page from values', () => {
    fillOddRun(database)
    fillManyRuns(database, 450)
    for (const options of [
      {},
      { experimentIds: ['5'] },
      { experimentIds: ['5'], maxResults: 400, orderBy: ['metrics.i DESC'] },
      { maxResults: 3 },
      { filter: "run_id = 'none'" },
      { experimentIds: [] },
      { orderBy: ['metrics.loss DESC'], filter: 'metrics.loss IS NOT NULL' },
    ] satisfies Partial<RunSearch>[]) {
      const asked = {
        experimentIds: ['1', '2', '3'],
        maxResults: 1000,
        viewType: 'ALL',
        ...options,
      } as const
      const { items, nextPageToken } = searchRuns(database, asked)
      const message = {
        runs: items.length === 0 ? undefined : items.map(formatRun),
        next_page_token: nextPageToken,
      }
      assert.equal([...searchRunsAsJson(database, asked)].join(''), JSON.stringify(message))
    }
  })

  test('a wrong search as text is refused before its first piece', () => {
    const asked = { experimentIds: ['1'], maxResults: 10, filter: 'x' }
    assert.throws(() => searchRunsAsJson(database, asked), { code: 'TRACKING_INVALID' })
  })

  function runOf(id: string): RunData {
    return data.runs.find((run) => run.id === id)!
  }
})

/** A run with all that is hard to write as JSON. */
function fillOddRun(database: TrackingDatabase): void {
  const id = 'f'.repeat(32)
  const odd = `"\\/\b\f\n\r\t\u0001\u007F\u2028ü\u{1F600}<>&'`
  database.write(() => {
    database.change(
      `INSERT INTO runs (run_id, run_name, experiment_id, user_id, status, start_time, artifact_uri)
       VALUES (?, ?, 1, ?, 'RUNNING', 0, ?)`,
      [id, odd, odd, odd],
    )
    const values = [
      -0,
      5e-324,
      1.7976931348623157e308,
      Infinity,
      -Infinity,
      0.1 + 0.2,
      1e21,
      123456789,
    ]
    for (const [i, value] of values.entries()) {
      database.change(
        'INSERT INTO latest_metrics (run_id, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, 0)',
        [id, `${odd}${i}`, 2 ** 53 - 1, -(2 ** 53) + 1, value],
      )
    }
    database.change('INSERT INTO params (run_id, key, value) VALUES (?, ?, ?)', [id, odd, odd])
    database.change('INSERT INTO tags (run_id, key, value) VALUES (?, ?, ?)', [
      id,
      '__proto__',
      odd,
    ])
    database.change(
      `INSERT INTO datasets (dataset_id, experiment_id, name, digest, source_type, source, schema, profile)
       VALUES (900, 1, ?, 'd', 'local', ?, ?, NULL)`,
      [odd, odd, odd],
    )
    database.change('INSERT INTO run_datasets (run_id, dataset_id, tags) VALUES (?, 900, ?)', [
      id,
      '{}',
    ])
    for (const direction of ['input', 'output']) {
      database.change(
        'INSERT INTO run_models (run_id, direction, model_id, step) VALUES (?, ?, ?, 3)',
        [id, direction, 'm-1'],
      )
    }
  })
}

/** More than are read at once, in experiment 5. */
function fillManyRuns(database: TrackingDatabase, count: number): void {
  database.write(() => {
    for (let i = 0; i < count; i++) {
      const id = String(i).padStart(32, '0')
      database.change(
        `INSERT INTO runs (run_id, run_name, experiment_id, status, start_time, end_time, artifact_uri)
         VALUES (?, 'r', 5, 'FINISHED', ?, ?, '')`,
        [id, i % 7, i],
      )
      database.change(
        `INSERT INTO latest_metrics (run_id, key, timestamp, step, value, is_nan) VALUES (?, 'i', 0, 0, ?, ?)`,
        [id, i % 10 === 0 ? 0 : i / 3, i % 10 === 0 ? 1 : 0],
      )
    }
  })
}
