import type { Counts } from './resample-rows.ts'

/** Rows by falling score; rows of equal score form one group, since no threshold can part them. */
export interface Ranking {
  /** Row numbers, highest score first, equal scores by row. Shape [rows]. */
  readonly order: Int32Array
  /** Where each group ends in `order`. Shape [groups]. */
  readonly groupEnds: Int32Array
}

/** Ranks finite scores, shape [rows]. */
export function rankScores(score: ArrayLike<number>): Ranking {
  const order = Int32Array.from(score, (_, row) => row)
  order.sort((a, b) => score[b]! - score[a]! || a - b)
  const groupEnds: number[] = []
  for (let i = 1; i <= order.length; i++) {
    if (i === order.length || score[order[i]!]! !== score[order[i - 1]!]!) groupEnds.push(i)
  }
  return { order, groupEnds: Int32Array.from(groupEnds) }
}

/** What a threshold below each group calls positive, shapes [groups]. */
export interface CumulativeCounts {
  readonly truePositives: Float64Array
  readonly falsePositives: Float64Array
}

/**
 * Counts from the highest score down.
 *
 * @param counts - how often each row counts, shape [rows]; once when absent
 */
export function countCumulatively(
  { order, groupEnds }: Ranking,
  target: ArrayLike<number>,
  counts?: ArrayLike<number>,
): CumulativeCounts {
  const truePositives = new Float64Array(groupEnds.length)
  const falsePositives = new Float64Array(groupEnds.length)
  let positives = 0
  let negatives = 0
  let i = 0
  for (let group = 0; group < groupEnds.length; group++) {
    for (; i < groupEnds[group]!; i++) {
      const row = order[i]!
      const count = counts === undefined ? 1 : counts[row]!
      // Not as the rest of all: what weighs little beside the other class would be lost.
      positives += count * target[row]!
      negatives += count * (1 - target[row]!)
    }
    truePositives[group] = positives
    falsePositives[group] = negatives
  }
  return keepProductsFinite({ truePositives, falsePositives })
}

/**
 * Counts samples of the same rows one after another: what does not change is made once, and each
 * result is overwritten by the next.
 */
export function prepareCounting(
  { order, groupEnds }: Ranking,
  target: ArrayLike<number>,
): (counts: Counts) => CumulativeCounts {
  const labels = Uint8Array.from(order, (row) => target[row]!)
  const truePositives = new Float64Array(groupEnds.length)
  const falsePositives = new Float64Array(groupEnds.length)
  return (counts) => {
    let positives = 0
    let negatives = 0
    let i = 0
    for (let group = 0; group < groupEnds.length; group++) {
      for (const end = groupEnds[group]!; i < end; i++) {
        const count = counts[order[i]!]!
        positives += count * labels[i]!
        negatives += count * (1 - labels[i]!)
      }
      truePositives[group] = positives
      falsePositives[group] = negatives
    }
    return keepProductsFinite({ truePositives, falsePositives })
  }
}

/** Metrics multiply counts of one class by those of the other; scaled in place, by a power of two, where weights leave no room for that. */
function keepProductsFinite(counts: CumulativeCounts): CumulativeCounts {
  const { truePositives, falsePositives } = counts
  const largest = Math.max(truePositives.at(-1)!, falsePositives.at(-1)!)
  const scale = largest > 2 ** 400 ? 2 ** -700 : largest < 2 ** -400 ? 2 ** 700 : 1
  if (scale === 1) return counts
  for (let group = 0; group < truePositives.length; group++) {
    truePositives[group]! *= scale
    falsePositives[group]! *= scale
  }
  return counts
}
