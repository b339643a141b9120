/** Work that goes on elsewhere while this thread takes the next file. */

/** A result that is not there yet. */
export interface Later<Result> {
  readonly done: Promise<Result>
}

/** The result, now or when it is there. */
export async function whenDone<Result extends object>(
  result: Result | Later<Result>,
): Promise<Result> {
  return 'done' in result ? result.done : result
}

/** All results in their order, when all are there. */
export async function allDone<Result extends object>(
  results: Iterable<Result | Later<Result>>,
): Promise<Result[]> {
  const done: Result[] = []
  for (const result of results) done.push('done' in result ? await result.done : result)
  return done
}

/** What it fails with is told to whoever waits for it, perhaps much later. */
export function later<Result>(done: Promise<Result>): Later<Result> {
  done.catch(() => undefined)
  return { done }
}

/** Work under way. Disposing it ends what is not done and waits for that. */
export interface UnderWay extends AsyncDisposable {
  /** Ends all of it. */
  readonly signal: AbortSignal
  /** Counts a result in. */
  add(result: object | Later<unknown>): void
}

/** @param signal - ends all of it too */
export function openUnderWay(signal: AbortSignal | undefined): UnderWay {
  const stop = new AbortController()
  const begun: Promise<unknown>[] = []
  return {
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    add: (result) => {
      if ('done' in result) begun.push(result.done)
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await Promise.allSettled(begun)
    },
  }
}
