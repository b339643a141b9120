import type { RegexReader } from './regex-reader.ts'
import type { Category, Char, RegexToken } from './regex-token.ts'

/** What stands after a backslash outside of a class. */
export function readEscape(reader: RegexReader): RegexToken {
  const isAscii = reader.flags.has('a')
  switch (reader.peek()) {
    case 'A':
      reader.next()
      return { kind: 'assertion', name: 'very-start' }
    case 'Z':
      reader.next()
      return { kind: 'assertion', name: 'very-end' }
    case 'b':
    case 'B':
      return { kind: 'assertion', name: 'boundary', isNegated: reader.next() === 'B', isAscii }
    default: {
      const reference = reader.takeMatch(/^[1-9]\d?(?!\d)/)
      if (reference !== undefined) {
        return { kind: 'reference', number: reader.findGroup(reference[0] ?? '') }
      }
      return readSharedEscape(reader)
    }
  }
}

/** What means the same inside and outside of a class. */
export function readSharedEscape(reader: RegexReader): Category | Char {
  const category = reader.takeMatch(/^[dDwWsS]/)?.[0]
  if (category !== undefined) {
    return {
      kind: 'category',
      name: categoryNames[category.toLowerCase()]!,
      isNegated: category !== category.toLowerCase(),
      isAscii: reader.flags.has('a'),
    }
  }
  const coded = reader.takeMatch(/^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/)
  if (coded !== undefined) {
    return char(Number.parseInt(coded.slice(1).find((hex) => hex !== undefined) ?? '0', 16))
  }
  const octal = reader.takeMatch(/^(?:0[0-7]{0,2}|[0-3][0-7]{2})/)?.[0]
  if (octal !== undefined) return char(Number.parseInt(octal, 8))
  const letter = reader.next()
  const control = controls[letter]
  if (control !== undefined) return char(control)
  if (letter === '') throw reader.problem('has a bad escape (end of pattern)')
  if (/^[a-zA-Z0-9]$/.test(letter)) throw reader.problem(`has the bad escape \\${letter}`)
  return char(letter.codePointAt(0)!)
}

const categoryNames: Readonly<Record<string, Category['name']>> = { d: 'd', w: 'w', s: 's' }

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

function char(codePoint: number): Char {
  return { kind: 'char', codePoint }
}
