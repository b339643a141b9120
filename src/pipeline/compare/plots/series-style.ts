/** How series are told apart. */

import { shortRevision } from '../short-revision.ts'
import type { ChartPlot } from './read-plots.ts'
import type { PlotSeries } from './plot-points.ts'

/** A series with its looks. */
export interface StyledSeries {
  readonly series: PlotSeries
  /** Index into the colours of the page. */
  readonly color: number
  /** Pattern of dashes, as SVG writes it; '' for a full line. */
  readonly dashes: string
  /** What stands at a point. */
  readonly mark: SeriesMark
  /** Drawn below the others, and wider, so that equal lines are both seen. */
  readonly isUnder: boolean
  /** What tells it from the others; '' when there is only one. */
  readonly label: string
}

/** The shape of a point. */
export type SeriesMark = 'circle' | 'square' | 'triangle' | 'diamond'

const marks: readonly SeriesMark[] = ['circle', 'square', 'triangle', 'diamond']

/** How many colours the page has. */
export const colorCount = 7

const dashPatterns = ['', '8 5', '2 4', '10 4 2 4', '5 3', '1 3', '14 5']

/** Colours tell revisions, dashes and shapes the fields of one; without several revisions colours tell fields. */
export function styleSeries({ series, revisions }: ChartPlot): StyledSeries[] {
  const parts = [...new Set(series.map(partOf))]
  const names = namesOf(series)
  return series.map((each) => {
    const revision = revisions.indexOf(each.revision)
    const part = parts.indexOf(partOf(each))
    const isCompared = revisions.length > 1
    const words = [
      ...(isCompared ? [shortRevision(each.revision)] : []),
      ...(parts.length > 1 ? [names.get(each) ?? ''] : []),
    ]
    return {
      series: each,
      color: (isCompared ? revision : part) % colorCount,
      dashes: isCompared ? dashPatterns[part % dashPatterns.length]! : '',
      mark: marks[part % marks.length]!,
      isUnder: revision > 0,
      label: words.join(' · '),
    }
  })
}

function partOf({ file, field }: PlotSeries): string {
  return JSON.stringify([file, field])
}

/** Only what differs: the file, the field, or both. */
function namesOf(series: readonly PlotSeries[]): ReadonlyMap<PlotSeries, string> {
  const files = new Set(series.map(({ file }) => file))
  const fields = new Set(series.map(({ field }) => field))
  return new Map(
    series.map((each) => {
      const words = [
        ...(files.size > 1 ? [each.file] : []),
        ...(fields.size > 1 ? [each.field] : []),
      ]
      return [each, words.join(' ')]
    }),
  )
}
