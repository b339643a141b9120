/** One horizontal bar for a share of a whole. */

import { html, type Markup } from '../../core/markup.ts'
import { formatShare } from '../../core/format-number.ts'
import type { Tone } from './badge.ts'

/** One part of a whole. */
export interface SharePart {
  /** From 0 to 1. */
  readonly share: number
  readonly tone: Tone
  readonly label: string
}

const width = 400
/** What is there is seen, however small its share. */
const leastWidth = 3

/** Parts one after the other; what they leave of the whole stays empty. */
export function drawShareBar(parts: readonly SharePart[]): Markup {
  const there = parts.filter(({ share }) => share > 0)
  const label = there.map((part) => `${part.label}: ${formatShare(part.share)}`).join(', ')
  let left = 0
  const drawn = there.map(({ share, tone }) => {
    const partWidth = Math.min(Math.max(share * width, leastWidth), width - left)
    const rect = html`<rect class="part ${tone}" x="${left}" width="${partWidth}" height="10" />`
    left += partWidth
    return rect
  })
  return html`<svg
    class="share"
    viewBox="0 0 ${width} 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label === '' ? 'none' : label}"
  >
    <rect class="rail" width="${width}" height="10" />
    ${drawn}
  </svg>`
}
