/** The page in a real browser, over a real server. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { openChromium, skipWithoutChromium } from '../open-chromium.ts'
import { openPage } from './open-page.ts'
import { openServedStore, type ServedStore } from '../tracking/serve-store.ts'

const hostile = '<img src=x onerror="window.wasHacked=true">'

describe('the dashboard', { skip: skipWithoutChromium }, () => {
  let browser: Browser
  let served: ServedStore
  let runs: readonly string[]

  before(async () => {
    served = await openServedStore()
    runs = await fillStore(served)
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
    test(`every view shows itself at ${width} px, ${colorScheme}, without complaints and without scrolling sideways`, async () => {
      await using view = await openPage(browser, { width, colorScheme })
      for (const [link, heading] of [
        ['#/', 'Experiments'],
        ['#/experiments/1', 'credit'],
        [`#/compare?runs=${runs.join(',')}`, 'Compare 3 runs'],
        ['#/models', 'Models'],
        [`#/runs/${runs[0]}`, 'linear'],
      ] as const) {
        await view.page.goto(`${served.address}/${link}`)
        await view.page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
        await view.page.waitForLoadState('networkidle')
        await view.page.getByText('Loading').first().waitFor({ state: 'detached' })
        assert.equal(await view.page.locator('.failure').count(), 0, link)
        assert.ok(
          await view.page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
          link,
        )
        if (link.startsWith('#/runs/')) {
          const isWhole = `[...document.querySelectorAll('.columns > section')].every((part) => part.scrollWidth <= part.clientWidth)`
          assert.ok(await view.page.evaluate(isWhole), 'no value of a run is out of sight')
        }
        assert.match(await view.page.title(), new RegExp(`^${heading} `))
      }
      assert.deepEqual(view.complaints, [])
    })
  }

  test('two runs are ticked, compared, and where they differ is marked', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(served.address)
    await page.getByRole('link', { name: 'credit', exact: true }).click()
    await page.getByLabel('Compare run linear').check()
    await page.getByLabel('Compare run boosting').check()
    await page.getByRole('link', { name: 'Compare 2 runs' }).click()
    await page.getByRole('heading', { name: 'Compare 2 runs' }).waitFor()
    await page.locator('polyline').first().waitFor()
    const marked = await page.locator('tr.differs th').allInnerTexts()
    assert.deepEqual(
      marked.map((text) => text.replace(/\s*≠.*/s, '')),
      ['depth', 'model'],
    )
    assert.match(await page.locator('tr', { hasText: 'seed' }).innerText(), /7\s+7/)
    assert.equal(
      await page.locator('.metric', { hasText: 'roc_auc' }).locator('.whisker').count(),
      2,
    )
    assert.equal(await page.locator('polyline').count(), 2)
    await page
      .getByText('No curves/calibration.json in: boosting, linear')
      .or(page.getByText('No curves/calibration.json in: linear, boosting'))
      .waitFor()
    assert.deepEqual(view.complaints, [])
  })

  test('a click on a column sorts by it, and the link keeps it', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/experiments/1`)
    const names = (): Promise<string[]> => page.locator('tbody th').allInnerTexts()
    await page.getByRole('button', { name: 'roc_auc' }).click()
    await page.locator('th[aria-sort="descending"]').waitFor()
    assert.deepEqual(await names(), ['boosting', 'linear', hostile])
    await page.getByRole('button', { name: 'roc_auc' }).click()
    await page.locator('th[aria-sort="ascending"]').waitFor()
    assert.deepEqual(await names(), ['linear', 'boosting', hostile])
    const other = await page.context().newPage()
    await other.goto(page.url())
    await other.locator('tbody th').first().waitFor()
    assert.deepEqual(await other.locator('tbody th').allInnerTexts(), [
      'linear',
      'boosting',
      hostile,
    ])
  })

  test('the trials of a study are below it, and shown when asked for', async () => {
    const { store } = served
    const start = (runName: string, tags: Record<string, string>): Promise<string> =>
      store.startRun({ experimentName: 'studies', runName, startTime: 1, tags })
    const parent = await start('boosting tuned', {})
    await start('boosting trial 0', { 'mlflow.parentRunId': parent })
    await using view = await openPage(browser)
    const { page } = view
    const { experimentId } = await store.getRun(parent)
    await page.goto(`${served.address}/#/experiments/${experimentId}`)
    await page.getByRole('link', { name: 'boosting tuned' }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'boosting trial 0' }).count(), 0)
    await page.getByRole('button', { name: '1 run below', expanded: false }).click()
    await page.getByRole('link', { name: 'boosting trial 0' }).waitFor()
    await page.getByRole('button', { name: '1 run below', expanded: true }).click()
    await page.getByRole('link', { name: 'boosting trial 0' }).waitFor({ state: 'detached' })
    assert.deepEqual(view.complaints, [])
  })

  test('names, params, tags, files and reasons that are code are shown as the text they are', async () => {
    await using view = await openPage(browser)
    const { page } = view
    for (const link of [
      '#/',
      '#/experiments/1',
      `#/runs/${runs[2]}`,
      `#/compare?runs=${runs[2]},${runs[0]}`,
      '#/models',
    ]) {
      await page.goto(`${served.address}/${link}`)
      await page.getByText(hostile).first().waitFor()
      assert.equal(await page.locator('img').count(), 0)
      assert.equal(await page.evaluate('window.wasHacked'), undefined)
    }
    assert.deepEqual(view.complaints, [])
  })

  test('models show versions, aliases, lineage and why', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/models`)
    const section = page.locator('section', { hasText: 'credit-model' })
    const row = section.locator('tbody tr').first()
    const text = await row.innerText()
    for (const part of [
      '1',
      'champion',
      runs[0]!,
      'git commit',
      '4f0c1e2',
      'data_hash',
      'abc123',
    ]) {
      assert.ok(text.includes(part), `${part} in ${text}`)
    }
    await section.getByText('champion moved to version 1').waitFor()
    await section.getByText('passed all gates').first().waitFor()
  })

  test('many models unfold one by one, and only then ask for their versions', async () => {
    await using many = await openServedStore()
    const run = { experimentName: 'x', runName: 'x', startTime: 1, tags: {} }
    const made = { runId: await many.store.startRun(run), artifactPath: 'model' }
    await many.store.logArtifacts(made.runId, 'model', new Map([['a', Buffer.from('a')]]))
    const told = { description: '', tags: {}, timestamp: 1, aliases: [], reason: 'first' }
    for (let i = 0; i < 11; i++) {
      await many.store.createModelVersion({ ...made, ...told, name: `model-${i}` })
    }
    await using view = await openPage(browser)
    const asked: string[] = []
    view.page.on('request', (request) => asked.push(request.url()))
    await view.page.goto(`${many.address}/#/models`)
    const section = view.page.locator('section', { hasText: 'model-7' })
    await section.getByText('model-7').click()
    await section.getByText('version 1 registered').waitFor()
    assert.equal(await view.page.locator('section').count(), 11)
    assert.equal(asked.filter((url) => url.includes('model-versions/search')).length, 1)
    assert.deepEqual(view.complaints, [])
  })

  test('an artifact is downloaded byte for byte', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/runs/${runs[0]}`)
    await page.getByText('model/').click()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'a b%#?.txt' }).click()
    const stream = await (await download).createReadStream()
    assert.equal(Buffer.concat(await stream.toArray()).toString(), 'content')
  })

  test('what does not exist is said, and asking again is offered', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/runs/nothing`)
    await page.getByRole('alert').getByText('Run with id=nothing not found').waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('alert').waitFor()
    await page.goto(`${served.address}/#/experiments/0`)
    await page.getByText('no runs yet').waitFor()
    await page.goto(`${served.address}/#/nowhere`)
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  })

  test('the keyboard reaches and works the table', async () => {
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/experiments/1`)
    await page.getByLabel('Compare run linear').focus()
    await page.keyboard.press('Space')
    await page.waitForURL(/selected=/)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'linear' }).waitFor()
  })

  test('runs are held against each other by params and steps, and a dot leads to its run and back', async () => {
    const trained = await addTrainedRuns(served)
    await using view = await openPage(browser)
    const { page } = view
    await page.goto(`${served.address}/#/compare?runs=${trained.join(',')}`)
    await page.locator('polyline').nth(2).waitFor()
    assert.equal(await page.locator('polyline').count(), 3)
    await page.getByLabel('Across').selectOption({ label: 'rate (param)' })
    const dots = page.getByRole('group', { name: 'loss by rate of 3 runs' })
    await dots.waitFor()
    assert.equal(await dots.locator('circle').count(), 3)
    const labels = await dots.locator('.axes text.middle').allTextContents()
    assert.deepEqual(
      labels.map((label) => label.trim()),
      ['0.001', '0.01', '0.1', '1', 'rate', 'loss'],
    )
    await page.getByLabel('Across').selectOption({ label: 'kind (param)' })
    await page.getByRole('group', { name: 'loss by kind of 3 runs' }).waitFor()
    await page.getByRole('link', { name: /^trained-2: kind k2, loss / }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'trained-2' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Compare 3 runs' }).waitFor()
    await page.goto(`${served.address}/#/compare?runs=${trained[0]}`)
    await page.getByRole('heading', { name: 'Compare 1 run', exact: true }).waitFor()
    await page.locator('polyline').first().waitFor()
    assert.equal(await page.locator('.scatter').count(), 0)
    assert.deepEqual(view.complaints, [])
  })

  test('long names neither stretch the page nor a row', async () => {
    const [runId] = await addTrainedRuns(served, 'long', 'a-long-name-'.repeat(20))
    const { experimentId } = await served.store.getRun(runId!)
    for (const width of [390, 1280]) {
      await using view = await openPage(browser, { width })
      await view.page.goto(`${served.address}/#/experiments/${experimentId}`)
      await view.page.locator('.scatter').first().waitFor()
      assert.ok(await view.page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
      const row = await view.page.locator('.runs tbody tr').first().boundingBox()
      assert.ok(row!.height < 120, `${row!.height}`)
    }
  })
})

/** Three runs that logged a loss of ten steps, and differ in two params. */
async function addTrainedRuns(
  { store }: ServedStore,
  experimentName = 'trained',
  name = 'trained-',
): Promise<readonly string[]> {
  const rates = [0.001, 0.01, 0.5]
  return Promise.all(
    rates.map(async (rate, i) => {
      const run = { experimentName, runName: `${name}${i}`, startTime: i + 1, tags: {} }
      const runId = await store.startRun(run)
      await store.logParams(runId, { rate: String(rate), kind: `k${i}`, [`${name}param`]: `${i}` })
      const points = Array.from({ length: 10 }, (_, step) => ({
        key: 'loss',
        value: rate + 1 / (step + 1),
        timestamp: step + 1,
        step,
      }))
      await store.logMetrics(runId, points)
      return runId
    }),
  )
}

async function fillStore({ store }: ServedStore): Promise<readonly string[]> {
  const start = (runName: string, startTime: number): Promise<string> =>
    store.startRun({ experimentName: 'credit', runName, startTime, tags: {} })
  const linear = await start('linear', 1_764_000_000_000)
  const boosting = await start('boosting', 1_764_000_100_000)
  const odd = await start(hostile, 1_764_000_200_000)
  await store.startRun({ experimentName: hostile, runName: hostile, startTime: 1, tags: {} })
  await store.logParams(linear, { model: 'linear', seed: '7' })
  await store.logParams(boosting, { model: 'boosting', seed: '7', depth: '4' })
  await store.logParams(odd, { note: hostile })
  await store.setTags(odd, { note: hostile })
  await store.logMetrics(linear, interval('roc_auc', 0.72, 0.01))
  const memory = { key: 'system/system_memory_usage_megabytes', value: 3806.64 }
  await store.logMetrics(linear, [{ ...memory, timestamp: 1, step: 0 }])
  await store.logMetrics(boosting, interval('roc_auc', 0.78, 0.01))
  await store.logMetrics(odd, [{ key: 'loss', value: NaN, timestamp: 1, step: 0 }])
  const curve = Buffer.from(
    JSON.stringify({
      points: [
        [0, 0],
        [0.2, 0.6],
        [1, 1],
      ],
    }),
  )
  for (const runId of [linear, boosting]) {
    await store.logArtifacts(runId, 'curves', new Map([['roc.json', curve]]))
    await store.logArtifacts(runId, 'model', new Map([['a b%#?.txt', Buffer.from('content')]]))
  }
  await store.logArtifacts(odd, '', new Map([[hostile.replace('/', ''), Buffer.from('')]]))
  const version = {
    runId: linear,
    artifactPath: 'model',
    description: '',
    timestamp: 1_764_000_300_000,
    tags: { 'mlflow.source.git.commit': '4f0c1e2', data_hash: 'abc123' },
    aliases: ['champion'],
  }
  await store.createModelVersion({ ...version, name: 'credit-model', reason: 'passed all gates' })
  await store.createModelVersion({ ...version, name: hostile, reason: hostile })
  return [linear, boosting, odd]
}

function interval(
  key: string,
  value: number,
  width: number,
): Parameters<ServedStore['store']['logMetrics']>[1] {
  const point = { timestamp: 1, step: 0 }
  return [
    { key, value, ...point },
    { key: `${key}_lower`, value: value - width, ...point },
    { key: `${key}_upper`, value: value + width, ...point },
  ]
}
