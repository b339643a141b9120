/** `%(name)s` in a value stands for another option of its section. */

import type { Problems } from '../yaml/problems.ts'
import type { ConfigOption } from './config-document.ts'

/** Options with references replaced and names in lower case; what cannot be replaced is added to `problems`. */
export function interpolateOptions(
  options: readonly ConfigOption[],
  problems: Problems,
): ConfigOption[] {
  // References are looked up by the name as written, hence before the names lose their case.
  const values = new Map(options.map(({ name, value }) => [name, value]))
  return options.map((option) => {
    const replace = (text: string): string => {
      const replaced = replaceReferences(text, values, [option.name])
      if (typeof replaced === 'string') return replaced
      problems.add(option.place, `'${option.name}' ${replaced.problem}`, referenceHint)
      return text
    }
    const { value } = option
    const name = option.name.toLowerCase()
    return {
      ...option,
      name,
      value: typeof value === 'string' ? replace(value) : value.map(replace),
    }
  })
}

const referenceHint = "'%(name)s' is replaced by the option 'name' of the same section"

function replaceReferences(
  text: string,
  values: ReadonlyMap<string, ConfigOption['value']>,
  trail: readonly string[],
): string | { readonly problem: string } {
  let result = ''
  let end = 0
  for (const match of text.matchAll(/%\(([^)]*)\)s/g)) {
    const name = match[1] ?? ''
    if (trail.includes(name)) return { problem: `refers to itself through '%(${name})s'` }
    const value = values.get(name)
    if (typeof value !== 'string') return { problem: `refers to '${name}', which is not there` }
    const replaced = replaceReferences(value, values, [...trail, name])
    if (typeof replaced !== 'string') return replaced
    result += text.slice(end, match.index) + replaced
    end = match.index + match[0].length
  }
  return result + text.slice(end)
}
