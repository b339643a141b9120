/**
 * Parses a config file by the rules of Python's configobj, which DVC reads it with: sections,
 * quotes, lists, comments, values over several lines, `%(name)s`. Messages never show a value:
 * it may be a secret.
 */

import type { Place, Problems } from '../yaml/problems.ts'
import {
  configGroups,
  type ConfigDocument,
  type ConfigGroup,
  type ConfigOption,
  type ConfigSection,
  type ConfigValue,
} from './config-document.ts'
import { blank, parseConfigValue, unquote } from './config-value.ts'
import { interpolateOptions } from './interpolate-config.ts'

const sectionPattern = new RegExp(
  `^(${blank}*)((?:\\[${blank}*)+)((?:"${blank}*(?!${blank}).*?${blank}*")|` +
    `(?:'${blank}*(?!${blank}).*?${blank}*')|(?:(?!${blank})[^'"].*?))((?:${blank}*\\])+)${blank}*(#.*)?$`,
  's',
)
const optionPattern = new RegExp(
  `^(${blank}*)((?:".*?")|(?:'.*?')|(?:[^'"=].*?))${blank}*=${blank}*(.*)$`,
  's',
)
const namedPattern = new RegExp(
  `^${blank}*(${configGroups.join('|')})${blank}*"(.*)"${blank}*$`,
  's',
)

/** Python's idea of a line's end. */
// oxlint-disable-next-line no-control-regex -- Python ends lines at these too
const lineEnd = /\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/

/** What is read of a section until its end is known. */
interface OpenSection {
  readonly head: Omit<ConfigSection, 'options' | 'closing'>
  readonly depth: number
  readonly options: ConfigOption[]
  closing: readonly string[]
}

interface Reading {
  readonly file: string
  readonly lines: readonly string[]
  readonly problems: Problems
  readonly sections: OpenSection[]
  /** Names of sections as written, by depth, to tell doubles. */
  readonly seen: Set<string>
  opening: readonly string[]
  /** Comments since the last section or option; an empty line is ''. */
  comments: string[]
}

/** Parses the text of a config file; what is wrong is added to `problems`. */
export function parseConfig(text: string, file: string, problems: Problems): ConfigDocument {
  const lines = text.split(lineEnd)
  const reading: Reading = {
    file,
    lines,
    problems,
    sections: [],
    seen: new Set(),
    opening: [],
    comments: [],
  }
  for (let i = 0; i < lines.length;) i = readLine(reading, i)
  const closing = reading.sections.length === 0 ? takeComments(reading) : sectionComments(reading)
  return {
    opening: reading.opening,
    sections: withoutDoubles(reading.sections.map((section) => close(section, problems))),
    closing,
  }
}

/** Reads the line at an index. @returns the index of the next one */
function readLine(reading: Reading, index: number): number {
  const line = reading.lines[index] ?? ''
  const stripped = strip(line)
  if (stripped === '' || stripped.startsWith('#')) {
    reading.comments.push(line)
    return index + 1
  }
  const section = sectionPattern.exec(line)
  if (section !== null) {
    readSection(reading, index, section)
    return index + 1
  }
  const option = optionPattern.exec(line)
  if (option !== null) return readOption(reading, index, option)
  addProblem(reading, index, 'this line is neither a section nor an option', writeHint)
  return index + 1
}

const writeHint = "write '[section]' or 'name = value'"

function readSection(reading: Reading, index: number, match: RegExpExecArray): void {
  const [, , open = '', quoted = '', end = '', note = ''] = match
  const depth = open.split('[').length - 1
  const written = unquote(quoted)
  const parent = parentOf(reading, depth)
  const { group, name } = nameOf(written, parent)
  const key = parent === undefined ? written : `${parent.head.name}/${written}`
  const problem = sectionProblem({ depth, closes: end.split(']').length - 1, parent, group, name })
  if (problem !== undefined) addProblem(reading, index, problem, writeHint)
  else if (reading.seen.has(key)) {
    addProblem(reading, index, `the section '${name}' is there twice`, 'join the two')
  }
  reading.seen.add(key)
  const place = placeAt(reading, index)
  const comments = sectionComments(reading)
  const head = { group, name, place, comments, note }
  reading.sections.push({ head, depth, options: [], closing: [] })
}

interface SectionLine {
  readonly depth: number
  readonly closes: number
  readonly parent: OpenSection | undefined
  readonly group: ConfigGroup | undefined
  readonly name: string
}

function sectionProblem({ depth, closes, parent, group, name }: SectionLine): string | undefined {
  if (depth !== closes) return `the brackets around '${name}' do not match`
  if (depth === 1) return undefined
  if (parent === undefined) return `the section '${name}' is nested too deep`
  return group === undefined ? `'${parent.head.name}' has no sections in it` : undefined
}

/** The section that a deeper one lies in. */
function parentOf({ sections }: Reading, depth: number): OpenSection | undefined {
  const last = sections.findLast((section) => section.depth < depth)
  return last?.depth === depth - 1 ? last : undefined
}

function nameOf(
  written: string,
  parent: OpenSection | undefined,
): { readonly group: ConfigGroup | undefined; readonly name: string } {
  const name = written.toLowerCase()
  if (parent !== undefined) return { group: groupNamed(parent.head.name), name }
  const match = namedPattern.exec(name)
  return { group: groupNamed(match?.[1]), name: match?.[2] ?? name }
}

function groupNamed(name: string | undefined): ConfigGroup | undefined {
  return configGroups.find((group) => group === name)
}

function readOption(reading: Reading, index: number, match: RegExpExecArray): number {
  const [, , written = '', text = ''] = match
  const triple = /^(?:"""|''')/.exec(text)?.[0]
  const read =
    triple === undefined
      ? { ...parseConfigValue(text), next: index + 1 }
      : readTripleQuoted(reading.lines, { index, quotes: triple, text })
  if (read.value === undefined) {
    const name = unquote(written)
    addProblem(reading, index, `the value of '${name}' cannot be read`, 'put it in quotes')
  } else {
    addOption(reading, index, {
      written: unquote(written),
      value: read.value,
      note: read.note ?? '',
    })
  }
  return read.next
}

interface ReadOption {
  readonly written: string
  readonly value: ConfigValue
  readonly note: string
}

function addOption(reading: Reading, index: number, { written, value, note }: ReadOption): void {
  const section = reading.sections.at(-1)
  if (section === undefined) {
    addProblem(reading, index, `'${written}' stands before any section`, "write '[core]' above it")
    return
  }
  if (section.options.some((option) => option.name === written)) {
    addProblem(reading, index, `the option '${written}' is there twice`, 'remove one')
    return
  }
  const place = placeAt(reading, index)
  section.options.push({ name: written, value, place, comments: takeComments(reading), note })
}

interface TripleQuoted {
  readonly index: number
  readonly quotes: string
  readonly text: string
}

/** A value between `'''` or `"""`, which may go over several lines. */
function readTripleQuoted(
  lines: readonly string[],
  { index, quotes, text }: TripleQuoted,
): { readonly value?: string; readonly note?: string; readonly next: number } {
  const single = new RegExp(`^${quotes}(.*?)${quotes}${blank}*(#.*)?$`, 's').exec(text)
  if (single !== null) return { value: single[1] ?? '', note: single[2] ?? '', next: index + 1 }
  if (text.slice(3).includes(quotes)) return { next: index + 1 }
  const end = lines.findIndex((line, i) => i > index && line.includes(quotes))
  if (end === -1) return { next: lines.length }
  const last = new RegExp(`^(.*?)${quotes}${blank}*(#.*)?$`, 's').exec(lines[end] ?? '')
  if (last === null) return { next: end + 1 }
  const value = [text.slice(3), ...lines.slice(index + 1, end), last[1] ?? ''].join('\n')
  return { value, note: last[2] ?? '', next: end + 1 }
}

/**
 * The comments above a section, or at the end of the file. Those that open the file stay there,
 * and indented ones below options belong to the section that ends.
 */
function sectionComments(reading: Reading): string[] {
  const { comments, sections } = reading
  const last = sections.at(-1)
  const start =
    last === undefined
      ? comments.lastIndexOf('') + 1
      : comments.findLastIndex((line) => /^\s+#/.test(line)) + 1
  const before = comments.slice(0, start).map(strip).filter(isComment)
  if (last === undefined) reading.opening = before
  else last.closing = before
  reading.comments = comments.slice(start)
  return takeComments(reading)
}

function takeComments(reading: Reading): string[] {
  const comments = reading.comments.map(strip).filter(isComment)
  reading.comments = []
  return comments
}

function isComment(line: string): boolean {
  return line !== ''
}

function close({ head, options, closing }: OpenSection, problems: Problems): ConfigSection {
  return { ...head, options: interpolateOptions(options, problems), closing }
}

/** Names differ by case only once they are read: the later section, or option, then counts. */
function withoutDoubles(sections: readonly ConfigSection[]): ConfigSection[] {
  const byName = new Map(sections.map((one) => [`${one.group ?? ''}\n${one.name}`, one]))
  return Array.from(byName.values(), (section) => ({
    ...section,
    options: [...new Map(section.options.map((option) => [option.name, option])).values()],
  }))
}

function strip(line: string): string {
  return line.replace(new RegExp(`^${blank}+|${blank}+$`, 'g'), '')
}

function placeAt({ file, lines }: Reading, index: number): Place {
  const column = (lines[index] ?? '').search(/\S/) + 1
  return { file, line: index + 1, column: Math.max(1, column) }
}

function addProblem(reading: Reading, index: number, message: string, hint: string): void {
  reading.problems.add(placeAt(reading, index), message, hint)
  reading.comments = []
}
