import { ToolkitError } from '../core/errors.ts'
import type { Matrix } from '../core/matrix.ts'
import { outputWidth, type ModelOutput, type Predictor } from '../core/predictor.ts'
import type { ModelManifest } from './mlmodel.ts'
import type { Feed, RuntimeSession, TensorInfo } from './onnxruntime-process.ts'
import { digestOf } from './predictor.ts'

/**
 * Makes a predictor of a model that onnxruntime runs, whatever its operators. It takes the raw columns either as
 * one matrix [N, columns] or one by one, as inputs [N, 1] of their names. Its one output of
 * floats is the probability of class 1 or a value, [N] or [N, 1], or the probabilities of both classes, [N, 2], or of
 * the classes that the manifest names; other outputs, such as the labels of skl2onnx, are left alone. There are no contributions to tell.
 *
 * @throws {ToolkitError} `MODEL_INVALID` when inputs or outputs are others, with all problems at once
 */
export function createRuntimePredictor(
  manifest: ModelManifest,
  onnx: Uint8Array,
  session: RuntimeSession,
): Predictor {
  const { name, inputs, example } = manifest
  const columns = Object.keys(inputs)
  const given = manifest.output ?? { kind: 'probability' }
  const widths = widthsOf(given)
  checkSession(session, { columns, widths })
  const { feed, output } = planSession(session, { columns, widths })
  return {
    name,
    inputs,
    policies: manifest.policies,
    example,
    digest: digestOf(onnx),
    output: given,
    predict: (rows) => {
      if (rows.columns !== columns.length) {
        throw new ToolkitError(
          'SHAPE_MISMATCH',
          `the model takes ${columns.length} columns, but the rows have ${rows.columns}`,
        )
      }
      if (rows.rows === 0) return new Float32Array()
      return given.kind === 'probability'
        ? positiveClass(session.run(feed(rows), output), rows.rows)
        : checkCount(session.run(feed(rows), output), rows.rows * widths[0]!)
    },
  }
}

function positiveClass(values: Float32Array | Float64Array, rows: number): Float32Array {
  if (values.length === rows) return Float32Array.from(values)
  if (values.length === 2 * rows)
    return Float32Array.from({ length: rows }, (_, r) => values[2 * r + 1]!)
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `the model gives ${values.length} numbers for ${rows} rows, expected one or two a row`,
    { hint: 'export a model that gives the probability of class 1, or those of both classes' },
  )
}

function checkCount(values: Float32Array | Float64Array, expected: number): Float32Array {
  if (values.length === expected) return Float32Array.from(values)
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `the model gives ${values.length} numbers, expected ${expected}`,
    { hint: "export a model that gives what 'flavors.mlpt.output' names" },
  )
}

/** Numbers a row that an output may have. */
function widthsOf(output: ModelOutput): readonly number[] {
  return output.kind === 'probability' ? [1, 2] : [outputWidth(output)]
}

/** What the model is to take and give. */
interface Wanted {
  readonly columns: readonly string[]
  readonly widths: readonly number[]
}

interface Plan {
  readonly feed: (rows: Matrix) => readonly Feed[]
  readonly output: string
}

function planSession({ inputs, outputs }: RuntimeSession, { columns, widths }: Wanted): Plan {
  const output = outputs.find((candidate) => isScore(candidate, widths))!.name
  const [only, ...others] = inputs
  if (only !== undefined && others.length === 0) {
    return {
      output,
      feed: ({ rows, columns: width, values }) => [
        createFeed(only.name, only.type, values, [rows, width]),
      ],
    }
  }
  const types = columns.map((name) => inputs.find((input) => input.name === name)?.type)
  return {
    output,
    feed: ({ rows, values }) =>
      columns.map((name, c) => {
        const column = Float32Array.from(
          { length: rows },
          (_, r) => values[r * columns.length + c]!,
        )
        return createFeed(name, types[c], column, [rows, 1])
      }),
  }
}

function createFeed(
  name: string,
  type: string | undefined,
  values: Float32Array,
  dimensions: readonly [number, number],
): Feed {
  return type === 'float64'
    ? { name, type, values: Float64Array.from(values), dimensions }
    : { name, type: 'float32', values, dimensions }
}

function checkSession({ inputs, outputs }: RuntimeSession, { columns, widths }: Wanted): void {
  const problems = [...findInputProblems(inputs, columns), ...findOutputProblems(outputs, widths)]
  if (problems.length === 0) return
  throw new ToolkitError(
    'MODEL_INVALID',
    `the ONNX model is not one that scores rows: ${problems.join('; ')}`,
    {
      hint: 'docs/python-stages.md says which inputs and outputs a model has',
    },
  )
}

function findInputProblems(inputs: readonly TensorInfo[], columns: readonly string[]): string[] {
  const notFloat = inputs
    .filter((input) => !isFloat(input))
    .map((input) => `its input '${input.name}' is ${describe(input)}, expected floats`)
  const [only, ...others] = inputs
  if (only !== undefined && others.length === 0) {
    const { shape = [] } = only
    const isMatrix =
      shape.length === 2 && (typeof shape[1] === 'string' || shape[1] === columns.length)
    if (isMatrix || (columns.length === 1 && shape.length < 2)) return notFloat
    return [
      ...notFloat,
      `its input '${only.name}' is ${describe(only)}, expected [N, ${columns.length}]`,
    ]
  }
  const names = new Set(inputs.map(({ name }) => name))
  const known = new Set(columns)
  return [
    ...notFloat,
    ...columns.filter((name) => !names.has(name)).map((name) => `it has no input '${name}'`),
    ...inputs
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => `its input '${name}' is no column`),
  ].slice(0, 20)
}

function findOutputProblems(outputs: readonly TensorInfo[], widths: readonly number[]): string[] {
  const found = outputs.filter((output) => isScore(output, widths)).length
  if (found === 1) return []
  const listed = outputs.map((output) => `'${output.name}' ${describe(output)}`).join(', ')
  const shapes = widths.map((width) => (width === 1 ? '[N], [N, 1]' : `[N, ${width}]`))
  return [`its outputs are ${listed}, expected one of floats ${shapes.join(' or ')}`]
}

function isScore(output: TensorInfo, widths: readonly number[]): boolean {
  const { shape = [] } = output
  if (!isFloat(output) || shape.length > 2) return false
  const width = shape[1] ?? 1
  return typeof width === 'string' || widths.includes(width)
}

function isFloat({ type }: TensorInfo): boolean {
  return type === 'float32' || type === 'float64'
}

function describe({ isTensor, type = '?', shape = [] }: TensorInfo): string {
  if (!isTensor) return 'no tensor'
  return `${type} [${shape.map((size) => (typeof size === 'number' ? size : 'N')).join(', ')}]`
}
