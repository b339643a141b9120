/**
 * The manifest of a model that mlflow saved without a flavor of ours, as `mlflow.onnx.log_model` does: its columns are those
 * of MLflow's signature and of the graph, its classes those of the graph, its example MLflow's input example.
 */

import { ToolkitError } from '../core/errors.ts'
import { encodeInput, type InputField, type InputFields } from '../core/input-field.ts'
import { isObject, parseJsonText } from '../core/json.ts'
import type { ModelOutput } from '../core/predictor.ts'
import { describeField } from '../core/schema.ts'
import { matchInputs } from './match-inputs.ts'
import type { ModelManifest } from './mlmodel.ts'
import {
  isLabel,
  readInterface,
  type InterfaceValue,
  type OnnxInterface,
} from './onnx/read-interface.ts'
import { boundField, inputTypes } from './runtime-inputs.ts'
import { findOutputProblem } from './signature-outputs.ts'

/** The parts of a model folder that mlflow wrote. */
export interface ForeignParts {
  /** Of the file MLmodel, parsed. */
  readonly document: unknown
  readonly onnx: Uint8Array
  /** The text of MLflow's input example, where there is one. */
  readonly inputExample?: string | undefined
}

/**
 * Describes the model; it is not loaded.
 *
 * @param place - the path of its MLmodel, for messages; the name of its folder, or of a registered model, is the model's
 * @throws {ToolkitError} `MODEL_INVALID` with all that is wrong
 */
export function createForeignManifest(parts: ForeignParts, place: string): ModelManifest {
  const graph = readInterface(parts.onnx)
  const problems: string[] = []
  const columns = readSignature(parts.document, problems)
  const inputs = problems.length > 0 ? {} : findInputs(graph.inputs, columns, problems)
  const output = findOutput(graph, problems)
  const contradiction = output && findOutputProblem(parts.document, output)
  if (contradiction !== undefined) problems.push(contradiction)
  if (output === undefined || problems.length > 0) {
    throw new ToolkitError('MODEL_INVALID', `${place}: ${problems.slice(0, 20).join('; ')}`, {
      hint: 'docs/python-stages.md says how to export a model, and what a flavor of ours may say of it',
    })
  }
  return {
    name: nameOf(place),
    kind: 'onnx',
    target: (graph.outputs.find(isLabel) ?? graph.outputs[0])?.name ?? 'prediction',
    inputs,
    output,
    example: exampleOf(inputs, parts.inputExample),
  }
}

/** Of 'models:/loans@champion/MLmodel' and '/srv/loans/MLmodel' it is 'loans'. */
function nameOf(place: string): string {
  const folder = place.replaceAll('\\', '/').replace(/\/+MLmodel$/, '')
  const registered = /^models:\/+([^/@]+)/.exec(folder)?.[1]
  const name = registered ?? folder.split('/').findLast((part) => /[^.]/.test(part))
  return name ?? 'model'
}

interface SignatureColumn {
  readonly name: string
  readonly type: string
  readonly isRequired: boolean
}

/** Nothing where there is no signature. */
function readSignature(
  document: unknown,
  problems: string[],
): readonly SignatureColumn[] | undefined {
  const signature = isObject(document) ? document['signature'] : undefined
  const text = isObject(signature) ? signature['inputs'] : undefined
  if (text === undefined || text === null) return undefined
  const list = typeof text === 'string' ? parseJsonText(text) : undefined
  const columns = Array.isArray(list) ? list.map(readColumn) : []
  const known = columns.filter((column) => column !== undefined)
  if (known.length === 0 || known.length < columns.length) {
    problems.push(
      "'signature.inputs' is no JSON list of named columns: save the model with infer_signature of a pandas frame",
    )
  }
  if (new Set(known.map(({ name }) => name)).size < known.length) {
    problems.push("'signature.inputs' has a column twice")
  }
  return known
}

function readColumn(column: unknown): SignatureColumn | undefined {
  if (!isObject(column)) return undefined
  const { name, type, required, optional } = column
  if (typeof name !== 'string' || typeof type !== 'string' || type === 'tensor') return undefined
  return { name, type, isRequired: required !== false && optional !== true }
}

function findInputs(
  inputs: readonly InterfaceValue[],
  columns: readonly SignatureColumn[] | undefined,
  problems: string[],
): InputFields {
  const [only, ...others] = inputs
  const isOne = only !== undefined && others.length === 0
  const deep = inputs.filter(({ shape }) => shape !== undefined && shape.length > 2)
  if (deep.length > 0) {
    const told = deep.map(({ name, shape }) => `'${name}' with ${shape!.length} dimensions`)
    problems.push(
      `its inputs are no rows of columns, but such as of images or sound: ${told.join(', ')}`,
    )
    return {}
  }
  if (isOne && columns === undefined && (only.shape?.[1] ?? 1) !== 1) {
    problems.push(
      `it has no signature, and its one input '${only.name}' does not name its columns: save it with infer_signature of a pandas frame`,
    )
    return {}
  }
  const named = columns ?? inputs.map(({ name }) => ({ name, type: undefined, isRequired: true }))
  const matched = matchInputs(
    named.map(({ name }) => name),
    inputs,
  )
  const fields = named.map(({ name, type, isRequired }) => {
    const input = isOne ? only : matched.get(name)
    if (input === undefined) {
      problems.push(`'signature.inputs' has '${name}', the ONNX model has no such input`)
      return undefined
    }
    const field = fieldOf(input, { type, isRequired })
    if (typeof field !== 'string') return [name, field] as const
    problems.push(`its input '${input.name}' ${field}${isOne ? ` of '${name}'` : ''}`)
    return undefined
  })
  if (!isOne) {
    const used = new Set(matched.values())
    for (const { name } of inputs.filter((input) => !used.has(input))) {
      problems.push(`the ONNX model has the input '${name}', 'signature.inputs' has not`)
    }
  }
  return orderFields(
    fields.filter((field) => field !== undefined),
    problems,
  )
}

function orderFields(
  fields: readonly (readonly [string, InputField])[],
  problems: string[],
): InputFields {
  const ordered = Object.fromEntries(fields)
  if (Object.keys(ordered).some((name, i) => name !== fields[i]![0])) {
    // An object has keys like '7' first and in the order of numbers.
    problems.push('columns named by whole numbers stand first and ascend: rename them')
  }
  return ordered
}

/** Types of MLflow's signatures and the fields of such columns. */
const signatureFields: Readonly<Record<string, InputField>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  long: { type: 'integer' },
  float: { type: 'number' },
  double: { type: 'number' },
  string: { type: 'text' },
}

/** What the column may hold, or what is wrong with the input, in words that follow its name. */
function fieldOf(
  input: InterfaceValue,
  { type, isRequired }: { readonly type: string | undefined; readonly isRequired: boolean },
): InputField | string {
  const own = ownField(input)
  if (own === undefined) return `is ${input.type ?? 'no tensor'}, which no column fills`
  if (type === undefined) return boundField(own, input)
  const said = Object.hasOwn(signatureFields, type) ? signatureFields[type]! : undefined
  if (said === undefined) return `is said to be ${type}, which no column here is, in the signature`
  const isAny = own.type === 'number' && said.type !== 'text'
  if (!isAny && own.type !== said.type) {
    return `is ${input.type}, expected ${describeField(said)}, as the signature says ('${type}')`
  }
  const mayBeMissing = !isRequired && (isAny || own.type === 'text')
  return boundField({ ...said, ...(mayBeMissing && { nullable: true }) }, input)
}

function ownField({ type = '' }: InterfaceValue): InputField | undefined {
  if (!inputTypes.includes(type)) return undefined
  if (type === 'string') return { type: 'text' }
  if (type === 'bool') return { type: 'boolean' }
  return type.startsWith('float') ? { type: 'number' } : { type: 'integer' }
}

function findOutput(graph: OnnxInterface, problems: string[]): ModelOutput | undefined {
  const { outputs, map, classes } = graph
  const problem = map === undefined ? describeScores(outputs) : undefined
  if (problem !== undefined) {
    problems.push(problem)
    return undefined
  }
  if (map === undefined && !outputs.some(isLabel)) return { kind: 'value' }
  if (classes !== undefined && new Set(classes.map(String)).size > 1) return outputOf(classes)
  problems.push(
    "its graph does not say which classes there are: a flavor of ours has to name 'output'",
  )
  return undefined
}

/** What is wrong with the outputs of a model that gives tensors alone. */
function describeScores(outputs: readonly InterfaceValue[]): string | undefined {
  const scores = outputs.filter(({ type }) => type === 'float32' || type === 'float64')
  const [score] = scores
  if (score === undefined || scores.length > 1) {
    const listed = outputs.map(({ name, type }) => `'${name}' ${type ?? 'no tensor'}`).join(', ')
    return `its outputs are ${listed}, expected one of floats; of a classifier, export it with options={'zipmap': False}`
  }
  if (outputs.some(isLabel) || (score.shape?.[1] ?? 1) === 1) return undefined
  return `its output '${score.name}' has several numbers a row and there is no label: a flavor of ours has to name 'output'`
}

function outputOf(classes: readonly (string | number)[]): ModelOutput {
  const [first, second, ...others] = classes
  if (first === undefined || second === undefined || others.length > 0) {
    return { kind: 'classes', classes }
  }
  const isBoolean = first === 0 && second === 1
  return isBoolean ? { kind: 'probability' } : { kind: 'probability', classes: [first, second] }
}

type Example = Record<string, number | string | null>

/** The first row of MLflow's input example as far as the fields admit it; else what each column may hold. */
function exampleOf(inputs: InputFields, inputExample: string | undefined): Example {
  const row = inputExample === undefined ? undefined : firstRow(parseJsonText(inputExample))
  return Object.fromEntries(
    Object.entries(inputs).map(([name, field]) => {
      const cell = row?.get(name)
      const isTaken = cell !== undefined && encodeInput(field, cell) !== undefined
      return [name, isTaken ? plainCell(cell) : madeUpCell(field)]
    }),
  )
}

/** As pandas splits a frame. */
function firstRow(example: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (!isObject(example)) return undefined
  const { columns, data } = example
  const row: unknown = Array.isArray(data) ? data[0] : undefined
  if (!Array.isArray(columns) || !Array.isArray(row)) return undefined
  return new Map(columns.map((name: unknown, i) => [name, row[i] as unknown]))
}

function plainCell(cell: unknown): number | string | null {
  return typeof cell === 'string' || cell === null ? cell : Number(cell)
}

function madeUpCell({ type }: InputField): number | string {
  return type === 'text' ? 'text' : 0
}
