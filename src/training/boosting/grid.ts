/**
 * Sums of numbers that were rounded to a grid are exact in float64, whatever
 * their order, while the grid is coarse enough for so many of them.
 */

/** The step of the grid, relative to the largest number, that sums of `count` numbers need: a power of two. */
export function gridStep(count: number): number {
  // |x| <= 1, so a sum stays below count · 1, and 2⁵² steps of the grid must hold it.
  let step = 2 ** -52
  for (let reach = 1; reach < count; reach *= 2) step *= 2
  return step
}

/** The least power of two that is not below `x`; 1 when `x` is 0 or not finite. */
export function powerOfTwoFrom(x: number): number {
  if (!(x > 0 && x < Infinity)) return 1
  let power = 1
  while (power < x) power *= 2
  while (power / 2 >= x) power /= 2
  return power
}

/**
 * What to add to a number and to subtract again to round it to a whole step:
 * 1.5 · 2⁵² steps.
 */
export function gridShift(step: number): number {
  return step * 1.5 * 2 ** 52
}

/** The sum of the numbers, each rounded to the grid of the largest: the same in any order. */
export function sumOnGrid(values: Float64Array): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!))
  const shift = gridShift(gridStep(values.length) * powerOfTwoFrom(largest))
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! + shift - shift
  return sum
}
