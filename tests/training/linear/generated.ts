import { createRandom } from '../../../src/core/random.ts'
import type { Design } from '../../../src/training/linear/index.ts'

/** Cells from -1 to 1, of which `zeroShare` are 0, and a number that depends on the first half of the columns. */
export function generateQuantities(
  seed: number,
  { rows, columns, zeroShare = 0 }: { rows: number; columns: number; zeroShare?: number },
): { design: Design; target: Float64Array; weights: Float64Array } {
  const random = createRandom(seed)
  const values = Float64Array.from({ length: rows * columns }, () =>
    random.next() < zeroShare ? 0 : 2 * random.next() - 1,
  )
  const target = Float64Array.from({ length: rows }, (_, row) => {
    let sum = 5 + random.next()
    for (let c = 0; c < columns / 2; c++) sum += (c + 1) * values[row * columns + c]!
    return sum
  })
  const weights = Float64Array.from({ length: rows }, () => random.nextInteger(4))
  weights[0] = 1
  return { design: { rows, columns, values }, target, weights }
}
