/** How plain (unquoted) YAML text becomes a value: YAML 1.2's core schema as ruamel.yaml reads it. */

import type { YamlScalar } from './yaml-value.ts'

/** The kinds of plain text. */
export type PlainKind = 'null' | 'boolean' | 'integer' | 'float' | 'date' | 'special' | 'text'

/** In the order in which they are tried; a date can never be an integer. */
const kinds: readonly (readonly [PlainKind, RegExp])[] = [
  ['null', /^(?:~|null|Null|NULL|)$/],
  ['boolean', /^(?:true|True|TRUE|false|False|FALSE)$/],
  [
    'float',
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
  ['integer', /^(?=[-+0-9])(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/],
  [
    'date',
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  ],
  ['special', /^(?:=|<<)$/],
]

/** What plain text is read as; 'special' is `=` and `<<`, which have no value. */
export function plainKindOf(text: string): PlainKind {
  return kinds.find(([, pattern]) => pattern.test(text))?.[0] ?? 'text'
}

/** The value of plain text; `undefined` for what DVC cannot use either (dates, `=`, `<<`, malformed numbers). */
export function parsePlainScalar(text: string): YamlScalar | undefined {
  switch (plainKindOf(text)) {
    case 'null':
      return null
    case 'boolean':
      return text.toLowerCase() === 'true'
    case 'integer':
      return parseInteger(text)
    case 'float':
      return parseFloatText(text)
    case 'text':
      return text
    case 'date':
    case 'special':
      return undefined
  }
}

/** Python's `int` knows no octal without the 'o', so '017' is seventeen. */
function parseInteger(text: string): bigint | undefined {
  const digits = text.replaceAll('_', '').replace(/^[-+]/, '')
  if (!/^(?:0[box])?[0-9a-fA-F]+$/.test(digits)) return undefined
  const magnitude = BigInt(digits)
  return text.startsWith('-') ? -magnitude : magnitude
}

function parseFloatText(text: string): number | undefined {
  const plain = text.replaceAll('_', '').toLowerCase()
  if (plain.endsWith('.nan')) return Number.NaN
  if (plain.endsWith('.inf')) return plain.startsWith('-') ? -Infinity : Infinity
  // '._' looks like a float, and DVC stops at it.
  return /\d/.test(plain) ? Number(plain) : undefined
}
