import type { Row } from '../../../src/data/expressions/to-function.ts'
import { parseMoment } from '../../../src/core/moment.ts'
import { daysOfDate } from '../../../src/data/expressions/calendar-day.ts'
import type { OnnxModel } from '../../../src/model/index.ts'

/** The columns of rows as a graph of features takes them. */
export function toGraphInputs(
  model: OnnxModel,
  table: readonly Row[],
): ReadonlyMap<string, Float64Array | readonly string[]> {
  const inputs = new Map<string, Float64Array | readonly string[]>()
  for (const { name, type } of model.graph.inputs) {
    const cells = table.map((row) => row[name])
    const isText = type === 'string'
    const toNumber = name === 'at' ? toMilliseconds : toPlainNumber
    inputs.set(name, isText ? cells.map(toText) : Float64Array.from(cells, toNumber))
  }
  return inputs
}

function toText(cell: Row[string]): string {
  return typeof cell === 'string' ? cell : ''
}

function toMilliseconds(cell: Row[string]): number {
  return typeof cell === 'string' ? (parseMoment(cell) ?? NaN) : NaN
}

function toPlainNumber(cell: Row[string]): number {
  if (typeof cell === 'string') return daysOfDate(cell) ?? NaN
  return Number(cell ?? NaN)
}
