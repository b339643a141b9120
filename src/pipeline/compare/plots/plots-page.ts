/** All plots as one HTML page that needs nothing else: no network, no script. */

import { drawBarChart } from './bar-chart.ts'
import { drawConfusion } from './confusion-chart.ts'
import { drawLineChart, markPath } from './line-chart.ts'
import { html, noMarkup, type Markup } from '../../../core/markup.ts'
import { pageStyle } from './page-style.ts'
import { toDataUrl } from './plots-document.ts'
import type { ChartPlot, ImagePlot, Plot, PlotCollection, PlotFailure } from './read-plots.ts'
import { shortRevision } from '../short-revision.ts'
import { styleSeries, type StyledSeries } from './series-style.ts'
import { templateNames } from './templates.ts'

/** What stands above the plots. */
export interface PageOptions {
  readonly title: string
  /** The revisions that were asked for, in order. */
  readonly revisions: readonly string[]
}

/** The page's text. Whatever comes from data is escaped. */
export function formatPlotsPage(
  { plots, failures }: PlotCollection,
  { title, revisions }: PageOptions,
): string {
  const known = new Set(plots.map(({ id }) => id))
  const sections = plots.map((plot) =>
    drawSection(
      plot,
      failures.filter(({ id }) => id === plot.id),
    ),
  )
  const others = failures.filter(({ id }) => !known.has(id))
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <title>${title}</title>
        <style>
          ${{ markup: pageStyle }}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p>${revisions.map(shortRevision).join(', ')}</p>
        </header>
        <main>
          ${sections}${drawFailures(others)}${plots.length === 0 ? html`<p class="none">there are no plots</p>` : noMarkup}
        </main>
      </body>
    </html> `
  return page.markup
}

function drawSection(plot: Plot, failures: readonly PlotFailure[]): Markup {
  const body = plot.kind === 'image' ? drawImages(plot) : drawChart(plot)
  const title = plot.kind === 'image' ? plot.id : plot.title
  const isWide = isSideBySide(plot)
  return html`<section class="${isWide ? 'wide' : 'plot'}">
    <h2 title="${plot.id}">${title}</h2>
    ${body}${drawFailures(failures)}
  </section>`
}

function isSideBySide(plot: Plot): boolean {
  if (plot.kind === 'image') return plot.images.length > 1
  return plot.template.startsWith('confusion') && plot.revisions.length > 1
}

function drawFailures(failures: readonly PlotFailure[]): Markup {
  if (failures.length === 0) return noMarkup
  return html`<ul class="failures">
    ${failures.map(
      ({ revision, error }) => html`<li>${shortRevision(revision)}: ${error.message}</li>`,
    )}
  </ul>`
}

function drawImages({ images }: ImagePlot): Markup {
  return html`<div class="images">
    ${images.map(
      ({ revision, path, bytes }) =>
        html`<figure>
          <img alt="${path}" src="${toDataUrl(path, bytes)}" />
          <figcaption>${shortRevision(revision)}</figcaption>
        </figure>`,
    )}
  </div>`
}

function drawChart(plot: ChartPlot): Markup {
  if (plot.series.length === 0) return html`<p class="none">there is no data</p>`
  const note = templateNames.includes(plot.template)
    ? noMarkup
    : html`<p class="none">the template '${plot.template}' is not known here: drawn as lines</p>`
  if (plot.template.startsWith('confusion')) {
    return html`${note}
      <div class="images">${drawConfusion(plot)}</div>`
  }
  const series = styleSeries(plot)
  const isBars = plot.template.startsWith('bar_horizontal')
  const chart = isBars ? drawBarChart(plot, series) : drawLineChart(plot, series)
  return html`${note}${chart}${drawLegend(series, plot.template)}`
}

function drawLegend(series: readonly StyledSeries[], template: string): Markup {
  if (series.length < 2) return noMarkup
  const items = series.map(
    (each) =>
      html`<li>
        <svg viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
          ${drawSwatch(each, template)}
        </svg>
        ${each.label}
      </li>`,
  )
  return html`<ul class="legend">
    ${items}
  </ul>`
}

function drawSwatch({ color, dashes, mark, isUnder }: StyledSeries, template: string): Markup {
  if (template.startsWith('bar_horizontal')) {
    return html`<g class="bars c${color}"><rect x="4" y="1" width="14" height="10" /></g>`
  }
  if (template.startsWith('scatter')) {
    return html`<path class="dots c${color}" d="${markPath(mark, { x: 14, y: 6, radius: 4.5 })}" />`
  }
  const names = `line c${color}${isUnder ? ' under' : ''}`
  return html`<path class="${names}" stroke-dasharray="${dashes}" d="M0 6L28 6" />`
}
