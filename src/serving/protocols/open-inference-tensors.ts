/** Tensors of the Open Inference Protocol and their way into the model's matrix. */

import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Matrix } from '../../core/matrix.ts'
import { describeInputViolation } from '../../core/schema.ts'
import { nearestColumn } from '../nearest-column.ts'
import type { Column } from '../served-model.ts'

/** The name of the one tensor that holds all columns. */
export const wholeInput = 'input'

export const datatypes = ['FP32', 'FP64', 'INT64'] as const

interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Flat, row-major. */
  readonly data: readonly (number | null)[]
}

/**
 * Decodes `inputs`: one tensor 'input' of shape [rows, columns], or for each
 * column one of shape [rows] or [rows, 1]; data flat or nested. null is a
 * missing value where the column may be missing.
 *
 * @throws {ToolkitError} `REQUEST_INVALID`
 */
export function decodeTensors(
  inputs: unknown,
  columns: readonly Column[],
  limits: { readonly rows: number },
): Matrix {
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw invalid("'inputs' must be a list of tensors, with at least one")
  }
  if (inputs.length > columns.length) {
    throw invalid(`there are ${inputs.length} inputs, expected at most ${columns.length}`)
  }
  const tensors = inputs.map((input, index) => parseTensor(input, `inputs[${index}]`))
  const [first] = tensors
  const isWhole = tensors.length === 1 && first?.name === wholeInput
  const matrix = isWhole
    ? fromWhole(first, columns, limits.rows)
    : fromColumns(tensors, columns, limits.rows)
  return matrix
}

function parseTensor(input: unknown, place: string): Tensor {
  if (!isObject(input)) throw invalid(`${place} must be an object`)
  const { name, shape, datatype, data, parameters } = input
  if (isObject(parameters) && 'binary_data_size' in parameters) throw binaryRefused()
  if (typeof name !== 'string') throw invalid(`${place}.name must be a string`)
  if (!isShape(shape)) throw invalid(`${place}.shape must be a list of one or two sizes`)
  if (!datatypes.some((known) => known === datatype)) {
    const got = typeof datatype === 'string' ? `'${datatype.slice(0, 50)}'` : typeof datatype
    throw invalid(`${place}.datatype is ${got}, expected one of ${datatypes.join(', ')}`)
  }
  if (!Array.isArray(data)) throw invalid(`${place}.data must be a list`)
  const flat = flatten(data, shape, place)
  if (datatype === 'INT64') checkIntegers(flat, place)
  return { name, shape, data: flat }
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    (shape.length === 1 || shape.length === 2) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  )
}

/** Data is flat, or nested exactly as the shape says. */
function flatten(
  data: readonly unknown[],
  shape: readonly number[],
  place: string,
): (number | null)[] {
  const isNested = shape.length === 2 && data.some(Array.isArray)
  const rows = isNested ? data : [data]
  const sizes = isNested ? shape : [1, shape.reduce((product, size) => product * size, 1)]
  if (rows.length !== sizes[0]) {
    throw invalid(`${place}.data has ${rows.length} rows, its shape says ${sizes[0]}`)
  }
  for (const row of rows) {
    if (Array.isArray(row) && row.length === sizes[1]) continue
    const got = Array.isArray(row) ? `${row.length} values` : 'no list'
    throw invalid(`${place}.data has ${got} where its shape [${shape.join(', ')}] says ${sizes[1]}`)
  }
  const flat: unknown[] = rows.flat()
  if (flat.every(isCell)) return flat
  const fault = flat.findIndex((cell) => !isCell(cell))
  throw invalid(`${place}.data holds a ${typeof flat[fault]} at ${fault}, expected numbers`)
}

function isCell(value: unknown): value is number | null {
  return typeof value === 'number' || value === null
}

function checkIntegers(data: readonly (number | null)[], place: string): void {
  const fault = data.findIndex((cell) => cell !== null && !Number.isSafeInteger(cell))
  if (fault === -1) return
  throw invalid(
    `${place}.data holds ${data[fault]} at ${fault}, expected an integer that doubles hold exactly`,
  )
}

function fromWhole(tensor: Tensor, columns: readonly Column[], limit: number): Matrix {
  const [rows = 0, width = 1] = tensor.shape
  if (width !== columns.length) {
    throw invalid(
      `the input has the shape [${tensor.shape.join(', ')}], expected [rows, ${columns.length}]`,
    )
  }
  checkRowCount(rows, limit)
  const cellAt = (row: number, column: number): number | null => tensor.data[row * width + column]!
  return fillMatrix(rows, columns, cellAt)
}

function fromColumns(
  tensors: readonly Tensor[],
  columns: readonly Column[],
  limit: number,
): Matrix {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  checkNames(tensors, byName, columns)
  const rows = tensors[0]?.shape[0] ?? 0
  for (const { name, shape } of tensors) {
    if (shape[0] === rows && (shape[1] ?? 1) === 1) continue
    throw invalid(`the input '${name}' has the shape [${shape.join(', ')}], expected [${rows}]`)
  }
  checkRowCount(rows, limit)
  const data = columns.map(({ name }) => byName.get(name)?.data)
  return fillMatrix(rows, columns, (row, column) => data[column]?.[row] ?? null)
}

function checkNames(
  tensors: readonly Tensor[],
  byName: ReadonlyMap<string, Tensor>,
  columns: readonly Column[],
): void {
  if (byName.size < tensors.length) throw invalid('an input is there twice')
  const missing = columns.find(({ name, field }) => field.nullable !== true && !byName.has(name))
  const names = new Set(columns.map((column) => column.name))
  const unknown = tensors.find((tensor) => !names.has(tensor.name))
  if (unknown !== undefined) {
    throw invalid(
      `there is no input '${unknown.name.slice(0, 100)}'; ${nearestColumn(unknown.name, columns)}`,
    )
  }
  if (missing !== undefined) {
    throw invalid(`the input '${missing.name}' is missing; or send one tensor '${wholeInput}'`)
  }
}

function checkRowCount(rows: number, limit: number): void {
  if (rows === 0) throw invalid('there are no rows')
  if (rows > limit) throw invalid(`there are ${rows} rows, expected at most ${limit}`)
}

/** In one sentence, so many problems are named; the others are only counted. */
const namedProblems = 5

function fillMatrix(
  rows: number,
  columns: readonly Column[],
  cellAt: (row: number, column: number) => number | null,
): Matrix {
  const values = new Float32Array(rows * columns.length) // [rows, columns]
  const problems: string[] = []
  let count = 0
  for (let row = 0; row < rows; row++) {
    for (const [column, { name, field }] of columns.entries()) {
      const cell = cellAt(row, column)
      values[row * columns.length + column] = cell ?? Number.NaN
      const violation = describeInputViolation(field, cell)
      if (violation === undefined) continue
      if (++count <= namedProblems) problems.push(`row ${row}: '${name}' is ${cell}, ${violation}`)
    }
  }
  if (count > namedProblems) problems.push(`and ${count - namedProblems} more`)
  if (count > 0) throw invalid(problems.join('; '))
  return { rows, columns: columns.length, values }
}

export function binaryRefused(): ToolkitError {
  return invalid(
    'the binary tensor data extension is not supported; send and ask for JSON (binary_data=False in tritonclient)',
  )
}

export function invalid(message: string): ToolkitError {
  return new ToolkitError('REQUEST_INVALID', message)
}
