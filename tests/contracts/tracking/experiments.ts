import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createExperiment,
  newRun,
  notFound,
  refused,
  taken,
  uniqueName,
  type TrackerUnderTest,
} from './trackers.ts'

export function describeExperiments({ open }: TrackerUnderTest): void {
  test('an experiment has its name, tags and place, and is found by id and by name', async () => {
    await using tracking = await open()
    const name = uniqueName('it\'s `odd` \u{1F600} "/:')
    const id = await tracking.createExperiment({ name, tags: { team: 'risk' } })
    const found = await tracking.getExperiment(id)
    assert.deepEqual(await tracking.findExperimentByName(name), found)
    assert.equal(found.name, name)
    assert.equal(found.lifecycleStage, 'active')
    assert.equal(found.tags['team'], 'risk')
    assert.equal(found.artifactLocation, `mlflow-artifacts:/${id}`)
    assert.equal(await tracking.findExperimentByName(uniqueName('none')), undefined)
  })

  test('the experiment that is there from the start is Default', async () => {
    await using tracking = await open()
    assert.equal((await tracking.getExperiment('0')).name, 'Default')
  })

  test('a name is taken once, by a deleted one too', async () => {
    await using tracking = await open()
    const name = uniqueName('experiment')
    const id = await tracking.createExperiment({ name })
    await assert.rejects(() => tracking.createExperiment({ name }), taken)
    await tracking.deleteExperiment(id)
    await assert.rejects(() => tracking.createExperiment({ name }), taken)
  })

  test('names that are none are refused', async () => {
    await using tracking = await open()
    const id = await createExperiment(tracking)
    for (const name of ['', 'x'.repeat(501)]) {
      await assert.rejects(() => tracking.createExperiment({ name }), refused)
      await assert.rejects(() => tracking.renameExperiment(id, name), refused)
    }
  })

  test('a deleted experiment takes its runs along, and brings them back', async () => {
    await using tracking = await open()
    const experimentName = uniqueName('experiment')
    const runId = await tracking.startRun(newRun({ experimentName }))
    const { experimentId } = await tracking.getRun(runId)
    await tracking.deleteExperiment(experimentId)
    assert.equal((await tracking.getExperiment(experimentId)).lifecycleStage, 'deleted')
    assert.equal((await tracking.getRun(runId)).lifecycleStage, 'deleted')
    await assert.rejects(() => tracking.deleteExperiment(experimentId), notFound)
    await assert.rejects(() => tracking.createRun({ experimentId, startTime: 1 }), refused)
    await tracking.restoreExperiment(experimentId)
    assert.equal((await tracking.getExperiment(experimentId)).lifecycleStage, 'active')
    assert.equal((await tracking.getRun(runId)).lifecycleStage, 'active')
    await assert.rejects(() => tracking.restoreExperiment(experimentId), notFound)
  })

  test('an experiment gets another name, unless it is taken', async () => {
    await using tracking = await open()
    const id = await createExperiment(tracking)
    const other = await createExperiment(tracking)
    const name = uniqueName('renamed')
    await tracking.renameExperiment(id, name)
    assert.equal((await tracking.getExperiment(id)).name, name)
    await assert.rejects(() => tracking.renameExperiment(other, name), taken)
  })

  test('tags are set, changed and deleted', async () => {
    await using tracking = await open()
    const id = await createExperiment(tracking)
    await tracking.setExperimentTag(id, 'a', '1')
    await tracking.setExperimentTag(id, 'a', '2')
    await tracking.setExperimentTag(id, 'b', '')
    const { tags } = await tracking.getExperiment(id)
    assert.deepEqual({ a: tags['a'], b: tags['b'] }, { a: '2', b: '' })
    await tracking.deleteExperimentTag(id, 'a')
    assert.equal((await tracking.getExperiment(id)).tags['a'], undefined)
    await assert.rejects(() => tracking.deleteExperimentTag(id, 'a'), notFound)
    await assert.rejects(() => tracking.setExperimentTag(id, 'x'.repeat(251), '1'), refused)
  })

  test('what does not exist is said to be missing, and an id is a number', async () => {
    await using tracking = await open()
    await assert.rejects(() => tracking.getExperiment('987654321'), notFound)
    await assert.rejects(() => tracking.getExperiment('abc'), refused)
    await assert.rejects(() => tracking.deleteExperiment('987654321'), notFound)
  })

  test('experiments are found by filter, order and view, page by page', async () => {
    await using tracking = await open()
    const stem = uniqueName('found')
    const ids: string[] = []
    for (const letter of ['a', 'b', 'c']) {
      const tags = { letter, group: 'g' }
      ids.push(await tracking.createExperiment({ name: `${stem}-${letter}`, tags }))
    }
    const search = { filter: `name LIKE '${stem}-%'`, orderBy: ['name DESC'], maxResults: 2 }
    const first = await tracking.searchExperiments(search)
    assert.deepEqual(
      first.items.map(({ name }) => name.slice(-1)),
      ['c', 'b'],
    )
    const second = await tracking.searchExperiments({ ...search, pageToken: first.nextPageToken })
    assert.deepEqual(
      second.items.map(({ name }) => name.slice(-1)),
      ['a'],
    )
    assert.equal(second.nextPageToken, undefined)
    await tracking.deleteExperiment(ids[1]!)
    const names = async (viewType: 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL'): Promise<string> => {
      const found = await tracking.searchExperiments({ ...search, maxResults: 9, viewType })
      return found.items.map(({ name }) => name.slice(-1)).join('')
    }
    assert.equal(await names('ACTIVE_ONLY'), 'ca')
    assert.equal(await names('DELETED_ONLY'), 'b')
    assert.equal(await names('ALL'), 'cba')
    for (const filter of ['nothing = 1', 'name ~ x']) {
      await assert.rejects(() => tracking.searchExperiments({ filter, maxResults: 1 }), refused)
    }
  })
}
