import { quantile } from '../math/quantile.ts'

/**
 * How rows are told apart by one column: by each of its values, by bins of about
 * as many rows each, or by bins between these edges, each of which belongs to the bin above it.
 */
export type SliceSpec = 'levels' | number | readonly number[]

/** How rows are told apart, by column. */
export type SliceSpecs = Readonly<Record<string, SliceSpec>>

/** The rows told apart by one column: every row is in one slice. */
export interface SliceColumn {
  readonly column: string
  /** As people read them: `SEX=1`, `30<=AGE<40`, `AGE missing`. */
  readonly names: readonly string[]
  /** The number of the name of each row, shape [rows]. */
  readonly codes: Int32Array
}

/**
 * Tells rows apart by each value.
 *
 * @param levels - the values as text, in the order of the slices
 * @param codes - the number of the level of each row, NaN where the value is missing, shape [rows]
 */
export function sliceByLevels(
  column: string,
  levels: readonly string[],
  codes: Float64Array,
): SliceColumn {
  const names = tellApart(levels).map((level) => `${column}=${level}`)
  return withoutEmpty({
    column,
    names: [...names, `${column} missing`],
    codes: Int32Array.from(codes, (code) => (Number.isNaN(code) ? names.length : code)),
  })
}

/** Levels that read alike, as long ones that were shortened may, with their number behind: `a…z (2)`. */
function tellApart(levels: readonly string[]): readonly string[] {
  const known = new Set<string>()
  return levels.map((level) => {
    let name = level
    for (let n = 2; known.has(name); n++) name = `${level} (${n})`
    known.add(name)
    return name
  })
}

/**
 * Tells rows apart by where their number lies.
 *
 * @param values - shape [rows], NaN where missing
 * @param spec - how many bins of about as many rows each, or the edges between bins, ascending
 */
export function sliceByNumbers(
  column: string,
  values: Float64Array,
  spec: number | readonly number[],
): SliceColumn {
  const edges = typeof spec === 'number' ? quantileEdges(values, spec) : spec
  return withoutEmpty({
    column,
    names: [...nameBins(column, edges), `${column} missing`],
    codes: Int32Array.from(values, (value) =>
      Number.isNaN(value) ? edges.length + 1 : countUpTo(value, edges),
    ),
  })
}

function quantileEdges(values: Float64Array, bins: number): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const edges = Array.from({ length: bins - 1 }, (_, i) => quantile(sorted, (i + 1) / bins))
  const apart = [...new Set(edges)].filter((edge) => edge > sorted[0]!)
  if (apart.length > 0) return apart
  // So many rows have the smallest value that every edge is there: it is one bin, what is above it the other.
  const next = sorted.find((value) => value > sorted[0]!)
  return next === undefined ? [] : [next]
}

function nameBins(column: string, edges: readonly number[]): string[] {
  if (edges.length === 0) return [`any ${column}`]
  const between = edges.slice(1).map((edge, i) => `${edges[i]!}<=${column}<${edge}`)
  return [`${column}<${edges[0]!}`, ...between, `${column}>=${edges.at(-1)!}`]
}

/** How many edges are not above the value. */
function countUpTo(value: number, edges: readonly number[]): number {
  return edges.reduce((count, edge) => count + Number(value >= edge), 0)
}

function withoutEmpty({ column, names, codes }: SliceColumn): SliceColumn {
  const used = new Set(codes)
  const kept = [...names.keys()].filter((code) => used.has(code))
  const renumbered = new Map(kept.map((code, i) => [code, i]))
  return {
    column,
    names: kept.map((code) => names[code]!),
    codes: codes.map((code) => renumbered.get(code)!),
  }
}

/** One slice. */
export interface Slice {
  readonly column: string
  readonly name: string
  /** The numbers of its rows, ascending. */
  readonly rows: Int32Array
}

/** The slices of all columns, in order. */
export function listSlices(columns: readonly SliceColumn[]): Slice[] {
  return columns.flatMap(({ column, names, codes }) => {
    const rows = names.map((): number[] => [])
    for (const [row, code] of codes.entries()) rows[code]!.push(row)
    return names.map((name, code) => ({ column, name, rows: Int32Array.from(rows[code]!) }))
  })
}

/** Why nothing can be measured on these rows; undefined when it can. */
export function tooFew(target: ArrayLike<number>, least: number): string | undefined {
  if (target.length < least) return `${target.length} rows, fewer than ${least}`
  const first = target[0]!
  for (let row = 1; row < target.length; row++) if (target[row] !== first) return undefined
  return `all ${target.length} rows are of class ${first}`
}

/** Why weights leave nothing to be measured: with classes, rows of two must weigh something. */
export function whyWeightless({
  weights,
  classes,
}: {
  readonly weights?: Float64Array | undefined
  readonly classes?: Float64Array | undefined
}): string | undefined {
  if (weights === undefined) return undefined
  const first = weights.findIndex((weight) => weight > 0)
  if (first === -1) return 'all rows weigh nothing'
  if (classes === undefined) return undefined
  const hasTwo = weights.some((weight, row) => weight > 0 && classes[row] !== classes[first])
  return hasTwo ? undefined : 'all rows that weigh something are of one class'
}
