import { createRandom } from '../../../src/core/random.ts'
import type { NeuralData, NeuralInput } from '../../../src/training/neural/index.ts'

/** Two numbers, one of them skewed, and a category of five codes; with missing cells. */
export const inputs: readonly NeuralInput[] = ['standardize', 'log1p', 'embedding']

/** A target that is a curve of the numbers plus an effect of the category, with noise. */
export function generateRows(
  seed: number,
  count: number,
  objective: 'binary' | 'regression' | 'multiclass' = 'binary',
): NeuralData {
  const random = createRandom(seed)
  const values = new Float32Array(count * 3)
  const effects = [-1.5, -0.5, 0, 0.5, 1.5]
  const y = Float64Array.from({ length: count }, (_, row) => {
    const number = random.next() * 4 - 2
    const skewed = random.next() ** 4 * 1000
    const code = random.nextInteger(5)
    values[row * 3] = random.next() < 0.1 ? NaN : number
    values[row * 3 + 1] = skewed
    values[row * 3 + 2] = random.next() < 0.05 ? NaN : [3, 7, -2, 100, 8][code]!
    const score = 1.5 * number * number - 2 + effects[code]! + Math.sqrt(skewed) / 20
    return targetOf(score + (random.next() - 0.5) * 0.5, objective)
  })
  return { x: { rows: count, columns: 3, values }, y, inputs }
}

function targetOf(score: number, objective: 'binary' | 'regression' | 'multiclass'): number {
  if (objective === 'regression') return 1000 + 250 * score
  if (objective === 'binary') return score > 0 ? 1 : 0
  return score < -1 ? 0 : score < 1 ? 1 : 2
}
