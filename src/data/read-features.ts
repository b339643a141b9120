import type { Matrix } from '../core/matrix.ts'
import { quoteName, quoteText, type Database } from './duckdb-store.ts'
import { foldColumn, foldExpression, rawRelation, rowColumn } from './features.ts'

/** Rows of the feature table as estimators take them. */
export interface FeatureRows {
  /** The 0-based row keys, shape [rows]. */
  readonly keys: Float64Array
  /** Raw feature columns in the order asked for, shape [rows, features]; NaN where missing. */
  readonly x: Matrix
  /** 0 or 1, shape [rows]. */
  readonly y: Float64Array
  /** The fold of each row, shape [rows]. */
  readonly folds: Float64Array
}

/**
 * Reads one side of the split, in row order.
 *
 * @param path - the feature table; with `folds` also the raw table, whose folds are then computed
 * @param options.part - 'test' is the rows whose fold is `testFold`, 'train' all others
 */
export async function readFeatures(
  database: Database,
  path: string,
  options: {
    readonly features: readonly string[]
    readonly target: string
    readonly testFold: number
    readonly part: 'train' | 'test'
    readonly folds?: number
  },
): Promise<FeatureRows> {
  const comparison = options.part === 'test' ? '=' : '<>'
  const isRaw = options.folds !== undefined
  const fold = isRaw ? foldExpression(options.folds) : quoteName(foldColumn)
  const relation = isRaw ? rawRelation(path) : `read_parquet(${quoteText(path)})`
  const names = [rowColumn, ...options.features, options.target]
  const columns = await database.queryNumbers(
    `SELECT ${names.map(quoteName).join(', ')}, ${fold} AS ${quoteName(foldColumn)} FROM ${relation}
     WHERE ${fold} ${comparison} ? ORDER BY ${quoteName(rowColumn)}`,
    [options.testFold],
  )
  return {
    keys: columns.get(rowColumn)!,
    x: toMatrix(options.features.map((name) => columns.get(name)!)),
    y: columns.get(options.target)!,
    folds: columns.get(foldColumn)!,
  }
}

function toMatrix(columns: readonly Float64Array[]): Matrix {
  const rows = columns[0]?.length ?? 0
  const values = new Float32Array(rows * columns.length)
  columns.forEach((column, c) => {
    for (let r = 0; r < rows; r++) values[r * columns.length + c] = column[r]!
  })
  return { rows, columns: columns.length, values }
}
