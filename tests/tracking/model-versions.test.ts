import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ModelStage } from '../../src/core/tracking.ts'
import { change, openRegistry, type OpenRegistry } from './open-registry.ts'

describe('model versions', () => {
  test('numbers count up and are not used again, whatever is deleted', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 4; i++) await addVersion('m')
    await store.deleteModelVersion('m', '4', change)
    await store.deleteModelVersion('m', '2', change)
    assert.equal(await addVersion('m'), '5')
    assert.deepEqual(await versionsOf(registry), ['5', '3', '1'])
  })

  test('a version knows its run, its user, its link and when it came', async () => {
    await using registry = await openRegistry()
    const { store, runId, runRoot } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    const version = await store.registerModelVersion(
      {
        name: 'm',
        source: `${runRoot}/model`,
        runId,
        runLink: 'http://x',
        description: 'd',
        tags: { k: 'v' },
      },
      change,
    )
    assert.deepEqual(version, {
      name: 'm',
      version: '1',
      runId,
      modelId: undefined,
      source: `${runRoot}/model`,
      runLink: 'http://x',
      userId: 'ada',
      stage: 'None',
      description: 'd',
      creationTimestamp: 5,
      lastUpdatedTimestamp: 5,
      aliases: [],
      tags: { k: 'v' },
    })
    assert.equal(await store.getDownloadUri('m', '1'), `${runRoot}/model`)
  })

  test('a deleted version is gone with its aliases and tags', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m', ['champion', 'other'])
    await addVersion('m')
    await store.setModelAlias('m', 'other', { version: '2', ...change })
    await store.deleteModelVersion('m', '1', change)
    assert.deepEqual((await store.getRegisteredModel('m')).aliases, { other: '2' })
    await assert.rejects(() => store.deleteModelVersion('m', '1', change), {
      code: 'TRACKING_NOT_FOUND',
      message: 'Model Version (name=m, version=1) not found',
    })
  })

  for (const version of ['', '1.0', '1e0', ' 1', '1_0', 'x', 'champion', '9'.repeat(30)]) {
    test(`the version ${JSON.stringify(version).slice(0, 20)} is none, for every call`, async () => {
      await using registry = await openRegistry()
      const { store, addVersion } = registry
      await addVersion('m', ['champion'])
      const calls = [
        () => store.updateModelVersion('m', version, 'd', change),
        () => store.transitionStage('m', version, 'Staging', { ...change, archivesOthers: true }),
        () => store.deleteModelVersion('m', version, change),
        () => store.setModelVersionTag('m', version, 'k', 'v'),
        () => store.deleteModelVersionTag('m', version, 'k'),
        () => store.getDownloadUri('m', version),
        () => store.setModelAlias('m', 'a', { version, ...change }),
      ]
      for (const call of calls) await assert.rejects(call, { code: 'TRACKING_INVALID' })
    })
  }

  test('every call for a version that is not there says so', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m')
    const missing = [
      ['m', '7'],
      ['x', '7'],
      ['m', '0'],
      ['m', '-1'],
    ] as const
    for (const [name, version] of missing) {
      const calls = [
        () => store.updateModelVersion(name, version, 'd', change),
        () => store.transitionStage(name, version, 'Staging', { ...change, archivesOthers: false }),
        () => store.deleteModelVersion(name, version, change),
        () => store.setModelVersionTag(name, version, 'k', 'v'),
        () => store.deleteModelVersionTag(name, version, 'k'),
        () => store.getDownloadUri(name, version),
        () => store.setModelAlias(name, 'a', { version: version, ...change }),
      ]
      for (const call of calls) {
        await assert.rejects(call, {
          code: 'TRACKING_NOT_FOUND',
          message: `Model Version (name=${name}, version=${version}) not found`,
        })
      }
    }
  })

  test('versions that come at once have numbers of their own', async () => {
    await using registry = await openRegistry()
    const numbers = await Promise.all(Array.from({ length: 20 }, () => registry.addVersion('m')))
    assert.equal(new Set(numbers).size, 20)
  })
})

describe('stages', () => {
  test('a version moves to Production, and the one before it to Archived when that is asked for', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 3; i++) await addVersion('m')
    const move = (version: string, stage: ModelStage, archivesOthers: boolean): Promise<unknown> =>
      store.transitionStage('m', version, stage, { ...change, archivesOthers })
    await move('1', 'Production', true)
    await move('2', 'Production', false)
    assert.deepEqual(await stagesOf(registry), ['None', 'Production', 'Production'])
    await move('3', 'Production', true)
    assert.deepEqual(await stagesOf(registry), ['Production', 'Archived', 'Archived'])
    await move('3', 'Production', true)
    assert.deepEqual(await stagesOf(registry), ['Production', 'Archived', 'Archived'])
  })

  test('only the active stages archive others', async () => {
    await using registry = await openRegistry()
    await registry.addVersion('m')
    for (const stage of ['None', 'Archived'] as const) {
      await assert.rejects(
        () => registry.store.transitionStage('m', '1', stage, { ...change, archivesOthers: true }),
        { code: 'TRACKING_INVALID', message: /is not an Active stage/ },
      )
    }
  })

  test('the latest versions are the newest of each stage, all or those asked for', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 5; i++) await addVersion('m')
    await addVersion('n')
    for (const [version, stage] of [
      ['1', 'Staging'],
      ['2', 'Staging'],
      ['5', 'Archived'],
    ] as const) {
      await store.transitionStage('m', version, stage, { ...change, archivesOthers: false })
    }
    const latest = async (...stages: readonly ModelStage[]): Promise<readonly string[]> =>
      (await store.getLatestVersions('m', stages)).map(({ version }) => version)
    assert.deepEqual(await latest(), ['2', '4', '5'])
    assert.deepEqual(await latest('Staging', 'Archived'), ['2', '5'])
    assert.deepEqual(await latest('Production'), [])
    const { latestVersions } = await store.getRegisteredModel('m')
    assert.deepEqual(
      latestVersions.map(({ version }) => version),
      ['2', '4', '5'],
    )
  })
})

describe('aliases', () => {
  test('an alias stands at one version and moves', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m', ['champion'])
    await addVersion('m', ['champion'])
    assert.equal((await store.findVersionByAlias('m', 'champion'))?.version, '2')
    await store.setModelAlias('m', 'champion', { version: '1', ...change })
    assert.deepEqual((await store.findVersionByAlias('m', 'champion'))?.aliases, ['champion'])
    assert.deepEqual((await store.findModelVersion('m', '2'))?.aliases, [])
    assert.equal(await store.findVersionByAlias('m', 'Champion'), undefined)
  })

  test('deleting an alias leaves the version; again is no fault', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m', ['champion'])
    await store.deleteModelAlias('m', 'champion', change)
    await store.deleteModelAlias('m', 'champion', change)
    assert.deepEqual(await versionsOf(registry), ['1'])
    assert.equal(await store.findModelVersion('m', 'champion'), undefined)
  })

  const refusedAliases = [
    '',
    ' ',
    'a b',
    'a.b',
    'a/b',
    'a@b',
    'latest',
    'LATEST',
    'v1',
    'V007',
    'x'.repeat(256),
    '\0',
  ]
  for (const alias of refusedAliases) {
    test(`the alias ${JSON.stringify(alias).slice(0, 20)} is refused, and no version comes with it`, async () => {
      await using registry = await openRegistry()
      const { store, addVersion } = registry
      await addVersion('m')
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(
        () => store.setModelAlias('m', alias, { version: '1', ...change }),
        refused,
      )
      await assert.rejects(() => addVersion('m', ['fine', alias]), refused)
      assert.deepEqual(await versionsOf(registry), ['1'])
      assert.deepEqual((await store.getRegisteredModel('m')).aliases, {})
    })
  }

  test('an alias may be reserved and yet be deleted, from the days before it was', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m')
    for (const alias of ['latest', 'v1']) await store.deleteModelAlias('m', alias, change)
    for (const alias of ['', 'a b', 'x'.repeat(256)]) {
      await assert.rejects(() => store.deleteModelAlias('m', alias, change), {
        code: 'TRACKING_INVALID',
      })
    }
  })

  test('latest is the highest version, whatever its stage', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    assert.equal(await store.findVersionByAlias('m', 'latest'), undefined)
    for (let i = 0; i < 3; i++) await addVersion('m')
    await store.transitionStage('m', '3', 'Archived', { ...change, archivesOthers: false })
    assert.equal((await store.findVersionByAlias('m', 'LATEST'))?.version, '3')
  })

  for (const alias of ['a', '1', 'v', 'v1a', 'latest1', '-', '_', 'ä', 'x'.repeat(255)]) {
    test(`the alias ${alias.slice(0, 20)} is one`, async () => {
      await using registry = await openRegistry()
      const { store, addVersion } = registry
      for (let i = 0; i < 2; i++) await addVersion('m')
      await store.setModelAlias('m', alias, { version: '2', ...change })
      assert.equal((await store.findVersionByAlias('m', alias))?.version, '2')
    })
  }
})

async function versionsOf({ store }: OpenRegistry): Promise<readonly string[]> {
  return (await store.listModelVersions('m')).map(({ version }) => version)
}

async function stagesOf({ store }: OpenRegistry): Promise<readonly string[]> {
  return (await store.listModelVersions('m')).map(({ stage }) => stage)
}
