/** So many things are on their way at once: writers share commits, and servers are asked while others answer. */
const width = 4

/**
 * Does the same with each item, several at once. After an error no further item is begun; it is
 * thrown when those that were under way have ended.
 */
export async function forEachAtOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = toAsync(items)
  const errors: unknown[] = []
  const work = async (): Promise<void> => {
    try {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        if (errors.length > 0) return
        await act(next.value)
      }
    } catch (error) {
      errors.push(error)
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  if (errors.length > 0) throw errors[0]
}

async function* toAsync<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* items
}
