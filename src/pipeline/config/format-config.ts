/** Writes a config file as DVC does, byte for byte; only that its comments stay. */

import { ToolkitError } from '../../core/errors.ts'
import {
  configGroups,
  formatOptionName,
  type ConfigDocument,
  type ConfigOption,
  type ConfigSection,
} from './config-document.ts'
import { formatConfigValue, quoteName } from './config-value.ts'

const indent = '    '

/**
 * The text of a document: plain sections in their order, then remotes, machines and databases.
 * Other empty lines go, and so do plain sections without options, whose comments move on.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` for a value that no quotes can hold
 */
export function formatConfig({ opening, sections, closing }: ConfigDocument): string {
  const lines: string[] = []
  for (const section of inOrder(sections)) {
    lines.push(...section.comments)
    const isDropped = section.group === undefined && section.options.length === 0
    if (!isDropped) lines.push(withNote(`[${formatName(section)}]`, section.note))
    for (const option of section.options) {
      lines.push(...option.comments.map((line) => indent + line))
      lines.push(withNote(formatOption(section, option), option.note))
    }
    lines.push(...section.closing.map((line) => (isDropped ? line : indent + line)))
  }
  lines.push(...closing)
  // The empty line tells comments of the file from those of its first section.
  const hasSection = lines.some((line) => line.startsWith('['))
  const parted = opening.length > 0 && hasSection ? [...opening, ''] : opening
  return `${[...parted, ...lines].join('\n')}\n`
}

function inOrder(sections: readonly ConfigSection[]): ConfigSection[] {
  return [undefined, ...configGroups].flatMap((group) =>
    sections.filter((section) => section.group === group),
  )
}

function formatName({ group, name }: ConfigSection): string {
  const text = group === undefined ? name : `${group} "${name}"`
  const quoted = quoteName(text)
  if (quoted !== undefined) return quoted
  throw new ToolkitError(
    'CONFIG_INVALID',
    `a config file cannot hold the name ${JSON.stringify(name)}`,
    {
      hint: 'use letters, digits, - and _',
    },
  )
}

function formatOption({ group, name }: ConfigSection, option: ConfigOption): string {
  const quotedName = quoteName(option.name)
  const value = formatConfigValue(option.value)
  if (value !== undefined && quotedName !== undefined) return `${indent}${quotedName} = ${value}`
  const full = formatOptionName({ group, section: name, option: option.name })
  throw unwritableValue(full)
}

/** The error for a value that would not read back. */
export function unwritableValue(name: string): ToolkitError {
  return new ToolkitError('CONFIG_INVALID', `a config file cannot hold this value of '${name}'`, {
    hint: "leave out line ends, '%(' and mixed quotes",
    details: { name },
  })
}

function withNote(line: string, note: string): string {
  return note === '' ? line : `${line}${indent}${note}`
}
