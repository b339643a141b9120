/** A drift report as one HTML file. */

import { formatCount, formatShare, pluralize } from '../core/format-number.ts'
import { html, noMarkup, type Markup } from '../core/markup.ts'
import { drawBadge, drawVerdict } from '../data/page/badge.ts'
import { drawCategoryBars } from '../data/page/category-bars.ts'
import { drawFacts, drawTable, type TableRow } from '../data/page/data-table.ts'
import { fitItems } from '../data/page/fit-size.ts'
import { type Bins, drawHistogram, drawLegend } from '../data/page/histogram-svg.ts'
import { renderPage } from '../data/page/page.ts'
import { formatScores } from './drift-reasons.ts'
import { drawHistory } from './history/drift-history-page.ts'
import type { HistoryEntry } from './history/drift-history.ts'
import type { Bin, ColumnDrift, DriftReport, SegmentDrift, SideFacts } from './drift-report.ts'

/** Names of the two sides, such as their paths. */
export interface SideNames {
  readonly reference: string
  readonly current: string
}

/** Bytes of the table and of the pictures; together with the rest below 300 kB. */
const tableLimitBytes = 70_000
const picturesLimitBytes = 100_000
const segmentsLimitBytes = 30_000

/** The text of the page: the verdict, the comparisons before it, all columns, pictures of them (those that drifted first), segments. */
export function renderDriftPage(
  report: DriftReport,
  names: SideNames,
  history: readonly HistoryEntry[] = [],
): string {
  const ordered = report.columns.toSorted((a, b) => Number(b.isDrifted) - Number(a.isDrifted))
  const body = html`${renderVerdict(report)}
    ${drawFacts([
      [
        'Reference',
        html`<bdi>${names.reference}</bdi>, ${formatCount(report.referenceRows)}
          ${pluralize(report.referenceRows, 'row')}`,
      ],
      [
        'Current',
        html`<bdi>${names.current}</bdi>, ${formatCount(report.currentRows)}
          ${pluralize(report.currentRows, 'row')}`,
      ],
      ['Rules', html`${report.preset}`],
    ])}
    ${report.warnings.map((warning) => html`<p>${drawBadge('warn', 'warning')} ${warning}</p>`)}
    ${drawHistory(history)}
    <h2>Columns</h2>
    ${drawTable(
      [
        { label: 'Column', kind: 'name' },
        { label: 'Verdict' },
        { label: 'Findings', kind: 'wide' },
        { label: 'Missing' },
      ],
      ordered,
      { label: 'Columns', what: 'columns', limitBytes: tableLimitBytes, toRow: toColumnRow },
    )}
    ${renderPictures(ordered, names)} ${renderSegments(report.segments)}`
  return renderPage({ title: 'Drift', subtitle: names.current, body })
}

function renderVerdict({ isDrifted, drifted, columns, segments }: DriftReport): Markup {
  const moved = segments.filter((segment) => segment.drifted.length > 0)
  const inSegments = moved.length === 0 ? '' : `, and in ${formatCount(moved.length)} segments`
  return drawVerdict(
    isDrifted ? 'bad' : 'good',
    isDrifted ? 'The data has drifted' : 'No drift',
    html`<p>
      ${formatCount(drifted.length)} of ${formatCount(columns.length)} columns moved${inSegments}
    </p>`,
  )
}

function toColumnRow(column: ColumnDrift): TableRow {
  const { name, role, isDrifted, reasons, checks, reference, current } = column
  const findings = isDrifted ? reasons : checks.slice(0, 1).map(formatScores)
  return {
    tone: isDrifted ? 'bad' : 'good',
    cells: [
      html`<bdi>${name}</bdi>${role === 'feature' ? noMarkup : html` ${drawBadge('info', role)}`}`,
      drawBadge(isDrifted ? 'bad' : 'good', isDrifted ? 'drift' : 'ok'),
      html`${findings.length === 0 ? 'not compared' : findings.join('; ')}`,
      html`${missingOf(reference)} → ${missingOf(current)}`,
    ],
  }
}

function missingOf(side: SideFacts | undefined): string {
  return side === undefined || side.rows === 0 ? '–' : formatShare(side.missing / side.rows)
}

function renderPictures(columns: readonly ColumnDrift[], names: SideNames): Markup {
  const drawn = columns.filter(({ bins }) => bins.length > 0)
  if (drawn.length === 0) return noMarkup
  const { items, leftOut } = fitItems(drawn, drawPicture, { limitBytes: picturesLimitBytes })
  return html`<h2>Distributions</h2>
    ${drawLegend(names.current, names.reference)} ${items}
    ${leftOut === 0 ? noMarkup : html`<p>${formatCount(leftOut)} more columns are not drawn.</p>`}`
}

function drawPicture({ name, bins, isDrifted, kind }: ColumnDrift): Markup {
  const label = `Distribution of ${name}`
  return html`<section>
    <h3>
      <bdi>${name}</bdi> ${isDrifted ? drawBadge('bad', 'drift') : noMarkup}
      ${kind === 'text' ? drawBadge('info', 'lengths') : noMarkup}
    </h3>
    ${drawBins(bins, label, kind !== 'time')}
  </section>`
}

function drawBins(bins: readonly Bin[], label: string, hasNumbers: boolean): Markup {
  const edges = edgesOf(bins)
  if (edges !== undefined) {
    const current: Bins = { edges, counts: bins.map((bin) => bin.current) }
    const reference: Bins = { edges, counts: bins.map((bin) => bin.reference) }
    return drawHistogram({ current, reference, label, hasNumbers })
  }
  const total = (side: 'reference' | 'current'): number =>
    bins.reduce((sum, bin) => sum + bin[side], 0)
  const before = total('reference')
  const values = bins.map((bin) => ({
    value: bin.label,
    count: bin.current,
    referenceShare: before === 0 ? 0 : bin.reference / before,
  }))
  return drawCategoryBars(values, { total: total('current'), label })
}

/** Of bins of numbers; `undefined` for values one by one. */
function edgesOf(bins: readonly Bin[]): readonly number[] | undefined {
  const last = bins.at(-1)?.to
  if (last === undefined) return undefined
  return [...bins.map(({ from }) => from ?? last), last]
}

function renderSegments(segments: readonly SegmentDrift[]): Markup {
  if (segments.length === 0) return noMarkup
  return html`<h2>Segments</h2>
    ${drawTable(
      [
        { label: 'Value', kind: 'name' },
        { label: 'Verdict' },
        { label: 'Reference rows', kind: 'number' },
        { label: 'Current rows', kind: 'number' },
        { label: 'Moved', kind: 'wide' },
      ],
      segments,
      { label: 'Segments', what: 'segments', limitBytes: segmentsLimitBytes, toRow: toSegmentRow },
    )}`
}

function toSegmentRow(segment: SegmentDrift): TableRow {
  const isDrifted = segment.drifted.length > 0
  return {
    tone: isDrifted ? 'bad' : 'good',
    cells: [
      html`<bdi>${segment.value}</bdi>`,
      drawBadge(isDrifted ? 'bad' : 'good', isDrifted ? 'drift' : 'ok'),
      html`${formatCount(segment.referenceRows)}`,
      html`${formatCount(segment.currentRows)}`,
      html`${segment.drifted.join(', ')}`,
    ],
  }
}
