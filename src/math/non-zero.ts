/** A divisor that is never 0, as Lentz's method of continued fractions needs it. */
export function nonZero(x: number): number {
  return x === 0 ? 2 ** -900 : x
}
