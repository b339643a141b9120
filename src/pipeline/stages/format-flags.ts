/** How values stand in the text of a command: single ones as text, maps as flags. */

import {
  formatFloat,
  isYamlList,
  isYamlMap,
  type YamlList,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** The settings `parsing.bool` and `parsing.list` of `.dvc/config`. */
export interface ParsingSettings {
  /** What false becomes: nothing, or `--no-name`. */
  readonly bool?: 'store_true' | 'boolean_optional' | undefined
  /** What a list becomes: `--name a b`, or `--name a --name b`. */
  readonly list?: 'nargs' | 'append' | undefined
}

/** The settings out of the section `parsing`. */
export function parsingSettingsOf(
  section: ReadonlyMap<string, string> | undefined,
): ParsingSettings {
  return {
    bool: section?.get('bool') === 'boolean_optional' ? 'boolean_optional' : 'store_true',
    list: section?.get('list') === 'append' ? 'append' : 'nargs',
  }
}

/** A scalar inside text, as Python prints it, but booleans in lower case. */
export function formatScalarText(value: YamlScalar): string {
  if (value === null) return 'None'
  return typeof value === 'number' ? formatFloat(value).replace(/\.(?=inf|nan)/, '') : String(value)
}

/** A scalar just as Python prints it: `True`. */
export function formatPythonScalar(value: YamlScalar): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return formatScalarText(value)
}

/**
 * A map as command-line flags: `--k v`, true as `--k`, false as nothing, a list as `--k a b`,
 * members of maps in it as `--k.m v`.
 *
 * @returns the name of a list with lists or maps in it, which cannot be flags, as `nested`
 */
export function formatFlags(
  map: YamlMap,
  parsing: ParsingSettings,
): { readonly text: string } | { readonly nested: string } {
  const flags: string[] = []
  for (const [name, value] of flattenMap(map, '')) {
    if (isYamlMap(value)) continue
    if (isYamlList(value) && value.some((item) => isYamlMap(item) || isYamlList(item))) {
      return { nested: name }
    }
    flags.push(
      ...(isYamlList(value) ? listFlags(name, value, parsing) : scalarFlag(name, value, parsing)),
    )
  }
  return { text: flags.join(' ') }
}

function flattenMap(map: YamlMap, prefix: string): [string, YamlValue][] {
  return [...map].flatMap(([key, value]): [string, YamlValue][] => {
    const name = `${prefix}${String(key)}`
    return isYamlMap(value) ? flattenMap(value, `${name}.`) : [[name, value]]
  })
}

function scalarFlag(name: string, value: YamlScalar, { bool }: ParsingSettings): string[] {
  if (value === true) return [`--${name}`]
  if (value === false) return bool === 'boolean_optional' ? [`--no-${name}`] : []
  return [`--${name} ${quoteScalar(value)}`]
}

function listFlags(name: string, list: YamlList, { list: style }: ParsingSettings): string[] {
  // Booleans in a list are printed by Python, not by DVC, hence their capitals.
  const items = list.flatMap((item) =>
    isYamlMap(item) || isYamlList(item) ? [] : [quoteScalar(item)],
  )
  if (style === 'append') return items.map((item) => `--${name} ${item}`)
  return items.length === 0 ? [] : [`--${name} ${items.join(' ')}`]
}

/** Quoted for a shell, as Python's shlex.quote does. */
function quoteScalar(value: YamlScalar): string {
  if (typeof value !== 'string') return formatPythonScalar(value)
  if (/^[\w@%+=:,./-]+$/.test(value)) return value
  return `'${value.replaceAll("'", `'"'"'`)}'`
}
