/** The pipeline's pages in a real browser, over a real server and a real history. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { createHistoryReader, openHistory } from '../../src/pipeline/automation/history-store.ts'
import { timeSpan } from '../../src/dashboard/charts/stage-timeline.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { openChromium, skipWithoutChromium } from '../open-chromium.ts'
import { openPage, saveScreenshot } from './open-page.ts'
import { openServedStore, type ServedStore } from '../tracking/serve-store.ts'

const hostile = '<img src=x onerror="window.wasHacked=true">'

describe("the pipeline's pages", { skip: skipWithoutChromium }, () => {
  let browser: Browser
  let served: ServedStore

  before(async () => {
    const folder = makeScratchFolder()
    fillHistory(folder)
    served = await openServedStore({ history: createHistoryReader(folder) })
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
    test(`show runs and stages at ${width} px, ${colorScheme}, without complaints and without scrolling sideways`, async () => {
      await using view = await openPage(browser, { width, colorScheme })
      for (const [link, heading] of [
        ['#/pipeline', 'Pipeline runs'],
        ['#/pipeline/61', 'Pipeline run 61'],
      ] as const) {
        await view.page.goto(`${served.address}/${link}`)
        await view.page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
        await view.page.getByText('Loading').first().waitFor({ state: 'detached' })
        await view.page.locator('tbody tr').first().waitFor()
        assert.ok(
          await view.page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
          link,
        )
        await saveScreenshot(view.page, `${heading} ${width}`)
      }
      assert.deepEqual(view.complaints, [])
    })
  }

  test('lead from the list to a run, whose stages are bars on one axis of time', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(served.address)
    await page.getByRole('link', { name: 'Pipeline', exact: true }).click()
    await page.getByRole('link', { name: '61', exact: true }).waitFor()
    assert.match(
      await page.locator('tbody tr').first().innerText(),
      /61\s+✗ failed.*60 s.*cron.*1 failed, 2 ran, 1 restored, 1 skipped, 7 unchanged.*4f0c1e2b/s,
    )
    await page.getByRole('link', { name: '61', exact: true }).click()
    await page.getByText('a stage failed', { exact: true }).waitFor()
    const boxes = await page
      .locator('.timeline rect')
      .evaluateAll((bars) =>
        bars.map((bar) => [bar.getAttribute('x'), bar.getAttribute('width')].map(Number)),
      )
    assert.deepEqual(boxes, [
      [0, 50],
      [50, 25],
      [50, 50],
      [99.5, 0.5],
      [99.5, 0.5],
    ])
    const failed = await page.getByRole('row', { name: /^train/ }).innerText()
    assert.match(
      failed,
      /✗ failed\s+exit code 7\s+3 attempts.*params\.yaml:lr changed.*out of memory.*logs\/train\.log/s,
    )
    assert.deepEqual(view.complaints, [])
  })

  test('page through older runs and back', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/pipeline`)
    await page.locator('tbody tr').first().waitFor()
    assert.equal(await page.locator('tbody tr').count(), 50)
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByRole('link', { name: '11', exact: true }).waitFor()
    assert.equal(await page.locator('tbody tr').count(), 11)
    assert.equal(await page.getByRole('button', { name: 'Older' }).count(), 0)
    await page.getByRole('button', { name: 'Newer' }).click()
    await page.getByRole('link', { name: '61', exact: true }).waitFor()
  })

  test('show names and reasons that are code as the text they are, and say what does not exist', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/pipeline/60`)
    await page.getByText(hostile).first().waitFor()
    assert.equal(await page.locator('img').count(), 0)
    assert.equal(await page.evaluate('window.wasHacked'), undefined)
    await page.goto(`${served.address}/#/pipeline/999`)
    await page.getByRole('alert').getByText('There is no pipeline run 999').waitFor()
    await page.goto(`${served.address}/#/pipeline/first`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  })

  test('say that there are no runs yet', async () => {
    await using empty = await openServedStore()
    await using view = await openPage(browser)
    await view.page.goto(`${empty.address}/#/pipeline`)
    await view.page.getByText('No runs yet.').waitFor()
    assert.deepEqual(view.complaints, [])
  })
})

test('the axis of time holds every stage, also of a run that has not ended', () => {
  const stage = {
    stage: 'a',
    outcome: 'ran',
    reasons: [],
    attempts: 1,
    exitCode: undefined,
    message: undefined,
    logPath: undefined,
  } as const
  const run = {
    id: 1,
    trigger: 'manual',
    outcome: 'killed',
    startTime: 10,
    endTime: undefined,
    targets: [],
    folder: '.',
    gitCommit: undefined,
    message: undefined,
    counts: {},
  } as const
  assert.deepEqual(timeSpan({ ...run, stages: [] }), { start: 10, length: 1 })
  assert.deepEqual(
    timeSpan({
      ...run,
      stages: [
        { ...stage, startTime: 5, endTime: 30 },
        { ...stage, startTime: 45, endTime: undefined },
      ],
    }),
    { start: 5, length: 40 },
  )
})

function fillHistory(folder: string): void {
  using history = openHistory(folder)
  const start = 1_764_000_000_000
  const begin = {
    trigger: 'manual',
    startTime: start,
    targets: [],
    folder: '.',
    gitCommit: undefined,
    processId: process.pid,
  } as const
  const stage = {
    outcome: 'ran',
    reasons: [],
    attempts: 1,
    exitCode: undefined,
    message: undefined,
    logPath: undefined,
  } as const
  for (let i = 0; i < 59; i++) {
    const id = history.beginRun(begin)
    history.endRun(id, {
      outcome: 'succeeded',
      endTime: start + 850,
      message: undefined,
      unchanged: 12,
    })
  }
  const odd = history.beginRun({ ...begin, targets: [hostile] })
  history.saveStages(odd, [
    {
      ...stage,
      stage: hostile,
      reasons: [hostile],
      message: hostile,
      startTime: start,
      endTime: start + 1,
    },
  ])
  history.endRun(odd, {
    outcome: 'interrupted',
    endTime: start + 2,
    message: hostile,
    unchanged: 0,
  })
  const id = history.beginRun({ ...begin, trigger: 'cron', gitCommit: '4f0c1e2b9a' })
  const save = (name: string, from: number, to: number, more: object): void =>
    history.saveStages(id, [
      {
        ...stage,
        stage: name,
        startTime: start + from * 1000,
        endTime: start + to * 1000,
        ...more,
      },
    ])
  save('prepare', 0, 30, { reasons: ['raw.csv changed'] })
  save('features', 30, 45, { reasons: ['prepare runs'] })
  save('train', 30, 60, {
    outcome: 'failed',
    exitCode: 7,
    attempts: 3,
    reasons: ['params.yaml:lr changed from 0.1 to 0.2'],
    message: 'out of memory',
    logPath: '.dvc/tmp/mlpt/logs/train.log',
  })
  save('plots', 60, 60, { outcome: 'restored', reasons: ['plots/roc.csv is missing'] })
  save('evaluate', 60, 60, { outcome: 'skipped', message: 'train failed' })
  history.endRun(id, {
    outcome: 'failed',
    endTime: start + 60_000,
    message: 'a stage failed',
    unchanged: 7,
  })
}
