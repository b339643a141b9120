import { join } from 'node:path'
import { ToolkitError } from '../core/errors.ts'
import { formatMetric } from '../core/format-number.ts'
import type { Metrics } from '../training/evaluate.ts'
import { headlineOf, type HeadlineMetric } from '../training/headline-metrics.ts'
import { isVerdict, type Verdict } from '../training/registry.ts'
import { layoutOf } from './layout.ts'
import { listEvaluatedKinds, readMetrics } from './metrics-file.ts'
import { readJson } from './report-file.ts'

/** What a run of the pipeline ended with. */
export interface Summary {
  readonly models: readonly { readonly kind: string; readonly metrics: Metrics }[]
  readonly verdict: Pick<Verdict, 'decision' | 'reason' | 'challenger' | 'champion'>
  /** Confidence of the intervals, 0 to 1. */
  readonly level: number
}

/** Reads the summary of the last run. @throws {ToolkitError} `FILE_MISSING`, `DATA_FILE_INVALID` */
export async function readSummary(
  directory: string,
  projectName: string,
  level: number,
): Promise<Summary> {
  const layout = layoutOf(projectName)
  const models = await Promise.all(
    listEvaluatedKinds(directory, layout).map(async (kind) => ({
      kind,
      metrics: await readMetrics(join(directory, layout.metrics(kind))),
    })),
  )
  const path = join(directory, layout.promotion)
  const hint = "make it with 'mlpt run'"
  const verdict = await readJson(path, hint)
  if (isVerdict(verdict)) return { models, verdict, level }
  throw new ToolkitError('DATA_FILE_INVALID', `${path} is no verdict of mlpt promote`, { hint })
}

/** Whether there is a model to serve: there is none where the first one was refused. */
export function hasChampion({ verdict }: Summary): boolean {
  return verdict.decision === 'promoted' || verdict.champion !== null
}

const titles: Readonly<Record<HeadlineMetric, string>> = {
  roc_auc: 'AUC',
  log_loss: 'log loss',
  brier_score: 'Brier',
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
  accuracy: 'accuracy',
  roc_auc_ovr: 'AUC (one against the rest)',
  mean_cost: 'mean cost',
}

/**
 * The summary as one table for a terminal: each model with its metrics and their
 * intervals, what was decided and why, and what to type next.
 */
export function formatSummary(summary: Summary, nextCommands: readonly string[]): string {
  const names = headlineOf(summary.models[0]?.metrics ?? {})
  const header = ['model', ...names.map((name) => titles[name]), '']
  const rows = summary.models.map(({ kind, metrics }) => [
    kind,
    ...names.map((name) => formatInterval(metrics, name)),
    markOf(summary.verdict, kind),
  ])
  return [
    formatTable([header, ...rows]),
    `on ${summary.models[0]?.metrics['rows'] ?? 0} held-out rows, with ${summary.level * 100} % intervals`,
    '',
    `${titleOf(summary.verdict.decision)}: ${summary.verdict.reason}`,
    '',
    'next:',
    ...nextCommands.map((command) => `  ${command}`),
    '',
  ].join('\n')
}

function formatInterval(metrics: Metrics, name: string): string {
  const digits = (key: string): string => formatMetric(metrics[key] ?? NaN)
  return `${digits(name)} [${digits(`${name}_lower`)}, ${digits(`${name}_upper`)}]`
}

function markOf(verdict: Summary['verdict'], kind: string): string {
  if (verdict.challenger.kind !== kind) return ''
  return verdict.decision === 'promoted' ? '◀ champion' : '◀ challenger'
}

function titleOf(decision: Verdict['decision']): string {
  return { promoted: 'promoted', 'kept-champion': 'not promoted', refused: 'refused' }[decision]
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join('   ')
      .trimEnd(),
  )
  const rule = '─'.repeat(Math.max(...lines.map((line) => line.length)))
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
