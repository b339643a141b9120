/** The parts of a regular expression of Python's `re`, flags already worked in. */

/** A class such as `\w`; ASCII alone under the flag `a`. */
export interface Category {
  readonly kind: 'category'
  readonly name: 'd' | 'w' | 's'
  readonly isNegated: boolean
  readonly isAscii: boolean
}

export interface Char {
  readonly kind: 'char'
  readonly codePoint: number
}

export interface Range {
  readonly kind: 'range'
  readonly from: number
  readonly to: number
}

export type GroupKind =
  | 'capture'
  | 'plain'
  | 'atomic'
  | 'ignore-case'
  | 'heed-case'
  | 'ahead'
  | 'not-ahead'
  | 'behind'
  | 'not-behind'

/** What matches a place, not a character. */
export type AssertionToken =
  /** `^` and `$` of every line, or of the whole text; `$` also matches before a final newline. */
  | { readonly kind: 'assertion'; readonly name: 'start' | 'end'; readonly isMultiline: boolean }
  /** `\A` and `\Z`. */
  | { readonly kind: 'assertion'; readonly name: 'very-start' | 'very-end' }
  | {
      readonly kind: 'assertion'
      readonly name: 'boundary'
      readonly isNegated: boolean
      readonly isAscii: boolean
    }

export type RegexToken =
  | Category
  | Char
  | {
      readonly kind: 'class'
      readonly isNegated: boolean
      readonly items: readonly (Category | Char | Range)[]
    }
  | { readonly kind: 'any'; readonly hasNewline: boolean }
  | AssertionToken
  /** A capture has its number, from 1. */
  | { readonly kind: 'open'; readonly group: GroupKind; readonly number: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'or' }
  | {
      readonly kind: 'repeat'
      readonly from: number
      readonly to: number
      readonly manner: 'greedy' | 'lazy' | 'possessive'
    }
  | { readonly kind: 'reference'; readonly number: number }

export interface ParsedRegex {
  readonly tokens: readonly RegexToken[]
  readonly ignoresCase: boolean
}
