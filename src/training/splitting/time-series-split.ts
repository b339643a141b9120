import { refuseProblems } from '../refuse-problems.ts'
import type { Split } from './split.ts'
import { isWhole, unknownOptions } from './split-options.ts'

/** How rows are parted in the order of time. */
export interface TimeSplitOptions {
  /** Tests, one after the other; from 2. Default 5. */
  readonly folds?: number | undefined
  /** Rows of each test. Default: rows / (folds + 1), rounded down. */
  readonly testSize?: number | undefined
  /** Rows left out between training and test. Default 0. */
  readonly gap?: number | undefined
  /** Rows of each training at most: the latest. Default: all. */
  readonly maxTrainSize?: number | undefined
}

/**
 * Trains on what was known and tests on what came then: the last rows are parted into
 * tests, and each is trained for with the rows before it, as scikit-learn's
 * TimeSeriesSplit does. Rows of the very time at which a test begins are left out of
 * its training, so that nothing of a moment is on both sides.
 *
 * @param times - a finite number for each row, in any order: dates as milliseconds, or a running number
 * @throws {ToolkitError} `TRAINING_INVALID` for options out of range, a time that is not finite,
 *   too few rows, or a test without an earlier row
 *
 * @example
 * ```ts
 * import { timeSeriesSplit } from 'ml-pipeline-toolkit'
 * const [first, second] = timeSeriesSplit([2019, 2020, 2021, 2022, 2023, 2024], { folds: 2 })
 * first!.train // => Int32Array.of(0, 1)
 * second!.test // => Int32Array.of(4, 5)
 * ```
 */
export function timeSeriesSplit(times: ArrayLike<number>, options: TimeSplitOptions = {}): Split[] {
  const rows = times.length
  const { folds, testSize, gap, maxTrainSize } = checkTimeOptions(times, options)
  const order = Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) => times[a]! - times[b]! || a - b,
  )
  const splits = Array.from({ length: folds }, (_, fold) => {
    const start = rows - (folds - fold) * testSize
    const test = order.slice(start, start + testSize)
    const earlier = order.slice(0, start - gap).filter((row) => times[row]! < times[test[0]!]!)
    return {
      train: Int32Array.from(earlier.slice(-maxTrainSize)).sort(),
      test: Int32Array.from(test).sort(),
    }
  })
  refuseProblems(
    splits.flatMap(({ train }, fold) =>
      train.length > 0 ? [] : [`no row is earlier than test ${fold}, expected at least one`],
    ),
    'take fewer folds, a smaller testSize, or times that tell more rows apart',
  )
  return splits
}

function checkTimeOptions(
  times: ArrayLike<number>,
  options: TimeSplitOptions,
): Required<{ [K in keyof TimeSplitOptions]: number }> {
  const rows = times.length
  const { folds = 5, gap = 0 } = options
  const testSize = options.testSize ?? Math.floor(rows / (folds + 1))
  const maxTrainSize = Math.min(options.maxTrainSize ?? rows, rows)
  const needed = folds * testSize + gap + 1
  const problems = [
    ...unknownOptions(options, ['folds', 'testSize', 'gap', 'maxTrainSize']),
    ...rangeProblems(rows, {
      folds: [folds, 2],
      testSize: [testSize, 1],
      gap: [gap, 0],
      maxTrainSize: [maxTrainSize, 1],
    }),
    ...timeProblems(times),
  ]
  if (problems.length === 0 && needed > rows) {
    problems.push(
      `there are ${rows} rows, expected at least ${needed}: ${folds} tests of ${testSize}, a gap of ${gap} and one to train on`,
    )
  }
  refuseProblems(problems, 'correct the options of the split, or the rows')
  return { folds, testSize, gap, maxTrainSize }
}

/** @param values - each with the least it may be */
function rangeProblems(
  rows: number,
  values: Readonly<Record<string, readonly [number, number]>>,
): string[] {
  return Object.entries(values).flatMap(([name, [value, min]]) =>
    isWhole(value, min, rows)
      ? []
      : [`'${name}' is ${value}, expected an integer from ${min} to the number of rows, ${rows}`],
  )
}

function timeProblems(times: ArrayLike<number>): string[] {
  const problems: string[] = []
  for (let row = 0; row < times.length; row++) {
    if (Number.isFinite(times[row])) continue
    problems.push(`row ${row}: the time is ${times[row]!}, expected a finite number`)
  }
  return problems
}
