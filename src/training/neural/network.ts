import type { Random } from '../../core/random.ts'
import { type NeuralEncoding, numberWidth, tableRows } from './encoding.ts'

/** One table of a category, among the parameters. */
interface Table {
  readonly rows: number
  readonly width: number
  /** First cell. */
  readonly start: number
}

/** One layer: activations [rows, inputs] × weights [inputs, outputs] + bias [outputs]. */
interface Layer {
  /** Without the padding. */
  readonly inputs: number
  readonly outputs: number
  /** First cells among the parameters. */
  readonly weights: number
  readonly bias: number
}

/**
 * Where each parameter lies in one row of float32 cells: tables, weights, then biases. Layers are as
 * wide as the next multiple of 8; what is added is 0 and stays 0.
 */
export interface Network {
  readonly tables: readonly Table[]
  /** Of all tables together: the first inputs of the first layer. */
  readonly tableWidth: number
  /** Numbers and indicators: the inputs behind them. */
  readonly numberWidth: number
  readonly layers: readonly Layer[]
  /** Padded widths: of the input, of each hidden layer, of the output. */
  readonly widths: readonly number[]
  /** First cell of the biases, which do not decay. */
  readonly biases: number
  readonly cells: number
}

/** Rounds up to the width of two vectors. */
export function padWidth(width: number): number {
  return (width + 7) & ~7
}

/** Lays out the network of an encoding. @param outputs - 1, or one a class */
export function layOutNetwork(
  encoding: NeuralEncoding,
  hiddenUnits: readonly number[],
  outputs: number,
): Network {
  let cells = 0
  const take = (count: number): number => {
    const start = cells
    cells += count
    return start
  }
  const tables = encoding.categories.map((category) => {
    const [rows, width] = [tableRows(category), category.width]
    return { rows, width, start: take(rows * width) }
  })
  cells = padWidth(cells)
  const tableWidth = tables.reduce((sum, table) => sum + table.width, 0)
  const numbers = numberWidth(encoding)
  const units = [tableWidth + numbers, ...hiddenUnits, outputs]
  const widths = units.map(padWidth)
  const starts = widths.slice(1).map((width, l) => take(width * widths[l]!))
  const biases = cells
  const layers = starts.map((weights, l) => ({
    inputs: units[l]!,
    outputs: units[l + 1]!,
    weights,
    bias: take(widths[l + 1]!),
  }))
  return { tables, tableWidth, numberWidth: numbers, layers, widths, biases, cells }
}

/**
 * Fills in the first parameters: tables uniform with a variance of 1, weights and biases uniform in
 * ± 1 / √inputs.
 */
export function fillParameters(into: Float32Array, network: Network, random: Random): void {
  const uniform = (limit: number): number => (random.next() * 2 - 1) * limit
  for (const { start, rows, width } of network.tables) {
    for (let i = 0; i < rows * width; i++) into[start + i] = uniform(tableLimit)
  }
  for (const [l, layer] of network.layers.entries()) {
    const limit = 1 / Math.sqrt(layer.inputs)
    const width = network.widths[l + 1]!
    for (let k = 0; k < layer.inputs; k++) {
      for (let j = 0; j < layer.outputs; j++) into[layer.weights + k * width + j] = uniform(limit)
    }
    for (let j = 0; j < layer.outputs; j++) into[layer.bias + j] = uniform(limit)
  }
}

const tableLimit = Math.sqrt(3)

/**
 * Makes the row of a code never seen the mean of the table's other rows, each weighted by how many
 * training rows have it, and what they weigh.
 *
 * @param counts - for each table, what the training rows weigh by row of the table
 */
export function fillUnseenRows(
  into: Float32Array,
  network: Network,
  counts: readonly Float64Array[],
): void {
  for (const [t, { start, rows, width }] of network.tables.entries()) {
    const weights = counts[t]!
    const total = weights.reduce((sum, count) => sum + count, 0)
    for (let j = 0; j < width; j++) {
      let sum = 0
      for (let row = 1; row < rows; row++) sum += weights[row]! * into[start + row * width + j]!
      into[start + j] = sum / total
    }
  }
}
