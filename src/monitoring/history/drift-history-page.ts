/** Comparisons over time as a part of a page: each column's distance from window to window. */

import { formatCount, formatShare } from '../../core/format-number.ts'
import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { drawBadge } from '../../data/page/badge.ts'
import { drawTable, type TableRow } from '../../data/page/data-table.ts'
import { drawSparkLine } from '../../data/page/sparkline.ts'
import type { HistoryColumn, HistoryEntry } from './drift-history.ts'

const columnsLimitBytes = 50_000
const windowsLimitBytes = 30_000

/** So many of the latest comparisons are drawn. */
const mostEntries = 60

/** Nothing for less than two comparisons. */
export function drawHistory(entries: readonly HistoryEntry[]): Markup {
  const shown = entries.slice(-mostEntries)
  if (shown.length < 2) return noMarkup
  return html`<h2>Over time</h2>
    ${drawColumns(shown)}
    <h2>Windows</h2>
    ${drawTable(
      [
        { label: 'Window', kind: 'name' },
        { label: 'Verdict' },
        { label: 'Rows', kind: 'number' },
        { label: 'Drifted columns', kind: 'number' },
        { label: 'Which', kind: 'wide' },
      ],
      shown.toReversed(),
      { label: 'Windows', what: 'windows', limitBytes: windowsLimitBytes, toRow: toWindowRow },
    )}`
}

function drawColumns(entries: readonly HistoryEntry[]): Markup {
  const roles = ['target', 'prediction', 'feature']
  const first = new Map(
    entries.flatMap(({ columns }) => columns.map((column) => [column.name, column] as const)),
  )
  const columns = [...first.values()].toSorted(
    (a, b) =>
      roles.indexOf(a.role) - roles.indexOf(b.role) ||
      countDrifts(entries, b.name) - countDrifts(entries, a.name),
  )
  return drawTable(
    [
      { label: 'Column', kind: 'name' },
      { label: 'Distance' },
      { label: 'Drifted', kind: 'number' },
      { label: 'Latest', kind: 'wide' },
    ],
    columns,
    {
      label: 'Columns over time',
      what: 'columns',
      limitBytes: columnsLimitBytes,
      toRow: (column) => toColumnRow(column, entries),
    },
  )
}

function findColumn({ columns }: HistoryEntry, name: string): HistoryColumn | undefined {
  return columns.find((column) => column.name === name)
}

function countDrifts(entries: readonly HistoryEntry[], name: string): number {
  return entries.filter((entry) => findColumn(entry, name)?.isDrifted === true).length
}

function toColumnRow({ name, role }: HistoryColumn, entries: readonly HistoryEntry[]): TableRow {
  const found = entries.map((entry) => findColumn(entry, name))
  const latest = found.at(-1)
  const drifts = countDrifts(entries, name)
  const line = drawSparkLine(
    found.map((column) => column?.value),
    {
      label: `${name} over ${entries.length} comparisons`,
      ...(latest?.threshold !== undefined && { limit: latest.threshold }),
    },
  )
  return {
    tone: latest?.isDrifted === true ? 'bad' : 'good',
    cells: [
      html`<bdi>${name}</bdi>${role === 'feature' ? noMarkup : html` ${drawBadge('info', role)}`}`,
      line,
      html`${formatCount(drifts)} of ${formatCount(entries.length)}`,
      html`${describe(latest)}`,
    ],
  }
}

function describe(column: HistoryColumn | undefined): string {
  if (column === undefined) return 'absent'
  const { about, measure, value } = column
  if (about === undefined) return column.isDrifted ? 'drift' : 'not compared'
  return value === undefined ? about : `${about}: ${measure} ${Number(value.toPrecision(3))}`
}

function toWindowRow(entry: HistoryEntry): TableRow {
  const drifted = entry.columns.filter(({ isDrifted }) => isDrifted)
  return {
    tone: entry.isDrifted ? 'bad' : 'good',
    cells: [
      html`<bdi>${entry.label}</bdi
        >${entry.at === undefined ? noMarkup : html` <span class="quiet">${entry.at}</span>`}`,
      drawBadge(entry.isDrifted ? 'bad' : 'good', entry.isDrifted ? 'drift' : 'ok'),
      html`${formatCount(entry.currentRows)}`,
      html`${formatCount(drifted.length)} (${formatShare(entry.driftedShare)})`,
      html`${drifted.map(({ name }) => name).join(', ')}`,
    ],
  }
}
