/** Values as Python's `str` writes them, which is how DVC tells lists in a comparison. */

import { findUnusable } from '../yaml/unusable-value.ts'
import {
  formatFloat,
  isYamlList,
  isYamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** A list, map or scalar the way it stands inside of a list: `[1, 'a', {'k': None}]`. */
export function formatPython(value: YamlValue): string {
  if (isYamlList(value) && 'unusable' in value) return findUnusable(value)?.text ?? ''
  if (isYamlList(value)) return `[${value.map(formatPython).join(', ')}]`
  if (!isYamlMap(value)) return formatScalar(value)
  const members = Array.from(value, ([key, item]) => `${formatScalar(key)}: ${formatPython(item)}`)
  return `{${members.join(', ')}}`
}

function formatScalar(value: YamlScalar): string {
  if (typeof value === 'string') return quote(value)
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'bigint') return String(value)
  return formatFloat(value).replace(/^(-?)\.(inf|nan)$/, '$1$2')
}

/** Double quotes only for what has single ones and no double ones in it. */
function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const body = text.replaceAll(
    /[\\'"]|\p{C}|[^\P{Z} ]/gu,
    (character) => named[character] ?? escapeCharacter(character, mark),
  )
  return mark + body + mark
}

const named: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

function escapeCharacter(character: string, mark: string): string {
  if (character === "'" || character === '"') return character === mark ? `\\${mark}` : character
  const code = character.codePointAt(0)!
  const digits = code.toString(16)
  if (code <= 0xff) return `\\x${digits.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`
}
