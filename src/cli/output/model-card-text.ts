/** A model card for a terminal: what one asks first. */

import { ToolkitError } from '../../core/errors.ts'
import { parseJsonText } from '../../core/json.ts'
import { isModelCard, type ModelCard } from '../../training/card/model-card.ts'
import { formatFacts, formatNumber, formatSection } from './run-tables.ts'

const shownColumns = 10

/**
 * The card in a run's artifact.
 *
 * @param place - names the version, for messages
 * @throws {ToolkitError} `MODEL_INVALID` when it is no card that is known here
 */
export function parseModelCard(text: string, place: string): ModelCard {
  const value = parseJsonText(text)
  if (isModelCard(value)) return value
  throw new ToolkitError('MODEL_INVALID', `the card of ${place} cannot be read`, {
    hint: 'look at it with the version of the toolkit that wrote it',
  })
}

function describePrediction({ target, output }: ModelCard['model']): string {
  const isOfTwo = output?.kind === 'probability' && output.classes !== undefined
  return isOfTwo ? `${target}: whether it is ${output.classes[1]}` : target
}

export function formatModelCard(card: ModelCard, place: string): string {
  const { model, data, evaluation, explanations, decision, limits } = card
  const metrics = Object.entries(evaluation?.metrics ?? {}).map(([name, metric]) => [
    name,
    formatNumber(metric.value),
    `${formatNumber(metric.lower)} to ${formatNumber(metric.upper)}`,
  ])
  const columns = explanations.columns
    .slice(0, shownColumns)
    .map(({ column, mean_absolute_contribution: contribution, importance }) => [
      column,
      contribution === null ? '-' : formatNumber(contribution),
      importance === null ? '-' : formatNumber(importance),
    ])
  return [
    formatFacts([
      ['model', place],
      ['estimator', model.kind],
      ['predicts', describePrediction(model)],
      ['data', `${data.title}, sha256 ${data.sha256.slice(0, 12)}`],
      ...(decision === null ? [] : [[decision.decision, decision.reason]]),
    ]),
    formatSection('metrics', metrics.length === 0 ? [] : [['', 'value', 'interval'], ...metrics]),
    formatSection('columns', [
      ['', 'contribution', `importance (${explanations.metric})`],
      ...columns,
    ]),
    '\nlimits\n',
    ...limits.map((limit) => `  - ${limit}\n`),
  ].join('')
}
