/** Classes as a prediction log has them, and whoever says later what was true. */

import type { ModelOutput } from './predictor.ts'

/** DuckDB's SQL ends at a NUL, and takes no half of a surrogate pair: in their place a name is kept with U+FFFD. */
export function readableName(name: string): string {
  return name.toWellFormed().replaceAll('\0', '\uFFFD')
}

/**
 * What the probabilities of classes are called in a log, in their order: by the class. DuckDB tells no columns apart by case:
 * the name of a class that is an earlier one but for case ends with its place.
 */
export function classNames(classes: readonly (string | number)[]): readonly string[] {
  const names = classes.map((name) => readableName(String(name)))
  const folded = names.map((name) => name.toLowerCase())
  return names.map((name, place) =>
    folded.indexOf(folded[place]!) < place ? `${name}.${place}` : name,
  )
}

/** The class that a number of a log stands for, as a model of this output names it; `undefined` where it names none. */
export function classOf(output: ModelOutput, number: number): string | number | undefined {
  if (output.kind === 'value') return undefined
  if (output.kind === 'probability') return output.classes?.[number]
  const { classes } = output
  return classes.find((_, place) => classNumber(classes, place) === number)
}

/** The class as a log has it: a number, or of a text its place among the classes. */
export function classNumber(classes: readonly (string | number)[], place: number): number {
  const own = classes[place]
  return typeof own === 'number' ? own : place
}
