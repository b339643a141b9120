import { join } from 'node:path'
import type { Matrix } from '../core/matrix.ts'
import { openDatabase } from '../data/duckdb-store.ts'
import { toFunction, type Row } from '../data/expressions/to-function.ts'
import { foldColumn, type Feature, type ModelInput } from '../data/features.ts'
import { readFeatures, type FeatureRows } from '../data/read-features.ts'
import { fitTransforms } from '../training/transforms/fit-transforms.ts'
import { layoutOf } from './layout.ts'
import type { StepContext } from './step.ts'
import { targetColumnsOf } from './target-output.ts'

/** Rows to fit on, with what the model will get of them when it serves. */
export interface TrainingRows extends FeatureRows {
  /** The raw columns that the model takes, shape [rows, inputs]. */
  readonly raw: Matrix
  /** Those of the matrix x: the project's, then the learnt ones, each with its expression for serving. */
  readonly features: readonly Feature[]
}

/**
 * Reads the training folds and learns the project's transforms from them. What is learnt is computed of the raw
 * columns as the model sees them, in 32-bit floats.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` naming the transforms that cannot be learnt
 */
export async function readTrainingRows(
  context: Pick<StepContext, 'directory' | 'project' | 'parameters'>,
): Promise<TrainingRows> {
  const { project, directory, parameters } = context
  const { featureList, inputList, learned = {} } = project
  using database = await openDatabase()
  const read = (columns: readonly { readonly name: string }[]): Promise<FeatureRows> =>
    readFeatures(database, join(directory, layoutOf(project.name).features), {
      features: columns.map(({ name }) => name),
      ...targetColumnsOf(project),
      testFold: parameters.split.test_fold,
      part: 'train',
    })
  const rows = await read(featureList)
  const isComputed = featureList.length < inputList.length || hasExpressions(featureList)
  const raw = isComputed || Object.keys(learned).length > 0 ? (await read(inputList)).x : rows.x
  if (Object.keys(learned).length === 0) return { ...rows, raw, features: featureList }
  const table = toRows(raw, inputList, rows.folds)
  const fitted = fitTransforms(learned, table, {
    target: rows.y,
    folds: [...rows.folds],
    foldColumn,
  })
  const columns = Object.values(fitted.training).map((expression) => {
    const compute = toFunction(expression)
    return table.map((row) => toFloat(compute(row)))
  })
  const features = Object.entries(fitted.serving).map(([name, expression]): Feature => ({
    name,
    field: { type: 'number', nullable: true },
    encoding: 'standardize',
    expression,
  }))
  return { ...rows, x: withColumns(rows.x, columns), raw, features: [...featureList, ...features] }
}

function hasExpressions(features: readonly Feature[]): boolean {
  return features.some(({ expression }) => expression !== undefined)
}

function toRows(raw: Matrix, inputs: readonly ModelInput[], folds: Float64Array): Row[] {
  return Array.from({ length: raw.rows }, (_, r) => {
    const cells = inputs.map(({ name, field }, c) => {
      const value = raw.values[r * raw.columns + c]!
      if (Number.isNaN(value)) return [name, null] as const
      return [name, field.type === 'boolean' ? value !== 0 : value] as const
    })
    return Object.fromEntries([...cells, [foldColumn, folds[r]!]])
  })
}

/** What is too large for a float is missing, as in the graph. */
function toFloat(value: number | null): number {
  const float = Math.fround(value ?? NaN)
  return Number.isFinite(float) ? float : NaN
}

function withColumns({ rows, columns, values }: Matrix, more: readonly number[][]): Matrix {
  const width = columns + more.length
  const joined = new Float32Array(rows * width)
  for (let r = 0; r < rows; r++) {
    joined.set(values.subarray(r * columns, (r + 1) * columns), r * width)
    more.forEach((column, c) => (joined[r * width + columns + c] = column[r]!))
  }
  return { rows, columns: width, values: joined }
}
