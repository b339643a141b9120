import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRun } from '../../../src/core/tracking.ts'
import {
  createExperiment,
  files,
  missingId,
  newRun,
  newVersion,
  notFound,
  point,
  refused,
  uniqueName,
  type TrackerUnderTest,
} from './trackers.ts'

export function describeRuns({ open }: TrackerUnderTest): void {
  test('a started run is running, active, and knows its name, experiment and tags', async () => {
    await using tracking = await open()
    const run = await tracking.getRun(
      await tracking.startRun(newRun({ startTime: 17, tags: { stage: 'train' } })),
    )
    assert.match(run.runId, /^[0-9a-f]{32}$/)
    assert.equal(run.runName, 'a run')
    assert.equal(run.status, 'RUNNING')
    assert.equal(run.startTime, 17)
    assert.equal(run.endTime, undefined)
    assert.equal(run.lifecycleStage, 'active')
    assert.equal(run.tags['stage'], 'train')
    assert.equal(run.tags['mlflow.runName'], 'a run')
    assert.equal(run.artifactUri, `mlflow-artifacts:/${run.experimentId}/${run.runId}/artifacts`)
    assert.deepEqual([run.params, run.metrics, run.outputs], [{}, [], []])
    assert.deepEqual(run.inputs, { datasets: [], modelIds: [] })
  })

  test('a run without a name gets one, and one with a user has them', async () => {
    await using tracking = await open()
    const experimentId = await createExperiment(tracking)
    const run = await tracking.createRun({ experimentId, startTime: 1, userId: 'ada' })
    assert.match(run.runName, /^[a-z]+-[a-z]+-\d+$/)
    assert.equal(run.userId, 'ada')
  })

  test('an ended run has its status and time', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await tracking.endRun(runId, 'FAILED', 99)
    const { status, endTime } = await tracking.getRun(runId)
    assert.deepEqual({ status, endTime }, { status: 'FAILED', endTime: 99 })
  })

  test('a change of a run changes what it names, and gives the run as it is then', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await tracking.logParams(runId, { depth: '4' })
    const run = await tracking.updateRun(runId, { runName: 'another' })
    assert.equal(run.status, 'RUNNING')
    assert.equal(run.runName, 'another')
    assert.equal(run.tags['mlflow.runName'], 'another')
    assert.deepEqual(run.params, { depth: '4' })
    assert.deepEqual(await tracking.getRun(runId), run)
  })

  test('a deleted run takes nothing more until it is restored', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await tracking.deleteRun(runId)
    await tracking.deleteRun(runId)
    assert.equal((await tracking.getRun(runId)).lifecycleStage, 'deleted')
    for (const call of [
      () => tracking.logParams(runId, { a: '1' }),
      () => tracking.logMetrics(runId, [point('a', 1)]),
      () => tracking.setTags(runId, { a: '1' }),
      () => tracking.endRun(runId, 'FINISHED', 9),
    ]) {
      await assert.rejects(call, refused)
    }
    await tracking.restoreRun(runId)
    await tracking.logParams(runId, { a: '1' })
    assert.equal((await tracking.getRun(runId)).params['a'], '1')
  })

  test('runs of one experiment are found by all of the given tags, newest first', async () => {
    await using tracking = await open()
    const experimentName = uniqueName('experiment')
    const start = (startTime: number, tags: NewRun['tags']): Promise<string> =>
      tracking.startRun(newRun({ experimentName, startTime, tags }))
    const older = await start(1, { model: 'boosting', data: 'x' })
    const newer = await start(2, { model: 'boosting', data: 'x' })
    await start(3, { model: 'boosting', data: 'y' })
    const quoted = await start(4, { model: 'linear', data: `it's "x"` })
    await tracking.startRun(newRun({ tags: { model: 'boosting', data: 'x' } }))
    const find = async (tags: NewRun['tags']): Promise<string[]> =>
      (await tracking.findRuns(experimentName, tags)).map(({ runId }) => runId)
    assert.deepEqual(await find({ model: 'boosting', data: 'x' }), [newer, older])
    assert.deepEqual(await find({ data: `it's "x"` }), [quoted])
    assert.deepEqual(await find({ data: '%' }), [])
    assert.equal((await find({})).length, 4)
    assert.deepEqual(await tracking.findRuns(uniqueName('none'), {}), [])
  })

  test('what does not exist is said to be missing', async () => {
    await using tracking = await open()
    const calls = [
      () => tracking.getRun(missingId),
      () => tracking.logParams(missingId, { a: '1' }),
      () => tracking.logMetrics(missingId, [point('a', 1)]),
      () => tracking.setTags(missingId, { a: '1' }),
      () => tracking.endRun(missingId, 'FINISHED', 1),
      () => tracking.deleteRun(missingId),
      () => tracking.restoreRun(missingId),
      () => tracking.logArtifacts(missingId, 'model', files({ a: 'x' })),
      () => tracking.readArtifacts(missingId, 'model'),
      () => tracking.createModelVersion(newVersion({ runId: missingId })),
    ]
    for (const call of calls) await assert.rejects(call, notFound)
  })

  test('the data that a run read is kept once, with what it was for', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const dataset = {
      name: 'credit',
      digest: 'abc123',
      sourceType: 'dvc',
      source: '{"path": "data/raw/credit.csv"}',
      schema: '{"columns": []}',
      profile: '{"rows": 3}',
    }
    const inputs = {
      datasets: [{ dataset, tags: { 'mlflow.data.context': 'training' } }],
      modelIds: [],
    }
    await tracking.logInputs(runId, inputs)
    await tracking.logInputs(runId, inputs)
    assert.deepEqual((await tracking.getRun(runId)).inputs, inputs)
    const long = { ...dataset, digest: 'x'.repeat(37) }
    await assert.rejects(
      () => tracking.logInputs(runId, { datasets: [{ dataset: long, tags: {} }], modelIds: [] }),
      refused,
    )
  })
}
