import type { Matrix } from '../core/matrix.ts'
import { nameHint } from '../core/nearest.ts'
import type { Feature } from '../data/features.ts'
import { type DesignOptions, numberForms } from './linear-design.ts'
import { refuseProblems } from './refuse-problems.ts'

/** More ranges than this are no coarser than the numbers themselves. */
const mostBins = 255
const largestFloat = (2 - 2 ** -23) * 2 ** 127
/** Two such numbers have a difference that float32 still holds, in which the graph takes the mean from a column. */
const largestCentred = 2 ** 126

/**
 * Checks the cells that a linear model encodes, and how: NaN is a missing cell and has its rule,
 * infinity has none. A column that is missing in all rows, or constant, weighs nothing.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` with all problems at once, rows counted from 0
 */
export function checkLinearFeatures(
  features: readonly Feature[],
  x: Matrix,
  { numbers = 'standardize', bins = 16 }: DesignOptions,
): void {
  const problems: string[] = []
  if (!numberForms.includes(numbers)) {
    problems.push(`'numbers' is '${numbers}' (${nameHint(numbers, numberForms, 'choices')})`)
  }
  if (!(Number.isInteger(bins) && bins >= 2 && bins <= mostBins)) {
    problems.push(`'bins' is ${bins}, expected an integer from 2 to ${mostBins}`)
  }
  if (features.length === 0) problems.push('there are no features, expected at least one')
  x.values.forEach((value, i) => {
    const { name, encoding } = features[i % x.columns]!
    const isLog = encoding === 'log1p'
    const most = isLog || numbers === 'binned' ? largestFloat : largestCentred
    if (!(Math.abs(value) > most || (isLog && value <= -1))) return
    const expected = expectedOf(value, isLog)
    problems.push(`row ${Math.floor(i / x.columns)}: '${name}' is ${value}, expected ${expected}`)
  })
  refuseProblems(problems, 'correct the columns, or the parameters of the model')
}

function expectedOf(value: number, isLog: boolean): string {
  if (isLog && value <= -1) return 'a finite number above -1, or none'
  return Number.isFinite(value)
    ? `a number from ${-largestCentred} to ${largestCentred}, or none`
    : 'a finite number or none'
}
