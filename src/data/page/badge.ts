/** How good or bad something is, told by colour, sign and word together. */

import { html, type Markup } from '../../core/markup.ts'

/** The class of colours that a part of the page has. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'neutral'

const signs: Readonly<Record<Tone, string>> = {
  good: '✓',
  warn: '!',
  bad: '✕',
  info: 'i',
  neutral: '·',
}

/** A short word in a frame, such as 'critical'. */
export function drawBadge(tone: Tone, text: string): Markup {
  return html`<span class="badge ${tone}"
    ><span aria-hidden="true">${signs[tone]}</span> ${text}</span
  >`
}

/** The verdict of the whole page. */
export function drawVerdict(tone: Tone, headline: string, detail: Markup): Markup {
  return html`<section class="verdict ${tone}">
    <strong><span aria-hidden="true">${signs[tone]}</span> ${headline}</strong>
    ${detail}
  </section>`
}
