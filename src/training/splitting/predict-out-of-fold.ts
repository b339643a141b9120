import { compileModel, type OnnxModel } from '../../model/index.ts'
import { pickFittedRows, pickRows, type FittedRows } from './pick-rows.ts'
import type { Split } from './split.ts'

/**
 * What models of other rows give each row, shape [rows, columns].
 *
 * @param options.splits - each row is tested in one of them
 * @param options.columns - numbers that a model gives a row
 */
export function predictOutOfFold(
  rows: FittedRows,
  {
    splits,
    columns,
    train,
  }: {
    readonly splits: readonly Split[]
    readonly columns: number
    readonly train: (rows: FittedRows) => OnnxModel
  },
): Float64Array {
  const predicted = new Float64Array(rows.y.length * columns)
  for (const split of splits) {
    const model = train(pickFittedRows(rows, split.train))
    const found = compileModel(model)(pickRows(rows.x, split.test))
    split.test.forEach((row, i) =>
      predicted.set(found.subarray(i * columns, (i + 1) * columns), row * columns),
    )
  }
  return predicted
}
