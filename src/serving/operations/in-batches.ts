/** Small work that is done for many items at once: for one alone, its code comes into the processor's cache each time anew. */
export interface Batches<Item> {
  /** Does the work once enough items wait. */
  readonly add: (item: Item) => void
  /** Does what waits. */
  readonly finish: () => void
}

const itemsTogether = 64

/** Does `work` for every item that is added, in their order. */
export function inBatches<Item>(work: (item: Item) => void): Batches<Item> {
  let waiting: Item[] = []
  const finish = (): void => {
    const items = waiting
    waiting = []
    for (const item of items) work(item)
  }
  return {
    add: (item) => {
      waiting.push(item)
      if (waiting.length >= itemsTogether) finish()
    },
    finish,
  }
}
