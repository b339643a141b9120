/** Runs as text for a terminal. */

import type { ArtifactInfo, Experiment, MetricPoint, Pairs, Run } from '../../core/tracking.ts'
import { formatTable } from '../../pipeline/compare/text-table.ts'
import { fitText, formatDuration } from './terminal-text.ts'
import { formatMoment } from '../flags/tracker-flags.ts'

/** So much of an id tells runs apart, and is understood by every command. */
export const shortIdLength = 8

const longestName = 24

/**
 * @param columns - of the terminal; Infinity for none
 * @param asked - filter and order: the metrics that they name come first
 */
export function formatRunList(
  runs: readonly Run[],
  {
    experiments,
    columns,
    asked,
  }: {
    readonly experiments: readonly Experiment[]
    readonly columns: number
    readonly asked: string
  },
): string {
  if (runs.length === 0) return 'no runs\n'
  const names = new Map(experiments.map(({ experimentId, name }) => [experimentId, name]))
  const hasOneExperiment = new Set(runs.map(({ experimentId }) => experimentId)).size === 1
  const header = [
    'run',
    'name',
    'status',
    'started',
    ...(hasOneExperiment ? [] : ['experiment']),
    'metrics',
  ]
  const rows = runs.map((run) => [
    run.runId.slice(0, shortIdLength),
    fitText(run.runName, longestName),
    run.status.toLowerCase(),
    formatMoment(run.startTime),
    ...(hasOneExperiment ? [] : [fitText(names.get(run.experimentId) ?? '', longestName)]),
    formatMetrics(run.metrics, asked),
  ])
  return fitLines(formatTable({ header, rows }), columns)
}

function formatMetrics(metrics: readonly MetricPoint[], asked: string): string {
  const named = metrics.filter(({ key }) => asked.includes(key))
  const others = metrics.filter(({ key }) => !asked.includes(key))
  return [...named, ...others].map(({ key, value }) => `${key} ${formatNumber(value)}`).join('  ')
}

/**
 * Lines that a terminal would wrap end with an ellipsis; what would move its cursor is blanked,
 * since names and tags may hold anything.
 */
export function fitLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      const plain = fitText(line, Infinity)
      const fitting = fitText(plain, columns)
      return fitting === plain ? plain : `${fitText(plain, columns - 1)}…`
    })
    .join('\n')
}

/** @param artifacts - of the root; `undefined` when they lie where no tracker hands them out */
export function formatRunDetails(
  run: Run,
  {
    experiment,
    artifacts,
  }: { readonly experiment: Experiment; readonly artifacts: readonly ArtifactInfo[] | undefined },
): string {
  const { startTime, endTime } = run
  const took = endTime === undefined ? [] : [['took', formatDuration(endTime - startTime)]]
  const facts = [
    ['run', run.runId],
    ['name', run.runName],
    ['experiment', experiment.name],
    ['status', run.lifecycleStage === 'deleted' ? `${run.status}, deleted` : run.status],
    ['user', run.userId],
    ['started', formatMoment(startTime)],
    ...took,
    ...run.inputs.datasets.map(({ dataset }) => ['data', `${dataset.name} ${dataset.digest}`]),
    ...run.inputs.modelIds.map((modelId) => ['read model', modelId]),
    ...run.outputs.map(({ modelId }) => ['made model', modelId]),
    ['artifacts', run.artifactUri],
  ]
  const files = (artifacts ?? []).map(({ path, isFolder, sizeBytes }) => [
    isFolder ? `${path}/` : path,
    isFolder ? '' : `${sizeBytes.toLocaleString('en-US')} bytes`,
  ])
  return [
    formatFacts(facts.filter(([, value]) => value !== '')),
    formatSection('params', sortedPairs(run.params)),
    formatSection('metrics', run.metrics.toSorted(byKey).map(metricCells)),
    formatSection('tags', sortedPairs(run.tags)),
    formatSection('files', files),
  ].join('')
}

/** Names and values without a header. */
export function formatFacts(rows: readonly (readonly string[])[]): string {
  const [header = [], ...rest] = rows
  return formatTable({ header, rows: rest })
}

/** A heading and indented rows; nothing when there are none. */
export function formatSection(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const lines = formatFacts(rows).replaceAll(/^(?=.)/gm, '  ')
  return `\n${title}\n${lines}`
}

function sortedPairs(pairs: Pairs): readonly (readonly string[])[] {
  return Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function metricCells({ key, value, step }: MetricPoint): readonly string[] {
  return [key, formatNumber(value), ...(step === 0 ? [] : [`step ${step}`])]
}

function byKey(a: MetricPoint, b: MetricPoint): number {
  return a.key < b.key ? -1 : 1
}

const significantDigits = 6

/** Short, for people; JSON has all digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(significantDigits)))
}
