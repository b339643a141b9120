import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { collectAsItGrows } from '../../../src/cli/servers/collect-garbage.ts'

const mebibyte = 1024 ** 2

/** Lists that are held until they are old, and by nobody then. */
function leaveGarbage(bytes: number): void {
  const lists = Array.from({ length: bytes / 2 ** 16 }, () =>
    Array.from({ length: 2 ** 13 }, (_, place) => place + 0.5),
  )
  assert.equal(lists.length, bytes / 2 ** 16)
}

/** What Node tells of a collection, which its types leave out. */
interface GcDetail {
  readonly kind: number
  readonly flags: number
}

/** Ends when somebody has asked for a full collection; V8's own are not asked for. */
async function askedCollection(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const observer = new PerformanceObserver((list) => {
    const isAsked = list.getEntries().some((entry) => {
      const { kind, flags } = (entry as unknown as { detail: GcDetail }).detail
      return (
        kind === constants.NODE_PERFORMANCE_GC_MAJOR &&
        (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0
      )
    })
    if (isAsked) resolve()
  })
  observer.observe({ entryTypes: ['gc'] })
  // The look itself does not keep the process.
  const waiting = setInterval(() => undefined, 1_000)
  await promise
  clearInterval(waiting)
  observer.disconnect()
}

describe('collectAsItGrows', () => {
  test(
    'garbage that has grown old goes, though V8 would not look yet',
    { timeout: 60_000 },
    async () => {
      using _collecting = collectAsItGrows()
      const before = process.memoryUsage().heapUsed
      const asked = askedCollection()
      leaveGarbage(32 * mebibyte)
      assert.ok(process.memoryUsage().heapUsed > before + 24 * mebibyte)
      await asked
      assert.ok(process.memoryUsage().heapUsed < before + 12 * mebibyte)
    },
  )
})
