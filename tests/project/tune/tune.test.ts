import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parametersText } from './tune-folder.ts'
import { openHouse, randomSection as section } from './tune-house.ts'

const halving = `
metric: log_loss
trials: 9
method: halving
halving: {resource: rounds, min: 10, max: 80}
space:
  learning_rate: {uniform: [0.1, 0.9]}
`

describe('tune', () => {
  test('every trial is a run below the run of the study, with its values and the metric', async () => {
    await using house = await openHouse(section)
    const result = await house.tune()
    const { parent, children } = await house.runs()
    assert.equal(parent?.status, 'FINISHED')
    assert.equal(parent.tags['mlpt.tune.best'], String(result.best.trial))
    assert.equal(children.length, 13)
    for (const { runName, status, params, metrics } of children) {
      assert.equal(status, 'FINISHED')
      if (runName === 'boosting as it is') continue
      const [, trial] = /^boosting trial (\d+)$/.exec(runName)!
      const ranked = result.trials.find((one) => one.trial === Number(trial))!
      assert.deepEqual(params, { learning_rate: String(ranked.values['learning_rate']) })
      assert.equal(metrics.find(({ key }) => key === 'cv_log_loss')?.value, ranked.score)
    }
  })

  test('the best is the one with the smallest loss; mean and deviation are those of the folds', async () => {
    await using house = await openHouse(section)
    const { best, trials, current } = await house.tune()
    const rates = trials.map(({ values }) => Math.abs(Number(values['learning_rate']) - 0.5))
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => a - b),
    )
    assert.equal(best, trials[0])
    // The worker says |rate − 0.5| + 1 and + 3: their mean, and √((1² + 1²) / 1).
    assert.ok(Math.abs(best.score - (rates[0]! + 2)) < 1e-12)
    assert.ok(Math.abs(best.deviation - Math.SQRT2) < 1e-12)
    assert.ok(Math.abs(current!.score - (0.45 + 2)) < 1e-12)
  })

  test('a second run asks for nothing and finds the same; more trials go on from there', async () => {
    await using house = await openHouse(section)
    const first = await house.tune()
    house.asked.length = 0
    assert.deepEqual(await house.tune(), first)
    assert.deepEqual(house.asked, [])
    house.folder.write({ 'params.yaml': parametersText(section.replace('12', '14')) })
    const more = await house.tune()
    assert.deepEqual(house.asked.sort(), ['trial 12', 'trial 13'])
    assert.equal(more.trials.length, 14)
    assert.equal((await house.runs()).children.length, 15)
  })

  test('another number that trials depend on is another study', async () => {
    await using house = await openHouse(section)
    await house.tune()
    house.asked.length = 0
    house.folder.write({ 'params.yaml': parametersText(section).replace('l2: 20', 'l2: 21') })
    await house.tune()
    assert.equal(house.asked.length, 13)
  })

  test('a trial that fails is recorded and left out; a study in which all fail says why', async () => {
    await using house = await openHouse(section)
    const result = await house.tune({ failsAbove: 0.5 })
    assert.ok(result.failures.length > 0)
    assert.equal(result.failures.length + result.trials.length, 12)
    assert.match(result.failures[0]!.reason, /too large/)
    const { children } = await house.runs()
    const failed = children.filter(({ status }) => status === 'FAILED')
    assert.equal(failed.length, result.failures.length)
    assert.match(failed[0]!.tags['mlpt.tune.failure']!, /too large/)
    house.asked.length = 0
    assert.deepEqual(await house.tune({ failsAbove: 0.5 }), result)
    assert.deepEqual(house.asked, [])

    house.folder.write({ 'params.yaml': parametersText(`seed: 2\n${section}`) })
    await assert.rejects(house.tune({ failsAbove: 0 }), {
      code: 'TRAINING_INVALID',
      message: /all 12 trials of 'boosting' failed, the first with the rate is too large/,
    })
    assert.equal((await house.runs()).parent?.status, 'FAILED')
  })

  test('a trial whose process dies is tried again in another, then counts as failed', async () => {
    await using house = await openHouse(section)
    const result = await house.tune({ diesAbove: 0.7 })
    assert.ok(result.failures.length > 0)
    for (const { reason } of result.failures) assert.match(reason, /its process ended by SIGKILL/)
    assert.equal(result.failures.length + result.trials.length, 12)
  })

  test('interrupted, it keeps the trials that have ended and goes on from them', async () => {
    await using untouched = await openHouse(section)
    const whole = await untouched.tune()
    await using house = await openHouse(section)
    const controller = new AbortController()
    await assert.rejects(house.tune({ stopAfter: 5, controller }), { code: 'INTERRUPTED' })
    const { parent, children } = await house.runs()
    assert.equal(parent?.status, 'KILLED')
    assert.ok(children.every(({ status }) => status === 'FINISHED' || status === 'KILLED'))
    const done = children.filter(({ status }) => status === 'FINISHED').length
    assert.ok(done >= 5 && done < 13, `${done} trials`)
    house.asked.length = 0
    assert.deepEqual(await house.tune(), whole)
    assert.equal(house.asked.length, 13 - done)
    assert.equal((await house.runs()).children.length, 13)
  })

  test('what a killed process left is closed; a living one is not disturbed', async () => {
    await using house = await openHouse(section)
    await house.tune()
    const { parent, children } = await house.runs()
    for (const { runId } of [parent!, children[0]!]) {
      await house.tracking.updateRun(runId, { status: 'RUNNING' })
    }
    await assert.rejects(house.tune({ isAlive: true }), { code: 'TRACKING_STORE_BUSY' })
    await house.tracking.setTags(parent!.runId, { 'mlpt.host': 'elsewhere', 'mlpt.pid': '7' })
    await assert.rejects(house.tune(), {
      code: 'TRACKING_STORE_BUSY',
      message: "'boosting' is being tuned by process 7 on elsewhere",
      hint: new RegExp(`mlpt runs end ${parent!.runId}`),
    })
    await house.tracking.setTags(parent!.runId, { 'mlpt.host': 'here' })
    house.asked.length = 0
    await house.tune()
    assert.deepEqual(house.asked, [])
    assert.ok((await house.runs()).children.every(({ status }) => status === 'FINISHED'))
  })

  test('of two that begin at the same moment at most one goes on', async () => {
    await using house = await openHouse(section)
    const both = await Promise.allSettled([
      house.tune({ isAlive: true }),
      house.tune({ isAlive: true }),
    ])
    const failed = both.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
    assert.ok(failed.length > 0)
    assert.deepEqual(new Set(failed), new Set(['TRACKING_STORE_BUSY']))
    await house.tune()
    assert.equal((await house.runs()).children.length, 13)
  })

  test('successive halving: the run of a trial has the metric at each resource it came to', async () => {
    await using house = await openHouse(halving)
    const result = await house.tune()
    assert.deepEqual(result.best.values['rounds'], 80)
    const { children } = await house.runs()
    const best = children.find(({ runName }) => runName === `boosting trial ${result.best.trial}`)
    const { items } = await house.tracking.readMetricHistory({
      runId: best!.runId,
      key: 'cv_log_loss',
      maxResults: 10,
    })
    // 10 · 3 = 30, then 90 is cut to 80.
    assert.deepEqual(
      items.map(({ step }) => step),
      [10, 30, 80],
    )
    house.asked.length = 0
    assert.deepEqual(await house.tune(), result)
    assert.deepEqual(house.asked, [])
  })

  test('what cannot be tuned is refused before any worker starts', async () => {
    await using house = await openHouse(section)
    const refused = async (text: string, error: { code: string; message: RegExp }) => {
      house.folder.write({ 'params.yaml': text })
      await assert.rejects(house.tune(), error)
    }
    await refused(
      parametersText(section)
        .replace('  boosting:\n    metric', '  logistic:\n    metric')
        .replace('learning_rate: {uni', 'l2: {uni'),
      {
        code: 'CONFIG_INVALID',
        message: /params\.yaml has no section 'tune\.boosting'/,
      },
    )
    await refused(parametersText(section).replace('folds: 5', 'folds: 2'), {
      code: 'CONFIG_INVALID',
      message: /'split\.folds' is 2, which leaves one fold to train on/,
    })
    assert.deepEqual(house.asked, [])
  })
})
