/** Tensors of the Open Inference Protocol and their way into the model's matrix. */

import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Matrix } from '../../core/matrix.ts'
import { encodeInput, isCodedField, type InputField } from '../../core/input-field.ts'
import { nearestColumn } from '../input/nearest-column.ts'
import type { ProblemList } from '../input/problem-list.ts'
import { keepSent, startSent, withSent } from '../input/sent-cells.ts'
import type { Column } from '../served-model.ts'
import { settleCell } from '../input/settle-cell.ts'
import { countOf, type BinaryTail } from './open-inference-binary.ts'
import {
  datatypes,
  describeElement,
  isDatatype,
  readElements,
  type DatatypeName,
} from './open-inference-datatypes.ts'
import { readTexts } from './open-inference-texts.ts'

/** The name of the one tensor that holds all columns. */
export const wholeInput = 'input'

/** How the inputs of a model are described: one matrix, or where texts, dates or 64-bit numbers are among them each column by itself. */
export function describeInputs(
  columns: readonly Column[],
): { name: string; datatype: DatatypeName; shape: number[] }[] {
  if (!columns.some(({ field, takesDoubles }) => isCodedField(field) || takesDoubles === true)) {
    return [{ name: wholeInput, datatype: 'FP32', shape: [-1, columns.length] }]
  }
  return columns.map((column) => ({
    name: column.name,
    datatype: datatypeOf(column),
    shape: [-1],
  }))
}

function datatypeOf({ field, takesDoubles }: Column): DatatypeName {
  if (isCodedField(field)) return 'BYTES'
  if (takesDoubles !== true) return 'FP32'
  // A missing value is NaN, in the bytes of a tensor.
  return field.type === 'integer' && field.nullable !== true ? 'INT64' : 'FP64'
}

interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Flat, row-major. */
  readonly data: readonly (number | string | null)[]
}

/** Where a tensor stands: in words, and as a JSON Pointer. */
interface Place {
  readonly name: string
  readonly pointer: string
}

/** Whence tensors have their bytes, and who is told what is wrong with their elements. */
interface TensorSource {
  readonly tail: BinaryTail
  readonly problems: ProblemList
}

interface TensorContext {
  readonly columns: readonly Column[]
  readonly limits: { readonly rows: number }
  /** Told of every value that is wrong; what is decoded is for use only when none was. */
  readonly problems: ProblemList
  /** The bytes behind the JSON. */
  readonly tail: BinaryTail
}

/**
 * Decodes `inputs`: one tensor 'input' of shape [rows, columns], or for each
 * column one of shape [rows] or [rows, 1]; data flat or nested, or in the bytes behind the JSON. null, or NaN
 * in bytes, is a missing value where the column may be missing.
 *
 * @throws {ToolkitError} `REQUEST_INVALID`
 */
export function decodeTensors(inputs: unknown, context: TensorContext): Matrix {
  const { columns, problems, tail } = context
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw invalid("'inputs' must be a list of tensors, with at least one")
  }
  if (inputs.length > columns.length) {
    throw invalid(`there are ${inputs.length} inputs, expected at most ${columns.length}`)
  }
  const tensors = inputs.map((input, index) =>
    parseTensor(
      input,
      { name: `inputs[${index}]`, pointer: `/inputs/${index}` },
      { tail, problems },
    ),
  )
  tail.checkEnd()
  problems.check()
  const [first] = tensors
  const isWhole = tensors.length === 1 && first?.name === wholeInput
  return isWhole ? fromWhole(first, context) : fromColumns(tensors, context)
}

function parseTensor(input: unknown, place: Place, source: TensorSource): Tensor {
  if (!isObject(input)) throw invalid(`${place.name} must be an object`)
  const { name, shape, datatype, data, parameters } = input
  if (typeof name !== 'string') throw invalid(`${place.name}.name must be a string`)
  if (!isShape(shape)) throw invalid(`${place.name}.shape must be a list of one or two sizes`)
  if (!isDatatype(datatype)) {
    const got = typeof datatype === 'string' ? `'${datatype.slice(0, 50)}'` : typeof datatype
    throw invalid(`${place.name}.datatype is ${got}, expected one of ${datatypes.join(', ')}`)
  }
  const elements = readData({ data, parameters }, { shape, datatype, place: place.name, source })
  return { name, shape, data: checkElements(elements, { datatype, place, source }) }
}

/** From the JSON, or from the bytes behind it. */
function readData(
  { data, parameters }: { readonly data: unknown; readonly parameters: unknown },
  tensor: {
    readonly shape: readonly number[]
    readonly datatype: DatatypeName
    readonly place: string
    readonly source: TensorSource
  },
): readonly unknown[] {
  const { shape, datatype, place, source } = tensor
  const size = isObject(parameters) ? parameters['binary_data_size'] : undefined
  if (size === undefined) {
    if (Array.isArray(data)) return flatten(data, shape, place)
    throw invalid(`${place}.data must be a list`)
  }
  if (data === undefined) {
    const bytes = source.tail.take({ size, shape, datatype, place })
    return datatype === 'BYTES'
      ? readTexts(bytes, { count: countOf(shape), place })
      : readElements(datatype, bytes)
  }
  throw invalid(`${place} has data and parameters.binary_data_size, expected one of them`)
}

/** null is a missing value of any type. */
function checkElements(
  elements: readonly unknown[],
  context: {
    readonly datatype: DatatypeName
    readonly place: Place
    readonly source: TensorSource
  },
): (number | string | null)[] {
  const { datatype, place, source } = context
  return elements.map((element, i) => {
    if (element === null) return null
    const expected = describeElement(datatype, element)
    if (expected === undefined) return typeof element === 'string' ? element : Number(element)
    const value = typeof element === 'bigint' ? String(element) : element
    source.problems.add(`${place.pointer}/data/${i}`, () => ({ expected, value }))
    return null
  })
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    (shape.length === 1 || shape.length === 2) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  )
}

/** Data is flat, or nested exactly as the shape says. */
function flatten(data: readonly unknown[], shape: readonly number[], place: string): unknown[] {
  const isNested = shape.length === 2 && data.some(Array.isArray)
  const rows = isNested ? data : [data]
  const sizes = isNested ? shape : [1, countOf(shape)]
  if (rows.length !== sizes[0]) {
    throw invalid(`${place}.data has ${rows.length} rows, its shape says ${sizes[0]}`)
  }
  for (const row of rows) {
    if (Array.isArray(row) && row.length === sizes[1]) continue
    const got = Array.isArray(row) ? `${row.length} values` : 'no list'
    throw invalid(`${place}.data has ${got} where its shape [${shape.join(', ')}] says ${sizes[1]}`)
  }
  return rows.flat()
}

function fromWhole(tensor: Tensor, context: TensorContext): Matrix {
  const { columns, limits } = context
  const [rows = 0, width = 1] = tensor.shape
  if (width !== columns.length) {
    throw invalid(
      `the input has the shape [${tensor.shape.join(', ')}], expected [rows, ${columns.length}]`,
    )
  }
  checkRowCount(rows, limits.rows)
  const cellAt = (row: number, column: number): number | string | null =>
    tensor.data[row * width + column]!
  return fillMatrix(rows, context, cellAt)
}

function fromColumns(tensors: readonly Tensor[], context: TensorContext): Matrix {
  const { columns, limits } = context
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  checkNames(tensors, byName, columns)
  const rows = tensors[0]?.shape[0] ?? 0
  for (const { name, shape } of tensors) {
    if (shape[0] === rows && (shape[1] ?? 1) === 1) continue
    throw invalid(`the input '${name}' has the shape [${shape.join(', ')}], expected [${rows}]`)
  }
  checkRowCount(rows, limits.rows)
  const data = columns.map(({ name }) => byName.get(name)?.data)
  return fillMatrix(rows, context, (row, column) => data[column]?.[row] ?? null)
}

function checkNames(
  tensors: readonly Tensor[],
  byName: ReadonlyMap<string, Tensor>,
  columns: readonly Column[],
): void {
  if (byName.size < tensors.length) throw invalid('an input is there twice')
  const missing = columns.find(
    ({ name, field, policy }) =>
      field.nullable !== true && policy?.missing !== 'impute' && !byName.has(name),
  )
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

function fillMatrix(
  rows: number,
  { columns, problems }: TensorContext,
  cellAt: (row: number, column: number) => number | string | null,
): Matrix {
  const values = new Float32Array(rows * columns.length) // [rows, columns]
  const sent = startSent(columns)
  for (let row = 0; row < rows; row++) {
    for (const [column, definition] of columns.entries()) {
      const { name, field } = definition
      const cell = readLevel(field, cellAt(row, column))
      if (sent !== undefined) keepSent(sent, { column, field }, cell)
      values[row * columns.length + column] =
        encodeInput(field, cell) ??
        settleCell(definition, cell, { pointer: `row ${row}, ${name}`, problems, sent, column })
    }
  }
  return withSent({ rows, columns: columns.length, values }, sent)
}

/** A level that is written as text, as clients send columns of categories: the number. */
function readLevel(field: InputField, cell: number | string | null): number | string | null {
  if (typeof cell !== 'string' || field.type !== 'category') return cell
  const level = Number(cell)
  return Number.isFinite(level) && String(level) === cell ? level : cell
}

export function invalid(message: string): ToolkitError {
  return new ToolkitError('REQUEST_INVALID', message)
}
