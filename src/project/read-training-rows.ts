import { join } from 'node:path'
import type { FieldPolicies } from '../core/field-policy.ts'
import { decodeInput, otherText, type InputFields } from '../core/input-field.ts'
import { numberAt, type Matrix } from '../core/matrix.ts'
import { openDatabase, quoteName, quotePath, type Database } from '../data/duckdb-store.ts'
import { findKnownTexts } from '../data/expressions/code-texts.ts'
import { toFunction, type Row } from '../data/expressions/to-function.ts'
import { foldColumn, type Feature, type ModelInput } from '../data/features.ts'
import { readFeatures, type FeatureRows } from '../data/read-features.ts'
import { fitTransforms } from '../training/transforms/fit-transforms.ts'
import { resolvePolicies } from './definition/field-policies.ts'
import { layoutOf } from './layout.ts'
import type { StepContext } from './step.ts'
import { targetColumnsOf } from './definition/target-output.ts'

/** Rows to fit on, with what the model will get of them when it serves. */
export interface TrainingRows extends FeatureRows {
  /** The raw columns that the model takes, with the texts that it tells apart. */
  readonly inputs: InputFields
  /** Their cells, shape [rows, inputs]. */
  readonly raw: Matrix
  /** Of the project, for the model to carry: what is imputed is told of these rows. */
  readonly policies: FieldPolicies | undefined
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
  const path = join(directory, layoutOf(project.name).features)
  const testFold = parameters.split.test_fold
  using database = await openDatabase()
  const doubles = new Set(
    inputList.flatMap(({ name, field }) => (field.type === 'datetime' ? [name] : [])),
  )
  const read = (features: readonly string[] | InputFields): Promise<FeatureRows> =>
    readFeatures(database, path, {
      features,
      doubles,
      ...targetColumnsOf(project),
      testFold,
      part: 'train',
    })
  const found = await read(featureList.map(({ name }) => name))
  const rows =
    project.group === undefined && project.time === undefined
      ? found
      : { ...found, parts: found.folds }
  const seen = await findInputs(database, inputList, { path, testFold })
  const isComputed = featureList.length < inputList.length || hasExpressions(featureList)
  const raw = isComputed || Object.keys(learned).length > 0 ? (await read(seen)).x : rows.x
  const policies = resolvePolicies(project.serving, seen, raw)
  if (Object.keys(learned).length === 0) {
    return { ...rows, ...keepKnown(seen, raw, featureList), policies, features: featureList }
  }
  const table = toRows(raw, seen, rows.folds)
  const fitted = fitTransforms(learned, table, {
    target: rows.y,
    folds: [...rows.folds],
    foldColumn,
  })
  const columns = Object.values(fitted.training).map((expression) => {
    const compute = toFunction(expression)
    return table.map((row) => toFloat(compute(row)))
  })
  const fresh = Object.entries(fitted.serving).map(([name, expression]): Feature => ({
    name,
    field: { type: 'number', nullable: true },
    encoding: 'standardize',
    expression,
  }))
  const features = [...featureList, ...fresh]
  const x = withColumns(rows.x, columns)
  return { ...rows, x, ...keepKnown(seen, raw, features), policies, features }
}

function hasExpressions(features: readonly Feature[]): boolean {
  return features.some(({ expression }) => expression !== undefined)
}

/** The inputs with all texts that the training folds have. */
async function findInputs(
  database: Database,
  inputs: readonly ModelInput[],
  { path, testFold }: { readonly path: string; readonly testFold: number },
): Promise<InputFields> {
  const fields: [string, InputFields[string]][] = []
  for (const { name, field } of inputs) {
    if (field.type !== 'text') {
      fields.push([name, field])
      continue
    }
    const texts = await database.query(
      `SELECT DISTINCT ${quoteName(name)} AS text FROM read_parquet(${quotePath(path)})
       WHERE ${quoteName(foldColumn)} <> ? AND ${quoteName(name)} IS NOT NULL ORDER BY text`,
      [testFold],
    )
    fields.push([name, { ...field, known: texts.map(({ text }) => String(text)) }])
  }
  return Object.fromEntries(fields)
}

/** The inputs with the texts that features tell apart, and no others, and the cells with their numbers. */
function keepKnown(
  seen: InputFields,
  raw: Matrix,
  features: readonly Feature[],
): Pick<TrainingRows, 'inputs' | 'raw'> {
  const told = findKnownTexts(features.flatMap(({ expression }) => expression ?? []))
  const values = raw.values.slice()
  const fields = Object.entries(seen).map(([name, field], c) => {
    if (field.type !== 'text') return [name, field] as const
    const known = told.get(name) ?? []
    const places = new Map(known.map((text, place) => [text, place]))
    const codes = (field.known ?? []).map((text) => places.get(text) ?? otherText)
    for (let i = c; i < values.length; i += raw.columns) {
      // What is missing stays so.
      if (!Number.isNaN(values[i])) values[i] = codes[values[i]!] ?? otherText
    }
    return [name, { ...field, known }] as const
  })
  return { inputs: Object.fromEntries(fields), raw: { ...raw, values } }
}

function toRows(raw: Matrix, inputs: InputFields, folds: Float64Array): Row[] {
  const fields = Object.entries(inputs)
  return Array.from({ length: raw.rows }, (_, r) => {
    const cells = fields.map(([name, field], c) => {
      const cell = decodeInput(field, numberAt(raw, r, c))
      return [name, field.type === 'boolean' && cell !== null ? cell !== 0 : cell] as const
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
