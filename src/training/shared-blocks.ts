/**
 * Blocks of one job after the other, which threads take from each other: one that is slow, or never
 * starts, holds up nobody. The words are all that the threads share of it.
 */
export type SharedBlocks = Int32Array<SharedArrayBuffer>

/** Places in the words. */
const word = { jobs: 0, left: 1, done: 2, hasFailed: 3, isOver: 4 } as const

export function createSharedBlocks(): SharedBlocks {
  return new Int32Array(new SharedArrayBuffer(8 * 4))
}

/**
 * Has all threads do a job's blocks and returns when they are done, these among them that this thread took.
 *
 * @param silentMs - how long to wait for another thread's block before it counts as dead
 * @throws what `work` does; an error when another thread has failed or died
 */
export function shareBlocks(
  words: SharedBlocks,
  count: number,
  work: (block: number) => void,
  silentMs = 60_000,
): void {
  Atomics.store(words, word.done, 0)
  // Set last: who takes a block finds the job complete.
  Atomics.store(words, word.left, count)
  wake(words)
  takeBlocks(words, work)
  for (;;) {
    const done = Atomics.load(words, word.done)
    if (Atomics.load(words, word.hasFailed) === 1) throw new Error('a thread of the fit has failed')
    if (done === count) return
    if (Atomics.wait(words, word.done, done, silentMs) === 'timed-out') {
      throw new Error('a thread of the fit has died')
    }
  }
}

/** What another thread does until {@link endBlocks}. */
export function joinBlocks(words: SharedBlocks, work: (block: number) => void): void {
  while (Atomics.load(words, word.isOver) === 0) {
    const jobs = Atomics.load(words, word.jobs)
    takeBlocks(words, work)
    Atomics.wait(words, word.jobs, jobs)
  }
}

/** Lets the other threads go. */
export function endBlocks(words: SharedBlocks): void {
  Atomics.store(words, word.isOver, 1)
  wake(words)
}

function wake(words: SharedBlocks): void {
  Atomics.add(words, word.jobs, 1)
  Atomics.notify(words, word.jobs)
}

/** A block is counted as done even where it fails, so that who waits looks at once. */
function takeBlocks(words: SharedBlocks, work: (block: number) => void): void {
  for (let block = takeBlock(words); block !== undefined; block = takeBlock(words)) {
    try {
      work(block)
    } catch (error) {
      Atomics.store(words, word.hasFailed, 1)
      throw error
    } finally {
      Atomics.add(words, word.done, 1)
      Atomics.notify(words, word.done)
    }
  }
}

/**
 * Counts down, never below 0: whoever lowers the count has a block of the very job that is under way,
 * however long ago it looked, and the job is not over before that block is.
 */
function takeBlock(words: SharedBlocks): number | undefined {
  for (;;) {
    const left = Atomics.load(words, word.left)
    if (left === 0) return undefined
    if (Atomics.compareExchange(words, word.left, left, left - 1) === left) return left - 1
  }
}
