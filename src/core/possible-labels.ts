/** What can turn out to be true of a model's predictions. */

import { classNumber } from './class-names.ts'
import type { ModelOutput } from './predictor.ts'

/** The labels that a model of this output can be right with; `undefined` where any finite number is one. */
export function possibleLabels(output: ModelOutput): readonly number[] | undefined {
  switch (output.kind) {
    case 'probability':
      return [0, 1]
    case 'value':
      return undefined
    case 'classes':
      return output.classes.map((_, place) => classNumber(output.classes, place))
  }
}

/**
 * The number of a label as it is sent: a number, the name of a class that is a text, or true and false of a boolean.
 *
 * @returns undefined for what a model of this output cannot be right with
 */
export function labelNumber(output: ModelOutput, label: unknown): number | undefined {
  if (typeof label === 'number') {
    const isPossible = possibleLabels(output)?.includes(label) ?? Number.isFinite(label)
    return isPossible ? label : undefined
  }
  const place = labelNames(output).findIndex((name) => name === label)
  return place < 0 ? undefined : place
}

/** What may be sent in place of the numbers, in their order: the names of classes that are texts, or false and true of a boolean. */
export function labelNames(output: ModelOutput): readonly (string | number | boolean)[] {
  return output.kind === 'value' ? [] : (output.classes ?? [false, true])
}

/** What can be sent, in words. A class that is a text is named by its place among them, too. */
export function describePossibleLabels(output: ModelOutput): string {
  if (output.kind === 'value') return 'a number: the value'
  if (output.kind === 'probability') {
    if (output.classes === undefined)
      return '0 or 1, false or true: whether it turned out to be true'
    const [no, yes] = output.classes
    return `'${no}' or 0, '${yes}' or 1`
  }
  const names = output.classes.map((name, place) => {
    const number = classNumber(output.classes, place)
    return number === name ? String(name) : `'${name}' or ${number}`
  })
  return `a class: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`
}
