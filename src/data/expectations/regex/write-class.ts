/** Characters and classes, which the two engines write alike but for the letter of a code point: `u` and `x`. */

import type { Category, Char, Range } from './regex-token.ts'

/** The letter of a code point. */
export type PointLetter = 'u' | 'x'

/** A character that stands for itself. */
export function writeChar(codePoint: number, letter: PointLetter): string {
  const char = String.fromCodePoint(codePoint)
  return /^[\p{L}\p{N}_ ]$/u.test(char) ? char : `\\${letter}{${codePoint.toString(16)}}`
}

/** What stands between the brackets of a class for one of its items; `writeCategory` for a category. */
export function writeItem(
  item: Category | Char | Range,
  letter: PointLetter,
  writeCategory: (category: Category) => string,
): string {
  if (item.kind === 'category') return writeCategory(item)
  if (item.kind === 'char') return writeChar(item.codePoint, letter)
  return `${writeChar(item.from, letter)}-${writeChar(item.to, letter)}`
}

/** The characters of a category, to stand between brackets, without its negation. */
export function listCategory({ name, isAscii }: Category, letter: PointLetter): string {
  const listed = (isAscii ? asciiCategories : unicodeCategories)[name]
  return listed.replaceAll('\\u{', `\\${letter}{`)
}

const asciiCategories = { d: '0-9', w: '0-9A-Za-z_', s: String.raw`\t-\r\u{20}` } as const

const unicodeCategories = {
  d: String.raw`\p{Nd}`,
  w: String.raw`\p{L}\p{N}_`,
  s: String.raw`\t-\r\u{1c}-\u{20}\u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}`,
} as const
