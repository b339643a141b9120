import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Tracking } from '../../src/core/tracking.ts'
import { openTrackingClient } from '../../src/tracking/client/rest-client.ts'
import { copyTracking, type CopyResult } from '../../src/tracking/transfer/copy-tracking.ts'
import { toTransferSource } from '../../src/tracking/transfer/transfer-source.ts'
import { openFreshStore } from './open-store.ts'
import { openServedStore } from './serve-store.ts'
import { fillHouse, onlyRun, snapshot } from './transfer-house.ts'

const copy = (from: Tracking, to: Tracking): Promise<CopyResult> =>
  copyTracking(toTransferSource(from), to)

describe('copying through a server', () => {
  test('into it and out of it, everything is there', async () => {
    await using from = await openFreshStore()
    await using served = await openServedStore()
    await using client = openTrackingClient({ uri: served.address })
    await using back = await openFreshStore()
    const { parentId } = await fillHouse(from)
    for (const result of [await copy(from, client), await copy(client, back)]) {
      assert.deepEqual(result.failures, [])
      assert.ok(result.isComplete, JSON.stringify(result.lines))
      assert.equal(result.lines.find(({ kind }) => kind === 'metric points')?.copied, 1203)
    }
    assert.equal((await onlyRun(back, 'parent')).tags['mlpt.copiedFrom'], parentId)
    const readPoints = async (tracker: Tracking, key: string): Promise<unknown> => {
      const { runId } = await onlyRun(tracker, 'parent')
      const { items } = await tracker.readMetricHistory({ runId, key, maxResults: 5000 })
      return items.map(({ value, timestamp, step }) => [value, timestamp, step])
    }
    for (const key of ['loss', 'odd', 'acc']) {
      assert.deepEqual(await readPoints(back, key), await readPoints(from, key))
    }
    assert.deepEqual(served.failures, [])
  })

  test('home again nothing comes twice', async () => {
    await using from = await openFreshStore()
    await using served = await openServedStore()
    await using client = openTrackingClient({ uri: served.address })
    await fillHouse(from)
    await copy(from, client)
    const before = await snapshot(from)
    const result = await copy(client, from)
    assert.ok(result.isComplete, JSON.stringify(result))
    assert.deepEqual(
      result.lines.filter(({ copied }) => copied !== 0),
      [],
    )
    assert.deepEqual(await snapshot(from), before)
  })

  test('a server that is not there ends the copy', async () => {
    await using from = await openFreshStore()
    await fillHouse(from)
    await using client = openTrackingClient({
      uri: 'http://127.0.0.1:1',
      retries: { maxRetries: 0 },
    })
    await assert.rejects(copy(from, client), { code: 'TRACKING_SERVER_FAILED' })
  })
})
