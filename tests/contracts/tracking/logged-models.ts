import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createExperiment,
  newRun,
  notFound,
  point,
  refused,
  type TrackerUnderTest,
} from './trackers.ts'

const missingModel = `m-${'0'.repeat(32)}`

export function describeLoggedModels({ open }: TrackerUnderTest): void {
  test('a logged model is pending until it is finished, and knows where it comes from', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const { experimentId } = await tracking.getRun(runId)
    const made = await tracking.createLoggedModel({
      experimentId,
      name: 'classifier',
      modelType: 'boosting',
      sourceRunId: runId,
      params: { depth: '4' },
      tags: { data: 'abc' },
    })
    assert.match(made.modelId, /^m-[0-9a-f]{32}$/)
    assert.equal(made.status, 'LOGGED_MODEL_PENDING')
    assert.equal(
      made.artifactUri,
      `mlflow-artifacts:/${experimentId}/models/${made.modelId}/artifacts`,
    )
    assert.deepEqual(
      [made.name, made.modelType, made.sourceRunId, made.params, made.tags['data']],
      ['classifier', 'boosting', runId, { depth: '4' }, 'abc'],
    )
    const ready = await tracking.finishLoggedModel(made.modelId, 'LOGGED_MODEL_READY')
    assert.equal(ready.status, 'LOGGED_MODEL_READY')
    assert.deepEqual(await tracking.getLoggedModel(made.modelId), ready)
  })

  test('a run tells the models that it made and those that it read', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const { experimentId } = await tracking.getRun(runId)
    const { modelId } = await tracking.createLoggedModel({ experimentId, sourceRunId: runId })
    await tracking.logOutputs(runId, [{ modelId, step: 3 }])
    const reader = await tracking.startRun(newRun())
    await tracking.logInputs(reader, { datasets: [], modelIds: [modelId] })
    assert.deepEqual((await tracking.getRun(runId)).outputs, [{ modelId, step: 3 }])
    assert.deepEqual((await tracking.getRun(reader)).inputs.modelIds, [modelId])
  })

  test('a metric that names a model is one of the model too', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const { experimentId } = await tracking.getRun(runId)
    const { modelId } = await tracking.createLoggedModel({ experimentId, sourceRunId: runId })
    await tracking.logMetrics(runId, [{ ...point('auc', 0.75, 2), modelId }])
    const { metrics } = await tracking.getLoggedModel(modelId)
    assert.deepEqual(
      metrics.map(({ key, value, step, runId: by }) => ({ key, value, step, by })),
      [{ key: 'auc', value: 0.75, step: 2, by: runId }],
    )
  })

  test('params are written once, tags may change and go', async () => {
    await using tracking = await open()
    const experimentId = await createExperiment(tracking)
    const { modelId } = await tracking.createLoggedModel({ experimentId, params: { a: '1' } })
    await tracking.logLoggedModelParams(modelId, { b: '2' })
    await assert.rejects(() => tracking.logLoggedModelParams(modelId, { b: '3' }))
    await tracking.setLoggedModelTags(modelId, { x: '1', 'y/z %': '1' })
    await tracking.setLoggedModelTags(modelId, { x: '2' })
    const model = await tracking.getLoggedModel(modelId)
    assert.deepEqual(model.params, { a: '1', b: '2' })
    assert.deepEqual(model.tags['x'], '2')
    await tracking.deleteLoggedModelTag(modelId, 'x')
    assert.equal((await tracking.getLoggedModel(modelId)).tags['x'], undefined)
    await assert.rejects(() => tracking.deleteLoggedModelTag(modelId, 'x'), notFound)
  })

  test('a deleted model is gone', async () => {
    await using tracking = await open()
    const experimentId = await createExperiment(tracking)
    const { modelId } = await tracking.createLoggedModel({ experimentId })
    await tracking.deleteLoggedModel(modelId)
    await assert.rejects(() => tracking.getLoggedModel(modelId), notFound)
    await assert.rejects(() => tracking.getLoggedModel(missingModel), notFound)
    await assert.rejects(
      () => tracking.finishLoggedModel(missingModel, 'LOGGED_MODEL_READY'),
      notFound,
    )
  })

  for (const name of ['a/b', 'a:b', 'a.b', 'a%b', `a"b`, `a'b`]) {
    test(`the name ${name} is refused for a logged model`, async () => {
      await using tracking = await open()
      const experimentId = await createExperiment(tracking)
      await assert.rejects(() => tracking.createLoggedModel({ experimentId, name }), refused)
    })
  }

  test('logged models are found by filter and order, page by page', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const { experimentId } = await tracking.getRun(runId)
    for (const [name, auc] of [
      ['a', 0.5],
      ['b', 0.75],
      ['c', 0.25],
    ] as const) {
      const { modelId } = await tracking.createLoggedModel({
        experimentId,
        name,
        sourceRunId: runId,
        params: { letter: name },
      })
      await tracking.logMetrics(runId, [{ ...point('auc', auc), modelId }])
    }
    const search = { experimentIds: [experimentId], maxResults: 10 }
    const names = async (change: object): Promise<string> => {
      const { items } = await tracking.searchLoggedModels({ ...search, ...change })
      return items.map(({ name }) => name).join('')
    }
    const orderBy = [{ field: 'metrics.auc', isAscending: false }]
    assert.equal(await names({ orderBy }), 'bac')
    assert.equal(await names({ orderBy, filter: 'metrics.auc > 0.3' }), 'ba')
    assert.equal(await names({ filter: "name = 'c'" }), 'c')
    assert.equal(await names({ filter: "params.letter = 'a'" }), 'a')
    assert.equal(await names({ orderBy: [{ field: 'name', isAscending: true }] }), 'abc')
    const first = await tracking.searchLoggedModels({ ...search, orderBy, maxResults: 2 })
    const pageToken = first.nextPageToken
    assert.equal(await names({ orderBy, maxResults: 2, pageToken }), 'c')
    assert.equal(await names({ experimentIds: [] }), '')
    await assert.rejects(() => names({ filter: 'name ~ 1' }), refused)
  })
}
