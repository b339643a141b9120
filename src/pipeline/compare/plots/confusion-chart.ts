/** How often each pair of values occurs: the templates confusion and confusion_normalized. */

import { compareCodePoints } from '../../../core/code-point-order.ts'
import { toLabel } from './axis-scale.ts'
import { shorten } from './chart-frame.ts'
import { html, type Markup } from '../../../core/markup.ts'
import type { ChartPlot } from './read-plots.ts'
import { shortRevision } from '../short-revision.ts'

const cellSize = 56
const margins = { left: 110, top: 12, right: 12, bottom: 70 }

/** One square for each revision. Normalised, the shares of each row make 100 %. */
export function drawConfusion(plot: ChartPlot): Markup[] {
  const points = plot.series.flatMap((each) => each.points)
  const columns = sortedLabels(points.map(({ x }) => toLabel(x)))
  const rows = sortedLabels(points.map(({ y }) => toLabel(y)))
  return plot.revisions.map((revision) => {
    const own = plot.series.filter((each) => each.revision === revision)
    const counts = countPairs(own.flatMap((each) => each.points))
    const grid: Grid = { columns, rows, counts }
    const square = drawGrid(plot, grid)
    const name = plot.revisions.length > 1 ? shortRevision(revision) : ''
    return html`<figure class="square">
      ${square}
      <figcaption>${name}</figcaption>
    </figure>`
  })
}

interface Grid {
  readonly columns: readonly string[]
  readonly rows: readonly string[]
  readonly counts: ReadonlyMap<string, number>
}

function sortedLabels(labels: readonly string[]): string[] {
  const unique = [...new Set(labels)]
  const areNumbers = unique.every((label) => label !== '' && Number.isFinite(Number(label)))
  return unique.sort((a, b) => (areNumbers ? Number(a) - Number(b) : compareCodePoints(a, b)))
}

function pairOf(column: string, row: string): string {
  return JSON.stringify([column, row])
}

function countPairs(points: ChartPlot['series'][number]['points']): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { x, y } of points) {
    const pair = pairOf(toLabel(x), toLabel(y))
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  return counts
}

function drawGrid(plot: ChartPlot, grid: Grid): Markup {
  const isNormalised = plot.template === 'confusion_normalized'
  const countOf = (column: string, row: string): number => grid.counts.get(pairOf(column, row)) ?? 0
  const total = (row: string): number =>
    grid.columns.reduce((sum, column) => sum + countOf(column, row), 0)
  const most = isNormalised ? 1 : Math.max(1, ...grid.counts.values())
  const cells = grid.rows.flatMap((row, j) =>
    grid.columns.map((column, i) => {
      const count = countOf(column, row)
      const value = isNormalised ? count / (total(row) || 1) : count
      const text = isNormalised ? `${Math.round(value * 1000) / 10} %` : String(count)
      const title = `${plot.xLabel} ${column}, ${plot.yLabel} ${row}: ${text}`
      return drawCell({ column: i, row: j, share: value / most, text, title })
    }),
  )
  const [width, height] = [grid.columns.length * cellSize, grid.rows.length * cellSize]
  const size = {
    width: margins.left + width + margins.right,
    height: margins.top + height + margins.bottom,
  }
  return html`<svg
    class="matrix"
    viewBox="0 0 ${size.width} ${size.height}"
    width="${size.width}"
    role="img"
    aria-label="${plot.title}"
  >
    ${cells}${drawLabels(plot, grid)}
  </svg>`
}

interface MatrixCell {
  readonly column: number
  readonly row: number
  /** From 0 to 1. */
  readonly share: number
  readonly text: string
  readonly title: string
}

function drawCell({ column, row, share, text, title }: MatrixCell): Markup {
  const [left, top] = [margins.left + column * cellSize, margins.top + row * cellSize]
  return html`<g
    ><title>${title}</title
    ><rect
      class="cell"
      x="${left}"
      y="${top}"
      width="${cellSize - 2}"
      height="${cellSize - 2}"
    /><rect
      class="fill"
      x="${left}"
      y="${top}"
      width="${cellSize - 2}"
      height="${cellSize - 2}"
      fill-opacity="${0.05 + share * 0.75}"
    /><text
      class="${share > 0.55 ? 'value strong' : 'value'}"
      x="${left + cellSize / 2 - 1}"
      y="${top + cellSize / 2 + 4}"
      text-anchor="middle"
      >${text}</text
    ></g
  >`
}

function drawLabels(plot: ChartPlot, { columns, rows }: Grid): Markup {
  const bottom = margins.top + rows.length * cellSize
  const columnLabels = columns.map(
    (label, i) =>
      html`<text
        class="tick"
        x="${margins.left + (i + 0.5) * cellSize}"
        y="${bottom + 16}"
        text-anchor="middle"
        >${shorten(label, 8)}<title>${label}</title></text
      >`,
  )
  const rowLabels = rows.map(
    (label, j) =>
      html`<text
        class="tick"
        x="${margins.left - 8}"
        y="${margins.top + (j + 0.5) * cellSize + 4}"
        text-anchor="end"
        >${shorten(label, 11)}<title>${label}</title></text
      >`,
  )
  const center = margins.left + (columns.length * cellSize) / 2
  const middle = margins.top + (rows.length * cellSize) / 2
  return html`${columnLabels}${rowLabels}<text
      class="label"
      x="${center}"
      y="${bottom + 40}"
      text-anchor="middle"
      >${plot.xLabel}</text
    ><text class="label" transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle"
      >${plot.yLabel}</text
    >`
}
