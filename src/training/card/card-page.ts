/** A model card as one HTML file that runs nothing and fetches nothing. */

import {
  formatCount,
  formatMetric,
  formatNumber,
  formatShare,
  shortenText,
} from '../../core/format-number.ts'
import { html, noMarkup, type Markup } from '../../core/markup.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { describeField } from '../../core/schema.ts'
import { drawBadge, drawVerdict, type Tone } from '../../data/page/badge.ts'
import { drawFacts, drawTable } from '../../data/page/data-table.ts'
import { fitItems } from '../../data/page/fit-size.ts'
import { renderPage } from '../../data/page/page.ts'
import { drawName, drawSentence } from '../../data/page/value.ts'
import type { CardEvaluation, CardMetric } from './card-evaluation.ts'
import type { CardExplanations } from './card-explanations.ts'
import { drawBar, drawCalibration, drawDependence } from './card-pictures.ts'
import type { ModelCard } from './model-card.ts'

/** Bytes of each list; together with the rest below 300 kB. */
const limitBytes = 35_000

/** The text of the page. @param place - names the version, such as `credit_default, version 3` */
export function renderModelCardPage(card: ModelCard, place: string): string {
  const { evaluation, explanations } = card
  return renderPage({
    title: 'Model card',
    subtitle: shortenText(place, 300),
    body: html`${drawDecision(card)}${drawModel(card)}${evaluation === null ? noMarkup : html`${drawEvaluation(evaluation)}${drawClasses(evaluation)}`}${drawCurve(card)}${evaluation === null ? noMarkup : drawGroups(evaluation)}${drawExplanations(explanations)}${drawLimits(card)}${drawInputs(card)}${drawData(card)}${drawPairs('Parameters', card.parameters)}${drawPairs('Lineage', card.lineage)}`,
  })
}

const tones: Readonly<Record<string, readonly [Tone, string]>> = {
  promoted: ['good', 'Promoted'],
  'kept-champion': ['warn', 'Not promoted: the champion stays'],
  refused: ['bad', 'Refused'],
}

const forced = ['warn', 'Promoted by force'] as const

function drawDecision({ decision }: ModelCard): Markup {
  if (decision === null) return noMarkup
  const [tone, headline] =
    decision.isForced === true
      ? forced
      : (tones[decision.decision] ?? (['info', decision.decision] as const))
  return drawVerdict(tone, headline, html`<p>${drawSentence(decision.reason)}</p>`)
}

function drawModel({ model }: ModelCard): Markup {
  return drawFacts([
    ['Model', drawName(model.name)],
    ['Estimator', html`${model.kind}`],
    ['Predicts', drawPrediction(model)],
    ['Columns', html`${formatCount(Object.keys(model.inputs).length)}`],
    ['Size', html`${formatCount(Math.ceil(model.size_bytes / 1024))} kB`],
  ])
}

function drawPrediction({ target, output }: ModelCard['model']): Markup {
  if (output?.kind === 'value') return html`${drawName(target)}, a number${drawInterval(output)}`
  if (output?.kind === 'classes') {
    return html`the probability of each class of ${drawName(target)}: ${output.classes.join(', ')}`
  }
  return output?.classes === undefined
    ? html`the probability of ${drawName(target)}`
    : html`the probability that ${drawName(target)} is ${output.classes[1]}`
}

function drawInterval({ interval }: Extract<ModelOutput, { kind: 'value' }>): Markup {
  if (interval === undefined) return noMarkup
  const { coverage, radius } = interval
  return html`; ${formatShare(coverage)} of the rows within ${formatNumber(radius)} of their
  prediction`
}

function drawEvaluation({
  metrics,
  rows,
  positive_share,
  confidence_level,
}: CardEvaluation): Markup {
  return html`<h2>Quality</h2>
    <p>
      On ${formatCount(rows)} rows that were held back,
      ${positive_share === undefined ? noMarkup : html`${formatShare(positive_share)} of class 1,`}
      with ${formatShare(confidence_level)} intervals.
    </p>
    ${drawTable(
      [
        { label: 'Metric', kind: 'name' },
        { label: 'Value', kind: 'number' },
        { label: 'Interval', kind: 'number' },
      ],
      Object.entries(metrics),
      {
        label: 'Metrics',
        what: 'metrics',
        limitBytes,
        toRow: ([name, metric]) => ({
          cells: [
            html`${wordsOf(name)}`,
            html`${formatMetric(metric.value)}`,
            html`${rangeOf(metric)}`,
          ],
        }),
      },
    )}`
}

function drawClasses({ classes = [] }: CardEvaluation): Markup {
  if (classes.length === 0) return noMarkup
  const names = [...new Set(classes.flatMap(({ metrics }) => Object.keys(metrics)))]
  return html`<h2>Classes</h2>
    <p>Each class against all others.</p>
    ${drawTable(
      [
        { label: 'Class', kind: 'name' },
        { label: 'Rows', kind: 'number' },
        ...names.map((name) => ({ label: wordsOf(name), kind: 'number' as const })),
      ],
      classes,
      {
        label: 'Classes',
        what: 'classes',
        limitBytes,
        toRow: ({ name, rows, metrics }) => ({
          cells: [
            drawName(name),
            html`${formatCount(rows)}`,
            ...names.map((measure) => drawMetric(metrics[measure])),
          ],
        }),
      },
    )}`
}

function drawMetric(metric: CardMetric | undefined): Markup {
  return metric === undefined
    ? html`–`
    : html`${formatMetric(metric.value)} <span class="quiet">${rangeOf(metric)}</span>`
}

function wordsOf(name: string): string {
  return name.replaceAll('_', ' ')
}

function rangeOf({ lower, upper }: CardMetric): string {
  return `${formatMetric(lower)} to ${formatMetric(upper)}`
}

function drawCurve({ calibration }: ModelCard): Markup {
  if (calibration.length === 0) return noMarkup
  return html`<h2>Calibration</h2>
    <div class="split">
      ${drawCalibration(calibration)}
      <p>
        Each dot is a tenth of the rows, by predicted probability: how likely the model said class 1
        is, and how often it was. On the dashed line both are the same.
      </p>
    </div>`
}

function drawGroups({ slices, fairness, metrics }: CardEvaluation): Markup {
  if (slices.length === 0) return noMarkup
  const told = [
    'roc_auc',
    'rmse',
    'mae',
    'r2',
    'log_loss',
    'accuracy',
    'mean_cost',
    'precision',
    'recall',
  ]
  const isBinary = 'roc_auc' in metrics
  const names = told.filter((name) => name in metrics && !(isBinary && name === 'accuracy'))
  const heads = names.map((name) => ({ label: wordsOf(name), kind: 'number' as const }))
  return html`<h2>Groups</h2>
    ${drawTable(
      [{ label: 'Rows with', kind: 'name' }, { label: 'Rows', kind: 'number' }, ...heads],
      slices,
      {
        label: 'Groups',
        what: 'groups',
        limitBytes,
        toRow: ({ slice, rows, metrics: own, skipped }) => ({
          cells: [
            html`${drawName(slice)}${skipped === undefined ? noMarkup : html` <span class="quiet">not measured: ${skipped}</span>`}`,
            html`${formatCount(rows)}`,
            ...names.map((name) => drawMetric(own?.[name])),
          ],
        }),
      },
    )}
    ${drawFairness(fairness)}`
}

function drawFairness(fairness: CardEvaluation['fairness']): Markup {
  const columns = Object.keys(fairness)
  const measures = [...new Set(columns.flatMap((column) => Object.keys(fairness[column]!)))]
  if (measures.length === 0) return noMarkup
  return html`<h2>Fairness between groups</h2>
    ${drawTable(
      [
        { label: 'Measure', kind: 'name' },
        ...columns.map((label) => ({ label, kind: 'number' as const })),
      ],
      measures,
      {
        label: 'Fairness between groups',
        what: 'measures',
        limitBytes,
        toRow: (measure) => ({
          cells: [
            html`${wordsOf(measure)}`,
            ...columns.map((column) => {
              const value = fairness[column]![measure]
              return html`${value === undefined ? '–' : formatMetric(value)}`
            }),
          ],
        }),
      },
    )}`
}

const scoreWords: Readonly<Record<string, string>> = {
  'log-odds': 'the log odds of class 1',
  log: 'the logarithm of the prediction',
  prediction: 'the prediction',
}

function drawExplanations(explanations: CardExplanations): Markup {
  const { columns, rows, score, base, metric, unexplained } = explanations
  const largest = (read: (column: (typeof columns)[number]) => number | null): number =>
    columns.reduce((most, column) => Math.max(most, read(column) ?? 0), 0)
  const contribution = largest((column) => column.mean_absolute_contribution)
  const how =
    score === null
      ? html`<p>${drawBadge('info', 'importance only')} ${drawSentence(unexplained ?? '')}</p>`
      : html`<p>
          Contribution: how much a column moves
          ${base === null ? 'the score of a class' : (scoreWords[score] ?? score)} of a prediction
          away from its mean${base === null ? '' : `, ${formatNumber(base)}`}, on average over
          ${formatCount(rows)} rows${base === null ? ' and all classes' : ''}.
        </p>`
  return html`<h2>What the predictions rest on</h2>
    ${how}
    <p>Importance: how much ${wordsOf(metric)} worsens when a column is shuffled among the rows.</p>
    ${drawTable(
      [
        { label: 'Column', kind: 'name' },
        { label: 'Contribution', kind: 'number' },
        { label: '', kind: 'wide' },
        { label: 'Importance', kind: 'number' },
      ],
      columns,
      {
        label: 'Columns by contribution',
        what: 'columns',
        limitBytes,
        toRow: (column) => ({
          cells: [
            drawName(column.column),
            html`${numberOrNone(column.mean_absolute_contribution)}`,
            contribution > 0
              ? drawBar(column.mean_absolute_contribution ?? 0, contribution)
              : drawBar(
                  column.importance ?? 0,
                  largest((each) => each.importance),
                ),
            html`${numberOrNone(column.importance)}${column.importance_standard_deviation === null ? noMarkup : html` <span class="quiet">± ${formatMetric(column.importance_standard_deviation)}</span>`}`,
          ],
        }),
      },
    )}
    ${drawDependences(explanations)}`
}

function numberOrNone(value: number | null): string {
  return value === null ? '–' : formatMetric(value)
}

function drawDependences({ dependence }: CardExplanations): Markup {
  if (dependence.length === 0) return noMarkup
  /** One scale for all curves, and one for all bars. */
  const mostOf = (kind: string): number =>
    dependence
      .filter((one) => one.kind === kind)
      .flatMap(({ mean }) => mean)
      .reduce((most, value) => Math.max(most, value), 1e-6)
  const most = { number: mostOf('number'), category: mostOf('category') }
  const drawn = fitItems(
    dependence,
    (one) =>
      html`<section class="card">
        <h3>${drawName(one.column)}</h3>
        ${drawDependence(one, most[one.kind])}
      </section>`,
    { limitBytes },
  )
  return html`<h2>Mean prediction when every row has this value</h2>
    <div class="cards">${drawn.items}</div>`
}

function drawLimits({ limits }: ModelCard): Markup {
  const drawn = fitItems(limits, (limit) => html`<li>${drawSentence(limit)}</li>`, { limitBytes })
  return html`<h2>Limits</h2>
    <ul>
      ${drawn.items}
    </ul>`
}

function drawInputs({ model }: ModelCard): Markup {
  return html`<h2>Columns it takes</h2>
    ${drawTable(
      [
        { label: 'Column', kind: 'name' },
        { label: 'Values', kind: 'wide' },
        { label: 'Meaning', kind: 'wide' },
      ],
      Object.entries(model.inputs),
      {
        label: 'Columns',
        what: 'columns',
        limitBytes,
        toRow: ([name, field]) => ({
          cells: [
            drawName(name),
            html`${describeField(field)}${field.nullable === true ? ', or missing' : ''}`,
            drawSentence(field.description ?? ''),
          ],
        }),
      },
    )}`
}

function drawData({ data }: ModelCard): Markup {
  const { validation } = data
  const checked =
    validation === null
      ? html`not validated`
      : html`${drawBadge(validation.success ? 'good' : 'warn', validation.success ? 'passed' : 'with remarks')}
        ${formatCount(validation.successful_expectations)} of
        ${formatCount(validation.evaluated_expectations)} expectations hold`
  return html`<h2>Data</h2>
    ${drawFacts([
      ['Set', drawSentence(data.title)],
      ['From', drawSentence(data.url)],
      ['Licence', drawSentence(data.licence)],
      ...(data.rows === null ? [] : [['Rows', html`${formatCount(data.rows)}`] as const]),
      ['Validation', checked],
      ['sha256', html`<code>${data.sha256}</code>`],
    ])}`
}

function drawPairs(title: string, pairs: Readonly<Record<string, string>>): Markup {
  if (Object.keys(pairs).length === 0) return noMarkup
  return html`<h2>${title}</h2>
    ${drawTable(
      [
        { label: 'Name', kind: 'name' },
        { label: 'Value', kind: 'wide' },
      ],
      Object.entries(pairs),
      {
        label: title,
        what: 'values',
        limitBytes: 10_000,
        toRow: ([name, value]) => ({ cells: [drawName(name), drawSentence(value)] }),
      },
    )}`
}
