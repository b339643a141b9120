/** Changes of a config file, as values: each takes a document and gives another. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import {
  configGroups,
  formatOptionName,
  isSection,
  type ConfigDocument,
  type ConfigOption,
  type ConfigSection,
  type ConfigValue,
  type OptionName,
} from './config-document.ts'

/** A section's address. */
export type SectionName = Pick<ConfigSection, 'group' | 'name'>

/** The section of a document; `undefined` when it has none. */
export function findSection(
  { sections }: ConfigDocument,
  wanted: SectionName,
): ConfigSection | undefined {
  return sections.find((section) => isSection(section, wanted))
}

/** The value of an option; `undefined` when the document has none. */
export function findOption(
  document: ConfigDocument,
  { group, section, option }: OptionName,
): ConfigOption | undefined {
  return findSection(document, { group, name: section })?.options.find(
    ({ name }) => name === option,
  )
}

/** Sets an option: in its place when it is there, else at the end of its section. */
export function setOption(
  document: ConfigDocument,
  { group, section: name, option }: OptionName,
  value: ConfigValue,
): ConfigDocument {
  const section = findSection(document, { group, name }) ?? emptySection({ group, name })
  const isThere = section.options.some((one) => one.name === option)
  const options = isThere
    ? section.options.map((one) => (one.name === option ? { ...one, value } : one))
    : [...section.options, { name: option, value, place: nowhere, comments: [], note: '' }]
  return withSection(document, { ...section, options })
}

/**
 * Removes an option; the comments above it stay.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when it is not there
 */
export function unsetOption(document: ConfigDocument, name: OptionName): ConfigDocument {
  const section = findSection(document, { group: name.group, name: name.section })
  const index = section?.options.findIndex((option) => option.name === name.option) ?? -1
  if (section === undefined || index === -1) throw missingOption(document, name)
  const { comments, note } = section.options[index]!
  const orphans = note === '' ? comments : [...comments, note]
  const options = section.options.toSpliced(index, 1)
  const next = options[index]
  if (next === undefined) {
    return withSection(document, { ...section, options, closing: [...orphans, ...section.closing] })
  }
  options[index] = { ...next, comments: [...orphans, ...next.comments] }
  return withSection(document, { ...section, options })
}

function missingOption(document: ConfigDocument, name: OptionName): ToolkitError {
  const names = document.sections.flatMap(({ group, name: section, options }) =>
    options.map((option) => formatOptionName({ group, section, option: option.name })),
  )
  const full = formatOptionName(name)
  const hint = names.length === 0 ? 'the file has no options' : nameHint(full, names, 'options')
  return new ToolkitError('CONFIG_INVALID', `'${full}' is not set in this file`, {
    hint,
    details: { name: full },
  })
}

/** Puts a section in place of the one of its name, or at the end. */
export function withSection(document: ConfigDocument, section: ConfigSection): ConfigDocument {
  const index = document.sections.findIndex((one) => isSection(one, section))
  const sections =
    index === -1 ? [...document.sections, section] : document.sections.with(index, section)
  return { ...document, sections }
}

/** Removes a section with its options; the comments in it stay, at the end of the file. */
export function withoutSection(document: ConfigDocument, name: SectionName): ConfigDocument {
  const section = findSection(document, name)
  if (section === undefined) return document
  const { comments, note, options, closing } = section
  const inside = options.flatMap((option) => option.comments.concat(noted(option.note)))
  const all = [...comments, ...noted(note), ...inside, ...closing]
  const sections = document.sections.filter((one) => one !== section)
  return { ...document, sections, closing: [...all, ...document.closing] }
}

function noted(note: string): string[] {
  return note === '' ? [] : [note]
}

/** Gives a section another name; as DVC does, it then stands last. */
export function renameSection(
  document: ConfigDocument,
  from: SectionName,
  name: string,
): ConfigDocument {
  const section = findSection(document, from)
  if (section === undefined) return document
  const sections = document.sections.filter((one) => one !== section)
  return { ...document, sections: [...sections, { ...section, name }] }
}

/** A section that is not there yet. */
export function emptySection({ group, name }: SectionName): ConfigSection {
  return { group, name, options: [], place: nowhere, comments: [], note: '', closing: [] }
}

/** What has just been set stands on no line of a file. */
const nowhere = { file: 'the new value', line: 1, column: 1 }

/**
 * Reads a name as one types it: `core.remote`, `remote.store.url`, `db.name.url`.
 *
 * @throws {ToolkitError} `CLI_USAGE`
 */
export function parseOptionName(text: string): OptionName {
  const match = /^(?:(remote|db)\.)?([^.]*)\.([^.]*)$/.exec(text)
  if (match === null) {
    throw new ToolkitError('CLI_USAGE', `'${text}' is no name of an option`, {
      hint: "write 'section.option' or 'remote.name.option'",
    })
  }
  const [, group, section = '', option = ''] = match
  return {
    group: configGroups.find((one) => one === group),
    section: section.toLowerCase(),
    option: option.toLowerCase(),
  }
}
