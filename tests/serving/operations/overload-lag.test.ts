/** How long a request that is not refused has waited: a law of the meter, in a clock of its own. */

import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import fc from 'fast-check'
import { measureLag } from '../../../src/serving/operations/overload-lag.ts'

/** As the meter's timer. */
const tickMs = 100

test('however many ask at once, what is accepted waits no longer than two ticks and limits, and the refusals between', () => {
  fc.assert(
    fc.property(
      fc.record({
        clients: fc.integer({ min: 10, max: 3000 }),
        serviceMs: fc.double({ min: 0.1, max: 5, noNaN: true }),
        limitMs: fc.integer({ min: 5, max: 1000 }),
        /** Of the service. */
        refusalShare: fc.double({ min: 0.01, max: 0.1, noNaN: true }),
      }),
      ({ clients, serviceMs, limitMs, refusalShare }) => {
        const refusalMs = serviceMs * refusalShare
        const waits = simulate({ clients, serviceMs, refusalMs, limitMs, turns: 20 })
        assert.ok(waits.length > 0)
        const bound = 2 * (tickMs + limitMs + 2 * serviceMs + clients * refusalMs)
        const longest = waits.reduce((most, wait) => Math.max(most, wait), 0)
        assert.ok(longest <= bound, `waited ${longest} ms, more than ${bound}`)
      },
    ),
    { numRuns: 50 },
  )
})

test('without a limit they wait for everybody before them', () => {
  const load = { clients: 1000, serviceMs: 1, refusalMs: 0.05, turns: 5 }
  const longest = (waits: readonly number[]): number => Math.max(...waits)
  assert.ok(longest(simulate({ ...load, limitMs: Infinity })) >= 999)
  assert.ok(longest(simulate({ ...load, limitMs: 20 })) <= 400)
})

/**
 * An event loop whose clients each ask again when they are answered: whoever has asked by its start is answered in a
 * turn of it, timers run between turns.
 *
 * @returns how long each request that was accepted had waited, in milliseconds
 */
function simulate(load: {
  readonly clients: number
  readonly serviceMs: number
  readonly refusalMs: number
  readonly limitMs: number
  readonly turns: number
}): readonly number[] {
  mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  let timerAt = tickMs
  const lag = measureLag(() => now)
  try {
    let asking = Array.from({ length: load.clients }, () => 0)
    const waits: number[] = []
    for (let turn = 0; turn < load.turns; turn++) {
      asking = asking.map((since) => {
        const isRefused = lag.lagMs() > load.limitMs
        if (!isRefused) waits.push(now - since)
        now += isRefused ? load.refusalMs : load.serviceMs
        return now
      })
      if (now < timerAt) continue
      mock.timers.tick(tickMs)
      timerAt = now + tickMs
    }
    return waits
  } finally {
    lag.stop()
    mock.timers.reset()
  }
}
