import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { log, sigmoid } from '../../math/index.ts'
import type { Node, Tensor } from './graph.ts'
import { softmaxRows } from './softmax.ts'
import { compileTreeEnsemble } from './tree-ensemble.ts'

/** One operator with its attributes bound: matrices in, a fresh matrix out. Truth is 1, falsehood 0. */
export type Operator = (inputs: readonly Matrix[]) => Matrix

/**
 * Binds a node's attributes and constants.
 *
 * @param constants - the node's inputs that are constants, by position
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED` for an operator or a form of it that is not run here.
 */
export function compileOperator(node: Node, constants: readonly (Tensor | undefined)[]): Operator {
  switch (node.operator) {
    case 'Add':
      return ([a, b]) => combine(a!, b!, (x, y) => x + y)
    case 'Sub':
      return ([a, b]) => combine(a!, b!, (x, y) => x - y)
    case 'Mul':
      return ([a, b]) => combine(a!, b!, (x, y) => x * y)
    case 'Equal':
      return ([a, b]) => combine(a!, b!, (x, y) => (x === y ? 1 : 0))
    case 'IsNaN':
      return ([a]) => map(a!, (x) => (Number.isNaN(x) ? 1 : 0))
    case 'Log':
      return ([a]) => map(a!, log)
    case 'Relu':
      return ([a]) => map(a!, (x) => Math.max(x, 0))
    case 'Sigmoid':
      return ([a]) => map(a!, sigmoid)
    case 'Cast':
      return ([a]) => a!
    default:
      return compileStructural(node, constants)
  }
}

function compileStructural(node: Node, constants: readonly (Tensor | undefined)[]): Operator {
  switch (node.operator) {
    case 'Where':
      return ([condition, a, b]) => choose(condition!, a!, b!)
    case 'Concat':
      return compileConcat(node)
    case 'Gather':
      return compileGather(node, constants[1])
    case 'Gemm':
      return compileGemm(node)
    case 'Softmax':
      return compileSoftmax(node)
    case 'TreeEnsembleRegressor':
      return compileTreeEnsemble(node)
    default:
      throw unsupported(node, 'the operator itself')
  }
}

function map(a: Matrix, f: (x: number) => number): Matrix {
  return { rows: a.rows, columns: a.columns, values: a.values.map(f) }
}

/** Element by element; a matrix with one row or one column is repeated, as ONNX broadcasts. */
function combine(a: Matrix, b: Matrix, f: (x: number, y: number) => number): Matrix {
  const rows = Math.max(a.rows, b.rows)
  const columns = Math.max(a.columns, b.columns)
  const values = new Float32Array(rows * columns)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      values[r * columns + c] = f(cellOf(a, r, c), cellOf(b, r, c))
    }
  }
  return { rows, columns, values }
}

function choose(condition: Matrix, a: Matrix, b: Matrix): Matrix {
  const { rows, columns } = condition
  const values = condition.values.map((truth, i) => {
    const chosen = truth === 0 ? b : a
    return cellOf(chosen, Math.floor(i / columns), i % columns)
  })
  return { rows, columns, values }
}

function cellOf(matrix: Matrix, row: number, column: number): number {
  const r = matrix.rows === 1 ? 0 : row
  const c = matrix.columns === 1 ? 0 : column
  return matrix.values[r * matrix.columns + c]!
}

function compileConcat(node: Node): Operator {
  if (integerOf(node, 'axis') !== 1) throw unsupported(node, 'an axis other than 1')
  return (parts) => {
    const rows = parts[0]!.rows
    const columns = parts.reduce((sum, part) => sum + part.columns, 0)
    const values = new Float32Array(rows * columns)
    let start = 0
    for (const part of parts) {
      for (let r = 0; r < rows; r++) {
        values.set(
          part.values.subarray(r * part.columns, (r + 1) * part.columns),
          r * columns + start,
        )
      }
      start += part.columns
    }
    return { rows, columns, values }
  }
}

/** Picks columns by constant indices. */
function compileGather(node: Node, indices: Tensor | undefined): Operator {
  if (integerOf(node, 'axis') !== 1) throw unsupported(node, 'an axis other than 1')
  if (indices === undefined) throw unsupported(node, 'indices that are not constant')
  const picked = indices.values
  return ([source]) => {
    const { rows, columns } = source!
    const values = new Float32Array(rows * picked.length)
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < picked.length; c++) {
        values[r * picked.length + c] = source!.values[r * columns + picked[c]!]!
      }
    }
    return { rows, columns: picked.length, values }
  }
}

/** A [rows, k] × weights [k, columns] + bias [columns]; sums in float64 and rounds once. */
function compileGemm(node: Node): Operator {
  if (Object.keys(node.attributes).length > 0) throw unsupported(node, 'attributes')
  return ([a, weights, bias]) => {
    const { rows, columns: inner } = a!
    const columns = weights!.columns
    const values = new Float32Array(rows * columns)
    // A row of sums at a time reads the weights in the order in which they lie.
    const sums = new Float64Array(columns)
    for (let r = 0; r < rows; r++) {
      sums.fill(0)
      if (bias !== undefined) sums.set(bias.values)
      for (let k = 0; k < inner; k++) {
        const value = a!.values[r * inner + k]!
        for (let c = 0; c < columns; c++) sums[c]! += value * weights!.values[k * columns + c]!
      }
      values.set(sums, r * columns)
    }
    return { rows, columns, values }
  }
}

function compileSoftmax(node: Node): Operator {
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
