import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newRun, notFound, point, refused, type TrackerUnderTest } from './trackers.ts'

export function describeLogging({ open, traits }: TrackerUnderTest): void {
  test('a param is written once: the same again is fine, another value is refused and nothing of that call stays', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await tracking.logParams(runId, { depth: '4', rate: '0.1' })
    await tracking.logParams(runId, { depth: '4' })
    const message = traits.namesEveryChangedParam ? /depth.*'4'.*'5'.*rate/s : /depth.*'4'.*'5'/s
    await assert.rejects(() => tracking.logParams(runId, { new: '1', depth: '5', rate: '0.2' }), {
      code: 'TRACKING_INVALID',
      message,
    })
    assert.deepEqual((await tracking.getRun(runId)).params, { depth: '4', rate: '0.1' })
  })

  test('a tag may change and go, and the tag of the name renames the run', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await tracking.setTags(runId, { a: '1', b: '1' })
    await tracking.setTags(runId, { a: '2', 'mlflow.runName': 'another' })
    await tracking.deleteTag(runId, 'b')
    await assert.rejects(() => tracking.deleteTag(runId, 'b'), notFound)
    const run = await tracking.getRun(runId)
    assert.deepEqual(run.tags, { a: '2', 'mlflow.runName': 'another' })
    assert.equal(run.runName, 'another')
  })

  test('any text survives as a value', async () => {
    await using tracking = await open()
    const text = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((t) => !t.includes('\0'))
    const runId = await tracking.startRun(newRun())
    let number = 0
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const key = `k${number++}`
        await tracking.logBatch(runId, { params: { [key]: value }, tags: { [key]: value } })
        const run = await tracking.getRun(runId)
        assert.equal(run.params[key], value)
        assert.equal(run.tags[key], value)
      }),
      { numRuns: 20 },
    )
  })

  for (const key of [
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/../b',
    '.',
    'a\\b',
    'a\nb',
    'a\0',
    'x'.repeat(251),
    '<b>',
  ]) {
    test(`the key ${JSON.stringify(key).slice(0, 20)} is refused everywhere, and nothing is written`, async () => {
      await using tracking = await open()
      const runId = await tracking.startRun(newRun())
      const before = await tracking.getRun(runId)
      await assert.rejects(() => tracking.logParams(runId, { fine: '1', [key]: '1' }), refused)
      await assert.rejects(() => tracking.setTags(runId, { fine: '1', [key]: '1' }), refused)
      await assert.rejects(
        () => tracking.logMetrics(runId, [point('fine', 1), point(key, 1)]),
        refused,
      )
      assert.deepEqual(await tracking.getRun(runId), before)
    })
  }

  test('all problems of a call are named at once', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await assert.rejects(() => tracking.logParams(runId, { '/a': '1', b: '1', '../c': '1' }), {
      code: 'TRACKING_INVALID',
      message: /'\/a'.*'\.\.\/c'/s,
    })
  })

  test('values that are no text are refused', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    for (const value of ['a\0b', '\ud800']) {
      await assert.rejects(() => tracking.logParams(runId, { p: value }), refused)
      await assert.rejects(() => tracking.setTags(runId, { t: value }), refused)
      await assert.rejects(() => tracking.startRun(newRun({ experimentName: value })), refused)
    }
  })

  test('names that objects inherit are names like any other', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const params = JSON.parse('{"__proto__": "1", "constructor": "2"}') as Record<string, string>
    await tracking.logParams(runId, params)
    assert.deepEqual(Object.entries((await tracking.getRun(runId)).params).toSorted(), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ])
  })

  test('more pairs than go into one batch arrive', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`k${i}`, `${i}`]))
    await tracking.logParams(runId, many)
    await tracking.setTags(runId, many)
    const run = await tracking.getRun(runId)
    assert.equal(Object.keys(run.params).length, 250)
    assert.equal(run.tags['k249'], '249')
  })
}
