/** Does one piece of work after another. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>

/** Makes a queue of work; what one piece throws is for whoever asked for it, the next begins all the same. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}
