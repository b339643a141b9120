import { checkScores } from './check-predictions.ts'
import { type CumulativeCounts, countCumulatively, rankScores } from './ranking.ts'

/** Points of a ROC curve from (0, 0) to (1, 1), shapes [points]. */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array
  readonly truePositiveRate: Float64Array
  /** Falling; rows from here upwards are called positive. The first is Infinity: none are. */
  readonly thresholds: Float64Array
}

/**
 * The ROC curve, one point per threshold that changes it. Points on a straight
 * line between their neighbours are left out, as scikit-learn does by default.
 *
 * @param target - 0 or 1, shape [rows]
 * @param score - any finite numbers, higher for class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class or a bad row.
 *
 * @example
 * ```ts
 * import { rocCurve } from 'ml-pipeline-toolkit'
 * const curve = rocCurve([0, 1, 0, 1], [0.1, 0.4, 0.35, 0.8])
 * curve.falsePositiveRate // => Float64Array.of(0, 0, 0, 1)
 * curve.truePositiveRate // => Float64Array.of(0, 0.5, 1, 1)
 * ```
 */
export function rocCurve(target: ArrayLike<number>, score: ArrayLike<number>): RocCurve {
  checkScores(target, score)
  const ranking = rankScores(score)
  const counts = countCumulatively(ranking, target)
  const groups = cornersOf(counts)
  const { truePositives, falsePositives } = counts
  const positives = truePositives.at(-1)!
  const negatives = falsePositives.at(-1)!
  const thresholdOf = (group: number): number =>
    score[ranking.order[ranking.groupEnds[group]! - 1]!]!
  return {
    falsePositiveRate: startingWith(0, groups, (group) => falsePositives[group]! / negatives),
    truePositiveRate: startingWith(0, groups, (group) => truePositives[group]! / positives),
    thresholds: startingWith(Infinity, groups, thresholdOf),
  }
}

/** The groups where the curve turns, and both ends. */
function cornersOf({ truePositives, falsePositives }: CumulativeCounts): number[] {
  const last = truePositives.length - 1
  return [...truePositives.keys()].filter(
    (group) =>
      group === 0 || group === last || turns(truePositives, group) || turns(falsePositives, group),
  )
}

function turns(counts: Float64Array, group: number): boolean {
  return counts[group + 1]! - counts[group]! !== counts[group]! - counts[group - 1]!
}

function startingWith(
  first: number,
  groups: readonly number[],
  valueOf: (group: number) => number,
): Float64Array {
  return Float64Array.from({ length: groups.length + 1 }, (_, i) =>
    i === 0 ? first : valueOf(groups[i - 1]!),
  )
}
