/** Doing many things, a few at a time. */

/**
 * Runs work on every item, at most `jobs` at once, in their order. The first failure stops the
 * start of more and is thrown when the running ones have ended.
 *
 * @param jobs - from 1 up
 */
export async function runPool<T>(
  items: Iterable<T>,
  jobs: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const failures: unknown[] = []
  const runLane = async (): Promise<void> => {
    while (failures.length === 0) {
      const next = iterator.next()
      if (next.done === true) return
      try {
        await work(next.value)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: jobs }, runLane))
  if (failures.length > 0) throw failures[0]
}
