/** How late the event loop is: the time that whatever arrives now will wait. */
export interface LagMeter {
  /** Milliseconds. */
  lagMs(): number
  stop(): void
}

const tickMs = 100

/**
 * Watches the event loop. Late is only what was late twice in a row: one long request, a
 * collection of garbage or a laptop that slept are no overload.
 */
export function measureLag(): LagMeter {
  let [before, last] = [0, 0]
  let due = performance.now() + tickMs
  const timer = setInterval(() => {
    const now = performance.now()
    before = last
    last = Math.max(0, now - due)
    due = now + tickMs
  }, tickMs).unref()
  return { lagMs: () => Math.min(before, last), stop: () => clearInterval(timer) }
}
