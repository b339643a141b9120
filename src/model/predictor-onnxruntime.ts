import { ToolkitError } from '../core/errors.ts'
import { isCodedField, type InputFields } from '../core/input-field.ts'
import { outputWidth, type ModelOutput, type Predictor } from '../core/predictor.ts'
import { matchInputs } from './match-inputs.ts'
import { defaultMissingText, type ModelManifest } from './mlmodel.ts'
import type { RuntimeSession, TensorInfo } from './onnxruntime-process.ts'
import { digestOf } from './predictor.ts'
import {
  boundField,
  describeMisfit,
  fillInput,
  inputTypes,
  takesDoubles,
  type InputPlan,
} from './runtime-inputs.ts'

/**
 * Makes a predictor of a model that onnxruntime runs, whatever its operators. It takes the raw columns either as
 * one matrix [N, columns] or one by one, as inputs [N, 1] or [N] of their names, of floats, whole numbers, truth
 * values or texts. Its one output of floats is the probability of class 1 or a value, [N] or [N, 1], or the
 * probabilities of both classes, [N, 2], or of the classes that the manifest names; other outputs, such as the labels of
 * skl2onnx, are left alone. There are no contributions to tell.
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
  checkSession(session, { manifest, widths })
  const plan = planSession(session, { manifest, widths })
  const doubles = doublesOf(plan, inputs)
  return {
    name,
    inputs: boundInputs(plan, inputs),
    policies: manifest.policies,
    example,
    digest: digestOf(onnx),
    output: given,
    ...(doubles.size > 0 && { doubles }),
    predict: (rows) => {
      if (rows.columns !== columns.length) {
        throw new ToolkitError(
          'SHAPE_MISMATCH',
          `the model takes ${columns.length} columns, but the rows have ${rows.columns}`,
        )
      }
      if (rows.rows === 0) return new Float32Array()
      const feeds = plan.inputs.map((each) => fillInput(each, rows))
      const scores = runSession(session, feeds, plan.output)
      return given.kind === 'value'
        ? checkCount(scores, rows.rows)
        : checkShares(
            given.kind === 'probability'
              ? positiveClass(scores, rows.rows)
              : checkSums(checkCount(scores, rows.rows * widths[0]!), widths[0]!),
          )
    },
  }
}

function runSession(
  session: RuntimeSession,
  feeds: Parameters<RuntimeSession['run']>[0],
  output: string,
): Float32Array | Float64Array {
  try {
    return session.run(feeds, output)
  } catch (error) {
    if (!(error instanceof ToolkitError) || !/Unknown Category/i.test(error.message)) throw error
    throw new ToolkitError(
      'REQUEST_INVALID',
      'a row has a category that the model was not trained on, and it takes no others',
      {
        hint: "send another, or export the model with OneHotEncoder(handle_unknown='ignore')",
        cause: error,
      },
    )
  }
}

/** A model of scores, such as a LinearSVC, gives numbers of the same shape that are no probabilities. */
function checkShares(shares: Float32Array): Float32Array {
  const fault = shares.find((share) => share < -slack || share > 1 + slack)
  // A forest's 1.0000001 is the sum of its trees' votes.
  if (fault === undefined) return shares.map((share) => Math.min(Math.max(share, 0), 1))
  throw new ToolkitError('MODEL_INVALID', `the model gives ${fault} as a probability`, {
    hint: 'export a model that has predict_proba',
  })
}

/** What 32-bit floats may be off. */
const slack = 1e-5

/** Scores may lie between 0 and 1 by chance: those of all classes of a row then do not sum to 1. */
function checkSums(shares: Float32Array, width: number): Float32Array {
  for (let start = 0; start < shares.length; start += width) {
    const row = shares.subarray(start, start + width)
    const sum = row.reduce((total, share) => total + share, 0)
    if (Math.abs(sum - 1) <= slackOfSum || row.some((share) => share < 0 || share > 1)) continue
    throw new ToolkitError(
      'MODEL_INVALID',
      `the model gives ${row.slice(0, 5).join(', ')} as the probabilities of a row, which sum to ${sum}`,
      { hint: 'export a model that has predict_proba' },
    )
  }
  return shares
}

/** Of a thousand classes, and of models that compute with halves of floats. */
const slackOfSum = 1e-2

function positiveClass(values: Float32Array | Float64Array, rows: number): Float32Array {
  if (values.length === rows) return Float32Array.from(values)
  if (values.length === 2 * rows) {
    const both = checkSums(Float32Array.from(values), 2)
    return Float32Array.from({ length: rows }, (_, r) => both[2 * r + 1]!)
  }
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
  readonly manifest: ModelManifest
  readonly widths: readonly number[]
}

interface Plan {
  /** By the columns of each. */
  readonly inputs: readonly InputPlan[]
  readonly output: string
}

function planSession({ inputs, outputs }: RuntimeSession, { manifest, widths }: Wanted): Plan {
  const output = outputs.find((candidate) => isScore(candidate, widths))!.name
  const columns = Object.keys(manifest.inputs)
  const { missingText = defaultMissingText } = manifest
  const matched = matchInputs(columns, inputs)
  const placesOf = (input: TensorInfo): readonly number[] =>
    inputs.length === 1
      ? [...columns.keys()]
      : [columns.findIndex((name) => matched.get(name) === input)]
  return {
    output,
    inputs: inputs
      .map((input) => ({ input, places: placesOf(input), columns, missingText }))
      .toSorted((a, b) => a.places[0]! - b.places[0]!),
  }
}

/** The fields as far as the model's inputs can hold them. */
function boundInputs({ inputs }: Plan, fields: InputFields): InputFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field], place) => {
      const { input } = inputs.find(({ places }) => places.includes(place))!
      return [name, boundField(field, input)]
    }),
  )
}

/** Columns whose numbers are to come as they were sent. */
function doublesOf({ inputs }: Plan, fields: InputFields): ReadonlySet<string> {
  const places = inputs.flatMap((plan) => (takesDoubles(plan.input) ? plan.places : []))
  const names = Object.keys(fields)
  return new Set(
    places.map((place) => names[place]!).filter((name) => !isCodedField(fields[name]!)),
  )
}

function checkSession({ inputs, outputs }: RuntimeSession, { manifest, widths }: Wanted): void {
  const problems = [
    ...findInputProblems(inputs, manifest),
    ...findOutputProblems(outputs, widths),
  ].slice(0, 20)
  if (problems.length === 0) return
  throw new ToolkitError(
    'MODEL_INVALID',
    `the ONNX model is not one that scores rows: ${problems.join('; ')}`,
    {
      hint: 'docs/python-stages.md says which inputs and outputs a model has',
    },
  )
}

function findInputProblems(inputs: readonly TensorInfo[], manifest: ModelManifest): string[] {
  const columns = Object.entries(manifest.inputs)
  const misfitOf = (input: TensorInfo, [name, field]: (typeof columns)[number]): string[] => {
    const policies = manifest.policies ?? {}
    const policy = Object.hasOwn(policies, name) ? policies[name] : undefined
    const misfit = describeMisfit(input, field, policy)
    return misfit === undefined ? [] : [`its input '${input.name}' ${misfit} (column '${name}')`]
  }
  const strange = inputs
    .filter(({ type = '' }) => !inputTypes.includes(type))
    .map((input) => `its input '${input.name}' is ${describe(input)}, which no column fills`)
  const [only, ...others] = inputs
  if (only !== undefined && others.length === 0) {
    const problems = columns.flatMap((column) => misfitOf(only, column))
    const isWide = columns.length === 1 ? isColumn(only) : isMatrix(only, columns.length)
    if (isWide) return [...strange, ...problems]
    const expected = `expected [N, ${columns.length}]`
    return [...strange, ...problems, `its input '${only.name}' is ${describe(only)}, ${expected}`]
  }
  const matched = matchInputs(Object.keys(manifest.inputs), inputs)
  const used = new Set(matched.values())
  return [
    ...strange,
    ...columns.flatMap((column) => {
      const input = matched.get(column[0])
      return input === undefined ? [`it has no input '${column[0]}'`] : misfitOf(input, column)
    }),
    ...inputs
      .filter((input) => !used.has(input))
      .map(({ name }) => `its input '${name}' is no column`),
    ...inputs
      .filter((input) => used.has(input) && !isColumn(input))
      .map((input) => `its input '${input.name}' is ${describe(input)}, expected [N, 1]`),
  ]
}

function isMatrix({ shape = [] }: TensorInfo, columns: number): boolean {
  return shape.length === 2 && (typeof shape[1] === 'string' || shape[1] === columns)
}

/** Of one cell a row; a scalar has no rows, but not every exporter says so. */
function isColumn(input: TensorInfo): boolean {
  return isMatrix(input, 1) || (input.shape ?? []).length < 2
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
