/** What monitoring found, as Prometheus reads it from a file (node_exporter's textfile collector, or any scrape). */

import { outcomeOf, type MonitoredTraining } from '../../core/monitored-training.ts'
import type {
  MonitoredAlert,
  MonitoredColumn,
  MonitoredWindow,
} from '../../core/monitored-window.ts'

/** What is exported of one model. */
export interface ExportedModel {
  readonly model: string
  /** The newest window of each version. */
  readonly windows: readonly MonitoredWindow[]
  readonly alerts: readonly MonitoredAlert[]
  /** The newest first. */
  readonly trainings: readonly MonitoredTraining[]
}

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

/** What is said of each window, by the name of the metric. */
const windowFamilies: Readonly<Record<string, Family<MonitoredWindow>>> = {
  mlpt_drift_share: [
    'Share of the inputs that have drifted in the newest window.',
    ({ driftShare }) => driftShare,
  ],
  mlpt_drift_window_rows: ['Rows of the newest window.', ({ rows }) => rows],
  mlpt_drift_window_end_seconds: [
    'When the newest window ends, in seconds since 1970.',
    ({ to }) => to / 1000,
  ],
  mlpt_prediction_mean: ['Mean of the scores in the newest window.', ({ meanScore }) => meanScore],
  mlpt_model_labels: [
    'Rows of the newest window whose label is known.',
    ({ performance }) => performance.labels,
  ],
}

/** What is said of each input. */
const columnFamilies: Readonly<Record<string, Family<MonitoredColumn>>> = {
  mlpt_drift_detected: [
    'Whether an input has drifted in the newest window.',
    ({ isDrifted }) => Number(isDrifted),
  ],
  mlpt_feature_missing_ratio: [
    'Share of rows without a value in the newest window.',
    ({ missingShare }) => missingShare,
  ],
  mlpt_feature_unfit_ratio: [
    'Share of values that the field does not admit in the newest window.',
    ({ outOfRangeShare, unseenShare }) => outOfRangeShare + unseenShare,
  ],
}

type Family<T> = readonly [help: string, measure: (subject: T) => number | undefined]

/** Prometheus's text format, version 0.0.4; names and labels are part of the promise. */
export function formatPrometheus({ model, windows, alerts, trainings }: ExportedModel): string {
  const labelled = windows.map((window) => ({ window, labels: { model, version: window.version } }))
  const columns = labelled.flatMap(({ window, labels }) =>
    window.columns.map((column) => ({ column, labels: { ...labels, feature: column.name } })),
  )
  const parts = [
    formatFamily(
      'mlpt_drift_score',
      'Distance of an input from the reference in the newest window.',
      columns.flatMap(({ column, labels }) => distancesOf(column, labels)),
    ),
    formatFamily(
      'mlpt_prediction_drift_score',
      'Distance of the scores from those of known rows in the newest window.',
      labelled.flatMap(({ window: { prediction }, labels }) =>
        prediction === undefined ? [] : distancesOf(prediction, labels),
      ),
    ),
    formatFamily(
      'mlpt_probability_drift_score',
      'Distance of the probability of a class from that of known rows in the newest window.',
      labelled.flatMap(({ window: { probabilities = [] }, labels }) =>
        probabilities.flatMap((column) => distancesOf(column, { ...labels, class: column.name })),
      ),
    ),
    ...Object.entries(windowFamilies).map(([name, [help, measure]]) =>
      formatFamily(
        name,
        help,
        labelled.flatMap(({ window, labels }) => sample(labels, measure(window))),
      ),
    ),
    ...Object.entries(columnFamilies).map(([name, [help, measure]]) =>
      formatFamily(
        name,
        help,
        columns.flatMap(({ column, labels }) => sample(labels, measure(column))),
      ),
    ),
    formatFamily(
      'mlpt_model_performance',
      'What was measured of the newest window by the labels that came.',
      labelled.flatMap(({ window, labels }) =>
        Object.entries(window.performance.metrics).map(
          ([metric, { value }]) => [{ ...labels, metric }, value] as const,
        ),
      ),
    ),
    formatFamily(
      'mlpt_alert_firing',
      'Whether an alert of params.yaml is firing.',
      alerts.map(
        ({ name, severity, isFiring }) =>
          [{ model, alert: name, severity }, Number(isFiring)] as const,
      ),
    ),
    formatTrainings(model, trainings),
  ]
  return parts.join('')
}

function formatTrainings(model: string, trainings: readonly MonitoredTraining[]): string {
  return formatFamily(
    'mlpt_training_end_seconds',
    'When a training that an alert led to has last ended with this outcome, in seconds since 1970.',
    listOutcomes(trainings).map(
      ([outcome, endTime]) => [{ model, outcome }, endTime / 1000] as const,
    ),
  )
}

/** The newest training of each outcome. Nobody knows when one was killed: it counts from when it began. */
function listOutcomes(
  trainings: readonly MonitoredTraining[],
): readonly (readonly [string, number])[] {
  const ended = trainings.filter(({ state }) => state !== 'running')
  const newest = new Map(ended.toReversed().map((training) => [outcomeOf(training), training]))
  return [...newest].map(([outcome, { startTime, endTime }]) => [outcome, endTime ?? startTime])
}

function sample(labels: Labels, value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [[labels, value]]
}

function distancesOf(
  { measure, distance, psi, jensenshannon }: MonitoredColumn,
  labels: Labels,
): readonly Sample[] {
  const stats: readonly (readonly [string, number | undefined])[] = [
    [statNames[measure ?? ''] ?? 'other', distance],
    ['psi', psi],
    ['js', jensenshannon],
  ]
  return stats.flatMap(([stat, value]) =>
    value === undefined ? [] : [[{ ...labels, stat }, value] as const],
  )
}

const statNames: Readonly<Record<string, string>> = { 'ks distance': 'ks', 'total variation': 'tv' }

function formatFamily(name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
    return `${name}{${pairs.join(',')}} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
