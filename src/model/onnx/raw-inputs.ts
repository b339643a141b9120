/**
 * Texts in a graph. A model that takes texts, dates or moments has an input for each column, and before it nodes that make one
 * matrix of them: texts become their places among those that the model knows. Whoever runs the file
 * sends texts; here the matrix is made while a request is checked, and the model begins behind these nodes.
 */

import { ToolkitError } from '../../core/errors.ts'
import { isCodedField, otherText, type InputFields } from '../../core/input-field.ts'
import { createNodeCollector, type NodeBuilder } from './build.ts'
import { elementTypeCodes } from './encode.ts'
import type { Graph, Node, OnnxModel } from './graph.ts'

/**
 * Gives a model of one matrix an input of shape [N] for each column, of the column's name: floats, a date as days since
 * 1970-01-01, a moment as a double, milliseconds since that day began, a text as a string, the empty one where it is missing. A model of numbers alone stays as it is.
 */
export function withRawInputs(model: OnnxModel, inputs: InputFields): OnnxModel {
  if (!Object.values(inputs).some(isCodedField)) return model
  const names = Object.keys(inputs)
  const inner = renameTaken(model.graph, new Set(names))
  const [matrix] = inner.inputs
  const front = createNodeCollector(freeSuffix(names, inner))
  const column = front.integers([-1, 1], [2])
  const isWide = takesMoments(inputs)
  const columns = Object.entries(inputs).map(([name, field]) => {
    const values =
      field.type === 'text' ? front.applyMl('LabelEncoder', [name], encoderOf(field.known)) : name
    // What is put together is of one type.
    const isNarrow = isWide && field.type !== 'datetime'
    return front.apply('Reshape', [isNarrow ? toDouble(front, values) : values, column])
  })
  const joined = front.apply('Concat', columns, { axis: { kind: 'int', value: 1 } })
  const { graph: before } = front.finishGraph(
    {
      name: inner.name,
      inputs: Object.entries(inputs).map(([name, { type }]) => ({
        name,
        type: type === 'text' ? 'string' : type === 'datetime' ? 'double' : 'float',
        dimensions: ['N'],
      })),
      outputs: [matrix!],
    },
    joined,
  )
  return {
    ...model,
    graph: {
      ...inner,
      inputs: before.inputs,
      initializers: [...before.initializers, ...inner.initializers],
      nodes: [...before.nodes, ...inner.nodes],
    },
  }
}

/** Whether a matrix of these columns is one of doubles: no 32-bit float is a moment to the second. */
export function takesMoments(inputs: InputFields): boolean {
  return Object.values(inputs).some(({ type }) => type === 'datetime')
}

function toDouble(front: NodeBuilder, values: string): string {
  return front.apply('Cast', [values], { to: { kind: 'int', value: elementTypeCodes.double } })
}

function encoderOf(known: readonly string[] = []): Node['attributes'] {
  return {
    keys_strings: { kind: 'texts', values: [...known, ''] },
    values_floats: { kind: 'floats', values: [...known.keys(), Number.NaN] },
    default_float: { kind: 'float', value: otherText },
  }
}

/**
 * The model behind the nodes that make a matrix of texts and dates; one that has none stays as it is.
 *
 * @throws {ToolkitError} `MODEL_INVALID` when the graph has other inputs, or knows other texts, than its manifest says
 */
export function withoutRawInputs(model: OnnxModel, inputs: InputFields): OnnxModel {
  if (!Object.values(inputs).some(isCodedField)) return model
  const { graph } = model
  const end = graph.nodes.findIndex(({ operator }) => operator === 'Concat')
  const matrix = graph.nodes[end]?.outputs[0]
  if (matrix === undefined || !isFrontOf(graph, end, inputs)) {
    throw new ToolkitError(
      'MODEL_INVALID',
      'the model takes texts or dates, and its graph is not what its MLmodel says of them',
      { hint: 'restore the folder, or train again' },
    )
  }
  const nodes = graph.nodes.slice(end + 1)
  const read = new Set(nodes.flatMap((node) => node.inputs))
  const columns = Object.keys(inputs).length
  return {
    ...model,
    graph: {
      ...graph,
      inputs: [
        {
          name: matrix,
          type: takesMoments(inputs) ? 'double' : 'float',
          dimensions: ['N', columns],
        },
      ],
      initializers: graph.initializers.filter(({ name }) => read.has(name)),
      nodes,
    },
  }
}

/** Whether the nodes up to the matrix are those that stand before a model of these inputs. */
function isFrontOf(graph: Graph, end: number, inputs: InputFields): boolean {
  const names = Object.keys(inputs)
  if (names.join('\0') !== graph.inputs.map(({ name }) => name).join('\0')) return false
  const front = graph.nodes.slice(0, end)
  const encoders = new Map(
    front.flatMap(({ operator, inputs: [name = ''], attributes }) =>
      operator === 'LabelEncoder' ? [[name, attributes] as const] : [],
    ),
  )
  return Object.entries(inputs).every(
    ([name, field]) =>
      field.type !== 'text' ||
      JSON.stringify(encoders.get(name)) === JSON.stringify(encoderOf(field.known)),
  )
}

/** A graph has each name once: values of the model that are called as a column get another one. */
function renameTaken(graph: Graph, taken: ReadonlySet<string>): Graph {
  const made = graph.nodes.flatMap(({ outputs }) => outputs)
  const all = new Set([
    ...taken,
    ...made,
    ...[...graph.inputs, ...graph.initializers].map(({ name }) => name),
  ])
  const rename = (name: string): string => {
    if (!taken.has(name)) return name
    let free = `${name}_of_model`
    while (all.has(free)) free += '_'
    return free
  }
  const named = <T extends { readonly name: string }>(value: T): T => ({
    ...value,
    name: rename(value.name),
  })
  return {
    ...graph,
    inputs: graph.inputs.map(named),
    outputs: graph.outputs.map(named),
    initializers: graph.initializers.map(named),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
  }
}

/** Ends the names of nodes so that none is called as a column or a value of the model. */
function freeSuffix(columns: readonly string[], graph: Graph): string {
  const names = [...columns, ...graph.nodes.flatMap(({ outputs }) => outputs)]
  let suffix = '_columns'
  while (names.some((name) => name.endsWith(suffix))) suffix += '_'
  return suffix
}
