/** The page of models in use, in a real browser over a real server and what monitoring really keeps. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { heatOf, orderByDrift } from '../../src/dashboard/charts/drift-heat.ts'
import { seriesOf } from '../../src/dashboard/charts/monitored-charts.ts'
import { movedIn } from '../../src/dashboard/monitored-windows.ts'
import {
  createMonitoringReader,
  openMonitoringStore,
  type MonitoringStore,
} from '../../src/monitoring/watch/monitoring-store.ts'
import type { TrainingEnd } from '../../src/monitoring/watch/trainings-store.ts'
import { windowOf } from '../monitoring/watch/window-of.ts'
import { openPage, saveScreenshot } from './open-page.ts'
import { openChromium, skipWithoutChromium } from '../open-chromium.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { ask, openServedStore, type ServedStore } from '../tracking/serve-store.ts'

const hostile = '<img src=x onerror="window.wasHacked=true">'

describe('the page of monitoring', { skip: skipWithoutChromium }, () => {
  let browser: Browser
  let served: ServedStore

  before(async () => {
    const folder = makeScratchFolder()
    fillMonitoring(folder)
    served = await openServedStore({ monitoring: createMonitoringReader(folder) })
    browser = await openChromium()
  })
  after(async () => {
    await browser?.close()
    await served?.[Symbol.asyncDispose]()
  })

  for (const { width, colorScheme } of [
    { width: 1280, colorScheme: 'light' },
    { width: 390, colorScheme: 'dark' },
  ] as const) {
    test(`shows alerts, lines, heat and windows at ${width} px, ${colorScheme}, without complaints and without scrolling sideways`, async () => {
      await using view = await openPage(browser, { width, colorScheme })
      const { page } = view
      await page.goto(`${served.address}/#/monitoring/credit`)
      await page.getByText('Drifted inputs').waitFor()
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
      assert.match(
        await page.getByRole('region', { name: 'Alerts' }).locator('tbody').innerText(),
        /moved\s+✗ firing\s+critical\s+drift_share > 0\.3\s+0\.5/,
      )
      const trainings = page.getByRole('list', { name: 'Trainings' })
      const texts = await trainings.locator('> li').allInnerTexts()
      assert.deepEqual(
        texts.map((text) =>
          text.replaceAll(/\s+/g, ' ').replaceAll(/ \w+ \d+, \d{4}, [\d:]+ [AP]M/g, ''),
        ),
        [
          '… running because of moved 40 new rows',
          '✗ killed because of moved 40 new rows',
          "✗ refused by the suite because of moved, auc 2000 new rows 'AGE' must be at least 18 <b>… b c d e 2 more What now: mend it.",
          '✗ refused at promote because of moved 2000 new rows pipeline run 8 below the gate It is version 5. Version 4 stayed the champion. 1 of 2 gates passed Gate Found Limit min_roc_auc 0.6000 0.7000 ✗ not passed max_latency_us – 100 ✓ passed What now: see it.',
          '✓ promoted because of moved 2000 new rows pipeline run 7 better by 0.01 It is version 4. Version 4 became the champion in place of version 3. 1 of 1 gates passed',
        ],
      )
      assert.equal(
        await trainings.getByRole('link', { name: 'pipeline run 8' }).getAttribute('href'),
        '#/pipeline/8',
      )
      await page.getByText('1 earlier').click()
      await page.getByText('✗ failed at train').waitFor()
      await page.getByText('3 times in a row').waitFor()
      await page.getByText('40 of 500 labelled rows are there').waitFor()
      await page.getByText('Last answer: version 4').waitFor()
      const newest = await page
        .getByRole('region', { name: 'Windows' })
        .locator('tbody tr')
        .first()
        .innerText()
      assert.match(newest, /✗ drift\s+AGE, SEX\s+in 1 segment.*no labels yet/s)
      // In sight, and not where a table would have to be scrolled to.
      const unlabelled = await page.getByText('no labels yet').first().boundingBox()
      assert.ok(unlabelled !== null && unlabelled.x + unlabelled.width <= width)
      const cells = page
        .getByRole('region', { name: 'Drift of the inputs' })
        .getByRole('row', { name: /^AGE/ })
        .getByRole('cell')
      assert.equal(await cells.count(), 12)
      assert.equal(await cells.last().getAttribute('title'), 'values moved')
      assert.ok((await page.locator('figure.chart').count()) >= 2)
      const windows = page.getByRole('region', { name: 'Windows' }).locator('tbody tr')
      assert.equal(await windows.count(), 10)
      const last = windows.last()
      await last.getByText('in 2 segments').click()
      assert.match(
        (await last.innerText()).replaceAll(/\s+/g, ' '),
        /in 2 segments SEX=1 roc_auc 0\.7000 0\.6100 to 0\.7900 400 labels SEX=2 too few labels \(20\)/,
      )
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
      await saveScreenshot(page, `Monitoring ${width}`)
      await page.getByText('10 of 12 windows').waitFor()
      await page.getByRole('button', { name: 'Show 2 older' }).click()
      await windows.nth(11).waitFor()
      assert.deepEqual([await windows.count(), await page.getByText('older').count()], [12, 0])
      assert.deepEqual(view.complaints, [])
    })
  }

  test('goes back to older windows, and forth again', async () => {
    const folder = makeScratchFolder()
    fillLong(folder, 40)
    await using long = await openServedStore({ monitoring: createMonitoringReader(folder) })
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${long.address}/#/monitoring/long`)
    const period = page.getByRole('navigation', { name: 'Period' })
    await period.getByText('60 windows').waitFor()
    assert.equal(await period.getByRole('button', { name: 'Newer windows' }).count(), 0)
    await period.getByRole('button', { name: 'Older windows' }).click()
    await period.getByText('20 windows').waitFor()
    assert.equal(await period.getByRole('button', { name: 'Older windows' }).count(), 0)
    await page.getByText('10 of 20 windows').waitFor()
    await period.getByRole('button', { name: 'Newer windows' }).click()
    await period.getByText('60 windows').waitFor()
    assert.deepEqual(view.complaints, [])
  })

  test('lets choose among models, shows names that are code as text, and says what does not exist', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/`)
    await page.getByRole('link', { name: 'Monitoring', exact: true }).click()
    await page.getByRole('link', { name: hostile, exact: true }).click()
    await page.getByText('No window is complete yet.').waitFor()
    assert.equal(await page.locator('img').count(), 0)
    assert.equal(await page.evaluate('window.wasHacked'), undefined)
    await page.goto(`${served.address}/#/monitoring/nobody`)
    await page.getByRole('alert').getByText("Nobody watches a model 'nobody'").waitFor()
  })

  test('says that there is nothing yet', async () => {
    await using empty = await openServedStore({
      monitoring: createMonitoringReader(makeScratchFolder()),
    })
    await using view = await openPage(browser)
    await view.page.goto(`${empty.address}/#/monitoring`)
    await view.page.getByText('Nothing yet.').waitFor()
    assert.deepEqual(view.complaints, [])
  })
})

describe('the route of monitoring', () => {
  test('tells all windows page by page, each once, also where two begin with the same row', async () => {
    const folder = makeScratchFolder()
    fillLong(folder, 70)
    await using served = await openServedStore({ monitoring: createMonitoringReader(folder) })
    const pages: string[][] = []
    for (let known: string | undefined = ''; known !== undefined;) {
      const query = known === '' ? '' : `?${new URLSearchParams({ before: known })}`
      const { json } = await ask(served.address, `/api/monitoring/models/long${query}`)
      const keys: string[] = json.windows.map(({ key }: { key: string }) => key)
      pages.unshift(keys)
      known = json.hasOlder === true ? keys[0] : undefined
    }
    assert.deepEqual(
      pages.map(({ length }) => length),
      [20, 60, 60],
    )
    assert.deepEqual(
      pages.flat(),
      Array.from({ length: 140 }, (_, at) => `${at % 2 === 0 ? 'a' : 'b'}${at >> 1}`),
    )
    const page = async (query: string) =>
      ask(served.address, `/api/monitoring/models/long?${query}`)
    const { json } = await page('before=gone')
    assert.deepEqual([json.windows, json.hasOlder], [[], false])
    assert.equal((await page('before=a1&before=b1')).status, 400)
    assert.deepEqual(served.failures, [])
  })

  test('tells the models and what is known of each, and is read only', async () => {
    const folder = makeScratchFolder()
    fillMonitoring(folder)
    await using served = await openServedStore({ monitoring: createMonitoringReader(folder) })
    assert.deepEqual((await ask(served.address, '/api/monitoring/models')).json.models, [
      hostile,
      'credit',
    ])
    const { json } = await ask(served.address, '/api/monitoring/models/credit')
    assert.deepEqual(
      [json.model, json.windows.length, json.alerts[0].isFiring],
      ['credit', 12, true],
    )
    assert.equal((await ask(served.address, '/api/monitoring/models/x')).status, 404)
    assert.equal(
      (await ask(served.address, '/api/monitoring/models', { method: 'POST' })).status,
      404,
    )
    const foreign = { headers: { host: 'evil.example.org' } }
    assert.equal((await ask(served.address, '/api/monitoring/models', foreign)).status, 403)
    assert.deepEqual(served.failures, [])
  })

  test('is empty where nobody watches', async () => {
    await using served = await openServedStore()
    assert.deepEqual((await ask(served.address, '/api/monitoring/models')).json, { models: [] })
    assert.equal((await ask(served.address, '/api/monitoring/models/x')).status, 404)
  })
})

test('heat rises with the distance, and only drift is hotter than what matters', () => {
  const column = windowOf(0).columns[0]!
  const heats = [0, 0.05, 0.1, 0.3].map((distance) => heatOf({ ...column, distance }))
  assert.deepEqual(heats, [0, 2, 2, 2])
  assert.deepEqual(
    [0, 0.1, 0.16, 0.3].map((distance) => heatOf({ ...column, distance, isDrifted: true })),
    [3, 3, 4, 5],
  )
})

test('of several classes the predicted one and the probabilities that moved are named', () => {
  const column = windowOf(0, { driftShare: 1 }).columns[0]!
  const probabilities = [
    { ...column, name: 'late' },
    { ...column, name: 'paid', isDrifted: false },
  ]
  const window = windowOf(0, { prediction: { ...column, name: 'prediction' }, probabilities })
  assert.deepEqual(movedIn(window), ['the prediction', 'the probability of late'])
})

test('each version has its line, and inputs that drift most often come first', () => {
  const windows = [
    windowOf(0),
    windowOf(1, { version: '2', driftShare: 1 }),
    windowOf(2, { driftShare: 0.5 }),
  ]
  assert.deepEqual(
    seriesOf(windows, ({ driftShare }) => driftShare).map(({ label, points }) => [label, points]),
    [
      [
        'version 1',
        [
          [1, 0],
          [3, 0.5],
        ],
      ],
      ['version 2', [[2, 1]]],
    ],
  )
  const two = windows.map((window) => ({
    ...window,
    columns: [{ ...window.columns[0]!, name: 'z', isDrifted: false }, ...window.columns],
  }))
  assert.deepEqual(orderByDrift(two), ['a', 'z'])
})

/** One of each kind; those at the end run in this process, of which only the last can be true. */
function fillTrainings(store: MonitoringStore): void {
  const model = 'credit'
  const gate = { gate: 'min_roc_auc', passed: true, value: 0.75, limit: 0.7 }
  const verdict = { kind: 'boosting', championBefore: '3', champion: '4', version: '4' } as const
  const ends: readonly (Omit<TrainingEnd, 'newRows'> & { readonly alerts?: readonly string[] })[] =
    [
      ...Array.from({ length: 3 }, () => ({
        state: 'failed' as const,
        stage: 'train',
        runId: 6,
        reasons: ['no memory'],
      })),
      {
        state: 'done',
        runId: 7,
        reasons: [],
        verdict: { ...verdict, decision: 'promoted', reason: 'better by 0.01', gates: [gate] },
      },
      {
        state: 'refused',
        runId: 8,
        stage: 'promote',
        reasons: ['PROMOTION_REFUSED: below the gate'],
        verdict: {
          ...verdict,
          decision: 'refused',
          reason: 'below the gate',
          championBefore: '4',
          version: '5',
          gates: [
            { ...gate, passed: false, value: 0.6 },
            { ...gate, gate: 'max_latency_us', value: null, limit: 100 },
          ],
        },
        next: 'see it',
      },
      {
        state: 'refused',
        alerts: ['moved', 'auc'],
        stage: 'new rows',
        reasons: ["'AGE' must be at least 18 <b>…", 'b', 'c', 'd', 'e', 'f', 'g'],
        next: 'mend it',
      },
    ]
  const start = { startTime: Date.UTC(2026, 0, 12), newRows: 2000 }
  for (const { alerts = ['moved'], ...end } of ends) {
    const id = store.beginTraining(model, { ...start, alerts })
    store.endTraining({ model, id }, { ...end, newRows: 2000, endTime: start.startTime + 9000 })
  }
  for (let i = 0; i < 2; i++)
    store.beginTraining(model, { ...start, newRows: 40, alerts: ['moved'] })
  store.saveLook(model, {
    time: start.startTime,
    answering: { version: '4', lastRow: start.startTime },
    wish: { state: 'waits', alerts: ['moved'], newRows: 40, leastRows: 500 },
  })
}

/** Of each hour two windows of different sizes, which begin with the same row. */
function fillLong(folder: string, hours: number): void {
  using store = openMonitoringStore(folder)
  store.readBeginning('long', 0)
  for (let hour = 0; hour < hours; hour++) {
    const at = Date.UTC(2026, 0, 1) + hour * 3_600_000
    for (const size of ['a', 'b']) {
      const window = { ...windowOf(at), model: 'long', key: `${size}${hour}`, size }
      const first = { time: at, id: 'x' }
      store.saveWindow({ digest: '', window, first, last: first, labels: '' })
    }
  }
}

function fillMonitoring(folder: string): void {
  using store = openMonitoringStore(folder)
  const parts = [
    {
      name: 'SEX=1',
      state: 'measured',
      labels: 400,
      metrics: { roc_auc: { value: 0.7, lower: 0.61, upper: 0.79 } },
    },
    { name: 'SEX=2', state: 'too-few-labels', labels: 20, metrics: {} },
  ] as const
  const segment = { name: 'SEX=1', rows: 400, drifted: ['AGE'], driftShare: 0.2, columns: [] }
  const names = ['LIMIT_BAL', 'SEX', 'AGE', 'PAY_0', 'BILL_AMT1', 'PAY_AMT1']
  const begin = Date.UTC(2026, 0, 1)
  store.readBeginning('credit', begin)
  store.readBeginning(hostile, begin)
  for (let day = 0; day < 12; day++) {
    const at = begin + day * 86_400_000
    const drifted = day < 8 ? [] : day < 10 ? ['AGE'] : ['AGE', 'SEX']
    const plain = windowOf(at, day < 10 ? { auc: 0.78 - day * 0.005 } : {})
    const columns = names.map((name, i) => ({
      ...plain.columns[0]!,
      name,
      isDrifted: drifted.includes(name),
      reasons: drifted.includes(name) ? ['values moved'] : [],
      distance: drifted.includes(name)
        ? 0.12 + (day - 8) * 0.03
        : 0.01 + 0.006 * ((day * 7 + i * 5) % 9),
    }))
    store.saveWindow({
      digest: '',
      window: {
        ...plain,
        key: `${day}`,
        to: at + 86_400_000,
        rows: 1000 + day,
        size: '1d',
        version: day < 5 ? '3' : '4',
        columns,
        drifted,
        driftShare: drifted.length / names.length,
        meanScore: 0.2 + day * 0.01,
        segments: drifted.length > 0 ? [segment] : [],
        performance: { ...plain.performance, segments: day < 10 ? parts : [] },
        prediction: { ...columns[0]!, name: 'score', distance: 0.02 + day * 0.01 },
      },
      first: { time: at, id: '' },
      last: { time: at + 86_399_999, id: '\u{10ffff}' },
      labels: '',
    })
  }
  const alert = {
    severity: 'critical',
    condition: 'drift_share > 0.3',
    since: begin + 11 * 86_400_000,
  }
  fillTrainings(store)
  store.saveAlerts('credit', [
    { ...alert, name: 'moved', isFiring: true, value: 0.5 },
    {
      name: 'auc',
      severity: 'warning',
      condition: 'roc_auc < 0.7 for 2 windows',
      isFiring: false,
      value: 0.735,
    },
  ])
}
