/** Checks merged settings as DVC does; messages never show what could be a secret. */

import { nameHint } from '../../core/nearest.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import { formatOptionName, type ConfigGroup, type ConfigValue } from './config-document.ts'
import {
  checkOptionText,
  dbKinds,
  machineKinds,
  remoteKinds,
  sectionKinds,
  type OptionKind,
  type OptionKinds,
} from './config-schema.ts'

/** The option of all levels that counts. */
export interface MergedOption {
  readonly value: ConfigValue
  readonly place: Place
}

/** A section of all levels together. */
export interface MergedSection {
  readonly group: ConfigGroup | undefined
  readonly name: string
  readonly place: Place
  readonly options: ReadonlyMap<string, MergedOption>
}

/** Texts by option, in one form: booleans in lower case, lists with commas. What does not fit is a problem. */
export function checkConfigSection(
  section: MergedSection,
  problems: Problems,
): Map<string, string> {
  const texts = new Map<string, string>()
  const rules = rulesOf(section)
  if ('problem' in rules) {
    problems.add(rules.place ?? section.place, rules.problem, rules.hint)
    return texts
  }
  for (const [option, merged] of section.options) {
    const kind = Object.hasOwn(rules.kinds, option) ? rules.kinds[option] : undefined
    const checked = checkOption(merged.value, kind ?? (rules.isOpen ? 'anything' : undefined))
    if ('text' in checked) {
      texts.set(option, checked.text)
      continue
    }
    const name = formatOptionName({ group: section.group, section: section.name, option })
    const hint =
      kind === undefined ? nameHint(option, Object.keys(rules.kinds), 'options') : undefined
    problems.add(merged.place, checked.problem.replace('{}', `'${name}'`), hint)
  }
  checkExclusive(section, problems)
  return texts
}

type Checked = { readonly text: string } | { readonly problem: string }

function checkOption(value: ConfigValue, kind: OptionKind | 'anything' | undefined): Checked {
  if (kind === undefined) return { problem: 'unknown option {}' }
  const text = [value].flat().join(',')
  if (kind === 'anything') return { text }
  if (typeof value !== 'string' && kind !== 'link-types') {
    return { problem: `{} is a list of ${value.length}, expected one value in quotes` }
  }
  const checked = checkOptionText(text, kind)
  // No secret is of a kind that its value could miss.
  return 'text' in checked ? checked : { problem: `{} is '${text}', expected ${checked.expected}` }
}

type Rules =
  | { readonly kinds: OptionKinds; readonly isOpen: boolean }
  | { readonly problem: string; readonly hint: string; readonly place?: Place }

function rulesOf(section: MergedSection): Rules {
  const { group, name, options } = section
  if (group === 'machine') return { kinds: machineKinds, isOpen: false }
  if (group === 'db') return { kinds: dbKinds, isOpen: false }
  if (group === 'remote') return remoteRules(section)
  const kinds = Object.hasOwn(sectionKinds, name) ? sectionKinds[name] : undefined
  if (kinds !== undefined) return { kinds, isOpen: name === 'feature' }
  if (!['remote', 'machine', 'db'].includes(name)) {
    const hint = nameHint(name, Object.keys(sectionKinds), 'sections')
    return { problem: `unknown section '${name}'`, hint }
  }
  if (options.size === 0) return { kinds: {}, isOpen: false }
  return { problem: `this section '${name}' has no name`, hint: `write ['${name} "name"']` }
}

function remoteRules({ name, options }: MergedSection): Rules {
  const url = options.get('url')
  if (url === undefined) {
    const hint = `set it: mlpt remote modify ${name} url <url>`
    return { problem: `the remote '${name}' has no 'url'`, hint }
  }
  const scheme = typeof url.value === 'string' ? schemeOf(url.value) : ''
  // It takes over the options of another remote; DVC checks neither before their use.
  if (scheme === 'remote') return { kinds: {}, isOpen: true }
  const kinds = Object.hasOwn(remoteKinds, scheme) ? remoteKinds[scheme] : undefined
  if (kinds !== undefined) return { kinds, isOpen: false }
  const known = ['remote', ...Object.keys(remoteKinds).filter((one) => one !== '')]
  return {
    problem: `the URL of remote '${name}' starts with '${scheme}://'`,
    hint: nameHint(scheme, known, 'schemes'),
    place: url.place,
  }
}

/** The scheme of a URL in lower case; empty for the path of a folder. */
export function schemeOf(url: string): string {
  return /^([a-z][a-z\d+.-]*):\/\/[^/?#]/i.exec(url)?.[1]?.toLowerCase() ?? ''
}

function checkExclusive({ group, name, options }: MergedSection, problems: Problems): void {
  const module = group === undefined && name === 'hydra' && options.get('config_module')
  if (!module || !options.has('config_dir')) return
  problems.add(
    module.place,
    "'hydra.config_module' and 'hydra.config_dir' exclude each other",
    'remove one',
  )
}
