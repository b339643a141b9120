/** A place between the tokens of a filter. */

import type { Token } from './tokens.ts'

/** Moves forward only. */
export interface Cursor {
  readonly filter: string
  readonly tokens: readonly Token[]
  /** The next token. */
  token: Token
  index: number
}

/** @param tokens - the last one is the end */
export function createCursor(filter: string, tokens: readonly Token[]): Cursor {
  return { filter, tokens, token: tokens[0]!, index: 0 }
}

/** The next token, which is passed; the end stays where it is. */
export function take(cursor: Cursor): Token {
  const { token } = cursor
  cursor.index = Math.min(cursor.index + 1, cursor.tokens.length - 1)
  cursor.token = cursor.tokens[cursor.index]!
  return token
}

/** Keywords may be in any case. */
export function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === 'word' && token.text.toUpperCase() === keyword
}

/** Passes the keyword, if it comes next. */
export function takeKeyword(cursor: Cursor, keyword: string): boolean {
  if (!isKeyword(cursor.token, keyword)) return false
  take(cursor)
  return true
}
