import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Tracking } from '../../src/core/tracking.ts'
import { copyTracking, type CopyResult } from '../../src/tracking/transfer/copy-tracking.ts'
import type { CountedKind } from '../../src/tracking/transfer/tally.ts'
import { toTransferSource } from '../../src/tracking/transfer/transfer-source.ts'
import { openFreshStore } from './open-store.ts'
import { allRuns, fillHouse, modelFolder, newVersion, onlyRun, snapshot } from './transfer-house.ts'

const copy = (from: Tracking, to: Tracking, options = {}): Promise<CopyResult> =>
  copyTracking(toTransferSource(from), to, options)

describe('copying a tracker', () => {
  test('brings everything and counts it', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const result = await copy(from, to)
    assert.deepEqual(result.failures, [])
    assert.deepEqual(foundOf(result), {
      experiments: 2, // 'Default' and 'credit'
      runs: 3,
      params: 3, // one of them the logged model's
      tags: 10, // team; two, two and one of the runs with their names; kind; area; rank 1 and 3
      'metric points': 1203,
      datasets: 1,
      'model links': 2,
      'artifact files': 4,
      'logged models': 1,
      'model metrics': 1,
      'registered models': 1,
      'model versions': 2,
      aliases: 1,
      stages: 1,
    })
    assert.deepEqual(
      result.lines.map(({ copied, alreadyThere }) => copied + alreadyThere),
      result.lines.map(({ found }) => found),
    )
    assert.ok(result.isComplete)
  })

  test('a copied run is the same run under another id', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const { parentId, modelId } = await fillHouse(from)
    await copy(from, to)
    const original = await from.getRun(parentId)
    const found = await onlyRun(to, 'parent')
    const { runId, tags, outputs, metrics } = found
    const { 'mlpt.copiedFrom': origin, ...otherTags } = tags
    assert.equal(origin, parentId)
    assert.deepEqual(otherTags, original.tags)
    for (const member of [
      'userId',
      'status',
      'startTime',
      'endTime',
      'params',
      'inputs',
    ] as const) {
      assert.deepEqual(found[member], original[member])
    }
    assert.equal(found.endTime, 900)
    assert.notEqual(runId, parentId)
    assert.equal(outputs.length, 1)
    assert.notEqual(outputs[0]!.modelId, modelId)
    const ids = new Map(metrics.map((point) => [point.key, point.value]))
    assert.deepEqual(
      ids,
      new Map([
        ['acc', 0.9],
        ['loss', 1199],
        ['odd', Number.NaN],
      ]),
    )
    for (const key of ['loss', 'odd', 'acc']) {
      const read = async (tracker: Tracking, id: string): Promise<unknown> =>
        (await tracker.readMetricHistory({ runId: id, key, maxResults: 5000 })).items.map(
          ({ value, timestamp, step }) => [value, timestamp, step],
        )
      assert.deepEqual(await read(to, runId), await read(from, parentId))
    }
    const files = await to.readArtifacts(runId, '')
    assert.deepEqual([...files.keys()].sort(), ['model/MLmodel', 'notes/é 1.txt', 'empty'].sort())
    assert.equal(Buffer.from(files.get('notes/é 1.txt')!).toString(), 'text')
  })

  test('children know their parents by the new ids', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await copy(from, to)
    const parent = await onlyRun(to, 'parent')
    const child = await to.getRun((await onlyRun(to, 'child')).runId)
    assert.equal(child.tags['mlflow.parentRunId'], parent.runId)
    assert.deepEqual(child.inputs.modelIds, [parent.outputs[0]!.modelId])
  })

  test('what is deleted comes deleted', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await copy(from, to)
    const gone = await onlyRun(to, 'gone')
    assert.equal(gone.lifecycleStage, 'deleted')
    assert.deepEqual(gone.params, { depth: '9' })
  })

  test('a deleted run that got more before it was deleted is brought up to date, and stays deleted', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await copy(from, to)
    const { runId } = await onlyRun(from, 'gone')
    await from.restoreRun(runId)
    await from.setTags(runId, { late: 'yes' })
    await from.deleteRun(runId)
    assert.ok((await copy(from, to)).isComplete)
    const gone = await onlyRun(to, 'gone')
    assert.equal(gone.tags['late'], 'yes')
    assert.equal(gone.lifecycleStage, 'deleted')
  })

  test('a copy that was thrown away stays so, and what it lacks is told', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const { childId } = await fillHouse(from)
    await copy(from, to)
    await to.deleteRun((await onlyRun(to, 'child')).runId)
    assert.ok((await copy(from, to)).isComplete)
    await from.setTags(childId, { late: 'yes' })
    const { isComplete, lines, failures } = await copy(from, to)
    assert.deepEqual(failures, [])
    assert.equal(isComplete, false)
    assert.equal(lines.find(({ kind }) => kind === 'tags')?.copied, 0)
    assert.equal((await onlyRun(to, 'child')).lifecycleStage, 'deleted')
  })

  test('logged models come with files, params and what was measured of them', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await copy(from, to)
    const parent = await onlyRun(to, 'parent')
    const model = await to.getLoggedModel(parent.outputs[0]!.modelId)
    assert.equal(model.sourceRunId, parent.runId)
    assert.equal(model.status, 'LOGGED_MODEL_READY')
    assert.deepEqual(model.params, { trees: '7' })
    assert.equal(model.tags['kind'], 'boosted')
    assert.deepEqual(
      model.metrics.map(({ key, value, step, runId }) => ({ key, value, step, runId })),
      [{ key: 'acc', value: 0.9, step: 2, runId: parent.runId }],
    )
    assert.deepEqual(await to.listArtifacts({ modelId: model.modelId }, ''), [
      { path: 'MLmodel', isFolder: false, sizeBytes: 11 },
    ])
  })

  test('versions keep their numbers, also after deleted ones, with lineage, stage and aliases', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await copy(from, to)
    const parent = await onlyRun(to, 'parent')
    const versions = await to.listModelVersions('scorer')
    assert.deepEqual(
      versions.map(({ version, runId, stage, aliases, description, tags }) => ({
        version,
        runId,
        stage,
        aliases,
        description,
        rank: tags['rank'],
      })),
      [
        {
          version: '3',
          runId: parent.runId,
          stage: 'None',
          aliases: ['champion'],
          description: 'third',
          rank: '3',
        },
        {
          version: '1',
          runId: parent.runId,
          stage: 'Production',
          aliases: [],
          description: 'first',
          rank: '1',
        },
      ],
    )
    assert.equal(versions[0]!.source, `models:/${versions[0]!.modelId}`)
    assert.equal(versions[0]!.modelId, parent.outputs[0]!.modelId)
    assert.equal(versions[1]!.source, `${parent.artifactUri}/model`)
    assert.equal((await to.getRegisteredModel('scorer')).description, 'scores')
  })

  test('a second copy finds everything and changes nothing', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await copy(from, to)
    const before = await snapshot(to)
    const again = await copy(from, to)
    assert.deepEqual(
      again.lines.filter(({ copied }) => copied !== 0),
      [],
    )
    assert.ok(again.isComplete)
    assert.deepEqual(await snapshot(to), before)
  })

  test('a second copy brings what came since, and follows a moved alias', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const { parentId, childId } = await fillHouse(from)
    await copy(from, to)
    await from.logMetrics(childId, [{ key: 'late', value: 1, timestamp: 5, step: 0 }])
    await from.writeArtifact({ runId: parentId }, 'empty', Buffer.from('no more'))
    await from.setModelAlias('scorer', 'champion', { version: '1', timestamp: 9 })
    await from.setModelAlias('scorer', 'constructor', { version: '1', timestamp: 9 })
    const again = await copy(from, to)
    assert.deepEqual(
      again.lines.filter(({ copied }) => copied > 0).map(({ kind, copied }) => [kind, copied]),
      [
        ['metric points', 1],
        ['artifact files', 1],
        ['aliases', 2],
      ],
    )
    assert.ok(again.isComplete)
    assert.equal((await to.findModelVersion('scorer', 'champion'))?.version, '1')
  })

  test('back home nothing comes twice', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await copy(from, to)
    const before = await snapshot(from)
    const back = await copy(to, from)
    assert.deepEqual(
      back.lines.filter(({ copied }) => copied !== 0),
      [],
    )
    assert.ok(back.isComplete)
    assert.deepEqual(await snapshot(from), before)
  })

  test('a dry run counts and writes nothing', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const before = await snapshot(to)
    const { lines, isComplete } = await copy(from, to, { isDryRun: true })
    assert.equal(lines.find(({ kind }) => kind === 'metric points')?.found, 1203)
    assert.deepEqual(
      lines.filter(({ alreadyThere }) => alreadyThere > 0).map(({ kind }) => kind),
      ['experiments'],
    )
    assert.equal(isComplete, false)
    assert.deepEqual(await snapshot(to), before)
  })

  test('one experiment brings only what is registered of it', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const otherId = await from.startRun({
      experimentName: 'other',
      runName: 'o',
      startTime: 1,
      tags: {},
    })
    await from.logArtifacts(otherId, 'model', modelFolder)
    await from.createModelVersion({ ...newVersion, name: 'otherModel', runId: otherId })
    const { isComplete } = await copy(from, to, { experiments: ['other'] })
    assert.ok(isComplete)
    const names = await to.searchRegisteredModels({ maxResults: 10 })
    assert.deepEqual(
      names.items.map(({ name }) => name),
      ['otherModel'],
    )
    assert.equal(await to.findExperimentByName('credit'), undefined)
  })

  test('--since leaves older runs behind', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const { isComplete } = await copy(from, to, { since: 200 })
    assert.ok(isComplete)
    const runs = await allRuns(to)
    assert.deepEqual(runs.map(({ runName }) => runName).sort(), ['child', 'gone'])
    assert.equal((await to.searchRegisteredModels({ maxResults: 1 })).items.length, 0)
  })

  test('an experiment that is not there is refused with the nearest name', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    await assert.rejects(copy(from, to, { experiments: ['credti'] }), {
      code: 'TRACKING_NOT_FOUND',
      hint: `did you mean 'credit'?`,
    })
  })

  test('what cannot be copied is named, and the rest is', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    const { parentId } = await fillHouse(from)
    await copy(from, to)
    const there = await onlyRun(to, 'parent')
    await from.logParams(parentId, { late: 'a' })
    await to.logParams(there.runId, { late: 'b' })
    const otherId = await from.startRun({
      experimentName: 'z',
      runName: 'after',
      startTime: 1,
      tags: {},
    })
    const result = await copy(from, to)
    assert.equal(result.isComplete, false)
    assert.equal(result.failures.length, 1)
    assert.equal(result.failures[0]!.what, `run ${parentId}`)
    assert.match(result.failures[0]!.why, /late/)
    assert.equal((await to.findRuns('z', {}))[0]?.tags['mlpt.copiedFrom'], otherId)
  })

  test("an alias that names one of the target's own versions stays, and is named", async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const runId = await to.startRun({
      experimentName: 'mine',
      runName: 'r',
      startTime: 1,
      tags: {},
    })
    await to.logArtifacts(runId, 'model', modelFolder)
    await to.createModelVersion({ ...newVersion, name: 'scorer', runId, aliases: ['champion'] })
    const result = await copy(from, to)
    assert.deepEqual(
      result.failures.map(({ what }) => what),
      [`alias 'champion' of 'scorer'`],
    )
    assert.equal((await to.findModelVersion('scorer', 'champion'))?.version, '1')
    assert.equal(result.isComplete, false)
  })

  test('a deleted experiment of the name is not written to', async () => {
    await using from = await openFreshStore()
    await using to = await openFreshStore()
    await fillHouse(from)
    const id = await to.createExperiment({ name: 'credit' })
    await to.deleteExperiment(id)
    const result = await copy(from, to)
    assert.deepEqual(result.failures[0], {
      what: `experiment 'credit'`,
      why: 'the target has one of this name that is deleted',
    })
    assert.equal(result.isComplete, false)
  })
})

function foundOf({ lines }: CopyResult): Partial<Record<CountedKind, number>> {
  return Object.fromEntries(lines.map(({ kind, found }) => [kind, found]))
}
