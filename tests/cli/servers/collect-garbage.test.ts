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

/** Ends with true when somebody has asked for a full collection, V8's own are not asked for, and with false after some seconds. */
async function askedCollection(): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const observer = new PerformanceObserver((list) => {
    const isAsked = list.getEntries().some((entry) => {
      const { kind, flags } = (entry as unknown as { detail: GcDetail }).detail
      return (
        kind === constants.NODE_PERFORMANCE_GC_MAJOR &&
        (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0
      )
    })
    if (isAsked) resolve(true)
  })
  observer.observe({ entryTypes: ['gc'] })
  // The look itself does not keep the process.
  const waiting = setTimeout(() => resolve(false), 5_000)
  const isSeen = await promise
  clearTimeout(waiting)
  observer.disconnect()
  return isSeen
}

describe('collectAsItGrows', () => {
  test(
    'garbage that has grown old goes, though V8 would not look yet',
    { timeout: 60_000 },
    async () => {
      using _collecting = collectAsItGrows()
      const before = process.memoryUsage().heapUsed
      // Where V8 did come first, on a machine that is busy with other things, there is nothing to ask for.
      for (let isSeen = false; !isSeen;) {
        const asked = askedCollection()
        leaveGarbage(32 * mebibyte)
        isSeen = await asked
      }
      assert.ok(process.memoryUsage().heapUsed < before + 12 * mebibyte)
    },
  )
})
