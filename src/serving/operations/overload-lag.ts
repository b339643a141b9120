/** How late the event loop is: the time that whatever arrives now will wait. */
export interface LagMeter {
  /** Milliseconds. */
  lagMs(): number
  stop(): void
}

const tickMs = 100

/**
 * Watches the event loop, by a timer and by each question of how late it is. One long request, a
 * collection of garbage or a laptop that slept are no overload: the longest pause since the timer
 * last ran does not count, nor does a timer that was late once.
 */
export function measureLag(now: () => number = () => performance.now()): LagMeter {
  let [before, last] = [0, 0]
  let due = now() + tickMs
  let asked = now()
  let longestPause = 0
  const timer = setInterval(() => {
    before = last
    last = Math.max(0, now() - due)
    asked = now()
    due = asked + tickMs
    longestPause = 0
  }, tickMs).unref()
  return {
    lagMs: () => {
      const at = now()
      longestPause = Math.max(longestPause, at - asked)
      asked = at
      return Math.max(at - due - longestPause, Math.min(before, last))
    },
    stop: () => clearInterval(timer),
  }
}
