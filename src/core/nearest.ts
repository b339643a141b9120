/**
 * Finds the known name closest to a mistyped one, for "did you mean" hints.
 *
 * @returns `undefined` when nothing is within a third of the name's length.
 *
 * @example
 * ```ts
 * import { nearestName } from 'ml-pipeline-toolkit'
 * nearestName('trian', ['train', 'evaluate']) // => 'train'
 * nearestName('xyz', ['train', 'evaluate']) // => undefined
 * ```
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.ceil(name.length / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of known) {
    const distance = editDistance(name, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein distance, one row at a time: O(a·b) time, O(b) space. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current[j] = Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1)
    }
    previous = current
  }
  return previous[b.length]!
}

/** More names than this are no answer that anybody reads. */
const listedNames = 60

/** The hint for a mistyped name: the nearest known one, else the list of all, or of the first 60. */
export function nameHint(name: string, known: readonly string[], plural: string): string {
  const guess = nearestName(name, known)
  return guess === undefined ? listHint(known, plural) : `did you mean '${guess}'?`
}

/** The hint that lists all known names, or the first 60. */
export function listHint(known: readonly string[], plural: string): string {
  if (known.length === 0) return `there are no ${plural}`
  const more = known.length > listedNames ? `, … (${known.length} in all)` : ''
  return `the ${plural} are: ${known.slice(0, listedNames).join(', ')}${more}`
}
