/** What is wrong with the number of a fit's threads, as a sentence. */
export function threadProblems(threads: number): string[] {
  return Number.isInteger(threads) && threads >= 1
    ? []
    : [`'threads' is ${threads}, expected an integer from 1 on`]
}
