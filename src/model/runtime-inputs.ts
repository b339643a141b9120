/** Columns as the inputs of a model that onnxruntime runs: what each type of tensor can hold of them, and how it is filled. */

import { ToolkitError } from '../core/errors.ts'
import type { FieldPolicy } from '../core/field-policy.ts'
import { isPlainText, type InputField } from '../core/input-field.ts'
import type { Matrix } from '../core/matrix.ts'
import { describeField } from '../core/schema.ts'
import type { Feed, TensorInfo } from './onnxruntime-process.ts'

interface ElementType {
  /** Of whole numbers the least and the largest, as far as doubles are exact. */
  readonly range?: readonly [number, number]
  readonly pack: (cells: readonly number[]) => Exclude<Feed['values'], readonly string[]>
}

const exact = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const

/** By onnxruntime's name, but for texts; halves of floats are none of JavaScript's. */
const numberTypes: Readonly<Record<string, ElementType>> = {
  float32: { pack: (cells) => Float32Array.from(cells) },
  float64: { pack: (cells) => Float64Array.from(cells) },
  int8: { range: [-128, 127], pack: (cells) => Int8Array.from(cells) },
  uint8: { range: [0, 255], pack: (cells) => Uint8Array.from(cells) },
  int16: { range: [-32_768, 32_767], pack: (cells) => Int16Array.from(cells) },
  uint16: { range: [0, 65_535], pack: (cells) => Uint16Array.from(cells) },
  int32: { range: [-2_147_483_648, 2_147_483_647], pack: (cells) => Int32Array.from(cells) },
  uint32: { range: [0, 4_294_967_295], pack: (cells) => Uint32Array.from(cells) },
  int64: { range: exact, pack: (cells) => BigInt64Array.from(cells, BigInt) },
  uint64: { range: [0, exact[1]], pack: (cells) => BigUint64Array.from(cells, BigInt) },
  bool: { range: [0, 1], pack: (cells) => Uint8Array.from(cells) },
}

/** All types of inputs that can be filled. */
export const inputTypes: readonly string[] = [...Object.keys(numberTypes), 'string']

/** Types whose numbers 32-bit floats may round. */
const wideTypes = new Set(['float64', 'int32', 'uint32', 'int64', 'uint64'])

/** Whether an input of the type is to have numbers as they were sent. */
export function takesDoubles({ type = '' }: TensorInfo): boolean {
  return wideTypes.has(type)
}

/**
 * The field with the bounds of the input's type, where those are closer: what lies beyond them is then refused with
 * the request, not wrapped around.
 */
export function boundField(
  field: InputField,
  { type = '' }: { readonly type?: string | undefined },
): InputField {
  const range = numberTypes[type]?.range
  if (field.type !== 'integer' || range === undefined || type === 'int64') return field
  return {
    ...field,
    min: Math.max(field.min ?? -Infinity, range[0]),
    ...(type !== 'uint64' && { max: Math.min(field.max ?? Infinity, range[1]) }),
  }
}

/** Why an input of this type cannot hold what the column may hold, in words that follow its name; nothing when it can. */
export function describeMisfit(
  { type = '' }: TensorInfo,
  field: InputField,
  policy: FieldPolicy = {},
): string | undefined {
  const words = field.type === 'category' ? 'a category' : describeField(field)
  if (type === 'string') {
    if (field.type !== 'text') return `takes texts, and the column is ${words}`
    return isPlainText(field) ? undefined : "takes texts themselves: leave 'known' out"
  }
  if (!holdsCells(field, type)) return `takes ${type}, and the column is ${words}`
  const range = numberTypes[type]?.range
  if (range === undefined) return undefined
  if (field.nullable === true) {
    return `takes ${type}, which has no missing value, and the column may be missing`
  }
  return describeWrongPolicy(policy, range, type)
}

/** Whether numbers of the type are such as stand for the cells of the field, none of them rounded that has to be whole. */
function holdsCells(field: InputField, type: string): boolean {
  if (isPlainText(field)) return false
  // A 32-bit float holds no moment to the second.
  if (type === 'float32') return field.type !== 'datetime'
  return numberTypes[type]?.range === undefined || holdsWholeNumbers(field, type)
}

function holdsWholeNumbers(field: InputField, type: string): boolean {
  if (type === 'bool') return field.type === 'boolean'
  if (field.type === 'category') {
    const [least, most] = numberTypes[type]!.range!
    return field.levels.every((level) => Number.isInteger(level) && level >= least && level <= most)
  }
  return field.type === 'integer' || field.type === 'boolean'
}

/** What a policy lets through has to fit too. */
function describeWrongPolicy(
  policy: FieldPolicy,
  [least, most]: readonly [number, number],
  type: string,
): string | undefined {
  const { value, missing, outOfRange, unknownLevel } = policy
  const imputes = [missing, outOfRange, unknownLevel].includes('impute')
  const fits = Number.isInteger(value) && Number(value) >= least && Number(value) <= most
  if (imputes && !fits) {
    return `takes ${type}, which cannot hold what its policy imputes: ${value ?? 'a missing value'}`
  }
  const passes = [outOfRange, unknownLevel].includes('warn')
  return passes && type !== 'int64'
    ? `takes ${type}, and its policy lets numbers beyond it through`
    : undefined
}

/** Columns that fill one input, in the order of its cells. */
export interface InputPlan {
  readonly input: TensorInfo
  /** Places among the columns of the rows. */
  readonly places: readonly number[]
  /** Names of all columns of the rows. */
  readonly columns: readonly string[]
  /** What stands for a text that is missing. */
  readonly missingText: string
}

/**
 * The tensor of some columns of the rows.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH` when the model takes texts and the rows have only numbers for them
 */
export function fillInput(plan: InputPlan, rows: Matrix): Feed {
  const { input, places } = plan
  const { name, type = 'float32', shape } = input
  const dimensions = shape?.length === 1 ? [rows.rows] : [rows.rows, places.length]
  if (type === 'string') {
    const texts = Array.from({ length: rows.columns }, (_, place) =>
      places.includes(place) ? textsOf(rows, place, plan) : [],
    )
    return { name, type, values: interleave(texts, places, rows.rows), dimensions }
  }
  const isWhole = type === 'float32' && places.length === rows.columns
  if (isWhole && rows.doubles === undefined) {
    return { name, type, values: rows.values, dimensions }
  }
  const numbers = Array.from({ length: rows.columns }, (_, place) =>
    places.includes(place) ? numbersOf(rows, place) : [],
  )
  const values = numberTypes[type]!.pack(interleave(numbers, places, rows.rows))
  return { name, type, values, dimensions }
}

/** Cells row by row. */
function interleave<Cell>(
  columns: readonly (readonly Cell[])[],
  places: readonly number[],
  rows: number,
): Cell[] {
  const width = places.length
  return Array.from(
    { length: rows * width },
    (_, i) => columns[places[i % width]!]![Math.floor(i / width)]!,
  )
}

function numbersOf({ rows, columns, values, doubles }: Matrix, place: number): readonly number[] {
  const sent = doubles?.get(place)
  return sent ?? Array.from({ length: rows }, (_, row) => values[row * columns + place]!)
}

function textsOf(
  { texts }: Matrix,
  place: number,
  { columns, missingText }: InputPlan,
): readonly string[] {
  const sent = texts?.get(place)
  if (sent !== undefined) return sent.map((text) => text ?? missingText)
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `the model takes the texts of '${columns[place]}', and these rows have only numbers for them`,
    { hint: "ask it over HTTP, or score a file with 'mlpt predict'" },
  )
}
