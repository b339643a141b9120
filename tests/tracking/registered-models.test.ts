import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { change, openRegistry } from './open-registry.ts'

describe('registered models', () => {
  test('a model has its description, tags and times, and no versions', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const tags = JSON.parse('{"b": "2", "a": "", "__proto__": "3"}') as Record<string, string>
    const model = await store.createRegisteredModel({ name: 'm', description: 'd', tags }, change)
    assert.deepEqual(model, await store.getRegisteredModel('m'))
    assert.deepEqual(Object.entries(model.tags), [
      ['__proto__', '3'],
      ['a', ''],
      ['b', '2'],
    ])
    const { creationTimestamp, lastUpdatedTimestamp, description, aliases, latestVersions } = model
    assert.deepEqual(
      { creationTimestamp, lastUpdatedTimestamp, description, aliases, latestVersions },
      {
        creationTimestamp: 5,
        lastUpdatedTimestamp: 5,
        description: 'd',
        aliases: {},
        latestVersions: [],
      },
    )
  })

  test('a name is taken once, in this spelling', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    await assert.rejects(() => store.createRegisteredModel({ name: 'm' }, change), {
      code: 'TRACKING_EXISTS',
      message: 'Registered Model (name=m) already exists.',
    })
    await store.createRegisteredModel({ name: 'M' }, change)
  })

  const refusedNames = [
    '',
    ' ',
    '\t\n',
    'a/b',
    'a:b',
    '.',
    '..',
    '..a',
    'a\0b',
    '\ud800',
    'x'.repeat(257),
  ]
  for (const name of refusedNames) {
    test(`the name ${JSON.stringify(name).slice(0, 20)} is refused, for a new model and in a renaming`, async () => {
      await using registry = await openRegistry()
      const { store, addVersion } = registry
      await store.createRegisteredModel({ name: 'm' }, change)
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(() => store.createRegisteredModel({ name }, change), refused)
      await assert.rejects(() => store.renameRegisteredModel('m', name, change), refused)
      await assert.rejects(() => addVersion(name), refused)
      const { items } = await store.searchRegisteredModels({ maxResults: 10 })
      assert.deepEqual(
        items.map((model) => model.name),
        ['m'],
      )
    })
  }

  test('names that only look odd are names', async () => {
    await using registry = await openRegistry()
    for (const name of [
      ' a',
      'a b',
      '%2e%2e',
      "o'hara",
      '"',
      'ü',
      '日本',
      'a..b',
      '.a',
      '%',
      '_',
    ]) {
      await registry.store.createRegisteredModel({ name }, change)
      assert.equal((await registry.store.getRegisteredModel(name)).name, name)
    }
  })

  test('what a model may not have is named at once, and no model comes of it', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const tags = { '../a': '1', fine: 'x'.repeat(100_001) }
    await assert.rejects(() => store.createRegisteredModel({ name: 'a/b', tags }, change), {
      code: 'TRACKING_INVALID',
      message: /a\/b.*\.\.\/a.*100000/s,
    })
    await assert.rejects(() => store.getRegisteredModel('a/b'), { code: 'TRACKING_INVALID' })
  })

  test('a renamed model takes its versions, tags and aliases along', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m', ['champion'])
    await store.setModelVersionTag('m', '1', 'k', 'v')
    await store.setRegisteredModelTag('m', 'k', 'v')
    await store.renameRegisteredModel('m', 'n', { ...change, timestamp: 9000 })
    await assert.rejects(() => store.getRegisteredModel('m'), { code: 'TRACKING_NOT_FOUND' })
    const model = await store.getRegisteredModel('n')
    assert.deepEqual(model.aliases, { champion: '1' })
    assert.deepEqual(model.tags, { k: 'v' })
    assert.equal(model.lastUpdatedTimestamp, 9000)
    const [version] = await store.listModelVersions('n')
    assert.deepEqual(version?.tags, { k: 'v' })
    assert.equal(version?.name, 'n')
    assert.equal(version?.lastUpdatedTimestamp, 9000)
  })

  test('renaming to itself changes nothing; to a taken name, or from an unknown one, is refused', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const before = await store.createRegisteredModel({ name: 'm' }, change)
    await store.createRegisteredModel({ name: 'n' }, change)
    await store.renameRegisteredModel('m', 'm', { timestamp: 99 })
    assert.deepEqual(await store.getRegisteredModel('m'), before)
    await assert.rejects(() => store.renameRegisteredModel('m', 'n', change), {
      code: 'TRACKING_EXISTS',
    })
    await assert.rejects(() => store.renameRegisteredModel('x', 'y', change), {
      code: 'TRACKING_NOT_FOUND',
    })
  })

  test('a deleted model is gone with all it had, and its name is free', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m', ['champion'])
    await store.setRegisteredModelTag('m', 'k', 'v')
    await store.deleteRegisteredModel('m', change)
    assert.equal(await store.findModelVersion('m', '1'), undefined)
    assert.equal(await store.findModelVersion('m', 'champion'), undefined)
    await assert.rejects(() => store.deleteRegisteredModel('m', change), {
      code: 'TRACKING_NOT_FOUND',
    })
    const again = await store.createRegisteredModel({ name: 'm' }, change)
    assert.deepEqual(again.aliases, {})
    assert.deepEqual(again.tags, {})
  })

  test('every call for a model that is not there says so', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    const calls = [
      () => store.getRegisteredModel('x'),
      () => store.updateRegisteredModel('x', 'd', change),
      () => store.setRegisteredModelTag('x', 'k', 'v'),
      () => store.deleteRegisteredModelTag('x', 'k'),
      () => store.deleteModelAlias('x', 'a', change),
      () => store.findVersionByAlias('x', 'a'),
      () => store.getLatestVersions('x', []),
      () => store.registerModelVersion({ name: 'x', source: 's3://bucket/m' }, change),
    ]
    for (const call of calls) {
      await assert.rejects(call, {
        code: 'TRACKING_NOT_FOUND',
        message: 'Registered Model with name=x not found',
      })
    }
  })

  test('a tag is set, changed and deleted; deleting what is not there is no fault', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    await store.setRegisteredModelTag('m', 'k', 'v')
    await store.setRegisteredModelTag('m', 'k', 'w')
    assert.deepEqual((await store.getRegisteredModel('m')).tags, { k: 'w' })
    await store.deleteRegisteredModelTag('m', 'k')
    await store.deleteRegisteredModelTag('m', 'k')
    assert.deepEqual((await store.getRegisteredModel('m')).tags, {})
  })

  for (const key of ['', '/a', 'a//b', '../a', '.', 'a\0', 'x'.repeat(251), '<b>']) {
    test(`the tag key ${JSON.stringify(key).slice(0, 20)} is refused for models and versions`, async () => {
      await using registry = await openRegistry()
      const { store, addVersion } = registry
      await addVersion('m')
      const refused = { code: 'TRACKING_INVALID' }
      await assert.rejects(() => store.setRegisteredModelTag('m', key, 'v'), refused)
      await assert.rejects(() => store.deleteRegisteredModelTag('m', key), refused)
      await assert.rejects(() => store.setModelVersionTag('m', '1', key, 'v'), refused)
      await assert.rejects(() => store.deleteModelVersionTag('m', '1', key), refused)
    })
  }

  test('a tag value may have 100,000 characters and not one more', async () => {
    await using registry = await openRegistry()
    const { store } = registry
    await store.createRegisteredModel({ name: 'm' }, change)
    // Two UTF-16 units each, one character.
    await store.setRegisteredModelTag('m', 'k', '🙂'.repeat(100_000))
    await assert.rejects(() => store.setRegisteredModelTag('m', 'k', '🙂'.repeat(100_001)), {
      code: 'TRACKING_INVALID',
      message: /exceeds the maximum length of 100000 characters/,
    })
  })

  for (const bad of [
    { timestamp: -1 },
    { timestamp: 1.5 },
    { timestamp: Number.NaN },
    { timestamp: 1, reason: '\0' },
    { timestamp: 1, reason: 'x'.repeat(10_001) },
    { timestamp: 1, userId: 'x'.repeat(257) },
  ]) {
    test(`the change ${JSON.stringify(bad).slice(0, 40)} is refused everywhere`, async () => {
      await using registry = await openRegistry()
      const { store, addVersion } = registry
      await addVersion('m', ['champion'])
      const before = await store.getRegisteredModel('m')
      const calls = [
        () => store.createRegisteredModel({ name: 'n' }, bad),
        () => store.renameRegisteredModel('m', 'n', bad),
        () => store.updateRegisteredModel('m', 'd', bad),
        () => store.deleteRegisteredModel('m', bad),
        () => store.setRegistryTag({ name: 'm', key: 'k', value: 'v' }, bad),
        () => store.registerModelVersion({ name: 'm', source: 's3://b/m' }, bad),
        () => store.updateModelVersion('m', '1', 'd', bad),
        () => store.transitionStage('m', '1', 'Staging', { ...bad, archivesOthers: false }),
        () => store.deleteModelVersion('m', '1', bad),
        () => store.setModelAlias('m', 'a', { version: '1', ...bad }),
        () => store.deleteModelAlias('m', 'champion', bad),
      ]
      for (const call of calls) await assert.rejects(call, { code: 'TRACKING_INVALID' })
      assert.deepEqual(await store.getRegisteredModel('m'), before)
    })
  }
})
