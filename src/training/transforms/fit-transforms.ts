import { ToolkitError } from '../../core/errors.ts'
import type { Expression } from '../../data/expressions/expression.ts'
import { toFunction, type Row } from '../../data/expressions/to-function.ts'
import { fitHash, fitOneHot, fitOrdinal } from './fit-categories.ts'
import { fitImpute, fitStandardize } from './fit-numbers.ts'
import { fitQuantiles } from './fit-quantiles.ts'
import { fitTargetMean, type TargetRows } from './fit-target-mean.ts'
import type { Cells, FittedFeatures, Transform } from './transform.ts'

/** What transforms became. */
export interface FittedTransforms {
  /** For all rows but those that were learnt from. */
  readonly serving: FittedFeatures
  /** For the rows that were learnt from: means of the target are those of the other folds. */
  readonly training: FittedFeatures
}

/**
 * Learns transforms from the training rows and gives them as plain expressions, which all compilers know.
 *
 * @param options.target - of each row, for `targetMean`
 * @param options.folds - of each row, a whole number, which the rows have in the column `foldColumn` too
 * @throws {ToolkitError} `TRAINING_INVALID` naming all transforms that cannot be learnt, with the reasons
 *
 * @example
 * ```ts
 * import { columnsOf, defineSchema, fitTransforms, toFunction } from 'ml-pipeline-toolkit'
 * const column = columnsOf(defineSchema({ age: { type: 'number', nullable: true } }))
 * const rows = [{ age: 20 }, { age: 40 }, { age: null }]
 * const { serving } = fitTransforms(
 *   { known: { kind: 'impute', operand: column('age'), strategy: 'mean' } },
 *   rows,
 * )
 * rows.map(toFunction(serving.known!)) // => [20, 40, 30]
 * ```
 */
export function fitTransforms(
  transforms: Readonly<Record<string, Transform>>,
  rows: readonly Row[],
  options: Partial<TargetRows> = {},
): FittedTransforms {
  const problems: string[] = []
  const fitted = Object.entries(transforms).map(([name, transform]) => {
    try {
      return fitTransform(name, transform, { rows, options })
    } catch (error) {
      if (!(error instanceof ToolkitError) || error.code !== 'TRAINING_INVALID') throw error
      problems.push(`'${name}' ${error.message}`)
      return { serving: {}, training: {} }
    }
  })
  const serving = fitted.flatMap((each) => Object.entries(each.serving))
  const names = serving.map(([name]) => name)
  const twice = names.filter((name, i) => names.indexOf(name) < i)
  problems.push(...twice.map((name) => `two features are called '${name}'`))
  if (problems.length > 0) {
    throw new ToolkitError(
      'TRAINING_INVALID',
      `transforms that cannot be learnt from ${rows.length} rows: ${problems.join('; ')}`,
      { hint: 'leave them out, or give them other rows' },
    )
  }
  return {
    serving: Object.fromEntries(serving),
    training: Object.fromEntries(fitted.flatMap((each) => Object.entries(each.training))),
  }
}

function fitTransform(
  name: string,
  transform: Transform,
  { rows, options }: { readonly rows: readonly Row[]; readonly options: Partial<TargetRows> },
): FittedTransforms {
  const cells = cellsOf(transform.operand, rows)
  switch (transform.kind) {
    case 'impute':
      return same({ [name]: fitImpute(transform, cells) })
    case 'standardize':
      return same({ [name]: fitStandardize(transform.operand, cells) })
    case 'quantile':
      return same({ [name]: fitQuantiles(transform, cells) })
    case 'oneHot':
      return same(fitOneHot(name, transform, cells))
    case 'ordinal':
      return same({ [name]: fitOrdinal(transform, cells) })
    case 'hash':
      return same({ [name]: fitHash(transform, cells) })
    case 'targetMean': {
      const { serving, training } = fitTargetMean(transform, cells, options)
      return { serving: { [name]: serving }, training: { [name]: training } }
    }
  }
}

function same(features: FittedFeatures): FittedTransforms {
  return { serving: features, training: features }
}

function cellsOf(operand: Expression, rows: readonly Row[]): Cells {
  const compute = toFunction(operand)
  return rows.map((row) => {
    const cell = compute(row)
    return typeof cell === 'boolean' ? Number(cell) : cell
  })
}
