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

/** The same in words. A class that is a text is named by its place among them. */
export function describePossibleLabels(output: ModelOutput): string {
  if (output.kind === 'value') return 'a number: the value'
  if (output.kind === 'probability') {
    if (output.classes === undefined) return '0 or 1: whether it turned out to be true'
    const [no, yes] = output.classes
    return `0 for '${no}', 1 for '${yes}'`
  }
  const names = output.classes.map((name, place) => {
    const number = classNumber(output.classes, place)
    return number === name ? String(name) : `${number} for '${name}'`
  })
  return `a class: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`
}
