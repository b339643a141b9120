import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tracking } from '../../src/core/tracking.ts'
import { copyTracking, type CopyResult } from '../../src/tracking/transfer/copy-tracking.ts'
import { toTransferSource } from '../../src/tracking/transfer/transfer-source.ts'
import { openFreshStore } from './open-store.ts'
import { allRuns, fillHouse } from './transfer-house.ts'

const copy = (from: Tracking, to: Tracking): Promise<CopyResult> =>
  copyTracking(toTransferSource(from), to)

test('a copy that died anywhere goes on where it was', async () => {
  await using from = await openFreshStore()
  await fillHouse(from)
  await using whole = await openFreshStore()
  const wanted = (await copy(from, whole)).lines
  // Every write of a copy is the last one once.
  let deaths = 0
  for (let writes = 0; ; writes++) {
    await using to = await openFreshStore()
    if (await diesAfter(writes, (mortal) => copy(from, mortal), to)) deaths++
    else break
    const result = await copy(from, to)
    assert.deepEqual(result.failures, [], `after ${writes} writes`)
    assert.ok(result.isComplete, `after ${writes} writes`)
    assert.deepEqual(
      result.lines.map(({ found, present }) => [found, present]),
      wanted.map(({ found, present }) => [found, present]),
    )
    assert.equal((await allRuns(to)).length, 3)
    assert.deepEqual(
      (await to.listModelVersions('scorer')).map(({ version }) => version),
      ['3', '1'],
    )
  }
  assert.ok(deaths > 20, `${deaths}`)
})

/** Whether it died, because the tracker was gone before its end. */
async function diesAfter(
  writes: number,
  act: (mortal: Tracking) => Promise<unknown>,
  tracker: Tracking,
): Promise<boolean> {
  let left = writes
  const mortal = new Proxy(tracker, {
    get: (target, name, receiver) => {
      const method: unknown = Reflect.get(target, name, receiver)
      if (
        typeof method !== 'function' ||
        !/^(create|set|log|write|finish|update|register|transition|delete|restore)/.test(
          String(name),
        )
      )
        return method
      return (...args: unknown[]) => {
        if (left-- <= 0) throw new Death()
        return method.apply(target, args) as unknown
      }
    },
  })
  try {
    await act(mortal)
    return false
  } catch (error) {
    if (error instanceof Death) return true
    throw error
  }
}

class Death extends Error {}
