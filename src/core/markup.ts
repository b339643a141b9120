/** HTML and SVG as text in which nothing of the data can become markup. */

/** Text that is markup already. */
export interface Markup {
  readonly markup: string
}

/** What may stand in a template: text and numbers are escaped, markup is not. */
export type MarkupPart = string | number | Markup | readonly Markup[]

/** A tag for template literals: `html\`<b>${name}</b>\``. The template's own indentation is left out. */
export function html(texts: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  const filled = texts.map(
    (text, i) => text.replaceAll(/\n\s+/g, '\n') + (i < parts.length ? toText(parts[i]!) : ''),
  )
  return { markup: filled.join('') }
}

function toText(part: MarkupPart): string {
  if (typeof part === 'number') return String(Math.round(part * 100) / 100)
  if (typeof part === 'string') return escapeText(part)
  return isList(part) ? part.map(({ markup }) => markup).join('') : part.markup
}

function isList(part: Markup | readonly Markup[]): part is readonly Markup[] {
  return Array.isArray(part)
}

/** For content and for attributes in double quotes; what XML cannot hold becomes �. */
export function escapeText(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Nothing. */
export const noMarkup: Markup = { markup: '' }
