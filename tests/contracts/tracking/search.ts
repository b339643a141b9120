import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tracking } from '../../../src/core/tracking.ts'
import {
  createExperiment,
  newRun,
  point,
  refused,
  uniqueName,
  type TrackerUnderTest,
} from './trackers.ts'

export function describeSearch({ open, traits }: TrackerUnderTest): void {
  /** Filters over the runs of `startLetters`, and the names of those they find, newest first. */
  const filters: readonly (readonly [string, string])[] = [
    ['', 'dcba'],
    ["params.model = 'linear'", 'ba'],
    ["params.model != 'linear'", 'c'],
    ["params.model LIKE 'l%'", 'ba'],
    ["params.model ILIKE 'L%'", 'ba'],
    ['metrics.loss < 3', 'ba'],
    ["metrics.loss >= 2 AND params.model = 'linear'", 'b'],
    ['metrics.`odd/name` = 1', 'a'],
    ['metrics."odd/name" > 0', 'a'],
    ["tags.group = 'x' and metrics.loss > 0", 'ca'],
    ["tags.`with space` = 'it is'", 'b'],
    ['tags.group IS NULL', 'db'],
    ['tags.group IS NOT NULL', 'ca'],
    ["attributes.run_name = 'a'", 'a'],
    ["run_name LIKE '%c%'", 'c'],
    ["attributes.status = 'FINISHED'", 'd'],
    ['attributes.start_time >= 3', 'dc'],
    ['start_time < 2', 'a'],
    ["user_id = 'nobody'", ''],
  ]

  const wholeGrammar: readonly (readonly [string, string])[] = [
    ["run_name = 'a' OR run_name = 'c'", 'ca'],
    ["NOT (run_name = 'a')", 'dcb'],
    ["(run_name = 'a' OR run_name = 'b') AND metrics.loss > 1", 'b'],
    ["params.model IN ('linear', 'none')", 'ba'],
  ]

  test('filters find what they say, newest first', async () => {
    await using tracking = await open()
    const experimentId = await startLetters(tracking)
    const known = traits.hasWholeGrammar ? [...filters, ...wholeGrammar] : filters
    for (const [filter, expected] of known) {
      const page = await tracking.searchRuns({
        experimentIds: [experimentId],
        filter,
        maxResults: 10,
      })
      assert.equal(page.items.map(({ runName }) => runName).join(''), expected, filter)
    }
  })

  test('an order is kept, with what has no value at the end', async () => {
    await using tracking = await open()
    const experimentIds = [await startLetters(tracking)]
    const orders: readonly (readonly [string, string])[] = [
      ['metrics.loss ASC', 'abcd'],
      ['metrics.loss DESC', 'cbad'],
      ['params.model', 'cbad'],
      ['attributes.start_time ASC', 'abcd'],
      ['run_name DESC', 'dcba'],
      ['tags.group desc', 'cadb'],
    ]
    for (const [order, expected] of orders) {
      const page = await tracking.searchRuns({ experimentIds, orderBy: [order], maxResults: 10 })
      assert.equal(page.items.map(({ runName }) => runName).join(''), expected, order)
    }
  })

  test('pages follow each other and end', async () => {
    await using tracking = await open()
    const experimentIds = [await startLetters(tracking)]
    const pages: string[] = []
    let pageToken: string | undefined
    do {
      const page = await tracking.searchRuns({
        experimentIds,
        orderBy: ['metrics.loss DESC'],
        maxResults: 2,
        pageToken,
      })
      pages.push(page.items.map(({ runName }) => runName).join(''))
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
    assert.deepEqual(pages, ['cb', 'ad'])
    await assert.rejects(
      () => tracking.searchRuns({ experimentIds, maxResults: 2, pageToken: 'no token!' }),
      refused,
    )
  })

  test('a run of a search is the run itself', async () => {
    await using tracking = await open()
    const experimentIds = [await startLetters(tracking)]
    const { items } = await tracking.searchRuns({ experimentIds, maxResults: 10 })
    for (const run of items) assert.deepEqual(run, await tracking.getRun(run.runId))
  })

  test('deleted runs are found by those who look for them', async () => {
    await using tracking = await open()
    const experimentIds = [await startLetters(tracking)]
    const names = async (viewType?: 'DELETED_ONLY' | 'ALL'): Promise<string> => {
      const search = { experimentIds, maxResults: 10, ...(viewType && { viewType }) }
      const { items } = await tracking.searchRuns(search)
      return items.map(({ runName }) => runName).join('')
    }
    const { items } = await tracking.searchRuns({ experimentIds, maxResults: 1 })
    await tracking.deleteRun(items[0]!.runId)
    assert.equal(await names(), 'cba')
    assert.equal(await names('DELETED_ONLY'), 'd')
    assert.equal(await names('ALL'), 'dcba')
  })

  test('nothing is found where nothing is looked', async () => {
    await using tracking = await open()
    for (const experimentIds of [[], ['987654321'], [await createExperiment(tracking)]]) {
      const page = await tracking.searchRuns({ experimentIds, maxResults: 5 })
      assert.deepEqual(page, { items: [], nextPageToken: undefined })
    }
  })

  for (const filter of [
    'metrics.loss',
    'metrics.loss <',
    "metrics.loss = 'text'",
    'params.model = linear',
    "params.model == 'linear'",
    "nothing.a = 'b'",
    "attributes.nothing = 'b'",
    "params.model = 'linear",
    'metrics.odd/name = 1',
    "'",
    '\u{1F600}',
  ]) {
    test(`the filter ${filter} is refused`, async () => {
      await using tracking = await open()
      const experimentIds = [await createExperiment(tracking)]
      await assert.rejects(
        () => tracking.searchRuns({ experimentIds, filter, maxResults: 5 }),
        refused,
      )
    })
  }

  for (const order of ['', 'nothing', 'metrics.a UP', 'datasets.name', 'run_name, status']) {
    test(`the order '${order}' is refused`, async () => {
      await using tracking = await open()
      const experimentIds = [await createExperiment(tracking)]
      await assert.rejects(
        () => tracking.searchRuns({ experimentIds, orderBy: [order], maxResults: 5 }),
        refused,
      )
    })
  }
}

/** Runs a, b, c and d, with losses 1, 2 and 3 and none. @returns the id of their experiment */
async function startLetters(tracking: Tracking): Promise<string> {
  const experimentName = uniqueName('letters')
  const start = (runName: string, startTime: number, tags = {}): Promise<string> =>
    tracking.startRun(newRun({ experimentName, runName, startTime, tags }))
  const a = await start('a', 1, { group: 'x' })
  const b = await start('b', 2, { 'with space': 'it is' })
  const c = await start('c', 3, { group: 'x' })
  const d = await start('d', 4)
  await tracking.logBatch(a, {
    params: { model: 'linear' },
    metrics: [point('loss', 1), point('odd/name', 1)],
  })
  await tracking.logBatch(b, { params: { model: 'linear' }, metrics: [point('loss', 2)] })
  await tracking.logBatch(c, { params: { model: 'boosting' }, metrics: [point('loss', 3)] })
  await tracking.endRun(d, 'FINISHED', 9)
  return (await tracking.getRun(a)).experimentId
}
