import { ToolkitError } from '../../core/errors.ts'
import { ownProducer } from './build.ts'
import { checkShapes } from './check-shapes.ts'
import { binaryOperators, unaryOperators } from './elementwise.ts'
import type { Node, OnnxModel } from './graph.ts'
import { listUnknownForms } from './list-unknown-forms.ts'

/** The operators `evaluate` runs, by domain; everything else in a file is refused, never skipped. */
export const supportedOperators: Readonly<Record<string, readonly string[]>> = {
  '': [
    'Cast',
    'Concat',
    'Gather',
    'Gemm',
    'Softmax',
    'Where',
    ...Object.keys(unaryOperators),
    ...Object.keys(binaryOperators),
  ],
  'ai.onnx.ml': ['LabelEncoder', 'TreeEnsembleRegressor'],
}

/**
 * Checks that a graph is one this toolkit can score: as `checkGraph`, with one
 * float input [N, columns] and one float output. Graphs of other tools may compute with floats alone:
 * here whole numbers are floats too, which our graphs know and theirs need not.
 *
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED` or `MODEL_INVALID`, with all problems at once.
 */
export function checkModel(model: OnnxModel): void {
  checkGraph(model, shapeProblems(model))
  checkInput(model)
  checkProducer(model)
}

/** Rows are floats of 32 bits here, but for moments of models of ours: of other doubles and of whole numbers they would be others. */
function checkInput({ producerName, graph }: OnnxModel): void {
  const { name, type } = graph.inputs[0]!
  if (type === 'float' || (type === 'double' && producerName === ownProducer)) return
  throw new ToolkitError(
    'MODEL_OPERATOR_UNSUPPORTED',
    `the model's input '${name}' is ${type}, which is not run here`,
    { hint: 'serve models that mlpt train wrote, or run this one in onnxruntime-node' },
  )
}

function checkProducer({ producerName, graph }: OnnxModel): void {
  if (producerName === ownProducer) return
  const hasWhole = graph.initializers.some(({ type }) => type === 'int64')
  const computesWhole = hasWhole || graph.nodes.some(({ operator }) => operator === 'Cast')
  if (!computesWhole && !graph.nodes.some(hasLoneBase)) return
  const what = computesWhole
    ? 'computes with whole numbers'
    : 'has a base value to which no leaf adds'
  throw new ToolkitError(
    'MODEL_OPERATOR_UNSUPPORTED',
    `the model, made by '${producerName}', ${what}, which is not run here`,
    { hint: 'serve models that mlpt train wrote, or run this one in onnxruntime-node' },
  )
}

/** The score of such a target is the base value as ONNX has it, and 0 as onnxruntime 1.32 has it. */
function hasLoneBase({ attributes }: Node): boolean {
  const { base_values: base, target_ids: targets } = attributes
  if (base?.kind !== 'floats' || targets?.kind !== 'ints') return false
  const added = new Set(targets.values)
  return base.values.some((value, target) => value !== 0 && !added.has(target))
}

/**
 * Checks that a graph can be evaluated: known operators, every input made before it is used, matrices that fit.
 *
 * @param others - what else is wrong with it
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED` or `MODEL_INVALID`, with the first twenty problems.
 */
export function checkGraph(model: OnnxModel, others: readonly string[] = []): void {
  const unknown = model.graph.nodes
    .filter(({ domain, operator }) => !isSupported(domain, operator))
    .map((node) => (node.domain === '' ? node.operator : `${node.domain}.${node.operator}`))
  if (unknown.length > 0) {
    throw new ToolkitError(
      'MODEL_OPERATOR_UNSUPPORTED',
      `the model uses operators that are not run here: ${[...new Set(unknown)].join(', ')}`,
      { hint: 'serve models that mlpt train wrote, or run this one in onnxruntime-node' },
    )
  }
  checkForms(model)
  const problems = [...others, ...orderProblems(model)]
  if (problems.length > 0) {
    throw new ToolkitError(
      'MODEL_INVALID',
      `the ONNX graph is broken: ${problems.slice(0, 20).join('; ')}`,
      {
        hint: 'restore the model file, or train again',
      },
    )
  }
  checkShapes(model.graph)
}

function checkForms(model: OnnxModel): void {
  const forms = listUnknownForms(model)
  if (forms.length === 0) return
  throw new ToolkitError(
    'MODEL_OPERATOR_UNSUPPORTED',
    `the model uses ${forms.slice(0, 20).join(', ')}, which is not run here`,
    { hint: 'serve models that mlpt train wrote, or run this one in onnxruntime-node' },
  )
}

/** A domain may have the name of what every object has. */
function isSupported(domain: string, operator: string): boolean {
  return Object.hasOwn(supportedOperators, domain) && supportedOperators[domain]!.includes(operator)
}

function shapeProblems({ graph }: OnnxModel): string[] {
  const [input, ...otherInputs] = graph.inputs
  const [output, ...otherOutputs] = graph.outputs
  const problems: string[] = []
  if (input === undefined || otherInputs.length > 0) {
    problems.push(`it has ${graph.inputs.length} inputs, expected one`)
  } else if (input.dimensions.length !== 2 || !isWidth(input.dimensions[1])) {
    problems.push(`its input has the shape [${input.dimensions.join(', ')}], expected [N, columns]`)
  }
  if (output === undefined || otherOutputs.length > 0) {
    problems.push(`it has ${graph.outputs.length} outputs, expected one`)
  }
  return problems
}

/** A number of columns that rows of a table can have. */
function isWidth(size: number | string | undefined): boolean {
  return typeof size === 'number' && size >= 1 && size <= 1_000_000
}

function orderProblems({ graph }: OnnxModel): string[] {
  const known = new Set([...graph.inputs, ...graph.initializers].map((value) => value.name))
  const problems: string[] = []
  const made = new Set(known)
  for (const node of graph.nodes) {
    for (const name of node.outputs.filter((candidate) => made.has(candidate))) {
      problems.push(`${node.operator} makes '${name}' again`)
    }
    for (const name of node.outputs) made.add(name)
    for (const name of node.inputs.filter((candidate) => !known.has(candidate))) {
      problems.push(`${node.operator} reads '${name}' before anything makes it`)
    }
    for (const name of node.outputs) known.add(name)
  }
  for (const output of graph.outputs.filter((candidate) => !known.has(candidate.name))) {
    problems.push(`nothing makes the output '${output.name}'`)
  }
  return problems
}
