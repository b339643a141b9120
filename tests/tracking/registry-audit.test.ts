import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { openTrackingStore, type TrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { change, openRegistry } from './open-registry.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

describe('the audit log', () => {
  test('tells of every change: who, what, when and why', async () => {
    await using registry = await openRegistry()
    const { store, runId } = registry
    const at = (timestamp: number): { timestamp: number; reason: string; userId: string } => ({
      timestamp,
      reason: `reason ${timestamp}`,
      userId: 'ada',
    })
    const source = `runs:/${runId}/model`
    await store.createRegisteredModel({ name: 'm' }, at(1))
    await store.updateRegisteredModel('m', 'text', at(2))
    await store.setRegistryTag({ name: 'm', key: 'k', value: 'v' }, at(3))
    await store.deleteRegistryTag({ name: 'm', key: 'k' }, at(4))
    await store.registerModelVersion({ name: 'm', source }, at(5))
    await store.updateModelVersion('m', '1', 'text', at(6))
    await store.setRegistryTag({ name: 'm', version: '1', key: 'k', value: 'v' }, at(7))
    await store.deleteRegistryTag({ name: 'm', version: '1', key: 'k' }, at(8))
    await store.transitionStage('m', '1', 'Production', { ...at(9), archivesOthers: false })
    await store.setModelAlias('m', 'a', { version: '1', ...at(10) })
    await store.deleteModelAlias('m', 'a', at(11))
    await store.deleteModelVersion('m', '1', at(12))
    await store.deleteRegisteredModel('m', at(13))
    const entries = await store.readAudit('m')
    assert.deepEqual(
      entries.map(({ action, alias, fromVersion, toVersion, details }) => [
        action,
        ...[alias, fromVersion, toVersion].filter((value) => value !== undefined),
        ...Object.values(details),
      ]),
      [
        ['model-created'],
        ['model-updated'],
        ['model-tag-set', 'k', 'v'],
        ['model-tag-deleted', 'k'],
        ['version-created', '1'],
        ['version-updated', '1'],
        ['version-tag-set', '1', 'k', 'v'],
        ['version-tag-deleted', '1', 'k'],
        ['stage-changed', '1', 'None', 'Production'],
        ['alias-moved', 'a', '1'],
        ['alias-deleted', 'a', '1'],
        ['version-deleted', '1'],
        ['model-deleted'],
      ],
    )
    entries.forEach(({ timestamp, reason, userId }, i) => {
      assert.deepEqual({ timestamp, reason, userId }, at(i + 1))
    })
  })

  test('tells nothing of what changed nothing', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m', ['a'])
    await store.setRegisteredModelTag('m', 'k', 'v')
    const before = await store.readAudit('m')
    await store.setModelAlias('m', 'a', { version: '1', ...change })
    await store.setRegisteredModelTag('m', 'k', 'v')
    await store.deleteRegisteredModelTag('m', 'none')
    await store.deleteModelAlias('m', 'none', change)
    await store.transitionStage('m', '1', 'None', { ...change, archivesOthers: false })
    await store.renameRegisteredModel('m', 'm', change)
    assert.deepEqual(await store.readAudit('m'), before)
  })

  test('tells nothing of what was refused half-way', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m')
    const before = await store.readAudit('m')
    await assert.rejects(() => addVersion('m', ['fine', 'not fine']))
    await assert.rejects(() => store.setModelAlias('m', 'a', { version: '9', ...change }))
    assert.deepEqual(await store.readAudit('m'), before)
    assert.deepEqual(await store.readAudit('never heard of'), [])
  })

  test('is one chain for an alias that several processes move at once', async () => {
    await using folder = await openTemporaryFolder()
    const script = fileURLToPath(new URL('./writer.ts', import.meta.url))
    const exits = ['1', '2', '3'].map((writer) => {
      const child = spawn(process.execPath, [script, folder.path, writer, '15'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      return once(child, 'exit')
    })
    assert.deepEqual(
      (await Promise.all(exits)).map(([code]) => code),
      [0, 0, 0],
    )
    await using store = await openTrackingStore({ directory: folder.path })
    const moves = (await store.readAudit('m')).filter(({ action }) => action === 'alias-moved')
    assert.equal(moves.length, 45)
    moves.forEach(({ fromVersion }, i) => assert.equal(fromVersion, moves[i - 1]?.toVersion))
    const champion = await store.findModelVersion('m', 'champion')
    assert.equal(champion?.version, moves.at(-1)?.toVersion)
  })

  test('goes with a renamed model and stays under the old name', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('a', ['champion'])
    await store.renameRegisteredModel('a', 'b', change)
    await addVersion('a')
    await store.renameRegisteredModel('b', 'c', change)
    await store.renameRegisteredModel('c', 'b', change)
    assert.deepEqual(await actionsOf(store, 'b'), [
      'model-created',
      'version-created 1',
      'alias-moved 1',
      'model-renamed new_name=b',
      'model-renamed previous_name=a',
      'model-renamed new_name=c',
      'model-renamed previous_name=b',
      'model-renamed new_name=b',
      'model-renamed previous_name=c',
    ])
    assert.deepEqual(await actionsOf(store, 'a'), [
      'model-created',
      'version-created 1',
      'alias-moved 1',
      'model-renamed new_name=b',
      'model-created',
      'version-created 1',
    ])
  })
})

describe('the version before, for a rollback', () => {
  test('is the one that the alias stood at; each rollback goes a step further back', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 3; i++) await addVersion('m', ['champion'])
    assert.equal(await rollBack(store), '2')
    assert.equal(await rollBack(store), '1')
    assert.equal(await rollBack(store), undefined)
    assert.equal((await store.findModelVersion('m', 'champion'))?.version, '1')
  })

  test('is a step further for each of several who roll back at once', async () => {
    await using registry = await openRegistry()
    const { store, addVersion, directory } = registry
    for (let i = 0; i < 5; i++) await addVersion('m', ['champion'])
    const words = ['models', 'rollback', 'm', '--store', directory]
    const printed = await Promise.all(
      [1, 2, 3].map(async () => {
        const { stdout } = await promisify(execFile)(process.execPath, [...mlptArguments, ...words])
        return stdout
      }),
    )
    assert.deepEqual(printed.toSorted(), [
      'm@champion is version 2 (was version 3)\n',
      'm@champion is version 3 (was version 4)\n',
      'm@champion is version 4 (was version 5)\n',
    ])
    assert.equal((await store.findModelVersion('m', 'champion'))?.version, '2')
  })

  test('after a rollback and a new version, is the one rolled back to', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 2; i++) await addVersion('m', ['champion'])
    assert.equal(await rollBack(store), '1')
    await addVersion('m', ['champion'])
    assert.equal(await store.findPreviousVersion('m', 'champion'), '1')
  })

  test('passes over versions that are gone', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 4; i++) await addVersion('m', ['champion'])
    await store.deleteModelVersion('m', '3', change)
    assert.equal(await rollBack(store), '2')
    await store.deleteModelVersion('m', '1', change)
    assert.equal(await store.findPreviousVersion('m', 'champion'), undefined)
  })

  test('is the last one for an alias that was deleted, or whose version was', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 3; i++) await addVersion('m', ['champion'])
    await store.deleteModelVersion('m', '3', change)
    assert.equal(await store.findPreviousVersion('m', 'champion'), '2')
    await store.setModelAlias('m', 'champion', { version: '2', ...change })
    await store.deleteModelAlias('m', 'champion', change)
    assert.equal(await store.findPreviousVersion('m', 'champion'), '2')
  })

  test('is of this alias alone, and none where nothing moved', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    await addVersion('m', ['champion', 'other'])
    await addVersion('m', ['other'])
    assert.equal(await store.findPreviousVersion('m', 'champion'), undefined)
    assert.equal(await store.findPreviousVersion('m', 'other'), '1')
    assert.equal(await store.findPreviousVersion('m', 'none'), undefined)
    assert.equal(await store.findPreviousVersion('none', 'champion'), undefined)
  })

  test('ends, after no more rollbacks than there were moves, whatever happened before', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    const step = fc.oneof(
      fc.constant({ kind: 'add' as const }),
      fc.record({
        kind: fc.constantFrom('move', 'remove'),
        version: fc.integer({ min: 1, max: 6 }),
      }),
      fc.constant({ kind: 'drop-alias' as const }),
    )
    let number = 0
    const history = fc.array(step, { maxLength: 15 })
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const name = `m${number++}`
        await addVersion(name, ['champion'])
        for (const { kind, version } of steps.map((each) => ({ version: 0, ...each }))) {
          const exists = (await store.findModelVersion(name, String(version))) !== undefined
          if (kind === 'add') await addVersion(name, ['champion'])
          else if (kind === 'drop-alias') await store.deleteModelAlias(name, 'champion', change)
          else if (!exists) continue
          else if (kind === 'remove') await store.deleteModelVersion(name, String(version), change)
          else await move(store, name, String(version))
        }
        for (let left = steps.length + 1; ; left--) {
          const version = await store.findPreviousVersion(name, 'champion')
          if (version === undefined) break
          assert.ok(left > 0)
          await move(store, name, version)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('is found under the names that the model had before, not in the life of another model', async () => {
    await using registry = await openRegistry()
    const { store, addVersion } = registry
    for (let i = 0; i < 2; i++) await addVersion('m', ['champion'])
    await store.renameRegisteredModel('m', 'n', change)
    assert.equal(await store.findPreviousVersion('n', 'champion'), '1')
    await addVersion('m', ['champion'])
    assert.equal(await store.findPreviousVersion('m', 'champion'), undefined)
    await store.deleteRegisteredModel('n', change)
    await addVersion('n', ['champion'])
    assert.equal(await store.findPreviousVersion('n', 'champion'), undefined)
  })
})

function move(store: TrackingStore, name: string, version: string): Promise<void> {
  return store.setModelAlias(name, 'champion', { version, ...change })
}

async function rollBack(store: TrackingStore): Promise<string | undefined> {
  const from = (await store.findModelVersion('m', 'champion'))?.version
  const told = await store.rollBackAlias('m', 'champion', change)
  assert.equal(told.from, from)
  return told.to
}

async function actionsOf(store: TrackingStore, name: string): Promise<readonly string[]> {
  return (await store.readAudit(name)).map(({ action, toVersion, details }) =>
    [action, toVersion, ...Object.entries(details).map((pair) => pair.join('='))]
      .filter((part) => part !== undefined)
      .join(' '),
  )
}
