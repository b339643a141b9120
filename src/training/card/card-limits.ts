import { formatCount, formatNumber, formatShare } from '../../core/format-number.ts'
import type { CardEvaluation } from './card-evaluation.ts'
import type { CardParts } from './model-card.ts'

/** Beyond it a difference between groups is named; the usual limit of fairness audits. */
const notableDifference = 0.1

/** Above it a difference is told as one that luck may have made. */
const notableChance = 0.05

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
  if (slices.length === 0) {
    lines.push(`Measured on ${formatCount(rows)} rows as a whole, on no group of them.`)
  }
  const judge = judges.find(({ metric }) => metrics[metric] !== undefined)
  if (judge === undefined) return lines
  const { metric, isLoss, what, name } = judge
  const overall = metrics[metric]!
  return lines.concat(
    slices.flatMap(({ slice, metrics: own }) => {
      const found = own?.[metric]
      if (found === undefined) return []
      const isWorse = isLoss ? found.lower > overall.upper : found.upper < overall.lower
      if (!isWorse) return []
      const [here, there] = isLoss
        ? [`at least ${formatNumber(found.lower)}`, `at most ${formatNumber(overall.upper)}`]
        : [`at most ${formatNumber(found.upper)}`, `at least ${formatNumber(overall.lower)}`]
      return [`${what} than elsewhere for ${slice}: ${name} ${here}, elsewhere ${there}.`]
    }),
  )
}

/** By which metric groups are told apart: the first that was measured. */
const judges = [
  { metric: 'roc_auc', isLoss: false, what: 'Ranks worse', name: 'AUC' },
  { metric: 'rmse', isLoss: true, what: 'Errs more', name: 'RMSE' },
  { metric: 'accuracy', isLoss: false, what: 'Is right less often', name: 'accuracy' },
] as const

function describeFairness({ fairness, fairness_luck, threshold }: CardEvaluation): string[] {
  const at = threshold === undefined ? '' : ` at the threshold ${formatNumber(threshold)}`
  return Object.entries(fairness).flatMap(([column, values]) =>
    Object.entries(values)
      .filter(([name, value]) => name.endsWith('_difference') && value > notableDifference)
      .map(
        ([name, value]) =>
          `Between groups of ${column}, the ${name.replaceAll('_', ' ')}${at} is ${formatShare(value)}${describeLuck(fairness_luck?.[column]?.[name])}.`,
      ),
  )
}

function describeLuck(chance: number | undefined): string {
  if (chance === undefined || chance <= notableChance) return ''
  return `, as luck alone may have it in groups of this size (p = ${chance.toFixed(2)})`
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
}
