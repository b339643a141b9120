import { exp, log, sigmoid } from '../../math/index.ts'
import { createLike, type NumberValue } from './value.ts'

/** Operators of one number, cell by cell. */
export const unaryOperators: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Exp: exp,
  Floor: Math.floor,
  IsInf: (x) => truth(x === Infinity || x === -Infinity),
  IsNaN: (x) => truth(Number.isNaN(x)),
  Log: log,
  Neg: (x) => -x,
  Not: (x) => truth(x === 0),
  Relu: (x) => Math.max(x, 0),
  Sigmoid: sigmoid,
  Sqrt: Math.sqrt,
}

/** Operators of two numbers, cell by cell; `Max` and `Min` of more than two are not run. */
export const binaryOperators: Readonly<Record<string, (x: number, y: number) => number>> = {
  Add: (x, y) => x + y,
  And: (x, y) => truth(x !== 0 && y !== 0),
  Div: (x, y) => x / y,
  Equal: (x, y) => truth(x === y),
  Greater: (x, y) => truth(x > y),
  GreaterOrEqual: (x, y) => truth(x >= y),
  Less: (x, y) => truth(x < y),
  LessOrEqual: (x, y) => truth(x <= y),
  Max: Math.max,
  Min: Math.min,
  Mul: (x, y) => x * y,
  Or: (x, y) => truth(x !== 0 || y !== 0),
  Sub: (x, y) => x - y,
}

function truth(holds: boolean): number {
  return holds ? 1 : 0
}

/** One number of each. */
export function mapCells(a: NumberValue, f: (x: number) => number): NumberValue {
  const result = createLike(a, a)
  for (let i = 0; i < a.values.length; i++) result.values[i] = f(a.values[i]!)
  return result
}

/** Element by element; a matrix with one row or one column is repeated, as ONNX broadcasts. */
export function combineCells(
  a: NumberValue,
  b: NumberValue,
  f: (x: number, y: number) => number,
): NumberValue {
  const rows = broadcast(a.rows, b.rows)
  const columns = broadcast(a.columns, b.columns)
  const result = createLike(a, { rows, columns })
  const { values } = result
  const [stepA, stepB] = [stepOf(a, values.length), stepOf(b, values.length)]
  if (stepA !== undefined && stepB !== undefined) {
    for (let i = 0; i < values.length; i++)
      values[i] = f(a.values[i * stepA]!, b.values[i * stepB]!)
    return result
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      values[r * columns + c] = f(cellOf(a, r, c), cellOf(b, r, c))
    }
  }
  return result
}

/** One of two, cell by cell, all three repeated as in `combineCells`. */
export function chooseCells(condition: NumberValue, a: NumberValue, b: NumberValue): NumberValue {
  const rows = broadcast(condition.rows, broadcast(a.rows, b.rows))
  const columns = broadcast(condition.columns, broadcast(a.columns, b.columns))
  const result = createLike(a, { rows, columns })
  const { values } = result
  const [step, stepA, stepB] = [condition, a, b].map((each) => stepOf(each, values.length))
  if (step !== undefined && stepA !== undefined && stepB !== undefined) {
    for (let i = 0; i < values.length; i++) {
      values[i] = condition.values[i * step] === 0 ? b.values[i * stepB]! : a.values[i * stepA]!
    }
    return result
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const chosen = cellOf(condition, r, c) === 0 ? b : a
      values[r * columns + c] = cellOf(chosen, r, c)
    }
  }
  return result
}

/** What is 1 long is repeated, also no time at all. */
function broadcast(a: number, b: number): number {
  return a === 1 ? b : a
}

/** From cell to cell of the result: one cell, or none because it is repeated everywhere; else rows must be counted. */
function stepOf({ values }: NumberValue, size: number): 0 | 1 | undefined {
  if (values.length === size) return 1
  return values.length === 1 ? 0 : undefined
}

function cellOf(matrix: NumberValue, row: number, column: number): number {
  const r = matrix.rows === 1 ? 0 : row
  const c = matrix.columns === 1 ? 0 : column
  return matrix.values[r * matrix.columns + c]!
}
