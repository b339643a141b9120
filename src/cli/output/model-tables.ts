/** Registered models as text for a terminal. */

import type { ModelVersion, RegisteredModel, Run } from '../../core/tracking.ts'
import { formatTable } from '../../pipeline/compare/text-table.ts'
import type { AuditEntry } from '../../tracking/store/registry/registry-audit-store.ts'
import type { Difference, MetricDifference, VersionDiff } from './diff-versions.ts'
import { lineageOf } from './lineage.ts'
import { formatFacts, formatNumber, formatSection, shortIdLength } from './run-tables.ts'
import { fitText } from './terminal-text.ts'
import { formatMoment } from '../flags/tracker-flags.ts'

export function formatModelList(
  models: readonly {
    readonly model: RegisteredModel
    readonly versions: readonly ModelVersion[]
  }[],
): string {
  if (models.length === 0) return 'no model is registered\n'
  return formatTable({
    header: ['model', 'versions', 'latest', 'aliases', 'changed'],
    rows: models.map(({ model, versions }) => [
      model.name,
      String(versions.length),
      versions[0]?.version ?? '-',
      formatAliases(model),
      formatMoment(model.lastUpdatedTimestamp),
    ]),
  })
}

function formatAliases({ aliases }: RegisteredModel): string {
  const texts = Object.entries(aliases).map(([alias, version]) => `${alias} ${version}`)
  return texts.length === 0 ? '-' : texts.join(', ')
}

export function formatModelDetails(
  model: RegisteredModel,
  versions: readonly ModelVersion[],
): string {
  const facts = [
    ['model', model.name],
    ['description', model.description],
    ['aliases', formatAliases(model)],
    ['created', formatMoment(model.creationTimestamp)],
  ]
  const rows = versions.map((version) => [
    version.version,
    aliasesOf(model, version).join(', ') || '-',
    version.stage === 'None' ? '-' : version.stage,
    version.runId?.slice(0, shortIdLength) ?? '-',
    formatMoment(version.creationTimestamp),
    version.description,
  ])
  const header = ['version', 'aliases', 'stage', 'run', 'created', 'description']
  return [
    formatFacts(facts.filter(([, value]) => value !== '')),
    formatSection('tags', Object.entries(model.tags)),
    formatSection('versions', rows.length === 0 ? [] : [header, ...rows]),
  ].join('')
}

/** A server need not tell a version's aliases: the model does. */
function aliasesOf({ aliases }: RegisteredModel, { version }: ModelVersion): readonly string[] {
  return Object.keys(aliases).filter((alias) => aliases[alias] === version)
}

export function formatVersionDetails(version: ModelVersion, run: Run | undefined): string {
  const { params = {}, metrics = [] } = run ?? {}
  return [
    formatFacts(versionFacts(version, run).filter(([, value = '']) => value !== '')),
    formatSection('params', Object.entries(params)),
    formatSection(
      'metrics',
      metrics.map(({ key, value }) => [key, formatNumber(value)]),
    ),
    formatSection(
      'tags',
      Object.entries(version.tags).map(([key, value]) => [key, fitText(value, longestTag)]),
    ),
  ].join('')
}

/** A name and a value, if there is one. */
function versionFacts(
  version: ModelVersion,
  run: Run | undefined,
): readonly (readonly [string, string] | readonly [string])[] {
  const { runId, modelId, commit, dataHash, lockHash } = lineageOf(version, run)
  const gone = runId !== undefined && run === undefined ? ' (gone)' : ''
  const facts = {
    version: `${version.name}/${version.version}`,
    aliases: version.aliases.join(', '),
    stage: version.stage === 'None' ? '' : version.stage,
    description: version.description,
    created: formatMoment(version.creationTimestamp),
    run: runId === undefined ? undefined : `${runId}${gone}`,
    model: modelId,
    source: version.source,
    commit,
    data: dataHash,
    'dvc.lock': lockHash,
  }
  return Object.entries(facts).map(([name, value]) =>
    value === undefined ? [name] : [name, value],
  )
}

const longestTag = 200

/** The newest first: that is what is looked for. */
export function formatAudit(entries: readonly AuditEntry[]): string {
  const rows = entries
    .toReversed()
    .map((entry) => [
      formatMoment(entry.timestamp),
      describeAction(entry),
      entry.userId === '' ? '-' : entry.userId,
      entry.reason,
    ])
  return formatSection('log', rows)
}

function describeAction({ action, alias, fromVersion, toVersion, details }: AuditEntry): string {
  const words = action.replaceAll('-', ' ')
  if (action === 'alias-moved' || action === 'alias-deleted') {
    return `${alias ?? ''}: ${fromVersion ?? '-'} → ${toVersion ?? '-'}`
  }
  const version = toVersion ?? fromVersion
  const more = Object.values(details).map((value) => fitText(value, longestDetail))
  return [words, ...(version === undefined ? [] : [version]), ...more].join(' ')
}

const longestDetail = 30

export function formatDiff(diff: VersionDiff): string {
  const { name, before, after, lineage, params, metrics, tags, signature } = diff
  const sections = [
    formatDifferences('lineage', lineage),
    formatSection('metrics', metrics.map(metricCells)),
    formatDifferences('params', params),
    formatDifferences('tags', tags),
    formatDifferences('signature', signature),
  ].join('')
  const head = `${name}: version ${before} → ${after}\n`
  return sections === '' ? `${head}they do not differ\n` : `${head}${sections}`
}

const longestValue = 26

function formatDifferences(title: string, found: readonly Difference[]): string {
  return formatSection(
    title,
    found.map(({ name, before, after }) => [name, formatPair(before ?? '-', after ?? '-')]),
  )
}

/** So much of what is equal shows where in long values the difference lies. */
const shownBeforeDifference = 6

/** Long values are cut, but not to texts that look the same. */
function formatPair(before: string, after: string): string {
  const shown = `${cutFrom(before, 0)} → ${cutFrom(after, 0)}`
  // A missing value looks like one that is '-'.
  if (before === after || cutFrom(before, 0) !== cutFrom(after, 0)) return shown
  let equal = 0
  while (before[equal] === after[equal]) equal++
  const start = Math.max(0, equal - shownBeforeDifference)
  return `${cutFrom(before, start)} → ${cutFrom(after, start)}`
}

function cutFrom(text: string, start: number): string {
  return `${start > 0 ? '…' : ''}${fitText(text.slice(start), longestValue)}`
}

function metricCells({ name, before, after, verdict }: MetricDifference): readonly string[] {
  const change = before !== null && after !== null ? after - before : Number.NaN
  const signed = `${change > 0 ? '+' : ''}${formatNumber(change)}`
  return [
    name,
    `${formatValue(before)} → ${formatValue(after)}`,
    Number.isNaN(change) ? '' : signed,
    verdict ?? '',
  ]
}

function formatValue(value: number | null): string {
  return value === null ? '-' : formatNumber(value)
}
