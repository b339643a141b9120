import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Command } from 'commander'
import { addRolloutFlags, type RolloutFlags } from '../../../src/cli/flags/rollout-flags.ts'
import { openRollout } from '../../../src/cli/servers/serve-rollout.ts'
import { openTracking } from '../../../src/tracking/client/open-tracking.ts'
import { startRun } from '../../../src/tracking/client/start-run.ts'
import type { TrackingStore } from '../../../src/tracking/index.ts'
import { writeLinearModel } from '../../linear-model.ts'
import { openTemporaryFolder } from '../../tracking/temporary-folder.ts'
import { openServedStore } from '../../tracking/serve-store.ts'

describe('the flags of roll-outs', () => {
  const parse = (...args: readonly string[]): RolloutFlags =>
    addRolloutFlags(new Command().exitOverride().configureOutput({ writeErr: () => undefined }))
      .parse(args, { from: 'user' })
      .opts()

  test('are taken', () => {
    assert.deepEqual(parse('--follow', '0.5', '--canary', 'm', '--canary-share', '.25'), {
      follow: 0.5,
      canary: 'm',
      canaryShare: 0.25,
    })
    assert.equal(parse('--no-follow').follow, false)
  })

  for (const [flag, values] of [
    ['--follow', ['0', '-1', '0.05', 'models:/m@champion', '1e3']],
    ['--canary-share', ['0', '0.0', '0.51', '1', '10%', '-0.1', 'NaN']],
  ] as const) {
    for (const value of values) {
      test(`${flag}=${value} is wrong usage`, () => {
        assert.throws(() => parse(`${flag}=${value}`), { message: /expected/ })
      })
    }
  }
})

describe('the models of mlpt serve', () => {
  test('a canary that is rolled back loses its alias, with the reason in the audit log, so other servers stop it', async (t) => {
    const said = recordErrors(t)
    await using house = await openHouse()
    const flags = { store: house.place, follow: 100, canary: 'models:/credit@challenger' }
    await house.move('challenger', '2')
    using one = await openRollout('models:/credit@champion', flags)
    using other = await openRollout('models:/credit@champion', { ...flags, follow: 0.1 })
    assert.equal(one.slots.get('canary')?.identity.version, '2')
    assert.equal(other.slots.get('canary')?.identity.version, '2')
    const gone = new Promise<void>((resolve) => {
      other.slots.listen((event) => event.kind === 'emptied' && resolve())
    })
    one.slots.empty('canary', { cause: 'errors', reason: '9 of 40 requests failed' })
    await gone
    assert.equal(await house.store.findModelVersion('credit', 'challenger'), undefined)
    const { reason, action } = (await house.store.readAudit('credit')).at(-1)!
    assert.deepEqual(
      [action, reason],
      ['alias-deleted', 'canary rolled back: 9 of 40 requests failed'],
    )
    assert.match(said(), /canary: the alias 'challenger' is taken from version 2\n/)
  })

  test('an alias that has moved on is left alone', async (t) => {
    const said = recordErrors(t)
    await using house = await openHouse()
    await house.move('challenger', '2')
    const flags = { store: house.place, follow: 100, canary: 'models:/credit@challenger' }
    using rollout = await openRollout('models:/credit@champion', flags)
    await house.move('challenger', '3')
    rollout.slots.empty('canary', { cause: 'errors', reason: '' })
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal((await house.store.findModelVersion('credit', 'challenger'))?.version, '3')
    assert.doesNotMatch(said(), /is taken/)
  })

  test('a tracking server is followed as a store is', async (t) => {
    recordErrors(t)
    await using house = await openHouse()
    const flags = { store: '/nowhere', trackingUri: house.address, follow: 0.1 }
    using rollout = await openRollout('models:/credit@champion', flags)
    assert.equal(rollout.champion.modelVersion, '1')
    const swapped = new Promise<unknown>((resolve) => {
      rollout.slots.listen((event) => event.kind === 'swapped' && resolve(event.model.version))
    })
    await house.move('champion', '3')
    assert.equal(await swapped, '3')
  })

  test('what does not move, or is not to be followed, stays; a trial model of a version is there at once', async (t) => {
    recordErrors(t)
    await using house = await openHouse()
    const flags = { store: house.place, shadow: 'models:/credit/3' }
    using fixed = await openRollout('models:/credit/1', flags)
    assert.equal(fixed.slots.get('shadow')?.identity.version, '3')
    using still = await openRollout('models:/credit@champion', {
      store: house.place,
      follow: false,
    })
    assert.equal(still.slots.champion().identity.version, '1')
  })

  for (const [what, flags, code] of [
    ['a share without a canary', { canaryShare: 0.1 }, 'CLI_USAGE'],
    ['a shadow of a version that is not there', { shadow: 'models:/credit/9' }, 'MODEL_NOT_FOUND'],
    ['a canary that is no address', { canary: 'models:/credit' }, 'CLI_USAGE'],
    ['a canary in a folder that is none', { canary: '/nowhere' }, 'MODEL_NOT_FOUND'],
  ] as const) {
    test(`${what} is refused at the start`, async (t) => {
      recordErrors(t)
      await using house = await openHouse()
      const given = { store: house.place, ...flags }
      await assert.rejects(openRollout('models:/credit@champion', given), { code, hint: /./ })
    })
  }
})

interface House extends AsyncDisposable {
  readonly place: string
  /** The same as a server. */
  readonly address: string
  readonly store: TrackingStore
  move(alias: string, version: string): Promise<void>
}

/** A store with three versions of a model, of which the first is the champion. */
async function openHouse(): Promise<House> {
  const served = await openServedStore()
  const { store, directory: place, address } = served
  await using folder = await openTemporaryFolder()
  const model = join(folder.path, 'model')
  await writeLinearModel(model)
  await using tracking = await openTracking(place)
  await using run = await startRun(tracking, { context: false, systemMetrics: false })
  for (let version = 1; version <= 3; version++) {
    await run.logModel({ name: 'm', model, registeredName: 'credit' })
  }
  const move = (alias: string, version: string): Promise<void> =>
    store.setModelAlias('credit', alias, { version, timestamp: 1 })
  await move('champion', '1')
  return { place, address, store, move, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
}

/** What is written to stderr, which the test keeps to itself. */
function recordErrors(t: {
  mock: { method: typeof import('node:test').mock.method }
}): () => string {
  let text = ''
  t.mock.method(process.stderr, 'write', (chunk: unknown) => {
    text += String(chunk)
    return true
  })
  return () => text
}
