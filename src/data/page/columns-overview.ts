/** All columns in one table: what they hold, and how many of the expectations about them hold. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, formatShare, shortenText } from '../../core/format-number.ts'
import type { ExpectationResult } from '../expectations/validation-result.ts'
import type { ColumnProfile, Profile } from '../profile/profile.ts'
import type { Tone } from './badge.ts'
import { drawTable } from './data-table.ts'
import { toneOf } from './finding.ts'
import { drawLeftOut } from './fit-size.ts'
import { drawSparkBars } from './sparkline.ts'
import { drawName } from './value.ts'

interface OverviewOptions {
  /** The expectations about a column, by its name in lower case. */
  readonly resultsOf: ReadonlyMap<string, readonly ExpectationResult[]>
  /** Columns of the whole table. */
  readonly columnCount: number
  readonly hidesValues: boolean
  readonly limitBytes: number
}

/** The columns of the profile, in its order. */
export function drawColumnsOverview(profile: Profile, options: OverviewOptions): Markup {
  const { resultsOf, hidesValues, columnCount, limitBytes } = options
  const heads = [
    { label: 'column', kind: 'name' },
    { label: 'expectations' },
    { label: 'type' },
    { label: 'missing', kind: 'number' },
    { label: 'different', kind: 'number' },
    ...(hidesValues ? [] : [{ label: 'values' }]),
  ] as const
  const table = drawTable(heads, profile.columns, {
    label: 'columns',
    what: 'columns',
    limitBytes,
    toRow: (column) => {
      const results = resultsOf.get(column.name.toLowerCase()) ?? []
      const failed = results.filter(({ success }) => !success)
      const [worst] = failed.map(toneOf).toSorted((a, b) => ranks.indexOf(a) - ranks.indexOf(b))
      return {
        ...(worst !== undefined && { tone: worst }),
        cells: [
          drawName(column.name),
          drawCount(results.length, failed.length),
          html`${shortenText(column.type, 40)}`,
          html`${formatShare(profile.rows === 0 ? 0 : (column.nulls + column.nans) / profile.rows)}`,
          html`${column.distinct.isExact ? '' : '≈ '}${formatCount(column.distinct.count)}`,
          ...(hidesValues ? [] : [drawSpark(column)]),
        ],
      }
    },
  })
  return html`<h2>Columns</h2>
    ${table}${drawLeftOut(columnCount - profile.columns.length, 'columns')}`
}

const ranks: readonly Tone[] = ['bad', 'warn', 'info']

function drawCount(all: number, failed: number): Markup {
  if (all === 0) return html`<span class="quiet">none</span>`
  if (failed === 0) return html`<span class="good"><span class="toned">✓</span></span> all ${all}`
  return html`<span class="toned">✕</span> ${failed} of ${all} ${failed === 1 ? 'fails' : 'fail'}`
}

const fewValues = 10

/** Few different values as bars of their own, else a histogram. */
function drawSpark({ numbers, distinct, top }: ColumnProfile): Markup {
  if (numbers !== undefined && distinct.count > fewValues) {
    return drawSparkBars(numbers.histogram.counts, 'histogram')
  }
  const counts = top.slice(0, fewValues).map(({ count }) => count)
  // Values that hardly repeat have no shape.
  return (counts[0] ?? 0) <= 1 ? noMarkup : drawSparkBars(counts, 'most frequent values')
}
