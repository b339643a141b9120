import { ToolkitError } from '../../core/errors.ts'

/**
 * What flows through a graph while it is evaluated: a matrix of 32-bit or 64-bit floats, or of texts. Truth is
 * 1 and falsehood 0; whole numbers are floats that have no fraction.
 */
export type Value = NumberValue | TextValue

/** Row-major, shape [rows, columns]; a `Matrix` is one. */
export interface NumberValue {
  readonly rows: number
  readonly columns: number
  readonly values: Float32Array | Float64Array
}

/** Row-major, shape [rows, columns]. */
export interface TextValue {
  readonly rows: number
  readonly columns: number
  readonly values: readonly string[]
}

/** @throws {ToolkitError} `MODEL_INVALID` for texts */
export function numbersOf(value: Value): NumberValue {
  if (isNumbers(value)) return value
  throw new ToolkitError('MODEL_INVALID', 'the ONNX graph is broken: it computes with texts', {
    hint: 'restore the model file, or train again',
  })
}

/** @throws {ToolkitError} `MODEL_INVALID` when a text is among them */
export function allNumbersOf(values: readonly Value[]): readonly NumberValue[] {
  for (const value of values) numbersOf(value)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each was looked at
  return values as readonly NumberValue[]
}

/** @throws {ToolkitError} `MODEL_INVALID` for numbers */
export function textsOf(value: Value): TextValue {
  if (!isNumbers(value)) return value
  throw new ToolkitError(
    'MODEL_INVALID',
    'the ONNX graph is broken: it looks up numbers as texts',
    {
      hint: 'restore the model file, or train again',
    },
  )
}

function isNumbers(value: Value): value is NumberValue {
  return ArrayBuffer.isView(value.values)
}

/** A result of the precision of what it is made of: as ONNX has it, of two equal ones. */
export function createLike(
  { values }: NumberValue,
  shape: { readonly rows: number; readonly columns: number },
): NumberValue {
  const { rows, columns } = shape
  const size = rows * columns
  const made = values instanceof Float64Array ? new Float64Array(size) : new Float32Array(size)
  return { rows, columns, values: made }
}
