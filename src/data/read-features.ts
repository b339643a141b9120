import type { InputFields } from '../core/input-field.ts'
import type { Matrix } from '../core/matrix.ts'
import { quoteName, quotePath, quoteText, type Database } from './duckdb-store.ts'
import { foldColumn, foldedRelation, rowColumn, type FoldRule } from './features.ts'
import { inputSql } from './input-sql.ts'

/** Rows of the feature table as estimators take them. */
export interface FeatureRows {
  /** The 0-based row keys, shape [rows]. */
  readonly keys: Float64Array
  /** Raw feature columns in the order asked for, shape [rows, features]; NaN where missing. */
  readonly x: Matrix
  /** 0 or 1, a number, or the place of a class among those asked for; NaN where missing or none of them. Shape [rows]. */
  readonly y: Float64Array
  /** How much each row counts; absent where no weight was asked for. Shape [rows]. */
  readonly weights?: Float64Array
  /** The fold of each row, shape [rows]. */
  readonly folds: Float64Array
}

/**
 * Reads one side of the split, in row order.
 *
 * @param options.features - names of columns of numbers, or all columns of a model
 * @param options.doubles - those of them that the model takes in 64 bits: the matrix has them so, too
 * @param path - the feature table; with `folds` also the raw table, whose folds are then computed
 * @param options.classes - of a target of classes
 * @param options.weight - the column of weights
 * @param options.part - 'test' is the rows whose fold is `testFold`, 'train' all others
 */
export async function readFeatures(
  database: Database,
  path: string,
  options: {
    readonly features: readonly string[] | InputFields
    readonly doubles?: ReadonlySet<string> | undefined
    readonly target: string
    readonly classes?: readonly (string | number)[]
    readonly weight?: string
    readonly testFold: number
    readonly part: 'train' | 'test'
    readonly folds?: FoldRule
  },
): Promise<FeatureRows> {
  const comparison = options.part === 'test' ? '=' : '<>'
  const fold = quoteName(foldColumn)
  const relation =
    options.folds === undefined
      ? `read_parquet(${quotePath(path)})`
      : foldedRelation(path, options.folds)
  const { target, classes, weight } = options
  const names = [rowColumn, ...(weight === undefined ? [] : [weight])]
  const cells = cellsOf(options.features)
  const columns = await database.queryNumbers(
    `SELECT ${[...names.map(quoteName), ...cells.values()].join(', ')}, ${targetExpression(target, classes)} AS ${quoteName(targetColumn)}, ${fold} FROM ${relation}
     WHERE ${fold} ${comparison} ? ORDER BY ${quoteName(rowColumn)}`,
    [options.testFold],
  )
  const keys = columns.get(rowColumn)!
  const inputs = [...cells.keys()]
  return {
    keys,
    x: toMatrix(
      inputs.map((name) => columns.get(name)!),
      keys.length,
      (place) => options.doubles?.has(inputs[place]!) === true,
    ),
    y: columns.get(targetColumn)!,
    ...(weight !== undefined && { weights: columns.get(weight)! }),
    folds: columns.get(foldColumn)!,
  }
}

/** SQL of each cell, by column. */
function cellsOf(features: readonly string[] | InputFields): ReadonlyMap<string, string> {
  const cells = Array.isArray(features)
    ? features.map((name) => [name, quoteName(name)] as const)
    : Object.entries(features).map(
        ([name, field]) =>
          [name, `${inputSql(quoteName(name), field)} AS ${quoteName(name)}`] as const,
      )
  return new Map(cells)
}

/** As no column is called: a feature may be the target of another model. */
const targetColumn = '#target'

function targetExpression(target: string, classes?: readonly (string | number)[]): string {
  if (classes === undefined) return quoteName(target)
  const places = classes.map(
    (name, place) => `WHEN ${typeof name === 'string' ? quoteText(name) : name} THEN ${place}`,
  )
  return `CASE ${quoteName(target)} ${places.join(' ')} END`
}

/**
 * Rows of columns that are each as long.
 *
 * @param rows - also of no columns, where all features are learnt
 * @param isWide - says of a column's place whether the matrix has it in 64 bits, too
 */
export function toMatrix(
  columns: readonly Float64Array[],
  rows: number,
  isWide: (place: number) => boolean,
): Matrix {
  const values = new Float32Array(rows * columns.length)
  columns.forEach((column, c) => {
    for (let r = 0; r < rows; r++) values[r * columns.length + c] = column[r]!
  })
  const wide = columns.flatMap((column, c) => (isWide(c) ? [[c, [...column]] as const] : []))
  const matrix = { rows, columns: columns.length, values }
  return wide.length === 0 ? matrix : { ...matrix, doubles: new Map(wide) }
}
