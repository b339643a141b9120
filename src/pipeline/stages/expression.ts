/** `${…}` in text: where it stands, and the variable it names. */

import { nearestName } from '../../core/nearest.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import {
  memberOfVariable,
  valueOfVariable,
  type Variable,
  type VariableMembers,
} from './variable.ts'
import type { YamlValue } from '../yaml/yaml-value.ts'

/** Values by dotted path by file: what a stage took from files through `${…}`. */
export type VariableUses = Map<string, Map<string, YamlValue>>

/** What names are looked up in. */
export interface Lookup {
  readonly context: VariableMembers
  readonly problems: Problems
  /** Where it is noted what was used; maps are not, as in DVC. */
  readonly uses?: VariableUses | undefined
}

/** A backslash before it makes it plain text; it ends at the first brace and does not span lines. */
const pattern = /(?<!\\)\$\{([^\n]*?)\}/g

/** The expression of a text that is one `${…}` and nothing else; its value keeps its type. */
export function wholeExpression(text: string): string | undefined {
  const match = /^\$\{([^\n]*?)\}/.exec(text)
  return match !== null && match[0] === text ? match[1] : undefined
}

/** Whether there is any expression in a text. */
export function hasExpression(text: string): boolean {
  return text.search(pattern) !== -1
}

/** The text with every expression replaced; `\${` becomes `${`. */
export function fillExpressions(text: string, fill: (expression: string) => string): string {
  const filled = text.replace(pattern, (_, expression: string) => fill(expression))
  return filled.replaceAll('\\${', '${')
}

const word = '[^.[\\]]+'
const name = new RegExp(`^${word}(?:\\s*(?:\\.${word}|\\[${word}\\]))*\\s*$`)

/** Looks a name up; what is wrong with it is added to the problems. */
export function selectVariable(
  expression: string,
  place: Place,
  { context, problems, uses }: Lookup,
): Variable | undefined {
  if (!name.test(expression)) {
    problems.add(place, `'\${${expression}}' is not a name`, 'write it as ${a.b} or ${a[0]}')
    return undefined
  }
  const words = expression.replaceAll('[', '.').replaceAll(']', '').split('.')
  let found: Variable | undefined
  for (const [i, part] of words.entries()) {
    const text = part.trim()
    const parent = found
    found = parent === undefined ? context.get(text) : memberOfVariable(parent, text)
    if (found !== undefined) continue
    const parentName = words
      .slice(0, i)
      .map((each) => each.trim())
      .join('.')
    addMissing({ expression, word: text, parent, parentName }, place, { context, problems })
    return undefined
  }
  if (found !== undefined) noteUse(found, uses)
  return found
}

interface Missing {
  readonly expression: string
  readonly word: string
  /** `undefined` at the top. */
  readonly parent: Variable | undefined
  readonly parentName: string
}

function addMissing(missing: Missing, place: Place, { context, problems }: Lookup): void {
  const { expression, word: missed, parent, parentName } = missing
  problems.add(
    place,
    `'\${${expression}}' is not defined: ${describeMissing(missed, parent, parentName)}`,
    missingHint(missed, parent, context),
  )
}

function describeMissing(missed: string, parent: Variable | undefined, parentName: string): string {
  if (parent === undefined || parent.kind === 'map') return `there is no '${missed}'`
  if (parent.kind === 'scalar') return `'${parentName}' is a single value`
  return `'${parentName}' is a list of ${parent.items.length}, and '${missed}' is no place in it`
}

function missingHint(
  missed: string,
  parent: Variable | undefined,
  context: VariableMembers,
): string | undefined {
  if (parent !== undefined && parent.kind !== 'map') return undefined
  const names = [...(parent === undefined ? context : parent.members).keys()]
  const guess = nearestName(missed, names)
  if (guess !== undefined) return `did you mean '${guess}'?`
  const known =
    names.length === 0
      ? `it is read from params.yaml and 'vars'`
      : `the names are: ${names.join(', ')}`
  return parent === undefined ? `${known}; a variable of the shell is written \\\${…}` : known
}

function noteUse(variable: Variable, uses: VariableUses | undefined): void {
  const { source, isFile, path } = variable.origin
  if (uses === undefined || !isFile || source === undefined || variable.kind === 'map') return
  const paths = uses.get(source) ?? new Map<string, YamlValue>()
  uses.set(source, paths.set(path, valueOfVariable(variable)))
}
