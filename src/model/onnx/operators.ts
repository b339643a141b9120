import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import type { CompileOptions } from './compile-forest.ts'
import {
  binaryOperators,
  chooseCells,
  combineCells,
  mapCells,
  unaryOperators,
} from './elementwise.ts'
import { elementTypeCodes } from './encode.ts'
import type { Attribute, Node, Tensor } from './graph.ts'
import { compileLabelEncoder } from './label-encoder.ts'
import { softmaxRows } from './softmax.ts'
import { compileTreeEnsemble } from './tree-ensemble.ts'
import { allNumbersOf, createLike, type NumberValue, type Value } from './value.ts'

/** One operator with its attributes bound: values in, a fresh value out. */
export type Operator = (inputs: readonly Value[]) => Value

type NumberOperator = (inputs: readonly NumberValue[]) => NumberValue

/**
 * Binds a node's attributes and constants.
 *
 * @param constants - the node's inputs that are constants, by position
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED` for an operator or a form of it that is not run here.
 */
export function compileOperator(
  node: Node,
  constants: readonly (Tensor | undefined)[],
  options: CompileOptions = {},
): Operator {
  if (node.operator === 'LabelEncoder') {
    const encode = compileLabelEncoder(node)
    return ([texts]) => encode(texts!)
  }
  const run = compileNumeric(node, constants, options)
  return (inputs) => run(allNumbersOf(inputs))
}

function compileNumeric(
  node: Node,
  constants: readonly (Tensor | undefined)[],
  options: CompileOptions,
): NumberOperator {
  const unary = unaryOperators[node.operator]
  if (unary !== undefined) return ([a]) => mapCells(a!, unary)
  const binary = binaryOperators[node.operator]
  if (binary === undefined) return compileStructural(node, constants, options)
  if (node.inputs.length !== 2) throw unsupported(node, `${node.inputs.length} inputs`)
  return ([a, b]) => combineCells(a!, b!, binary)
}

function compileStructural(
  node: Node,
  constants: readonly (Tensor | undefined)[],
  options: CompileOptions,
): NumberOperator {
  switch (node.operator) {
    case 'Cast':
      return compileCast(node)
    case 'Where':
      return ([condition, a, b]) => chooseCells(condition!, a!, b!)
    case 'Concat':
      return compileConcat(node)
    case 'Gather':
      return compileGather(node, constants)
    case 'Gemm':
      return compileGemm(node, constants)
    case 'Softmax':
      return compileSoftmax(node)
    case 'TreeEnsembleRegressor': {
      const score = compileTreeEnsemble(node, options)
      return ([rows]) => score(toFloats(rows!))
    }
    default:
      throw unsupported(node, 'the operator itself')
  }
}

function toFloats({ rows, columns, values }: NumberValue): Matrix {
  return {
    rows,
    columns,
    values: values instanceof Float32Array ? values : new Float32Array(values),
  }
}

function toDoubles({ rows, columns, values }: NumberValue): NumberValue {
  return { rows, columns, values: new Float64Array(values) }
}

function compileCast(node: Node): NumberOperator {
  switch (integerOf(node, 'to')) {
    case elementTypeCodes.float:
      return ([a]) => toFloats(a!)
    case elementTypeCodes.double:
      return ([a]) => toDoubles(a!)
    case elementTypeCodes.int64:
      return ([a]) => mapCells(toDoubles(a!), Math.trunc)
    case elementTypeCodes.bool:
      return ([a]) => mapCells(a!, (x) => (x === 0 ? 0 : 1))
    case undefined:
    default:
      throw unsupported(node, 'a type other than float, double, int64 and bool')
  }
}

function compileConcat(node: Node): NumberOperator {
  if (integerOf(node, 'axis') !== 1) throw unsupported(node, 'an axis other than 1')
  return (parts) => {
    const rows = parts[0]!.rows
    const columns = parts.reduce((sum, part) => sum + part.columns, 0)
    const result = createLike(parts[0]!, { rows, columns })
    let start = 0
    for (const part of parts) {
      copyColumns(result, part, start)
      start += part.columns
    }
    return result
  }
}

/** Cell by cell: parts are mostly narrow, and a view of each row would cost more. */
function copyColumns(
  into: NumberValue,
  { rows, columns, values }: NumberValue,
  start: number,
): void {
  const skipped = into.columns - columns
  let to = start
  let from = 0
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) into.values[to++] = values[from++]!
    to += skipped
  }
}

/** Picks columns by constant indices, or entries of a constant table by indices of the rows. */
function compileGather(node: Node, constants: readonly (Tensor | undefined)[]): NumberOperator {
  const [table, indices] = constants
  const axis = integerOf(node, 'axis') ?? 0
  if (axis === 0 && table?.dimensions.length === 1 && indices === undefined) return gatherEntries
  if (axis !== 1) throw unsupported(node, 'an axis other than 1')
  if (indices === undefined) throw unsupported(node, 'indices that are not constant')
  const picked = indices.values
  return ([source]) => {
    const { rows, columns } = source!
    const result = createLike(source!, { rows, columns: picked.length })
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < picked.length; c++) {
        result.values[r * picked.length + c] = source!.values[r * columns + picked[c]!]!
      }
    }
    return result
  }
}

function gatherEntries([table, indices]: readonly NumberValue[]): NumberValue {
  const { rows, columns } = indices!
  const result = createLike(table!, { rows, columns })
  indices!.values.forEach((index, i) => {
    const entry = table!.values[index]
    if (entry === undefined) {
      throw new ToolkitError(
        'MODEL_INVALID',
        `the ONNX graph is broken: it looks up entry ${index} of ${table!.values.length}`,
        { hint: 'restore the model file, or train again' },
      )
    }
    result.values[i] = entry
  })
  return result
}

/**
 * A [rows, k] × weights [k, columns] + bias [columns]; sums in float64 and rounds once. Of its attributes `transB`
 * is known, for PyTorch keeps weights as [columns, k].
 */
function compileGemm(node: Node, constants: readonly (Tensor | undefined)[]): NumberOperator {
  const isTransposed = readTurn(node)
  const [, fixed, fixedBias] = constants
  if (isTransposed && fixed?.dimensions.length !== 2) {
    throw unsupported(node, 'weights that are transposed and no constant matrix')
  }
  if (fixed !== undefined && fixedBias !== undefined) {
    const columns = fixed.dimensions.at(isTransposed ? 0 : -1)
    if (!isRowOf(fixedBias, columns)) throw unsupported(node, 'a bias that is repeated')
  }
  const turned = isTransposed ? transpose(fixed!) : undefined
  return ([a, given, bias]) => multiplyAndAdd(a!, turned ?? given!, bias)
}

/** Whether the weights are turned; all else of Gemm's attributes must be as usual. */
function readTurn(node: Node): boolean {
  const { transB: _, ...others } = node.attributes
  const unknown = Object.keys(others).filter((name) => !isUsualInGemm(name, others[name]!))
  if (unknown.length > 0) throw unsupported(node, unknown.join(' and '))
  const turn = integerOf(node, 'transB') ?? 0
  if (turn !== 0 && turn !== 1) throw unsupported(node, `transB ${turn}`)
  return turn === 1
}

/** A bias [columns, 1] has as many numbers, but is one for each row. */
function isRowOf({ dimensions, values }: Tensor, columns: number | undefined): boolean {
  return values.length === columns && (dimensions.at(-1) ?? 1) === columns
}

const usualInGemm: Readonly<Record<string, number>> = { alpha: 1, beta: 1, transA: 0 }

function isUsualInGemm(name: string, attribute: Attribute): boolean {
  return 'value' in attribute && attribute.value === usualInGemm[name]
}

function transpose({ dimensions, type, values }: Tensor): NumberValue {
  const [columns, rows] = [dimensions[0]!, dimensions[1]!]
  const turned =
    type === 'float' ? new Float32Array(values.length) : new Float64Array(values.length)
  values.forEach((value, i) => {
    turned[(i % rows) * columns + Math.floor(i / rows)] = value
  })
  return { rows, columns, values: turned }
}

function multiplyAndAdd(
  a: NumberValue,
  weights: NumberValue,
  bias: NumberValue | undefined,
): NumberValue {
  const { rows, columns: inner } = a
  const { columns } = weights
  const result = createLike(a, { rows, columns })
  // A row of sums at a time reads the weights in the order in which they lie.
  const sums = new Float64Array(columns)
  for (let r = 0; r < rows; r++) {
    sums.fill(0)
    if (bias !== undefined) sums.set(bias.values)
    for (let k = 0; k < inner; k++) {
      const value = a.values[r * inner + k]!
      for (let c = 0; c < columns; c++) sums[c]! += value * weights.values[k * columns + c]!
    }
    result.values.set(sums, r * columns)
  }
  return result
}

function compileSoftmax(node: Node): NumberOperator {
  const axis = integerOf(node, 'axis') ?? -1
  if (axis !== 1 && axis !== -1) throw unsupported(node, 'an axis other than 1')
  return ([source]) => {
    const values = source!.values.slice()
    softmaxRows(values, source!.columns)
    return { rows: source!.rows, columns: source!.columns, values }
  }
}

function integerOf(node: Node, name: string): number | undefined {
  const attribute = node.attributes[name]
  return attribute?.kind === 'int' ? attribute.value : undefined
}

function unsupported(node: Node, what: string): ToolkitError {
  return new ToolkitError(
    'MODEL_OPERATOR_UNSUPPORTED',
    `the model uses ${node.operator} with ${what}, which is not run here`,
    { hint: 'serve models that mlpt train wrote' },
  )
}
