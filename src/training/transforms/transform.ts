import type { NumberExpression, TextExpression } from '../../data/expressions/expression.ts'

/** How a feature is made of what the training rows say about another one; `fitTransforms` makes expressions of it. */
export type Transform =
  | Impute
  /** x less the mean, by the standard deviation (of all rows, not of a sample); a constant is only moved. */
  | { readonly kind: 'standardize'; readonly operand: NumberExpression }
  | QuantileTransform
  | OneHot
  | Ordinal
  | HashTransform
  | TargetMean

/** What stands for a missing number; of several most frequent ones the smallest. */
export interface Impute {
  readonly kind: 'impute'
  readonly operand: NumberExpression
  readonly strategy: 'mean' | 'median' | 'mostFrequent' | { readonly constant: number }
}

/**
 * The share of the training rows below, 0 to 1, linear between quantiles, as scikit-learn's QuantileTransformer has it:
 * a value that fills several quantiles is in the middle of them.
 */
export interface QuantileTransform {
  readonly kind: 'quantile'
  readonly operand: NumberExpression
  /** 100 when absent, at most one for each row. */
  readonly quantiles?: number
}

/** A 0/1 feature for each category, called `name=category`; what is missing or was never seen has only zeros. */
export interface OneHot {
  readonly kind: 'oneHot'
  readonly operand: NumberExpression | TextExpression
  /** The most frequent ones only, of equally frequent ones the first. */
  readonly maxCategories?: number
}

/** The place of a category among those seen, in order, from 0; one never seen is missing. */
export interface Ordinal {
  readonly kind: 'ordinal'
  readonly operand: NumberExpression | TextExpression
}

/** The bucket of a text, as the hash of expressions; a text never seen is missing, because no graph can hash. */
export interface HashTransform {
  readonly kind: 'hash'
  readonly operand: TextExpression
  readonly buckets: number
}

/**
 * The mean of the target over the rows of a category, (sum + smoothing · mean) / (rows + smoothing) with the mean of all
 * rows; this one for a category never seen. What is missing is a category.
 */
export interface TargetMean {
  readonly kind: 'targetMean'
  readonly operand: NumberExpression | TextExpression
  readonly smoothing: number
}

/** Features by name that need nothing more to be learnt. */
export type FittedFeatures = Readonly<Record<string, NumberExpression>>

/** The cell of an operand in each row, `null` where missing. */
export type Cells = readonly (number | string | null)[]
