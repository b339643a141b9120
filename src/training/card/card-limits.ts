import { formatCount, formatNumber, formatShare } from '../../core/format-number.ts'
import type { CardEvaluation } from './card-evaluation.ts'
import type { CardParts } from './model-card.ts'

/** Beyond it a difference between groups is named; the usual limit of fairness audits. */
const notableDifference = 0.1

/** What follows from the parts of a card about where its model should not be trusted, in sentences. */
export function listLimits(parts: CardParts): readonly string[] {
  const { evaluation, explanations } = parts
  return [
    'Measured on rows of the same data that were held back: how the model does on later data, or on other people, is not known from this.',
    ...describeValidation(parts),
    ...(evaluation === null ? ['No evaluation was found: nothing is said about its quality.'] : []),
    ...(evaluation === null ? [] : describeSlices(evaluation)),
    ...(evaluation === null ? [] : describeFairness(evaluation)),
    ...(explanations.unexplained === null ? [] : [sentence(explanations.unexplained)]),
    'Contributions and importance say what the model makes of its columns, not what causes what; of columns that say the same, each looks less important.',
    'Rows with values that the columns do not admit are refused by the API, not predicted.',
  ]
}

function describeValidation({ data: { validation } }: CardParts): string[] {
  if (validation === null) return ['The data was not validated.']
  if (validation.success) return []
  const { evaluated_expectations: all, successful_expectations: held } = validation
  return [
    `Of the ${formatCount(all)} expectations on the data, ${formatCount(all - held)} did not hold (at worst ${validation.highest_failing_severity ?? 'critical'}).`,
  ]
}

function describeSlices({ slices, metrics, rows }: CardEvaluation): string[] {
  const skipped = slices.filter((slice) => slice.skipped !== undefined)
  const told = skipped.map(({ slice, skipped: why }) => `${slice} (${why})`)
  const lines = skipped.length === 0 ? [] : [`Not measured for ${told.join('; ')}.`]
  const overall = metrics['roc_auc']
  const weaker = slices.filter(({ metrics: own }) => {
    const auc = own?.['roc_auc']
    return overall !== undefined && auc !== undefined && auc.upper < overall.lower
  })
  if (slices.length === 0) {
    lines.push(`Measured on ${formatCount(rows)} rows as a whole, on no group of them.`)
  }
  return lines.concat(
    weaker.map(
      ({ slice, metrics: own }) =>
        `Ranks worse than elsewhere for ${slice}: AUC at most ${formatNumber(own!['roc_auc']!.upper)}, elsewhere at least ${formatNumber(overall!.lower)}.`,
    ),
  )
}

function describeFairness({ fairness, threshold }: CardEvaluation): string[] {
  if (threshold === undefined) return []
  return Object.entries(fairness).flatMap(([column, values]) =>
    Object.entries(values)
      .filter(([name, value]) => name.endsWith('_difference') && value > notableDifference)
      .map(
        ([name, value]) =>
          `Between groups of ${column}, the ${name.replaceAll('_', ' ')} at the threshold ${formatNumber(threshold)} is ${formatShare(value)}.`,
      ),
  )
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}
