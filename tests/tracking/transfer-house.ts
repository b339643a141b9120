/** A tracker with one of everything that can be copied. */

import assert from 'node:assert/strict'
import type { Run, Tracking } from '../../src/core/tracking.ts'

export const modelFolder = new Map([['MLmodel', Buffer.from('x')]])

export const newVersion = {
  artifactPath: 'model',
  description: '',
  tags: {},
  aliases: [] as readonly string[],
  reason: '',
  timestamp: 1,
}

/** An experiment with three runs, a logged model and a registered one, whose second version is gone. */
export async function fillHouse(
  to: Tracking,
): Promise<{ parentId: string; childId: string; modelId: string }> {
  const experimentId = await to.createExperiment({ name: 'credit', tags: { team: 'risk' } })
  const base = { experimentId, userId: 'ada' }
  const { runId: parentId } = await to.createRun({
    ...base,
    runName: 'parent',
    startTime: 100,
    tags: { note: 'a\nb' },
  })
  const { modelId } = await to.createLoggedModel({
    experimentId,
    name: 'm',
    sourceRunId: parentId,
    params: { trees: '7' },
    tags: { kind: 'boosted' },
  })
  await to.writeArtifact({ modelId }, 'MLmodel', Buffer.from('flavors: {}'))
  await to.finishLoggedModel(modelId, 'LOGGED_MODEL_READY')
  await to.logParams(parentId, { depth: '3' })
  for (let start = 0; start < 1200; start += 600) {
    await to.logMetrics(
      parentId,
      Array.from({ length: 600 }, (_, i) => ({
        key: 'loss',
        value: start + i,
        timestamp: 1000 + start + i,
        step: start + i,
      })),
    )
  }
  await to.logMetrics(parentId, [
    { key: 'odd', value: Number.NaN, timestamp: 3, step: 7 },
    { key: 'odd', value: Number.POSITIVE_INFINITY, timestamp: 4, step: -1 },
    { key: 'acc', value: 0.9, timestamp: 5, step: 2, modelId },
  ])
  await to.logInputs(parentId, {
    datasets: [
      {
        dataset: {
          name: 'd',
          digest: 'x',
          sourceType: 'local',
          source: 's',
          schema: '{}',
          profile: undefined,
        },
        tags: { 'mlflow.data.context': 'training' },
      },
    ],
    modelIds: [],
  })
  await to.logOutputs(parentId, [{ modelId, step: 4 }])
  await to.logArtifacts(
    parentId,
    '',
    new Map([
      ['model/MLmodel', Buffer.from('x')],
      ['notes/é 1.txt', Buffer.from('text')],
      ['empty', Buffer.alloc(0)],
    ]),
  )
  const { runId: childId } = await to.createRun({
    ...base,
    runName: 'child',
    startTime: 200,
    tags: { 'mlflow.parentRunId': parentId },
  })
  await to.logInputs(childId, { datasets: [], modelIds: [modelId] })
  const gone = await to.createRun({ ...base, runName: 'gone', startTime: 300 })
  await to.logParams(gone.runId, { depth: '9' })
  await to.endRun(parentId, 'FINISHED', 900)
  await to.deleteRun(gone.runId)
  await registerVersions(to, parentId, modelId)
  return { parentId, childId, modelId }
}

async function registerVersions(to: Tracking, runId: string, modelId: string): Promise<void> {
  const name = 'scorer'
  const change = { timestamp: 50 }
  await to.createRegisteredModel({ name, description: 'scores', tags: { area: 'credit' } }, change)
  for (const [rank, description] of [
    ['1', 'first'],
    ['2', 'second'],
  ] as const) {
    await to.createModelVersion({ ...newVersion, name, runId, description, tags: { rank } })
  }
  await to.registerModelVersion(
    {
      name,
      source: `models:/${modelId}`,
      runId,
      modelId,
      description: 'third',
      tags: { rank: '3' },
    },
    change,
  )
  await to.deleteModelVersion(name, '2', change)
  await to.setModelAlias(name, 'champion', { version: '3', ...change })
  await to.transitionStage(name, '1', 'Production', { ...change, archivesOthers: false })
}

export async function allRuns(tracker: Tracking): Promise<readonly Run[]> {
  const experiments = await tracker.searchExperiments({ maxResults: 100 })
  const experimentIds = experiments.items.map(({ experimentId }) => experimentId)
  return (await tracker.searchRuns({ experimentIds, viewType: 'ALL', maxResults: 100 })).items
}

export async function onlyRun(tracker: Tracking, name: string): Promise<Run> {
  const found = (await allRuns(tracker)).filter(({ runName }) => runName === name)
  assert.equal(found.length, 1)
  return found[0]!
}

/** What a tracker says of itself. */
export async function snapshot(tracker: Tracking): Promise<unknown> {
  const models = await tracker.searchRegisteredModels({ maxResults: 100 })
  return {
    runs: await allRuns(tracker),
    models: models.items,
    versions: await Promise.all(models.items.map(({ name }) => tracker.listModelVersions(name))),
  }
}
