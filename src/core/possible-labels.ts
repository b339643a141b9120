/** What can turn out to be true of a model's predictions. */

import { classNumber } from './class-names.ts'
import type { ModelOutput } from './predictor.ts'

/** A label as it is sent, and the number that a prediction log has for it. */
export interface PossibleLabel {
  readonly sent: string | number | boolean
  readonly number: number
}

/**
 * The labels that a model of this output can be right with; `undefined` where any finite number is one. Classes that are
 * texts are sent by name or by place, a boolean as itself or as 0 and 1, and codes as they are: 1 may be one of them, and
 * then is not the place of another.
 */
export function possibleLabels(output: ModelOutput): readonly PossibleLabel[] | undefined {
  if (output.kind === 'value') return undefined
  const names = output.classes ?? [false, true]
  const numbered = names.map((sent, place) => ({ sent, number: numberOf(output, place) }))
  const codes = numbered.filter(({ sent }) => typeof sent === 'number')
  if (codes.length > 0) return numbered
  return [...numbered.map(({ number }) => ({ sent: number, number })), ...numbered]
}

/** The class at a place as a log has it: of one of two the place, which is what the model gives the probability of. */
function numberOf(output: ModelOutput, place: number): number {
  return output.kind === 'classes' ? classNumber(output.classes, place) : place
}

/**
 * The number of a label as it is sent.
 *
 * @returns undefined for what a model of this output cannot be right with
 */
export function labelNumber(output: ModelOutput, label: unknown): number | undefined {
  const possible = possibleLabels(output)
  if (possible === undefined) return isFiniteNumber(label) ? label : undefined
  return possible.find(({ sent }) => sent === label)?.number
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** What can be sent, in words. */
export function describePossibleLabels(output: ModelOutput): string {
  if (output.kind === 'value') return 'a number: the value'
  const { classes } = output
  if (classes === undefined) return '0 or 1, false or true: whether it turned out to be true'
  const isCoded = classes.some((name) => typeof name === 'number')
  const names = classes.map((name, place) =>
    typeof name === 'number' ? String(name) : `'${name}'${isCoded ? '' : ` or ${place}`}`,
  )
  const listed = `${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`
  return output.kind === 'classes' ? `a class: ${listed}` : listed
}
