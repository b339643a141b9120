import { ToolkitError } from '../../core/errors.ts'
import { binaryOperators } from './elementwise.ts'
import type { Graph, Node, Tensor, ValueInfo } from './graph.ts'

/** Of a value: 'N' rows are as many as are scored. */
interface Shape {
  readonly rows: number | 'N'
  readonly columns: number
}

/**
 * Checks that the matrices of a graph fit together, and that to score one row is bounded work: what does not fit
 * would be a wrong number, and a file of some bytes can ask for more cells than any memory has.
 *
 * @returns how many columns the first output has
 * @throws {ToolkitError} `MODEL_INVALID` with the first twenty problems
 */
export function checkShapes({ inputs, initializers, nodes, outputs }: Graph): number {
  const { shapes, problems, work } = inferShapes({ inputs, initializers, nodes })
  for (const output of outputs) problems.push(...outputProblems(output, shapes.get(output.name)))
  if (work > mostWork) problems.push(`it takes ${work} steps to score one row`)
  if (problems.length === 0) return shapes.get(outputs[0]?.name ?? '')?.columns ?? 0
  const listed = problems.slice(0, 20).join('; ')
  throw new ToolkitError('MODEL_INVALID', `the ONNX graph is broken: ${listed}`, {
    hint: 'restore the model file, or train again',
  })
}

function inferShapes({
  inputs,
  initializers,
  nodes,
}: Pick<Graph, 'inputs' | 'initializers' | 'nodes'>): {
  readonly shapes: ReadonlyMap<string, Shape>
  readonly problems: string[]
  readonly work: number
} {
  const problems: string[] = []
  const constants = new Map(initializers.map((tensor) => [tensor.name, tensor]))
  const shapes = new Map<string, Shape>()
  for (const input of inputs) shapes.set(input.name, shapeOfInput(input))
  for (const tensor of initializers) shapes.set(tensor.name, shapeOf(tensor))
  let work = 0
  for (const node of nodes) {
    const parts = node.inputs.map((name) => shapes.get(name))
    // What is made of a value that is broken is not looked at.
    if (!parts.every((part) => part !== undefined)) continue
    const found = inferShape(node, parts, constants)
    if (typeof found === 'string') {
      problems.push(`${node.operator} ${found}`)
      continue
    }
    work += found.cost
    for (const name of node.outputs) shapes.set(name, found.shape)
  }
  return { shapes, problems, work }
}

function outputProblems({ name }: ValueInfo, shape: Shape | undefined): string[] {
  // What was made of something broken has none.
  if (shape === undefined) return []
  return shape.rows === 'N' ? [] : [`its output '${name}' does not depend on the row`]
}

/** Of one row, or of a constant. */
const mostCells = 10_000_000
/** Multiplications and the like to score one row: some tenths of a second. */
const mostWork = 200_000_000

function shapeOfInput({ dimensions }: ValueInfo): Shape {
  const columns = dimensions[1]
  return { rows: 'N', columns: typeof columns === 'number' ? columns : 1 }
}

/** Constants of one dimension are a row, as ONNX broadcasts them. */
export function shapeOf({ dimensions }: Tensor): {
  readonly rows: number
  readonly columns: number
} {
  return {
    rows: dimensions.slice(0, -1).reduce((product, size) => product * size, 1),
    columns: dimensions.at(-1) ?? 1,
  }
}

/** The shape that a node makes and what it costs to make a row of it, or what is wrong with the node. */
type Inferred = { readonly shape: Shape; readonly cost: number } | string

function inferShape(
  node: Node,
  parts: readonly Shape[],
  constants: ReadonlyMap<string, Tensor>,
): Inferred {
  const found = applyRule(node, parts, constants)
  if (typeof found === 'string') return found
  const { rows, columns } = found.shape
  return columns * (rows === 'N' ? 1 : rows) > mostCells ? `makes ${columns} columns` : found
}

function applyRule(
  node: Node,
  parts: readonly Shape[],
  constants: ReadonlyMap<string, Tensor>,
): Inferred {
  const wanted =
    inputCounts[node.operator] ?? (Object.hasOwn(binaryOperators, node.operator) ? [2] : [1])
  if (wanted !== 'any' && !wanted.includes(parts.length)) {
    return `has ${parts.length} inputs, expected ${wanted.join(' or ')}`
  }
  if (node.outputs.length !== 1) return `has ${node.outputs.length} outputs, expected 1`
  switch (node.operator) {
    case 'Concat':
      return joinShapes(parts)
    case 'Gather':
      return pickShape(node, parts, constants)
    case 'Gemm':
      return multiplyShapes(node, parts, constants)
    case 'TreeEnsembleRegressor': {
      const { n_targets: targets } = node.attributes
      return passOn({ rows: parts[0]!.rows, columns: targets?.kind === 'int' ? targets.value : 1 })
    }
    default:
      return parts
        .slice(1)
        .reduce<Inferred>(
          (all, part) => (typeof all === 'string' ? all : broadcastShapes(all.shape, part)),
          passOn(parts[0]!),
        )
  }
}

/** One, unless listed; two for operators of two numbers. */
const inputCounts: Readonly<Record<string, readonly number[] | 'any'>> = {
  Concat: 'any',
  Gather: [2],
  Gemm: [2, 3],
  Where: [3],
}

function passOn(shape: Shape): Inferred {
  return { shape, cost: shape.columns }
}

function broadcastShapes(a: Shape, b: Shape): Inferred {
  const rows = broadcast(a.rows, b.rows)
  const columns = broadcast(a.columns, b.columns)
  if (rows === undefined || columns === undefined) {
    return `has inputs of the shapes ${describe(a)} and ${describe(b)}`
  }
  return passOn({ rows, columns })
}

/** What is 1 long is repeated. */
function broadcast<T extends number | 'N'>(a: T, b: T): T | undefined {
  if (a === b || b === 1) return a
  return a === 1 ? b : undefined
}

function joinShapes(parts: readonly Shape[]): Inferred {
  const [first] = parts
  if (first === undefined) return 'has no inputs'
  const other = parts.find(({ rows }) => rows !== first.rows)
  if (other !== undefined) return `joins ${describe(first)} and ${describe(other)}`
  return passOn({
    rows: first.rows,
    columns: parts.reduce((sum, { columns }) => sum + columns, 0),
  })
}

function pickShape(
  node: Node,
  [source, indices]: readonly Shape[],
  constants: ReadonlyMap<string, Tensor>,
): Inferred {
  const fixed = constants.get(node.inputs[1]!)
  // Entries of a table by numbers of the rows, which are looked at when they are there.
  if (fixed === undefined) return passOn(indices!)
  const outside = fixed.values.find(
    (index) => !(Number.isInteger(index) && index >= 0 && index < source!.columns),
  )
  if (outside !== undefined) return `picks column ${outside} of ${source!.columns}`
  return passOn({ rows: source!.rows, columns: fixed.values.length })
}

function multiplyShapes(
  node: Node,
  [a, given, bias]: readonly Shape[],
  constants: ReadonlyMap<string, Tensor>,
): Inferred {
  const { transB } = node.attributes
  const isTurned = transB?.kind === 'int' && transB.value === 1
  const rows = isTurned ? given!.columns : given!.rows
  const columns = isTurned ? Number(given!.rows) : given!.columns
  if (rows !== a!.columns) return `multiplies ${describe(a!)} by ${rows} rows of weights`
  const isFixed = node.inputs.slice(1).every((name) => constants.has(name))
  // A constant that is repeated is no mistake: it is said elsewhere that it is not run.
  if (!isFixed && bias !== undefined && (bias.rows !== 1 || bias.columns !== columns)) {
    return `adds ${describe(bias)} to ${columns} columns`
  }
  return { shape: { rows: a!.rows, columns }, cost: columns * (1 + a!.columns) }
}

function describe({ rows, columns }: Shape): string {
  return `[${rows}, ${columns}]`
}
