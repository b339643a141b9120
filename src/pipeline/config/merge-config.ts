/** Puts the levels of DVC's settings together. */

import type { Problems } from '../yaml/problems.ts'
import { checkConfigSection, type MergedSection } from './check-config.ts'
import type { Config } from './config.ts'
import type { ConfigDocument, ConfigOption, ConfigSection } from './config-document.ts'
import { isPathOption, resolveConfigPath, type PathBase } from './config-paths.ts'

/** One file and what its paths are relative to. */
export interface ConfigLayer extends PathBase {
  readonly document: ConfigDocument
}

/** Merges layers, later ones win; what DVC would refuse is added to `problems`. */
export function mergeConfig(layers: readonly ConfigLayer[], problems: Problems): Config {
  const sections = new Map<string, Map<string, string>>()
  const remotes = new Map<string, Map<string, string>>()
  for (const section of mergeSections(layers)) {
    const options = checkConfigSection(section, problems)
    if (section.group === undefined && options.size > 0) sections.set(section.name, options)
    if (section.group === 'remote') remotes.set(section.name, options)
  }
  return { sections, remotes }
}

function mergeSections(layers: readonly ConfigLayer[]): Iterable<MergedSection> {
  const merged = new Map<string, MergedSection>()
  for (const layer of layers) {
    for (const section of layer.document.sections) {
      const { group, name, place } = section
      const key = `${group ?? ''}\n${name}`
      const options = new Map(merged.get(key)?.options)
      for (const option of section.options) {
        options.set(option.name, {
          value: resolveOption(section, option, layer),
          place: option.place,
        })
      }
      merged.set(key, { group, name, place, options })
    }
  }
  return merged.values()
}

/** The value of an option with its path made absolute. */
export function resolveOption(
  { group, name }: Pick<ConfigSection, 'group' | 'name'>,
  option: ConfigOption,
  base: PathBase,
): ConfigOption['value'] {
  const { value } = option
  const isPath = isPathOption({ group, section: name, option: option.name })
  return isPath && typeof value === 'string' ? resolveConfigPath(value, base) : value
}
