import { createHash } from 'node:crypto'
import { type Matrix } from '../../../src/core/matrix.ts'
import { createRandom } from '../../../src/core/random.ts'
import { exp, log, sigmoid } from '../../../src/math/index.ts'
import {
  type BoostedTrees,
  type BoostingData,
  type BoostingParameters,
  type BoostingProgress,
  fitBoosting,
  type ObjectiveName,
  scoreTrees,
  type ValidationRows,
} from '../../../src/training/boosting/index.ts'

export interface GeneratedShape {
  readonly rows: number
  /** Numbers in [-1, 1); the first two decide. */
  readonly numberColumns?: number
  /** Columns of codes from 0 to 11, each code with its own effect in the first. */
  readonly codeColumns?: number
  /** Share of cells that are missing; rows that miss the first column are positive more often. */
  readonly missingShare?: number
}

export interface GeneratedData extends BoostingData {
  /** The log odds that each target was drawn with. */
  readonly truth: Float64Array
}

/** Rows with a known structure and a target drawn from it, both classes among them. */
export function generateData(
  seed: number,
  { rows, numberColumns = 3, codeColumns = 1, missingShare = 0 }: GeneratedShape,
): GeneratedData {
  const random = createRandom(seed)
  const columns = numberColumns + codeColumns
  const values = new Float32Array(rows * columns)
  const effects = Array.from({ length: 12 }, () => 3 * random.next() - 1.5)
  const y = new Float64Array(rows)
  const truth = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const cells = Array.from({ length: columns }, (_, column) =>
      column < numberColumns ? 2 * random.next() - 1 : random.nextInteger(12),
    )
    const code = codeColumns > 0 ? effects[cells[numberColumns]!]! : 0
    const isMissing = cells.map(() => random.next() < missingShare)
    const shape = numberColumns > 1 ? 2 * cells[0]! * Math.sign(cells[1]!) + cells[0]! : 0
    truth[row] = shape + code + (isMissing[0] === true ? 1.5 : 0)
    y[row] = row < 2 ? row : Number(random.next() < sigmoid(truth[row]!))
    for (const [column, cell] of cells.entries()) {
      values[row * columns + column] = isMissing[column] === true ? NaN : cell
    }
  }
  const categorical = Array.from({ length: columns }, (_, column) => column >= numberColumns)
  return { x: { rows, columns, values }, y, categorical, truth }
}

export const objectives = [
  'binary',
  'multiclass',
  'regression',
  'quantile',
  'poisson',
] as const satisfies readonly ObjectiveName[]

/** As {@link generateData}, with targets for an objective, drawn from the same truth: three classes for several. */
export function generateTask(
  objective: ObjectiveName,
  seed: number,
  shape: GeneratedShape,
): GeneratedData {
  const data = generateData(seed, shape)
  const random = createRandom(seed).fork('target')
  const draw = (truth: number, row: number): number => {
    switch (objective) {
      case 'binary':
        return data.y[row]!
      case 'multiclass':
        return row < 3 ? row : drawClass([truth, 0.5, -truth], random.next())
      case 'regression':
      case 'quantile':
        // Skewed noise, so that the mean is not the median.
        return truth - log(1 - random.next())
      case 'poisson':
        return drawCount(exp(truth / 2), random)
    }
  }
  return { ...data, y: data.truth.map(draw) }
}

function drawClass(scores: readonly number[], uniform: number): number {
  const weights = scores.map(exp)
  let left = uniform * weights.reduce((a, b) => a + b)
  return weights.findIndex((weight, k) => (left -= weight) < 0 || k === weights.length - 1)
}

/** Poisson's by the gaps of a process of rate 1 that fit into the mean. */
function drawCount(mean: number, random: { next(): number }): number {
  let count = -1
  for (let time = 0; time < mean; count++) time -= log(1 - random.next())
  return Math.max(0, count)
}

/** A short hash of everything a model holds. */
export function digest({ baseScores, trees }: BoostedTrees): string {
  const hash = createHash('sha256').update(String(baseScores))
  for (const tree of trees) {
    const { categories, ...arrays } = tree
    for (const array of Object.values(arrays)) hash.update(array)
    hash.update(JSON.stringify(categories))
  }
  return hash.digest('hex').slice(0, 16)
}

export interface FitOptions {
  readonly seed?: number
  readonly onRound?: (progress: BoostingProgress) => void
  readonly signal?: AbortSignal
  readonly validation?: ValidationRows
  readonly resumeFrom?: BoostedTrees
  readonly threads?: number
}

export function fit(
  data: BoostingData,
  parameters: Partial<BoostingParameters>,
  options: FitOptions = {},
): BoostedTrees {
  const { seed = 1, ...rest } = options
  return fitBoosting(data, parameters, { random: createRandom(seed), ...rest })
}

export function numbers(values: readonly number[], labels: readonly number[]): BoostingData {
  return { x: columnOf(values), y: Float64Array.from(labels), categorical: [false] }
}

/** One column of codes, each with its label, written out `times` times. */
export function codes(
  values: readonly number[],
  labels: readonly number[],
  times: number,
): BoostingData {
  const repeat = <T>(items: readonly T[]): T[] => Array.from({ length: times }, () => items).flat()
  return { ...numbers(repeat(values), repeat(labels)), categorical: [true] }
}

export function columnOf(values: readonly number[]): Matrix {
  return { rows: values.length, columns: 1, values: Float32Array.from(values) }
}

export function score(model: BoostedTrees, values: readonly number[]): number[] {
  return [...scoreTrees(model, columnOf(values))]
}

/** One tree of two leaves, without a penalty. */
export const stump = {
  rounds: 1,
  learningRate: 1,
  maxLeaves: 2,
  minRowsPerLeaf: 1,
  l2: 0,
  featureFraction: 1,
} as const
