/** How often which value occurs: a table with a bar for each, of one or of two distributions. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { formatCount, formatShare } from '../../core/format-number.ts'
import { drawValue } from './value.ts'

/** A value with its rows. */
export interface CountedValue {
  readonly value: unknown
  readonly count: number
  /** The share it had before, from 0 to 1. */
  readonly referenceShare?: number | undefined
  /** Whether it is none of those that are allowed. */
  readonly isOutside?: boolean
}

const width = 200

/** @param options.total - of how many rows the counts are a part */
export function drawCategoryBars(
  values: readonly CountedValue[],
  { total, label }: { readonly total: number; readonly label: string },
): Markup {
  const shareOf = (count: number): number => (total === 0 ? 0 : count / total)
  const most = values.reduce(
    (greatest, { count, referenceShare = 0 }) => Math.max(greatest, shareOf(count), referenceShare),
    0,
  )
  const rows = values.map(({ value, count, referenceShare, isOutside = false }) => {
    const share = shareOf(count)
    return html`<tr${isOutside ? html` class="bad"` : noMarkup}>
      <th scope="row">${drawValue(value)}${isOutside ? html` <span class="toned">not allowed</span>` : noMarkup}</th>
      <td class="number">${formatCount(count)}</td>
      <td class="number">
        ${formatShare(share)}${referenceShare === undefined ? noMarkup : html` <span class="quiet">was ${formatShare(referenceShare)}</span>`}
      </td>
      <td class="picture">${drawBar(share, { most, referenceShare, isOutside })}</td>
    </tr>`
  })
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

function drawBar(
  share: number,
  {
    most,
    referenceShare,
    isOutside,
  }: {
    readonly most: number
    readonly referenceShare: number | undefined
    readonly isOutside: boolean
  },
): Markup {
  const widthOf = (part: number): number =>
    part > 0 && most > 0 ? Math.max((part / most) * width, 2) : 0
  const reference =
    referenceShare === undefined
      ? noMarkup
      : html`<rect class="refbar" y="8" width="${widthOf(referenceShare)}" height="3" />`
  return html`<svg
    class="share"
    viewBox="0 0 ${width} 12"
    preserveAspectRatio="none"
    aria-hidden="true"
  >
    <rect
      class="${isOutside ? 'beyond' : 'cur'}"
      width="${widthOf(share)}"
      height="${referenceShare === undefined ? 10 : 7}"
    />
    ${reference}
  </svg>`
}
