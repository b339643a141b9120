/** Texts in lists, which MLflow reads as Python does. */

import { ownMember } from '../../core/own-member.ts'
import { pythonEscapes } from '../../core/python-escapes.ts'

const escape = /\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[^])/g

/**
 * A text of a list without its quotes: backslashes escape, and a doubled quote is the end of
 * one text and the start of another, which Python joins. What is no escape stays as it is.
 */
export function unescapeListed(quoted: string): string {
  const quote = quoted.slice(0, 1)
  const inner = quoted.slice(1, -1).replaceAll(quote + quote, '')
  return inner.replaceAll(escape, readEscape)
}

function readEscape(written: string): string {
  const code = written.slice(1)
  const hexadecimal = /^[xuU]([\da-fA-F]+)$/.exec(code)?.[1]
  if (hexadecimal !== undefined) return fromCodePoint(Number.parseInt(hexadecimal, 16), written)
  if (/^[0-7]+$/.test(code)) return fromCodePoint(Number.parseInt(code, 8), written)
  return ownMember(pythonEscapes, code) ?? written
}

function fromCodePoint(code: number, written: string): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : written
}
