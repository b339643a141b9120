/** Names and values from data, as people can read them. */

import { html, type Markup } from '../../core/markup.ts'
import { formatNumber, shortenText } from '../../core/format-number.ts'

const longestName = 120
const longestValue = 80

/** The name of a column: kept apart from the direction in which the text around it is read. */
export function drawName(name: string): Markup {
  const isShort = name.length <= longestName
  const shown = showInvisible(isShort ? name : shortenText(name, longestName))
  return html`<bdi>${shown}</bdi>`
}

/** A value: texts as they are, nothing and blanks by name, nested ones as JSON. */
export function drawValue(value: unknown, longest = longestValue): Markup {
  if (value === null || value === undefined) return html`<span class="quiet">missing</span>`
  if (value === '') return html`<span class="quiet">empty text</span>`
  if (typeof value === 'number') return html`${formatNumber(value)}`
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return html`<bdi class="value">${showInvisible(shortenText(text, longest))}</bdi>`
}

/** A sentence with names and values in it. */
export function drawSentence(text: string): Markup {
  return html`<bdi>${showInvisible(text)}</bdi>`
}

/** Characters that show nothing but turn the reading direction or join words become visible. */
function showInvisible(text: string): string {
  return text.replaceAll(
    /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `⟨${character.charCodeAt(0).toString(16).toUpperCase()}⟩`,
  )
}
