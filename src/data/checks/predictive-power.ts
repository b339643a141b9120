/**
 * How well one column alone predicts the target: the target's mean in each bin
 * of the column, learnt from one half of the rows and judged on the other, so
 * that a column of nothing but different values does not look like a prophet.
 */

/** Rows of one bin in one half; `bin` is null where the column is missing. */
export interface Bin {
  readonly bin: string | null
  readonly half: boolean
  readonly rows: number
  /** Sum of the target, minus its mean for a quantity. */
  readonly sum: number
  /** Sum of its squares. */
  readonly squares: number
}

/**
 * Area under the ROC curve of a column for a target of 0 and 1: 0.5 says
 * nothing, 1 everything; ties count half. The mean of both halves.
 */
export function areaUnderCurve(bins: readonly Bin[]): number {
  const areas = halves.map((half) => areaOfHalf(bins, half))
  return (areas[0]! + areas[1]!) / 2
}

const halves = [false, true]

function areaOfHalf(bins: readonly Bin[], half: boolean): number {
  const learnt = learnMeans(bins, !half)
  const scored = bins
    .filter((bin) => bin.half === half)
    .map(({ bin, rows, sum }) => ({ score: learnt(bin), positive: sum, negative: rows - sum }))
    .sort((a, b) => a.score - b.score)
  let below = 0
  let won = 0
  let positives = 0
  for (let from = 0; from < scored.length;) {
    let to = from
    let positive = 0
    let negative = 0
    for (; to < scored.length && scored[to]!.score === scored[from]!.score; to++) {
      positive += scored[to]!.positive
      negative += scored[to]!.negative
    }
    won += positive * (below + negative / 2)
    below += negative
    positives += positive
    from = to
  }
  return positives === 0 || below === 0 ? 0.5 : won / (positives * below)
}

/**
 * Share of the target's variation that a column explains; 0 says nothing,
 * below 0 is worse than the mean, 1 everything.
 *
 * @param targets - the bins of a quantity, or for each class those of 'is it this class', 0 or 1
 */
export function explainedShare(targets: readonly (readonly Bin[])[]): number {
  let error = 0
  let total = 0
  for (const bins of targets) {
    for (const half of halves) {
      const learnt = learnMeans(bins, !half)
      const overall = learnMean(bins, !half)
      for (const bin of bins.filter((each) => each.half === half)) {
        error += squaredError(bin, learnt(bin.bin))
        total += squaredError(bin, overall)
      }
    }
  }
  return total > 0 ? 1 - error / total : 0
}

function squaredError({ rows, sum, squares }: Bin, guess: number): number {
  return squares - 2 * guess * sum + rows * guess * guess
}

/** The bins of a column reduced to whether it is missing. */
export function missingOnly(bins: readonly Bin[]): readonly Bin[] {
  return bins.map((bin) => (bin.bin === null ? bin : { ...bin, bin: 'present' }))
}

/** A mean of few rows is drawn towards the mean of all, as if two more rows had that one. */
const priorRows = 2

function learnMeans(bins: readonly Bin[], half: boolean): (bin: string | null) => number {
  const overall = learnMean(bins, half)
  const sums = new Map<string | null, { rows: number; sum: number }>()
  for (const { bin, rows, sum } of bins.filter((each) => each.half === half)) {
    const entry = sums.get(bin) ?? { rows: 0, sum: 0 }
    sums.set(bin, { rows: entry.rows + rows, sum: entry.sum + sum })
  }
  return (bin) => {
    const { rows, sum } = sums.get(bin) ?? { rows: 0, sum: 0 }
    return (sum + priorRows * overall) / (rows + priorRows)
  }
}

function learnMean(bins: readonly Bin[], half: boolean): number {
  const learning = bins.filter((bin) => bin.half === half)
  const rows = learning.reduce((total, bin) => total + bin.rows, 0)
  return rows === 0 ? 0 : learning.reduce((total, bin) => total + bin.sum, 0) / rows
}
