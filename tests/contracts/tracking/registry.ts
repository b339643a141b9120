import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tracking } from '../../../src/core/tracking.ts'
import {
  newRun,
  newVersion,
  notFound,
  refused,
  startWithModel,
  taken,
  uniqueName,
  type TrackerUnderTest,
} from './trackers.ts'

const change = { timestamp: 7, reason: 'a test' }

export function describeRegistry({ open, traits }: TrackerUnderTest): void {
  test('versions count up per model and carry source, tags, aliases and description', async () => {
    await using tracking = await open()
    const runId = await startWithModel(tracking)
    const wanted = newVersion({ runId, tags: { data: 'abc' } })
    const first = await tracking.createModelVersion(wanted)
    const run = await tracking.getRun(runId)
    const { creationTimestamp, lastUpdatedTimestamp, runLink, userId, ...rest } = first
    assert.deepEqual(rest, {
      name: wanted.name,
      version: '1',
      runId,
      modelId: undefined,
      source: `${run.artifactUri}/model`,
      stage: 'None',
      description: 'about it',
      aliases: ['champion', 'first'],
      tags: { data: 'abc' },
    })
    assert.equal(runLink, '')
    assert.equal(typeof userId, 'string')
    assert.ok(lastUpdatedTimestamp >= creationTimestamp)
    if (traits.takesTimeOfVersion) assert.equal(creationTimestamp, 5)
    await tracking.createModelVersion(newVersion({ runId }))
    const second = await tracking.createModelVersion({ ...wanted, aliases: ['champion'] })
    assert.equal(second.version, '2')
    const all = await tracking.listModelVersions(wanted.name)
    assert.deepEqual(
      all.map(({ version, aliases }) => ({ version, aliases })),
      [
        { version: '2', aliases: ['champion'] },
        { version: '1', aliases: ['first'] },
      ],
    )
  })

  test('a version is found by number and by alias, and an alias moves and goes', async () => {
    await using tracking = await open()
    const runId = await startWithModel(tracking)
    const { name } = await tracking.createModelVersion(newVersion({ runId, aliases: ['champion'] }))
    await tracking.createModelVersion(newVersion({ name, runId, aliases: [] }))
    const versionOf = async (selector: string): Promise<string | undefined> =>
      (await tracking.findModelVersion(name, selector))?.version
    assert.equal(await versionOf('champion'), '1')
    await tracking.setModelAlias(name, 'champion', { version: '2', ...change })
    assert.equal(await versionOf('champion'), '2')
    assert.equal(await versionOf('1'), '1')
    for (const missing of ['3', '0', '01', '-1', '1.0', 'Champion', '', 'constructor']) {
      assert.equal(await versionOf(missing), undefined)
    }
    await assert.rejects(
      () => tracking.setModelAlias(name, 'champion', { version: '3', ...change }),
      notFound,
    )
    assert.equal(await versionOf('champion'), '2')
    await tracking.deleteModelAlias(name, 'champion', { from: '1', ...change })
    assert.equal(await versionOf('champion'), '2', 'it has moved meanwhile')
    await tracking.deleteModelAlias(name, 'champion', { from: '2', ...change })
    assert.equal(await versionOf('champion'), undefined)
    await tracking.deleteModelAlias(name, 'champion', change)
  })

  for (const alias of ['', 'latest', 'Latest', 'v1', 'V20', 'a b', 'a/b', 'x'.repeat(256)]) {
    test(`the alias '${alias.slice(0, 10)}' is refused, and with it the whole version`, async () => {
      await using tracking = await open()
      const runId = await startWithModel(tracking)
      const wanted = newVersion({ runId, aliases: ['champion', alias] })
      await assert.rejects(() => tracking.createModelVersion(wanted), refused)
      assert.deepEqual(await tracking.listModelVersions(wanted.name), [])
      assert.equal(await tracking.findModelVersion(wanted.name, 'champion'), undefined)
    })
  }

  for (const name of ['', '  ', 'a/b', 'a:b', '..']) {
    test(`the model name '${name}' is refused`, async () => {
      await using tracking = await open()
      const runId = await startWithModel(tracking)
      await assert.rejects(() => tracking.createModelVersion(newVersion({ runId, name })), refused)
      await assert.rejects(() => tracking.createRegisteredModel({ name }, change), refused)
    })
  }

  test('a version without a model folder is refused', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    await assert.rejects(() => tracking.createModelVersion(newVersion({ runId })), {
      code: 'TRACKING_NOT_FOUND',
      message: /'model'/,
    })
  })

  test('a registered model is made once, changed, renamed with its versions, and deleted', async () => {
    await using tracking = await open()
    const name = uniqueName("o'model")
    const tags = { team: 'risk' }
    const model = await tracking.createRegisteredModel({ name, description: 'd', tags }, change)
    assert.deepEqual([model.description, model.tags['team']], ['d', 'risk'])
    await assert.rejects(() => tracking.createRegisteredModel({ name }, change), taken)
    await registerIn(tracking, name)
    await tracking.updateRegisteredModel(name, 'better', change)
    await tracking.setRegisteredModelTag(name, 'team', 'fraud')
    assert.deepEqual(
      (await tracking.listModelVersions(name)).map(({ version }) => version),
      ['1'],
    )
    const renamed = uniqueName('renamed')
    await tracking.renameRegisteredModel(name, renamed, change)
    const found = await tracking.getRegisteredModel(renamed)
    assert.deepEqual([found.description, found.tags['team']], ['better', 'fraud'])
    assert.equal((await tracking.findModelVersion(renamed, '1'))?.name, renamed)
    await assert.rejects(() => tracking.getRegisteredModel(name), notFound)
    await tracking.deleteRegisteredModelTag(renamed, 'team')
    assert.equal((await tracking.getRegisteredModel(renamed)).tags['team'], undefined)
    await tracking.deleteRegisteredModel(renamed, change)
    await assert.rejects(() => tracking.deleteRegisteredModel(renamed, change), notFound)
    assert.deepEqual(await tracking.listModelVersions(renamed), [])
  })

  test('a version is described, tagged, deleted, and its number never comes back', async () => {
    await using tracking = await open()
    const name = uniqueName('model')
    await tracking.createRegisteredModel({ name }, change)
    await registerIn(tracking, name)
    const second = await registerIn(tracking, name)
    assert.equal(second, '2')
    const described = await tracking.updateModelVersion(name, second, 'about', change)
    assert.equal(described.description, 'about')
    await tracking.setModelVersionTag(name, second, 'a', '1')
    assert.equal((await tracking.findModelVersion(name, second))?.tags['a'], '1')
    await tracking.deleteModelVersionTag(name, second, 'a')
    assert.equal((await tracking.findModelVersion(name, second))?.tags['a'], undefined)
    await tracking.setModelAlias(name, 'champion', { version: second, ...change })
    await tracking.deleteModelVersion(name, second, change)
    assert.equal(await tracking.findModelVersion(name, second), undefined)
    assert.equal(await tracking.findModelVersion(name, 'champion'), undefined)
    await assert.rejects(() => tracking.deleteModelVersion(name, second, change), notFound)
    assert.equal(await registerIn(tracking, name), '3')
  })

  test('a stage holds what was moved to it, and archives the others when asked', async () => {
    await using tracking = await open()
    const name = uniqueName('model')
    await tracking.createRegisteredModel({ name }, change)
    await registerIn(tracking, name)
    await registerIn(tracking, name)
    const move = { archivesOthers: true, ...change }
    await tracking.transitionStage(name, '1', 'Production', move)
    const moved = await tracking.transitionStage(name, '2', 'Production', move)
    assert.equal(moved.stage, 'Production')
    assert.equal((await tracking.findModelVersion(name, '1'))?.stage, 'Archived')
    const { latestVersions } = await tracking.getRegisteredModel(name)
    assert.deepEqual(latestVersions.map(({ version, stage }) => `${version} ${stage}`).toSorted(), [
      '1 Archived',
      '2 Production',
    ])
  })

  test('models and versions are found by filter and order', async () => {
    await using tracking = await open()
    const stem = uniqueName('found')
    for (const letter of ['b', 'a']) {
      const name = `${stem}-${letter}`
      await tracking.createRegisteredModel({ name, tags: { letter } }, change)
      await registerIn(tracking, name)
    }
    const filter = `name LIKE '${stem}%'`
    const models = await tracking.searchRegisteredModels({ filter, maxResults: 1 })
    assert.deepEqual(
      models.items.map(({ name }) => name),
      [`${stem}-a`],
    )
    const pageToken = models.nextPageToken
    const more = await tracking.searchRegisteredModels({ filter, maxResults: 1, pageToken })
    assert.deepEqual(
      more.items.map(({ tags }) => tags['letter']),
      ['b'],
    )
    const versions = await tracking.searchModelVersions({
      filter: `name = '${stem}-b'`,
      orderBy: ['version_number DESC'],
      maxResults: 5,
    })
    assert.deepEqual(
      versions.items.map(({ name, version }) => `${name} ${version}`),
      [`${stem}-b 1`],
    )
    await assert.rejects(
      () => tracking.searchRegisteredModels({ filter: 'a ~ b', maxResults: 1 }),
      refused,
    )
    await assert.rejects(
      () => tracking.searchModelVersions({ filter: 'a ~ b', maxResults: 1 }),
      refused,
    )
  })

  test('a version of a logged model knows it; sources outside of run and model are refused', async () => {
    await using tracking = await open()
    const runId = await tracking.startRun(newRun())
    const { experimentId, artifactUri } = await tracking.getRun(runId)
    const { modelId } = await tracking.createLoggedModel({ experimentId, sourceRunId: runId })
    const name = uniqueName('model')
    await tracking.createRegisteredModel({ name }, change)
    const source = `models:/${modelId}`
    const made = await tracking.registerModelVersion({ name, source, runId, modelId }, change)
    assert.deepEqual([made.source, made.modelId, made.runId], [source, modelId, runId])
    for (const bad of [
      'http://example.com/model',
      `${artifactUri}/../../other`,
      'mlflow-artifacts:/somewhere/else',
      '/etc',
      'file:///etc',
    ]) {
      await assert.rejects(
        () => tracking.registerModelVersion({ name, source: bad, runId }, change),
        refused,
      )
    }
    assert.equal((await tracking.listModelVersions(name)).length, 1)
  })

  test('nothing can be done with a model that is not there', async () => {
    await using tracking = await open()
    const name = uniqueName('none')
    assert.equal(await tracking.findModelVersion(name, 'champion'), undefined)
    assert.deepEqual(await tracking.listModelVersions(name), [])
    for (const call of [
      () => tracking.getRegisteredModel(name),
      () => tracking.setModelAlias(name, 'champion', { version: '1', ...change }),
      () => tracking.updateRegisteredModel(name, 'd', change),
      () => tracking.setRegisteredModelTag(name, 'a', '1'),
      () => tracking.renameRegisteredModel(name, uniqueName('other'), change),
      () => tracking.updateModelVersion(name, '1', 'd', change),
    ]) {
      await assert.rejects(call, notFound)
    }
  })
}

/** @returns the version */
async function registerIn(tracking: Tracking, name: string): Promise<string> {
  const runId = await startWithModel(tracking)
  const { artifactUri } = await tracking.getRun(runId)
  const source = `${artifactUri}/model`
  return (await tracking.registerModelVersion({ name, source, runId }, change)).version
}
