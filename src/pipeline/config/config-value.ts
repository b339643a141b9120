/** Values of a config file as configobj reads and writes them: quotes, lists, comments. */

import type { ConfigValue } from './config-document.ts'

/** A value and the comment behind it. */
export interface ParsedValue {
  readonly value: ConfigValue
  /** With its `#`; empty when there is none. */
  readonly note: string
}

/** Python's blanks; JavaScript's `\s` would also take a byte order mark for one. */
export const blank =
  '[ \\t\\n\\r\\f\\v\\x1c-\\x1f\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'

const valuePattern = new RegExp(
  `^(?:(?:((?:(?:(?:".*?")|(?:'.*?')|(?:[^'",#][^,#]*?))${blank}*,${blank}*)*)` +
    `((?:".*?")|(?:'.*?')|(?:(?!${blank})[^'",#][^,]*?)|(?:(?<!,)))?)|(,))${blank}*(#.*)?$`,
  's',
)
const itemPattern = new RegExp(`((?:".*?")|(?:'.*?')|(?:[^'",#]?.*?))${blank}*,${blank}*`, 'gs')

/** Reads what stands behind `=` on one line; `undefined` when quotes or commas do not add up. */
export function parseConfigValue(text: string): ParsedValue | undefined {
  const match = valuePattern.exec(text)
  if (match === null) return undefined
  const [, list, single = '', emptyList, note = ''] = match
  if (emptyList !== undefined) return { value: [], note }
  if (list === undefined || list === '') {
    return { value: unquote(single), note }
  }
  const items = Array.from(list.matchAll(itemPattern), (item) => item[1] ?? '')
  if (items.includes('')) return undefined
  // A comma at the end leaves an empty last item, which is none.
  if (single !== '') items.push(single)
  return { value: items.map(unquote), note }
}

/** A text without the quotes around it. */
export function unquote(text: string): string {
  const first = text.charAt(0)
  const isQuoted = text.length > 1 && text.endsWith(first) && (first === '"' || first === "'")
  return isQuoted ? text.slice(1, -1) : text
}

/**
 * What has to be quoted to come back: configobj itself quotes ASCII's blanks only, and reading then
 * takes all of Python's off.
 */
const fragileEnd = new RegExp(`^(?:${blank}|['"])|(?:${blank}|['"])$`)

/** A value as DVC writes it; `undefined` when no quotes can hold it. */
export function formatConfigValue(value: ConfigValue): string | undefined {
  if (typeof value === 'string') return needsTriple(value) ? quoteTriple(value) : quoteName(value)
  const items = value.map(quoteName)
  if (items.some((item) => item === undefined)) return undefined
  return items.length > 1 ? items.join(', ') : `${items[0] ?? ''},`
}

function needsTriple(text: string): boolean {
  return (text.includes("'") && text.includes('"')) || text.includes('\n')
}

function quoteTriple(text: string): string | undefined {
  if (!text.includes('"""')) return `'''${text}'''`
  return text.includes("'''") ? undefined : `"""${text}"""`
}

/** A text in the quotes it needs, on one line: for names, items of a list and plain values. */
export function quoteName(text: string): string | undefined {
  if (text === '') return '""'
  if (text.includes('\n')) return undefined
  const isPlain = !fragileEnd.test(text) && !text.includes(',') && !text.includes('#')
  if (isPlain) return text
  if (text.includes('"')) return text.includes("'") ? undefined : `'${text}'`
  return `"${text}"`
}
