import { ToolkitError } from '../../core/errors.ts'
import { numberAt, type Matrix } from '../../core/matrix.ts'
import { checkGraph, checkModel } from './check.ts'
import { shapeOf } from './check-shapes.ts'
import type { CompileOptions } from './compile-forest.ts'
import type { Node, OnnxModel, Tensor } from './graph.ts'
import { compileOperator, type Operator } from './operators.ts'
import { numbersOf, type NumberValue, type Value } from './value.ts'

/** Scores rows of raw columns, shape [rows, columns]; returns one number a row, shape [rows]. */
export interface Evaluator {
  (rows: Matrix): Float32Array
  /** As `Predictor.vary`. */
  readonly vary: (rows: Matrix) => (changed: Matrix, column: number) => Float32Array
}

/**
 * Compiles a graph to a function. It computes in float32 where ONNX does, with
 * its own exponential, so the same model gives the same bits on every machine;
 * onnxruntime agrees to 1e-6 (tests/peers).
 *
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED`, `MODEL_INVALID`; when scoring,
 *   `SHAPE_MISMATCH` when the matrix has other columns than the graph.
 */
export function compileModel(model: OnnxModel, options: CompileOptions = {}): Evaluator {
  checkModel(model)
  const { graph } = model
  const columns = Number(graph.inputs[0]!.dimensions[1])
  const isWide = graph.inputs[0]!.type === 'double'
  const { run, vary } = compileSteps(model, options)
  const take = (rows: Matrix): Value => {
    if (rows.columns === columns) return isWide ? widen(rows) : rows
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the model takes ${columns} columns, but the rows have ${rows.columns}`,
    )
  }
  const evaluate = (rows: Matrix): Float32Array => toScores(run([take(rows)]))
  return Object.assign(evaluate, {
    vary: (rows: Matrix) => {
      const runAgain = vary(take(rows))
      return (changed: Matrix, column: number) => toScores(runAgain(take(changed), column))
    },
  })
}

function toScores(value: Value): Float32Array {
  const { values } = numbersOf(value)
  return values instanceof Float32Array ? values : Float32Array.from(values)
}

/** The same cells in 64 bits. */
function widen(rows: Matrix): NumberValue {
  const { columns } = rows
  const values = new Float64Array(rows.rows * columns)
  for (let i = 0; i < values.length; i++) {
    values[i] = numberAt(rows, Math.floor(i / columns), i % columns)
  }
  return { rows: rows.rows, columns, values }
}

/**
 * Compiles a graph of any inputs: values by name in, its one output out.
 *
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED`, `MODEL_INVALID`; when run,
 *   `SHAPE_MISMATCH` when a value is not there.
 */
export function compileGraph(
  model: OnnxModel,
): (inputs: ReadonlyMap<string, Value>) => NumberValue {
  checkGraph(model)
  const { inputs } = model.graph
  const { run } = compileSteps(model)
  return (values) => {
    const missing = inputs.filter(({ name }) => !values.has(name)).map(({ name }) => `'${name}'`)
    if (missing.length > 0) {
      throw new ToolkitError('SHAPE_MISMATCH', `the graph takes ${missing.join(', ')} too`)
    }
    return numbersOf(run(inputs.map(({ name }) => values.get(name)!)))
  }
}

interface Steps {
  /** From the inputs, in their order, to the first output. */
  readonly run: (inputs: readonly Value[]) => Value
  /** Of a graph of one input: again, when the input has one column that is otherwise than in the first. */
  readonly vary: (first: Value) => (changed: Value, column: number) => Value
}

/** Each value of the graph has a slot, so that no name is looked up while it runs. */
function compileSteps({ graph }: OnnxModel, options: CompileOptions = {}): Steps {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]))
  const names = new Set([
    ...constants.keys(),
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ])
  const slots = new Map([...names].map((name, slot) => [name, slot]))
  const steps = graph.nodes.map((node) => compileStep(node, { constants, slots, options }))
  const fixed = Array.from(constants.values(), toValue)
  const inputSlots = graph.inputs.map(({ name }) => slots.get(name)!)
  const outputSlot = slots.get(graph.outputs[0]!.name)!
  const fill = (inputs: readonly Value[]): Value[] => {
    const values: Value[] = [...fixed]
    for (let i = 0; i < inputSlots.length; i++) values[inputSlots[i]!] = inputs[i]!
    runSteps(values, steps)
    return values
  }
  return {
    run: (inputs) => fill(inputs)[outputSlot]!,
    vary: (first) => {
      const values = fill([first])
      const [inputSlot] = inputSlots
      const stepsFrom = findDependents(steps, inputSlot!)
      return (changed, column) => {
        const again = stepsFrom(column)
        const before = again.map(({ output }) => values[output]!)
        values[inputSlot!] = changed
        runSteps(values, again)
        const found = values[outputSlot]!
        for (const [i, { output }] of again.entries()) values[output] = before[i]!
        return found
      }
    },
  }
}

function runSteps(values: Value[], steps: readonly Step[]): void {
  for (const step of steps) values[step.output] = step.run(pick(values, step.inputs))
}

/** Which steps give something else when one column of the input does, in their order. */
function findDependents(
  steps: readonly Step[],
  inputSlot: number,
): (column: number) => readonly Step[] {
  const readers = Map.groupBy(
    steps.entries().flatMap(([place, { inputs }]) => inputs.map((slot) => ({ slot, place }))),
    ({ slot }) => slot,
  )
  return (column) => {
    const found = new Set<number>()
    const slots = [inputSlot]
    for (let slot = slots.pop(); slot !== undefined; slot = slots.pop()) {
      for (const { place } of readers.get(slot) ?? []) {
        const { columns, output } = steps[place]!
        const isOther = slot === inputSlot && columns !== undefined && !columns.has(column)
        if (isOther || found.has(place)) continue
        found.add(place)
        slots.push(output)
      }
    }
    return [...found].sort((a, b) => a - b).map((place) => steps[place]!)
  }
}

/** Nearly all operators take one value or two, and `map` costs more than they. */
function pick(values: readonly Value[], slots: readonly number[]): readonly Value[] {
  if (slots.length === 1) return [values[slots[0]!]!]
  if (slots.length === 2) return [values[slots[0]!]!, values[slots[1]!]!]
  return slots.map((slot) => values[slot]!)
}

/** Inputs and output are slots. */
interface Step {
  readonly inputs: readonly number[]
  readonly output: number
  readonly run: Operator
  /** The columns that it picks of its first input; `undefined` when it takes all. */
  readonly columns: ReadonlySet<number> | undefined
}

function compileStep(
  node: Node,
  {
    constants,
    slots,
    options,
  }: {
    readonly constants: ReadonlyMap<string, Tensor>
    readonly slots: ReadonlyMap<string, number>
    readonly options: CompileOptions
  },
): Step {
  const picked = node.operator === 'Gather' ? constants.get(node.inputs[1] ?? '') : undefined
  return {
    columns: picked && new Set(picked.values),
    inputs: node.inputs.map((name) => slots.get(name)!),
    output: slots.get(node.outputs[0]!)!,
    run: compileOperator(
      node,
      node.inputs.map((name) => constants.get(name)),
      options,
    ),
  }
}

function toValue(tensor: Tensor): NumberValue {
  const list = tensor.type === 'float' ? Float32Array : Float64Array
  return { ...shapeOf(tensor), values: list.from(tensor.values) }
}
