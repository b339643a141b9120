import type { Random } from '../../core/random.ts'

/** The same values in a drawn order [Fisher & Yates 1938]. */
export function shuffle(values: readonly number[], random: Random): number[] {
  const drawn = [...values]
  for (let i = drawn.length - 1; i > 0; i--) {
    const other = random.nextInteger(i + 1)
    const value = drawn[i]!
    drawn[i] = drawn[other]!
    drawn[other] = value
  }
  return drawn
}
