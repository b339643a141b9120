import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { change, openRegistry } from './open-registry.ts'

describe('logged models', () => {
  test('a new one is pending, in its experiment, and has a place for its files', async () => {
    await using registry = await openRegistry()
    const { store, runId } = registry
    const model = await store.createLoggedModel({
      experimentId: '1',
      name: 'boosting',
      modelType: 'onnx',
      sourceRunId: runId,
      params: { depth: '4' },
      tags: { stage: 'train' },
    })
    assert.match(model.modelId, /^m-[0-9a-f]{32}$/)
    const { modelId, creationTime, lastUpdateTime, ...rest } = model
    assert.equal(creationTime, lastUpdateTime)
    assert.deepEqual(rest, {
      experimentId: '1',
      name: 'boosting',
      modelType: 'onnx',
      sourceRunId: runId,
      artifactUri: `mlflow-artifacts:/1/models/${modelId}/artifacts`,
      status: 'LOGGED_MODEL_PENDING',
      params: { depth: '4' },
      tags: { stage: 'train' },
      metrics: [],
    })
    assert.deepEqual(await store.getLoggedModel(modelId), model)
  })

  test('one without a name gets one', async () => {
    await using registry = await openRegistry()
    const names = await Promise.all(
      ['', undefined].map((name) =>
        registry.store.createLoggedModel({ experimentId: '0', name }).then((model) => model.name),
      ),
    )
    for (const name of names) assert.match(name, /^[a-z]+-[a-z]+-\d+$/)
  })

  for (const name of ['a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b", '\0', 'x'.repeat(257)]) {
    test(`the name ${JSON.stringify(name).slice(0, 20)} is refused`, async () => {
      await using registry = await openRegistry()
      const created = (): Promise<unknown> =>
        registry.store.createLoggedModel({ experimentId: '1', name })
      await assert.rejects(created, { code: 'TRACKING_INVALID' })
    })
  }

  test('an experiment that is unknown, deleted or no number has none', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    await store.deleteExperiment('1')
    for (const [experimentId, code] of [
      ['99', 'TRACKING_NOT_FOUND'],
      ['1', 'TRACKING_INVALID'],
      ['x', 'TRACKING_INVALID'],
      ['', 'TRACKING_INVALID'],
    ] as const) {
      await assert.rejects(() => store.createLoggedModel({ experimentId }), { code })
    }
  })

  test('its status is what the upload came to', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const { modelId, lastUpdateTime } = await store.createLoggedModel({ experimentId: '1' })
    const ready = await store.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')
    assert.equal(ready.status, 'LOGGED_MODEL_READY')
    assert.ok(ready.lastUpdateTime > lastUpdateTime)
  })

  test('a param is written once: the same again is fine, another value is refused with all of its call', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const params = { depth: '4' }
    const { modelId } = await store.createLoggedModel({ experimentId: '1', params })
    await store.logLoggedModelParams(modelId, { depth: '4', rate: '0.1' })
    await assert.rejects(() => store.logLoggedModelParams(modelId, { new: '1', depth: '5' }), {
      code: 'TRACKING_INVALID',
      message: /^Changing param values is not allowed\..*'depth'.*'4'.*'5'/,
    })
    assert.deepEqual((await store.getLoggedModel(modelId)).params, { depth: '4', rate: '0.1' })
  })

  test('any key is one, but for an empty one and one that is too long', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const { modelId } = await store.createLoggedModel({ experimentId: '1' })
    const text = '{"../a": "1", "<b>": "2", "__proto__": "3", "a\\nb": ""}'
    const tags = JSON.parse(text) as Record<string, string>
    await store.setLoggedModelTags(modelId, tags)
    assert.deepEqual((await store.getLoggedModel(modelId)).tags, tags)
    for (const key of ['', 'x'.repeat(251), '\0', '\udc00']) {
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(() => store.setLoggedModelTags(modelId, { [key]: 'v' }), refused)
      await assert.rejects(() => store.logLoggedModelParams(modelId, { [key]: 'v' }), refused)
    }
  })

  test('a tag changes and goes; one that is not there cannot go', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const { modelId } = await store.createLoggedModel({ experimentId: '1', tags: { k: 'v' } })
    await store.setLoggedModelTags(modelId, { k: 'w' })
    assert.deepEqual((await store.getLoggedModel(modelId)).tags, { k: 'w' })
    await store.deleteLoggedModelTag(modelId, 'k')
    await assert.rejects(() => store.deleteLoggedModelTag(modelId, 'k'), {
      code: 'TRACKING_NOT_FOUND',
    })
  })

  test('a deleted one is found by nobody who does not ask for deleted ones, and takes nothing', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const { modelId } = await store.createLoggedModel({ experimentId: '1', name: 'gone' })
    await store.deleteLoggedModel(modelId)
    await store.deleteLoggedModel(modelId)
    assert.equal((await store.findLoggedModel(modelId))?.name, 'gone')
    const { items } = await store.searchLoggedModels({ experimentIds: ['1'], maxResults: 9 })
    assert.deepEqual(items, [])
    await assertMissing(store, modelId)
  })

  test('every call for one that never was says so', async () => {
    await using registry = await openRegistry()
    await assertMissing(registry.store, `m-${'0'.repeat(32)}`)
    await assert.rejects(() => registry.store.deleteLoggedModel('x'), {
      code: 'TRACKING_NOT_FOUND',
    })
    assert.equal(await registry.store.findLoggedModel('x'), undefined)
  })

  test('a metric of a run that names the model is one of the model', async () => {
    await using registry = await openRegistry()
    const { store, runId } = registry
    const { modelId } = await store.createLoggedModel({ experimentId: '1' })
    const point = { key: 'auc', timestamp: 7, step: 2, modelId }
    const data = { datasetName: 'test', datasetDigest: 'abc' }
    await store.logMetrics(runId, [
      { ...point, value: 0.75, ...data },
      { ...point, key: 'loss', value: Number.NaN },
      { ...point, key: 'other', value: 1, modelId: undefined },
    ])
    assert.deepEqual((await store.getLoggedModel(modelId)).metrics, [
      { ...point, value: 0.75, ...data, runId },
      {
        ...point,
        key: 'loss',
        value: Number.NaN,
        datasetName: undefined,
        datasetDigest: undefined,
        runId,
      },
    ])
  })

  test('of a long history it tells the last thousand points', async () => {
    await using registry = await openRegistry()
    const { store, runId } = registry
    const { modelId } = await store.createLoggedModel({ experimentId: '1' })
    const points = Array.from({ length: 2500 }, (_, step) => ({
      key: 'loss',
      value: -step,
      timestamp: 1,
      step,
      modelId,
    }))
    for (let i = 0; i < points.length; i += 500) {
      await store.logMetrics(runId, points.slice(i, i + 500))
    }
    const steps = (await store.getLoggedModel(modelId)).metrics.map(({ step }) => step)
    assert.equal(steps.length, 1000)
    assert.deepEqual([steps[0], steps.at(-1)], [1500, 2499])
  })
})

describe('what a logged model is registered as', () => {
  const tag = 'mlflow.modelVersions'

  test('stands in its tag, each version once, whoever writes it', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const { modelId } = await store.createLoggedModel({ experimentId: '1' })
    await store.createRegisteredModel({ name: 'm' }, change)
    const source = `models:/${modelId}`
    await store.registerModelVersion({ name: 'm', source, modelId }, change)
    assert.equal(await tagOf(store, modelId), '[{"name": "m", "version": 1}]')
    // As the Python client does after it registered: a number where the registry has a text.
    const byClient = '[{"name": "m", "version": "1"}, {"name": "m", "version": 1}]'
    await store.setLoggedModelTags(modelId, { [tag]: byClient })
    assert.equal(await tagOf(store, modelId), '[{"name": "m", "version": 1}]')
    await store.registerModelVersion({ name: 'm', source, modelId }, change)
    assert.equal(
      await tagOf(store, modelId),
      '[{"name": "m", "version": 1}, {"name": "m", "version": 2}]',
    )
  })

  for (const text of [
    '',
    'x',
    '{}',
    '[1]',
    '[{"name": "m"}]',
    '[{"name": 1, "version": 1}]',
    '[{"name": "m", "version": "x"}]',
    '[{"name": "m", "version": "1]"}]',
  ]) {
    test(`a tag ${JSON.stringify(text)} that is no such list is kept, until a version comes`, async () => {
      await using registry = await openRegistry()
      const { store } = registry
      const { modelId } = await store.createLoggedModel({
        experimentId: '1',
        tags: { [tag]: text },
      })
      assert.equal(await tagOf(store, modelId), text)
      await store.createRegisteredModel({ name: 'm' }, change)
      await store.registerModelVersion({ name: 'm', source: `models:/${modelId}`, modelId }, change)
      assert.equal(await tagOf(store, modelId), '[{"name": "m", "version": 1}]')
    })
  }

  test('a version may name a logged model of another house', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    const foreign = { name: 'm', source: 's3://bucket/model', modelId: 'm-elsewhere' }
    assert.equal((await store.registerModelVersion(foreign, change)).modelId, 'm-elsewhere')
  })

  async function tagOf(store: TrackingStore, modelId: string): Promise<string | undefined> {
    return (await store.getLoggedModel(modelId)).tags[tag]
  }
})

async function assertMissing(store: TrackingStore, modelId: string): Promise<void> {
  const calls = [
    () => store.getLoggedModel(modelId),
    () => store.finishLoggedModel(modelId, 'LOGGED_MODEL_READY'),
    () => store.setLoggedModelTags(modelId, { k: 'v' }),
    () => store.deleteLoggedModelTag(modelId, 'k'),
    () => store.logLoggedModelParams(modelId, { k: 'v' }),
  ]
  for (const call of calls) {
    await assert.rejects(call, {
      code: 'TRACKING_NOT_FOUND',
      message: `Logged model with ID '${modelId}' not found.`,
    })
  }
}
