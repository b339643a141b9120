import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { collectAsItGrows } from '../../../src/cli/servers/collect-garbage.ts'

const mebibyte = 1024 ** 2

/** Numbers that are too many to be young, and that nobody holds. */
function leaveGarbage(bytes: number): void {
  assert.equal(Array.from({ length: bytes / 8 }, (_, row) => row + 0.5).length, bytes / 8)
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
