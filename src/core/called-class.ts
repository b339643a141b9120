/** Which class is called, of the probabilities that a model gives for a row. */

/** From this probability on class 1 is called, where a model does not say otherwise. */
export const defaultThreshold = 0.5

/**
 * What calls cost, in any unit: `costs[i][j]` of calling a row of class i class j, finite and from 0. A right call costs
 * nothing. Shape [classes, classes].
 */
export type ClassCosts = readonly (readonly number[])[]

/** Whether class 1 is called. @param probability - of class 1 */
export function isCalledPositive(
  probability: number,
  { threshold = defaultThreshold }: { readonly threshold?: number },
): boolean {
  return probability >= threshold
}

/**
 * The place of the class that is called: the one whose calling is expected to cost least, where the model has costs, and the
 * likeliest otherwise; of equals the first.
 *
 * @param values - the row's probabilities, by place, from `from` on
 */
export function calledPlace(
  values: ArrayLike<number>,
  from: number,
  { classes, costs }: { readonly classes: ArrayLike<unknown>; readonly costs?: ClassCosts },
): number {
  return costs === undefined
    ? likeliestPlace(values, from, classes.length)
    : leastCostPlace(values, from, costs)
}

/** The class of the highest probability; of equals the first. */
export function likeliestPlace(values: ArrayLike<number>, from: number, classes: number): number {
  let best = 0
  for (let k = 1; k < classes; k++) if (values[from + k]! > values[from + best]!) best = k
  return best
}

/** The class whose calling is expected to cost least, Σᵢ pᵢ · costs[i][j]; of equals the first. [Elkan 2001] */
export function leastCostPlace(values: ArrayLike<number>, from: number, costs: ClassCosts): number {
  let [best, least] = [0, Infinity]
  for (let j = 0; j < costs.length; j++) {
    let expected = 0
    for (let i = 0; i < costs.length; i++) expected += values[from + i]! * costs[i]![j]!
    if (expected < least) [best, least] = [j, expected]
  }
  return best
}
