/** What every implementation of the tracking contract must do; each test gets a fresh, empty tracker. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { MetricPoint, NewModelVersion, NewRun, Tracking } from '../../src/core/tracking.ts'

/** @param open - gives a tracker with nothing in it, and closes what it opened when disposed */
export function describeTracking(name: string, open: () => Promise<Tracking>): void {
  describe(`${name} as a tracker`, () => {
    describeRuns(open)
    describeLogging(open)
    describeMetrics(open)
    describeArtifacts(open)
    describeRegistry(open)
  })
}

function describeRuns(open: () => Promise<Tracking>): void {
  test('a started run is running, active, and knows its name, experiment and tags', async () => {
    await using tracking = await open()
    const run = await tracking.getRun(
      await tracking.startRun({ ...newRun, startTime: 17, tags: { stage: 'train' } }),
    )
    assert.match(run.runId, /^[0-9a-f]{32}$/)
    assert.equal(run.runName, 'a run')
    assert.equal(run.status, 'RUNNING')
    assert.equal(run.startTime, 17)
    assert.equal(run.endTime, undefined)
    assert.equal(run.lifecycleStage, 'active')
    assert.equal(run.tags['stage'], 'train')
    assert.equal(run.artifactUri, `mlflow-artifacts:/${run.experimentId}/${run.runId}/artifacts`)
  })

  test('an ended run has its status and time', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    await tracking.endRun(runId, 'FAILED', 99)
    const { status, endTime } = await tracking.getRun(runId)
    assert.deepEqual({ status, endTime }, { status: 'FAILED', endTime: 99 })
  })

  test('runs of one experiment are found by all of the given tags, newest first', async () => {
    await using tracking = await open()
    const start = (startTime: number, tags: NewRun['tags']): Promise<string> =>
      tracking.startRun({ ...newRun, startTime, tags })
    const older = await start(1, { model: 'boosting', data: 'x' })
    const newer = await start(2, { model: 'boosting', data: 'x' })
    await start(3, { model: 'boosting', data: 'y' })
    await start(4, { model: 'linear', data: 'x' })
    await tracking.startRun({
      ...newRun,
      experimentName: 'other',
      tags: { model: 'boosting', data: 'x' },
    })
    const found = await tracking.findRuns(newRun.experimentName, { model: 'boosting', data: 'x' })
    assert.deepEqual(
      found.map(({ runId }) => runId),
      [newer, older],
    )
    assert.equal((await tracking.findRuns(newRun.experimentName, {})).length, 4)
    assert.deepEqual(await tracking.findRuns('no such experiment', {}), [])
  })

  test('what does not exist is said to be missing', async () => {
    await using tracking = await open()
    const missing = '0'.repeat(32)
    const calls = [
      () => tracking.getRun(missing),
      () => tracking.logParams(missing, { a: '1' }),
      () => tracking.logMetrics(missing, [point('a', 1)]),
      () => tracking.setTags(missing, { a: '1' }),
      () => tracking.endRun(missing, 'FINISHED', 1),
      () => tracking.logArtifacts(missing, 'model', files({ a: 'x' })),
      () => tracking.readArtifacts(missing, 'model'),
      () => tracking.createModelVersion({ ...newVersion, runId: missing }),
      () => tracking.setModelAlias('m', 'champion', { version: '1', reason: '', timestamp: 1 }),
    ]
    for (const call of calls) await assert.rejects(call, { code: 'TRACKING_NOT_FOUND' })
    assert.equal(await tracking.findModelVersion('m', 'champion'), undefined)
    assert.deepEqual(await tracking.listModelVersions('m'), [])
  })
}

function describeLogging(open: () => Promise<Tracking>): void {
  test('a param is written once: the same again is fine, another value is refused and nothing of that call stays', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    await tracking.logParams(runId, { depth: '4', rate: '0.1' })
    await tracking.logParams(runId, { depth: '4' })
    await assert.rejects(() => tracking.logParams(runId, { new: '1', depth: '5', rate: '0.2' }), {
      code: 'TRACKING_INVALID',
      message: /depth.*'4'.*'5'.*rate/s,
    })
    assert.deepEqual((await tracking.getRun(runId)).params, { depth: '4', rate: '0.1' })
  })

  test('a tag may change, and the tag of the name renames the run', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    await tracking.setTags(runId, { a: '1', b: '1' })
    await tracking.setTags(runId, { a: '2', 'mlflow.runName': 'another' })
    const run = await tracking.getRun(runId)
    assert.equal(run.tags['a'], '2')
    assert.equal(run.tags['b'], '1')
    assert.equal(run.runName, 'another')
  })

  test('any text survives as a value', async () => {
    await using tracking = await open()
    const text = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((t) => !t.includes('\0'))
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const runId = await tracking.startRun(newRun)
        await tracking.logParams(runId, { p: value })
        await tracking.setTags(runId, { t: value })
        const run = await tracking.getRun(runId)
        assert.equal(run.params['p'], value)
        assert.equal(run.tags['t'], value)
      }),
      { numRuns: 30 },
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
      const runId = await tracking.startRun(newRun)
      const before = await tracking.getRun(runId)
      const refused = { code: 'TRACKING_INVALID' }
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
    const runId = await tracking.startRun(newRun)
    await assert.rejects(
      () => tracking.logParams(runId, { '/a': '1', '../c': '1', ['x'.repeat(251)]: '1' }),
      { code: 'TRACKING_INVALID', message: /"\/a".*"\.\.\/c".*'Param key' exceeds.*250/s },
    )
  })

  test('values that are no text are refused', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    for (const value of ['a\0b', '\ud800']) {
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(() => tracking.logParams(runId, { p: value }), refused)
      await assert.rejects(() => tracking.setTags(runId, { t: value }), refused)
      await assert.rejects(() => tracking.startRun({ ...newRun, experimentName: value }), refused)
    }
  })

  test('names that objects inherit are names like any other', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    const params = JSON.parse('{"__proto__": "1", "constructor": "2"}') as Record<string, string>
    await tracking.logParams(runId, params)
    assert.deepEqual(Object.entries((await tracking.getRun(runId)).params), [
      ['__proto__', '1'],
      ['constructor', '2'],
    ])
  })
}

function describeMetrics(open: () => Promise<Tracking>): void {
  test('the latest point is the one with the highest step, then time, then value', async () => {
    const order: readonly MetricPoint[] = [
      { key: 'm', step: -1, timestamp: 9, value: 9 },
      { key: 'm', step: 0, timestamp: 1, value: 9 },
      { key: 'm', step: 0, timestamp: 2, value: 1 },
      { key: 'm', step: 0, timestamp: 2, value: 3 },
      { key: 'm', step: 1, timestamp: 0, value: -5 },
    ]
    await using tracking = await open()
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...order], { minLength: 1 }), async (points) => {
        const runId = await tracking.startRun(newRun)
        for (const metric of points) await tracking.logMetrics(runId, [metric, metric])
        const expected = order.findLast((metric) => points.includes(metric))
        assert.deepEqual((await tracking.getRun(runId)).metrics, [expected])
      }),
      { numRuns: 30 },
    )
  })

  test('every number survives, NaN and the infinities too', async () => {
    await using tracking = await open()
    await fc.assert(
      fc.asyncProperty(fc.double(), async (value) => {
        const runId = await tracking.startRun(newRun)
        await tracking.logMetrics(runId, [point('m', value)])
        // -0 comes back as 0, which is the same number.
        const [metric] = (await tracking.getRun(runId)).metrics
        assert.equal((metric?.value ?? 1) + 0, value + 0)
      }),
      {
        numRuns: 50,
        examples: [[NaN], [Infinity], [-Infinity], [5e-324], [1.7976931348623157e308]],
      },
    )
  })

  test('fractional, negative or huge times and fractional steps are refused', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    for (const bad of [
      { timestamp: 1.5 },
      { timestamp: -1 },
      { timestamp: 2 ** 60 },
      { timestamp: NaN },
      { step: 0.5 },
      { step: Infinity },
    ]) {
      await assert.rejects(() => tracking.logMetrics(runId, [{ ...point('m', 1), ...bad }]), {
        code: 'TRACKING_INVALID',
      })
    }
    await assert.rejects(() => tracking.endRun(runId, 'FINISHED', 1.5), {
      code: 'TRACKING_INVALID',
    })
    assert.deepEqual((await tracking.getRun(runId)).metrics, [])
  })
}

function describeArtifacts(open: () => Promise<Tracking>): void {
  test('artifacts come back byte for byte, by their path below the folder', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    const content = files({ MLmodel: '{}', 'data/ü %41#?;.bin': '\0\u{1F600}', empty: '' })
    await tracking.logArtifacts(runId, 'model', content)
    await tracking.logArtifacts(runId, '', files({ 'note.txt': 'root' }))
    assert.deepEqual(bytes(await tracking.readArtifacts(runId, 'model')), bytes(content))
    assert.deepEqual(
      [...(await tracking.readArtifacts(runId, '')).keys()].sort(),
      ['model/MLmodel', 'model/data/ü %41#?;.bin', 'model/empty', 'note.txt'].sort(),
    )
    await assert.rejects(() => tracking.readArtifacts(runId, 'nothing'), {
      code: 'TRACKING_NOT_FOUND',
    })
  })

  test('an artifact that is there is replaced; a file and a folder do not take turns', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    await tracking.logArtifacts(runId, '', files({ a: 'old', 'b/c': 'x' }))
    await tracking.logArtifacts(runId, '', files({ a: 'new' }))
    const refused = { code: 'TRACKING_INVALID' }
    await assert.rejects(() => tracking.logArtifacts(runId, '', files({ 'a/b': 'x' })), refused)
    await assert.rejects(() => tracking.logArtifacts(runId, '', files({ b: 'x' })), refused)
    const found = await tracking.readArtifacts(runId, '')
    assert.deepEqual(bytes(found), bytes(files({ a: 'new', 'b/c': 'x' })))
  })

  for (const path of [
    '..',
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    'a/',
    './a',
    'a\\..\\b',
    'a\0b',
    'C:/x',
    'a\nb',
    '.x.12.tmp',
    'x'.repeat(201),
  ]) {
    test(`the artifact path ${JSON.stringify(path).slice(0, 20)} is refused as folder and as file`, async () => {
      await using tracking = await open()
      const runId = await tracking.startRun(newRun)
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(() => tracking.logArtifacts(runId, path, files({ fine: 'x' })), refused)
      await assert.rejects(
        () => tracking.logArtifacts(runId, 'a', files({ fine: 'x', [path]: 'x' })),
        refused,
      )
      await assert.rejects(() => tracking.readArtifacts(runId, path), refused)
      await assert.rejects(() => tracking.readArtifacts(runId, 'a'), { code: 'TRACKING_NOT_FOUND' })
    })
  }
}

function describeRegistry(open: () => Promise<Tracking>): void {
  test('versions count up per model and carry source, tags, aliases and description', async () => {
    await using tracking = await open()
    const runId = await startWithModel(tracking)
    const first = await tracking.createModelVersion({ ...newVersion, runId, tags: { data: 'abc' } })
    const run = await tracking.getRun(runId)
    assert.deepEqual(first, {
      name: 'm',
      version: '1',
      runId,
      modelId: undefined,
      source: `${run.artifactUri}/model`,
      runLink: '',
      userId: '',
      stage: 'None',
      description: 'about it',
      creationTimestamp: 5,
      lastUpdatedTimestamp: 5,
      aliases: ['champion', 'first'],
      tags: { data: 'abc' },
    })
    await tracking.createModelVersion({ ...newVersion, runId, name: 'other' })
    const second = await tracking.createModelVersion({
      ...newVersion,
      runId,
      aliases: ['champion'],
    })
    assert.equal(second.version, '2')
    const all = await tracking.listModelVersions('m')
    assert.deepEqual(
      all.map(({ version, aliases }) => ({ version, aliases })),
      [
        { version: '2', aliases: ['champion'] },
        { version: '1', aliases: ['first'] },
      ],
    )
  })

  test('a version is found by number and by alias, and an alias moves', async () => {
    await using tracking = await open()
    const runId = await startWithModel(tracking)
    await tracking.createModelVersion({ ...newVersion, runId, aliases: ['champion'] })
    await tracking.createModelVersion({ ...newVersion, runId, aliases: [] })
    const versionOf = async (selector: string): Promise<string | undefined> =>
      (await tracking.findModelVersion('m', selector))?.version
    assert.equal(await versionOf('champion'), '1')
    await tracking.setModelAlias('m', 'champion', { version: '2', reason: 'better', timestamp: 9 })
    assert.equal(await versionOf('champion'), '2')
    assert.equal(await versionOf('1'), '1')
    for (const missing of ['3', '0', '01', '-1', '1.0', 'Champion', '']) {
      assert.equal(await versionOf(missing), undefined)
    }
    await assert.rejects(
      () => tracking.setModelAlias('m', 'champion', { version: '3', reason: '', timestamp: 9 }),
      { code: 'TRACKING_NOT_FOUND' },
    )
    assert.equal(await versionOf('champion'), '2')
  })

  for (const alias of ['', 'latest', 'Latest', 'v1', 'V20', 'a b', 'a/b', 'x'.repeat(256)]) {
    test(`the alias '${alias.slice(0, 10)}' is refused, and with it the whole version`, async () => {
      await using tracking = await open()
      const runId = await startWithModel(tracking)
      const aliases = ['champion', alias]
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(
        () => tracking.createModelVersion({ ...newVersion, runId, aliases }),
        refused,
      )
      assert.deepEqual(await tracking.listModelVersions('m'), [])
      assert.equal(await tracking.findModelVersion('m', 'champion'), undefined)
    })
  }

  for (const name of ['', '  ', 'a/b', 'a:b', '..']) {
    test(`the model name '${name}' is refused`, async () => {
      await using tracking = await open()
      const runId = await startWithModel(tracking)
      await assert.rejects(() => tracking.createModelVersion({ ...newVersion, runId, name }), {
        code: 'TRACKING_INVALID',
      })
    })
  }

  test('a version without a model folder is refused', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun)
    await assert.rejects(() => tracking.createModelVersion({ ...newVersion, runId }), {
      code: 'TRACKING_NOT_FOUND',
      message: /'model'/,
    })
  })
}

const newRun: NewRun = { experimentName: 'credit', runName: 'a run', startTime: 1, tags: {} }

const newVersion: NewModelVersion = {
  name: 'm',
  runId: '',
  artifactPath: 'model',
  description: 'about it',
  tags: {},
  aliases: ['champion', 'first'],
  reason: 'passed the gates',
  timestamp: 5,
}

async function startWithModel(tracking: Tracking): Promise<string> {
  const runId = await tracking.startRun(newRun)
  await tracking.logArtifacts(runId, 'model', files({ MLmodel: '{}' }))
  return runId
}

function point(key: string, value: number): MetricPoint {
  return { key, value, timestamp: 1, step: 0 }
}

function files(content: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(content).map(([path, text]) => [path, Buffer.from(text)]))
}

function bytes(content: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  const sorted = [...content].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([path, data]) => [path, Buffer.from(data).toString('hex')]))
}
