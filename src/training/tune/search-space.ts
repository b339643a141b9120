import type { Random } from '../../core/random.ts'
import { drawValue, type Dimension, type TrialValue } from './dimension.ts'

/** The parameters that a study searches, each with its values. */
export type SearchSpace = Readonly<Record<string, Dimension>>

/** One value for each parameter of a space. */
export type TrialValues = Readonly<Record<string, TrialValue>>

/**
 * Draws each parameter independently by its own distribution.
 *
 * @example
 * ```ts
 * import { createRandom, drawValues } from 'ml-pipeline-toolkit'
 * const values = drawValues(
 *   { max_leaves: { kind: 'integer', min: 4, max: 64 } },
 *   createRandom(1),
 * )
 * Object.keys(values) // => ['max_leaves']
 * ```
 */
export function drawValues(space: SearchSpace, random: Random): TrialValues {
  return Object.fromEntries(
    Object.entries(space).map(([name, dimension]) => [
      name,
      drawValue(dimension, random.fork(name)),
    ]),
  )
}

/**
 * Values as a tracker keeps them, each as text.
 *
 * @returns `undefined` when one is missing or not of its dimension: the texts are not of this space
 */
export function parseValues(
  space: SearchSpace,
  texts: Readonly<Record<string, string>>,
): TrialValues | undefined {
  const entries: [string, TrialValue][] = []
  for (const [name, dimension] of Object.entries(space)) {
    const value = parseValue(dimension, texts[name])
    if (value === undefined) return undefined
    entries.push([name, value])
  }
  return Object.fromEntries(entries)
}

function parseValue(dimension: Dimension, text: string | undefined): TrialValue | undefined {
  if (text === undefined) return undefined
  if (dimension.kind === 'choice') {
    return dimension.options.find((option) => String(option) === text)
  }
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const isWhole = dimension.kind === 'integer' || dimension.kind === 'log_integer'
  if (isWhole && !Number.isInteger(value)) return undefined
  return value >= dimension.min && value <= dimension.max ? value : undefined
}
