import { choose, equal, fill } from '../../data/expressions/build-expression.ts'
import type { NumberExpression } from '../../data/expressions/expression.ts'
import { lookUp } from './fit-categories.ts'
import { unlearnable } from './fit-numbers.ts'
import type { Cells, TargetMean } from './transform.ts'

/** What means of the target need to know of the rows. */
export interface TargetRows {
  readonly target: Float64Array
  readonly folds: readonly number[]
  /** The column that has the fold of a row where its features are computed. */
  readonly foldColumn: string
}

/**
 * @returns for rows that were learnt from the means over the rows of other folds, so that no row sees its own target;
 *   for others those over all rows
 * @throws {ToolkitError} `TRAINING_INVALID`
 */
export function fitTargetMean(
  transform: TargetMean,
  cells: Cells,
  { target, folds, foldColumn }: Partial<TargetRows>,
): { readonly serving: NumberExpression; readonly training: NumberExpression } {
  const { smoothing } = transform
  if (target === undefined || folds === undefined || foldColumn === undefined) {
    throw unlearnable('needs the target and the folds of the rows')
  }
  if (target.length !== cells.length || folds.length !== cells.length) {
    throw unlearnable(
      `has ${target.length} targets and ${folds.length} folds for ${cells.length} rows`,
    )
  }
  if (!(smoothing >= 0 && smoothing < Infinity)) {
    throw unlearnable(`has the smoothing ${smoothing}, expected a number from 0`)
  }
  if (!target.every(Number.isFinite)) throw unlearnable('has targets that are no finite numbers')
  const numbers = [...new Set(folds)].sort((a, b) => a - b)
  if (numbers.length < 2) throw unlearnable(`has all rows in ${numbers.length} fold, expected two`)
  const serving = meansOf(transform, { cells, target, isIn: () => true })
  const fold: NumberExpression = { kind: 'numberColumn', name: foldColumn }
  const training = numbers.reduceRight(
    (otherwise, number) =>
      choose(
        equal(fold, number),
        meansOf(transform, { cells, target, isIn: (row) => folds[row] !== number }),
        otherwise,
      ),
    serving,
  )
  return { serving, training }
}

function meansOf(
  { operand, smoothing }: TargetMean,
  rows: {
    readonly cells: Cells
    readonly target: Float64Array
    readonly isIn: (row: number) => boolean
  },
): NumberExpression {
  const sums = new Map<number | string | null, { count: number; sum: number }>()
  let [count, sum] = [0, 0]
  rows.cells.forEach((cell, row) => {
    if (!rows.isIn(row)) return
    const known = sums.get(cell) ?? { count: 0, sum: 0 }
    known.count++
    known.sum += rows.target[row]!
    sums.set(cell, known)
    count++
    sum += rows.target[row]!
  })
  const mean = sum / count
  const smoothed = (of: { readonly count: number; readonly sum: number }): number =>
    (of.sum + smoothing * mean) / (of.count + smoothing)
  const missing = sums.get(null)
  sums.delete(null)
  const entries = [...sums].map(([cell, of]) => [cell!, smoothed(of)] as const)
  const ofMissing = missing === undefined ? mean : smoothed(missing)
  return fill(lookUp(operand, entries, mean), ofMissing)
}
