/** Puts changed values into the text of a parameter file. */

import { extname } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { parseParameterFile } from '../parameters/parameter-values.ts'
import { editYaml, type YamlEdit } from '../yaml/edit-yaml.ts'
import { createProblems } from '../yaml/problems.ts'
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from '../yaml/yaml-value.ts'
import type { Assignment } from './combine-overrides.ts'
import { formatJsonDocument } from './format-json-document.ts'
import { editToml } from './edit-toml.ts'

/** Whether a parameter file is of a kind that can be edited. */
export function isEditable(file: string): boolean {
  return /\.(?:ya?ml|json|toml)$/i.test(file)
}

/**
 * Applies changes to a parameter file, one after another. Comments and order of YAML and TOML stay;
 * JSON keeps its indentation.
 *
 * @param file - its name in messages; its ending decides the format
 * @throws {ToolkitError} `CLI_USAGE` when a key is unknown or already there, or the file is of a kind
 * that cannot be edited; `PIPELINE_INVALID`
 */
export function applyAssignments(
  text: string,
  file: string,
  assignments: readonly Assignment[],
): string {
  const format = formatOf(file)
  let values = parse(text, file)
  const edits: YamlEdit[] = []
  for (const assignment of assignments) {
    const edit = toEdit(values, assignment)
    values = applyEdit(values, edit)
    edits.push(edit)
  }
  if (format === 'yaml') return editYaml(text, file, edits)
  if (format === 'json') return formatJsonDocument(values, text)
  return editToml(text, file, { edits, expected: values, parse: (edited) => parse(edited, file) })
}

type Format = 'yaml' | 'json' | 'toml'

function formatOf(file: string): Format {
  const extension = extname(file).toLowerCase()
  if (extension === '.yaml' || extension === '.yml') return 'yaml'
  if (extension === '.json') return 'json'
  if (extension === '.toml') return 'toml'
  throw new ToolkitError(
    'CLI_USAGE',
    `--set-param cannot change '${file}': only YAML, JSON and TOML files can be edited`,
    { hint: 'move the parameter to params.yaml', details: { file } },
  )
}

function parse(text: string, file: string): YamlMap {
  if (text.trim() === '') return new Map()
  const problems = createProblems()
  const values = parseParameterFile(text, file, problems)
  problems.check()
  return values ?? new Map()
}

type Step = string | number

function toEdit(values: YamlMap, assignment: Assignment): YamlEdit {
  const { key, kind, value } = assignment
  const path: Step[] = []
  let current: YamlValue | undefined = values
  for (const word of key.split('.')) {
    path.push(isYamlList(current) ? Number(word) : word)
    current = memberAt(current, word)
  }
  if (current === undefined && (kind === 'change' || kind === 'remove')) {
    throw unknownKeyError(values, assignment)
  }
  if (kind === 'add' && current !== undefined && current !== null && !isContainer(value)) {
    throw existingKeyError(assignment)
  }
  if (kind === 'remove' || value === undefined) return { kind: 'remove', path }
  return overScalars(values, path, merged(current, value, assignment))
}

/** A map takes the place of a single value that is in the way of a longer key. */
function overScalars(values: YamlMap, path: readonly Step[], value: YamlValue): YamlEdit {
  let current: YamlValue | undefined = values
  for (const [i, step] of path.entries()) {
    if (current !== undefined && !isContainer(current)) {
      const nested = path
        .slice(i)
        .reduceRight<YamlValue>((inner, name) => new Map([[String(name), inner]]), value)
      return { kind: 'set', path: path.slice(0, i), value: nested }
    }
    current = memberAt(current, String(step))
  }
  return { kind: 'set', path, value }
}

/** What a dotted key names, through maps and lists. */
export function valueAtKey(values: YamlMap, key: string): YamlValue | undefined {
  return key.split('.').reduce<YamlValue | undefined>(memberAt, values)
}

function memberAt(value: YamlValue | undefined, word: string): YamlValue | undefined {
  if (isYamlMap(value)) return value.get(word)
  return isYamlList(value) ? value[Number(word)] : undefined
}

function isContainer(value: YamlValue | undefined): boolean {
  return isYamlMap(value) || isYamlList(value)
}

/** A map goes into the map that is there; anything else takes the place of what is there. */
function merged(
  current: YamlValue | undefined,
  value: YamlValue,
  assignment: Assignment,
): YamlValue {
  if (isContainer(current) && isContainer(value) && isYamlMap(current) !== isYamlMap(value)) {
    throw kindError(assignment)
  }
  if (!isYamlMap(current) || !isYamlMap(value)) return value
  const result = new Map(current)
  for (const [key, item] of value) {
    if (assignment.kind === 'change' && !current.has(key)) {
      throw unknownKeyError(current, { ...assignment, key: String(key) })
    }
    result.set(key, merged(current.get(key), item, assignment))
  }
  return result
}

function applyEdit(values: YamlMap, edit: YamlEdit): YamlMap {
  const changed = changeAt(values, edit.path.map(String), edit)
  return isYamlMap(changed) ? changed : values
}

function changeAt(
  current: YamlValue | undefined,
  [word, ...rest]: readonly string[],
  edit: YamlEdit,
): YamlValue | undefined {
  if (word === undefined) return edit.kind === 'set' ? edit.value : undefined
  const member = changeAt(memberAt(current, word), rest, edit)
  if (isYamlList(current)) {
    const items = current.map((item, i) => (i === Number(word) ? member : item))
    return items.filter((item) => item !== undefined)
  }
  const map = new Map(isYamlMap(current) ? current : [])
  if (member === undefined) map.delete(word)
  else map.set(word, member)
  return map
}

function unknownKeyError(values: YamlMap, { file, key }: Assignment): ToolkitError {
  const names = namesIn(values)
  const guess = names.length === 0 ? '' : `${nameHint(key, names, 'parameters')} `
  return new ToolkitError('CLI_USAGE', `'${file}' has no parameter '${key}'`, {
    hint: `${guess}(a new one is added with +${key}=…)`,
    details: { file, key },
  })
}

function kindError({ file, key }: Assignment): ToolkitError {
  return new ToolkitError(
    'CLI_USAGE',
    `'${key}' of '${file}' cannot become a list from a map, or a map from a list`,
    {
      hint: 'remove the key in the file, and add it with the new value',
      details: { file, key },
    },
  )
}

function existingKeyError({ file, key }: Assignment): ToolkitError {
  return new ToolkitError('CLI_USAGE', `'${file}' already has a parameter '${key}'`, {
    hint: `change it with ${key}=…, or write ++${key}=… for either`,
    details: { file, key },
  })
}

/** The dotted keys of all values that are no maps. */
export function namesIn(values: YamlMap, prefix = ''): string[] {
  return Array.from(values).flatMap(([key, value]) => {
    const name = `${prefix}${String(key)}`
    return isYamlMap(value) && value.size > 0 ? namesIn(value, `${name}.`) : [name]
  })
}
