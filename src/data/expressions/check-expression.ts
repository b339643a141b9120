import { ToolkitError } from '../../core/errors.ts'
import { cutText } from '../../core/format-number.ts'
import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Problem } from '../../core/problem.ts'
import { type Fields } from '../../core/schema.ts'
import { daysOfDate } from './calendar-day.ts'
import { columnKindOf } from './columns-of.ts'
import type { Expression } from './expression.ts'
import { isKind, partsOfKind, type Part } from './expression-shapes.ts'
import { sortOfKind, type Sort } from './sort-of-expression.ts'

/** Deeper ones would be queries that a database refuses. */
const deepest = 64
/** Names of a column or a number count too. */
const largest = 10_000
const listedProblems = 20

/**
 * Checks features that come from JSON or from code that no compiler saw.
 *
 * @param options.fields - the columns there are, where that is known
 * @param options.place - where the features stand, for messages
 * @throws {ToolkitError} `CONFIG_INVALID` with the first 20 problems: unknown kinds and operators, parts of another type,
 *   missing and misspelled ones, columns that are not there, empty look-ups, what is deeper than 64 or larger than
 *   10,000 parts
 */
export function checkExpressions(
  features: Readonly<Record<string, unknown>>,
  options: { readonly place: string; readonly fields?: Fields },
): asserts features is Readonly<Record<string, Expression>> {
  const checking: Checking = { problems: [], fields: options.fields, size: 0 }
  for (const [name, value] of Object.entries(features)) {
    checking.size = 0
    checkValue(checking, value, { path: name, depth: 1, wanted: 'any' })
  }
  const { problems } = checking
  if (problems.length === 0) return
  const more = problems.length - listedProblems
  const listed = problems.slice(0, listedProblems)
  throw new ToolkitError(
    'CONFIG_INVALID',
    `${options.place}: ${listed.map(({ what }) => what).join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    { hint: listed.map(({ hint }) => hint).join('; ') },
  )
}

interface Checking {
  readonly problems: Problem[]
  readonly fields: Fields | undefined
  size: number
}

interface Place {
  readonly path: string
  readonly depth: number
  readonly wanted: Sort | 'any'
}

function checkValue(checking: Checking, value: unknown, place: Place): void {
  const { path, depth, wanted } = place
  if (depth > deepest || ++checking.size > largest) {
    // Once: every part that follows is beyond it too.
    if (depth > deepest || checking.size === largest + 1) tell(checking, ...tooLarge(place))
    return
  }
  if (!isObject(value)) {
    tell(checking, `${path} is ${show(value)}`, `write an expression at ${path}`)
    return
  }
  const { kind } = value
  if (!isKind(kind)) {
    const hint = nameHint(typeof kind === 'string' ? kind : '', Object.keys(sortOfKind), 'kinds')
    tell(checking, `${path} has the kind ${show(kind)}`, hint)
    return
  }
  const sort = sortOfKind[kind]
  if (wanted !== 'any' && sort !== wanted) {
    tell(checking, `${path} is a ${sort}, expected a ${wanted}`, `write a ${wanted} at ${path}`)
  }
  checkParts(checking, value, { ...place, parts: partsOfKind[kind] })
  checkColumn(checking, value, path)
}

function tooLarge({ path, depth }: Place): [what: string, hint: string] {
  return depth > deepest
    ? [`${path} is deeper than ${deepest}`, 'make two features of it']
    : [`${path} has more than ${largest} parts`, 'make several features of it']
}

function checkParts(
  checking: Checking,
  value: Readonly<Record<string, unknown>>,
  { path, depth, parts }: Place & { readonly parts: Readonly<Record<string, Part>> },
): void {
  for (const name of Object.keys(value)) {
    if (name === 'kind' || Object.hasOwn(parts, name)) continue
    tell(checking, `${path} has '${name}'`, nameHint(name, Object.keys(parts), 'parts'))
  }
  for (const [name, part] of Object.entries(parts)) {
    const found = ownMember(value, name)
    if (found === undefined && part.isOptional === true) continue
    checkPart(checking, found, { path: `${path}.${name}`, depth: depth + 1, part })
  }
}

function checkPart(
  checking: Checking,
  found: unknown,
  { path, depth, part }: Omit<Place, 'wanted'> & { readonly part: Part },
): void {
  if ('sort' in part) {
    checkValue(checking, found, { path, depth, wanted: part.sort })
  } else if ('each' in part) {
    checkList(checking, found, { path, depth, wanted: part.each })
  } else if ('describe' in part) {
    const expected = part.describe(found)
    if (expected === undefined) return
    tell(
      checking,
      `${path} is ${show(found)}, expected ${expected}`,
      `write ${expected} at ${path}`,
    )
  } else if (isObject(found)) {
    checkParts(checking, found, { path, depth, wanted: 'any', parts: part.parts })
  } else {
    tell(checking, `${path} is ${show(found)}`, `write an object at ${path}`)
  }
}

function checkList(checking: Checking, found: unknown, place: Place): void {
  if (Array.isArray(found)) {
    found.forEach((each, i) =>
      checkValue(checking, each, { ...place, path: `${place.path}[${i}]` }),
    )
    return
  }
  tell(checking, `${place.path} is ${show(found)}`, `write a list at ${place.path}`)
}

function checkColumn(
  { fields, ...checking }: Checking,
  { kind, name, value }: Readonly<Record<string, unknown>>,
  path: string,
): void {
  if (kind === 'date' && typeof value === 'string' && daysOfDate(value) === null) {
    tell(checking, `${path} is the date '${value}'`, 'write a day that is there, as 2025-03-31')
  }
  if (fields === undefined || typeof name !== 'string') return
  const field = ownMember(fields, name)
  if (field === undefined) {
    const hint = nameHint(name, Object.keys(fields), 'columns')
    tell(checking, `${path} reads the column '${name}', which is not there`, hint)
  } else if (kind !== columnKindOf(field)) {
    tell(
      checking,
      `${path} reads '${name}', a ${field.type}, as ${show(kind)}`,
      `read '${name}' as '${columnKindOf(field)}'`,
    )
  }
}

function tell({ problems }: Pick<Checking, 'problems'>, what: string, hint: string): void {
  problems.push({ what, hint })
}

function show(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'number') return String(value)
  return cutText(JSON.stringify(value) ?? typeof value, 60)
}
