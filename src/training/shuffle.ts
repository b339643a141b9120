import type { Random } from '../core/random.ts'

/** Puts values into an order drawn at random, each equally likely [Fisher & Yates 1938] [Knuth 1997, 3.4.2 P]. */
export function shuffleInPlace(values: number[] | Int32Array, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const other = random.nextInteger(i + 1)
    const value = values[i]!
    values[i] = values[other]!
    values[other] = value
  }
}

/** The same values in a drawn order. */
export function shuffle(values: readonly number[], random: Random): number[] {
  const drawn = [...values]
  shuffleInPlace(drawn, random)
  return drawn
}
