/** The value of a string literal in Python. */

import { pythonEscapes } from '../../core/python-escapes.ts'
import { PythonSyntaxError, type PythonToken } from './python-tokens.ts'

/**
 * The text between the quotes, escapes replaced; of bytes too. `undefined` for an f-string, which is
 * no literal.
 *
 * @throws {PythonSyntaxError} for an escape that is cut short, and for `\N{…}`, whose names we do not have
 */
export function parsePythonText({ text, offset }: PythonToken): string | undefined {
  const [, prefix = '', quote = '"'] = /^(\w*)("""|'''|"|')/.exec(text) ?? []
  if (/f/i.test(prefix)) return undefined
  const inner = text.slice(prefix.length + quote.length, -quote.length)
  if (/r/i.test(prefix)) return inner
  const isBytes = /b/i.test(prefix)
  return inner.replace(escape, (written: string, hex?: string, octal?: string) => {
    if (hex !== undefined) return decodePoint(Number.parseInt(hex.slice(1), 16), written, offset)
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
    const replaced = pythonEscapes[written[1] ?? '']
    if (replaced !== undefined) return replaced
    if (!isBytes && /^\\[NxuU]/.test(written)) {
      throw new PythonSyntaxError(`the escape '${written}' is not supported`, offset)
    }
    return written
  })
}

const escape = /\\(?:(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})|([0-7]{1,3})|[^])/g

function decodePoint(point: number, written: string, offset: number): string {
  if (point <= 0x10_ff_ff) return String.fromCodePoint(point)
  throw new PythonSyntaxError(`there is no character '${written}'`, offset)
}
