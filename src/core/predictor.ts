import type { ClassCosts } from './called-class.ts'
import type { Contributions } from './contributions.ts'
import { ToolkitError } from './errors.ts'
import type { FieldPolicies } from './field-policy.ts'
import type { InputFields } from './input-field.ts'
import type { Matrix } from './matrix.ts'

/** How far predicted numbers are from the truth, at most, for a share of the rows. */
export interface OutputInterval {
  /** The share, above 0 and below 1. */
  readonly coverage: number
  /** From the prediction to either end, in the unit of the target; from 0. */
  readonly radius: number
}

/**
 * What a model gives for a row: the probability of class 1, where the target is one of two texts or codes with what
 * classes 0 and 1 are; a number, in the unit of the target; or a probability for each of these classes, in their order.
 * And what is called of the probabilities: class 1 from which one on, 0–1, 0.5 when absent; the class that is expected to cost least,
 * or the likeliest one when there are no costs.
 */
export type ModelOutput =
  | {
      readonly kind: 'probability'
      readonly classes?: readonly [string | number, string | number]
      readonly threshold?: number
    }
  | { readonly kind: 'value'; readonly interval?: OutputInterval }
  | {
      readonly kind: 'classes'
      readonly classes: readonly (string | number)[]
      readonly costs?: ClassCosts
    }

/** Of a model that gives a probability for each of several classes. */
export type ClassOutput = Extract<ModelOutput, { readonly kind: 'classes' }>

/** The texts or codes that the places of a model's classes stand for; `undefined` of booleans and numbers. */
export function classesOf(output: ModelOutput): readonly (string | number)[] | undefined {
  return output.kind === 'value' ? undefined : output.classes
}

/** How many numbers a model gives for a row. */
export function outputWidth(output: ModelOutput): number {
  return output.kind === 'classes' ? output.classes.length : 1
}

/** One model ready to score: the contract between model files and whoever serves them. */
export interface Predictor {
  readonly name: string
  /** The raw columns the model takes, in the order of the matrix. */
  readonly inputs: InputFields
  /** What becomes of values that `inputs` do not admit; they are refused without. */
  readonly policies?: FieldPolicies | undefined
  /** A row that the model accepts, by column. */
  readonly example: Readonly<Record<string, number | string | null>>
  /** Hash of the model's bytes (hexadecimal sha256), which names this very model. */
  readonly digest: string
  /** What the numbers of `predict` are. */
  readonly output: ModelOutput
  /** Columns whose numbers it takes in 64 bits: `predict` is to have them in `doubles`, else they are rounded. */
  readonly doubles?: ReadonlySet<string> | undefined
  /**
   * What the model gives, row by row: shape [rows], or [rows, classes] where its output is classes; `rows` holds
   * the raw columns, NaN where missing; `encodeInput` says which numbers stand for texts and dates.
   */
  predict(rows: Matrix): Float32Array
  /**
   * Makes ready to predict these rows again and again, each time with one column changed: what does not depend on it is
   * computed once. `changed` has all the columns; the result is that of `predict`.
   */
  readonly vary?: (rows: Matrix) => (changed: Matrix, column: number) => Float32Array
  /**
   * What each column adds to the score of each row; the first call makes ready for it.
   *
   * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` with the reason, when that cannot be told exactly
   */
  explain?(rows: Matrix): Contributions
  /**
   * The same of a model whose output is classes: to the score of each class, in their order. The probabilities are the
   * softmax of the scores.
   *
   * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` as `explain`
   */
  explainClasses?(rows: Matrix): readonly Contributions[]
}

/**
 * What each column adds to each score of a model: one entry, or one for each of its classes.
 *
 * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` with the reason, when that cannot be told exactly
 */
export function explainScores(predictor: Predictor, rows: Matrix): readonly Contributions[] {
  const told =
    predictor.output.kind === 'classes'
      ? predictor.explainClasses?.(rows)
      : predictor.explain?.(rows)
  if (told !== undefined) return 'score' in told ? [told] : told
  throw new ToolkitError('EXPLANATION_UNSUPPORTED', 'this predictor explains nothing', {
    hint: 'ask for predictions alone',
  })
}
