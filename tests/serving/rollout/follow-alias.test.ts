import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import type { ScoringArm } from '../../../src/core/scored-rows.ts'
import {
  followAlias,
  longestBackOff,
  type NamedVersion,
} from '../../../src/serving/rollout/follow-alias.ts'
import { createModelSlots } from '../../../src/serving/rollout/model-slots.ts'
import { constant } from './constant-model.ts'

/** A registry of one alias, and a server at version 1 that follows it with an arm. */
function open(arm: ScoringArm) {
  const registry = {
    version: '1' as string | undefined,
    /** When it was made. */
    registeredAt: 1,
    isAway: false,
    broken: new Set<string>(),
    opened: [] as string[],
  }
  const slots = createModelSlots({ predictor: constant(0.1), modelVersion: '1', registeredAt: 1 })
  const told: string[] = []
  slots.listen(({ kind }) => told.push(kind))
  const openVersion = async (version: string) => {
    if (registry.isAway) throw new Error('gone away')
    registry.opened.push(version)
    if (registry.broken.has(version)) throw new ToolkitError('MODEL_INVALID', 'damaged')
    const { registeredAt } = registry
    return { predictor: constant(Number(version) / 10), modelVersion: version, registeredAt }
  }
  const look = async (): Promise<NamedVersion | undefined> => {
    if (registry.isAway) throw new Error('gone away')
    const { version: now, registeredAt } = registry
    return now === undefined ? undefined : { version: now, registeredAt }
  }
  const follower = followAlias({ slots, arm, everyMs: 1000, look, open: openVersion })
  const version = (): unknown => slots.get(arm)?.identity.version
  return { registry, slots, told, follower, version, [Symbol.dispose]: follower[Symbol.dispose] }
}

describe('a server that follows an alias', () => {
  test('takes each version that it names, once', async () => {
    using house = open('champion')
    for (const version of ['1', '2', '2', '3', '2']) {
      house.registry.version = version
      await house.follower.lookNow()
      assert.equal(house.version(), version)
    }
    assert.deepEqual(house.registry.opened, ['2', '3', '2'])
  })

  for (const arm of ['champion', 'shadow'] as const) {
    test(`as its ${arm} takes version 2 of a registry that was made anew for another one than version 2 of the one before`, async () => {
      using house = open(arm)
      const { registry, told } = house
      registry.version = '2'
      for (const registeredAt of [1, 1, 2, 2, 2]) {
        registry.registeredAt = registeredAt
        await house.follower.lookNow()
        assert.equal(house.version(), '2')
      }
      assert.deepEqual(
        [registry.opened, told],
        [
          ['2', '2'],
          ['swapped', 'swapped'],
        ],
      )
      // What was refused in one registry is tried in the next.
      registry.broken.add('2')
      for (const registeredAt of [3, 3, 4, 4]) {
        registry.registeredAt = registeredAt
        await house.follower.lookNow()
      }
      assert.deepEqual(registry.opened, ['2', '2', '2', '2'])
    })
  }

  test('that the server began with is followed into a registry that was made anew', async () => {
    using house = open('champion')
    await house.follower.lookNow()
    house.registry.registeredAt = 2
    await house.follower.lookNow()
    assert.deepEqual(house.registry.opened, ['1'])
  })

  test('keeps its champion when the alias is gone or the registry is away, and says each once', async () => {
    using house = open('champion')
    house.registry.version = undefined
    for (let look = 0; look < 3; look++) await house.follower.lookNow()
    house.registry.isAway = true
    for (let look = 0; look < 3; look++) await house.follower.lookNow()
    assert.equal(house.version(), '1')
    house.registry.isAway = false
    house.registry.version = '2'
    await house.follower.lookNow()
    assert.equal(house.version(), '2')
    assert.deepEqual(house.told, ['alias-missing', 'registry-away', 'swapped', 'registry-back'])
  })

  test('says anew why the registry does not answer when the reason is another', async () => {
    const reasons = ['torn', 'gone', 'gone', undefined, 'gone']
    const told: string[] = []
    const slots = createModelSlots({ predictor: constant(0.1), modelVersion: '1' })
    slots.listen((event) => {
      told.push(event.kind === 'registry-away' ? String(event.error) : event.kind)
    })
    const look = async (): Promise<NamedVersion> => {
      const reason = reasons.shift()
      if (reason !== undefined) throw new Error(reason)
      return { version: '1', registeredAt: 1 }
    }
    const openVersion = (): never => assert.fail('there is nothing to open')
    const options = { slots, arm: 'champion', everyMs: 1000, look, open: openVersion } as const
    using follower = followAlias(options)
    while (reasons.length > 0) await follower.lookNow()
    assert.deepEqual(told, ['Error: torn', 'Error: gone', 'registry-back', 'Error: gone'])
  })

  test('does not try a version again that was refused, until the alias has moved', async () => {
    using house = open('champion')
    house.registry.broken.add('2')
    house.registry.version = '2'
    for (let look = 0; look < 3; look++) await house.follower.lookNow()
    assert.deepEqual(house.registry.opened, ['2'])
    assert.equal(house.version(), '1')
    house.registry.broken.clear()
    for (const version of ['3', '2']) {
      house.registry.version = version
      await house.follower.lookNow()
    }
    assert.deepEqual(house.registry.opened, ['2', '3', '2'])
    assert.deepEqual(house.told, ['refused', 'swapped', 'swapped'])
  })

  test('tries again when the registry goes away while it hands the model out', async () => {
    using house = open('champion')
    const { registry } = house
    registry.version = '2'
    const looked = house.follower.lookNow()
    registry.isAway = true
    await looked
    registry.isAway = false
    await house.follower.lookNow()
    assert.equal(house.version(), '2')
  })

  for (const arm of ['canary', 'shadow'] as const) {
    test(`has no ${arm} without its alias, nor with the one of the champion`, async () => {
      using house = open(arm)
      await house.follower.lookNow()
      assert.equal(house.version(), undefined)
      house.registry.version = '2'
      await house.follower.lookNow()
      assert.equal(house.version(), '2')
      house.registry.version = undefined
      await house.follower.lookNow()
      assert.equal(house.version(), undefined)
      house.registry.version = '2'
      await house.follower.lookNow()
      assert.equal(house.version(), '2')
      house.slots.put('champion', { predictor: constant(0.2), modelVersion: '2' })
      await house.follower.lookNow()
      assert.equal(house.version(), undefined)
      // The champion is rolled back: what it was is no trial model again.
      house.slots.put('champion', { predictor: constant(0.1), modelVersion: '1' })
      await house.follower.lookNow()
      assert.equal(house.version(), undefined)
    })
  }

  test('takes the champion that was for a shadow, also where it sees the two aliases change places one by one', async () => {
    using house = open('shadow')
    house.registry.version = '1'
    await house.follower.lookNow()
    house.slots.put('champion', { predictor: constant(0.2), modelVersion: '2' })
    await house.follower.lookNow()
    assert.equal(house.version(), '1')
  })

  test('tries no version that was the champion for a while, when the champion goes back', async () => {
    using house = open('canary')
    for (let look = 0; look < 3; look++) await house.follower.lookNow()
    house.slots.put('champion', { predictor: constant(0), modelVersion: '0' })
    await house.follower.lookNow()
    assert.equal(house.version(), undefined)
  })

  test('does not take a canary again that was rolled back', async () => {
    using house = open('canary')
    house.registry.version = '2'
    await house.follower.lookNow()
    house.slots.empty('canary', { reason: 'it fails', cause: 'errors' })
    for (let look = 0; look < 2; look++) await house.follower.lookNow()
    assert.equal(house.version(), undefined)
    assert.deepEqual(house.registry.opened, ['2'])
  })

  for (const arm of ['canary', 'shadow'] as const) {
    test(`tries as its ${arm} the version of a registry that was made anew which has the number of the champion`, async () => {
      using house = open(arm)
      house.registry.registeredAt = 2
      await house.follower.lookNow()
      assert.deepEqual([house.version(), house.registry.opened], ['1', ['1']])
      // The champion is followed into that registry: what is on trial is the champion then.
      house.slots.put('champion', { predictor: constant(0.1), modelVersion: '1', registeredAt: 2 })
      await house.follower.lookNow()
      assert.equal(house.version(), undefined)
    })
  }

  test('takes a canary that was rolled back for another one than its number in a registry that was made anew', async () => {
    using house = open('canary')
    house.registry.version = '2'
    await house.follower.lookNow()
    house.slots.empty('canary', { reason: 'it fails', cause: 'errors' })
    house.registry.registeredAt = 2
    await house.follower.lookNow()
    assert.deepEqual([house.version(), house.registry.opened], ['2', ['2', '2']])
  })

  test('looks by itself, ever more seldom while the registry is away', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    using house = open('champion')
    let looks = 0
    Object.defineProperty(house.registry, 'isAway', { get: () => (looks++, true) })
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
    const waits = [1000, 2000, 4000, 8000, 16_000, 32_000, 32_000]
    assert.equal(waits.at(-1), 1000 * longestBackOff)
    for (const [at, wait] of waits.entries()) {
      t.mock.timers.tick(wait - 1)
      await settle()
      assert.equal(looks, at)
      t.mock.timers.tick(1)
      await settle()
      assert.equal(looks, at + 1)
    }
    house.follower[Symbol.dispose]()
    t.mock.timers.tick(1_000_000)
    assert.equal(looks, waits.length)
  })
})
