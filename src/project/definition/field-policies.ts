/** What a project says about values that columns do not admit, and how it becomes what a model carries. */

import {
  policyCases,
  valueCaseOf,
  type FieldPolicies,
  type FieldPolicy,
  type PolicyAction,
} from '../../core/field-policy.ts'
import {
  decodeInput,
  isCodedField,
  type InputField,
  type InputFields,
} from '../../core/input-field.ts'
import { numberAt, type Matrix } from '../../core/matrix.ts'
import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import type { Problem } from '../../core/problem.ts'
import {
  describeField,
  describeViolation,
  isTimeField,
  type Field,
  type Fields,
} from '../../core/schema.ts'

/**
 * What a server does with values that a column does not admit: refuse the request ('reject', the default), score
 * another value ('impute') or score it as it is ('warn').
 */
export interface ServingPolicy {
  /** Null or absent, in a column where nothing may be missing. */
  readonly missing?: 'reject' | 'impute'
  /** A number, a date or a moment beyond the column's min or max. */
  readonly outOfRange?: PolicyAction
  /** None of the levels of the category or the text. */
  readonly unknownLevel?: PolicyAction
  /** A text beyond the column's maxLength, where it has no levels. */
  readonly tooLong?: PolicyAction
  /**
   * What is imputed: a number, a boolean, a text or a day such as '2025-03-31', as the column has them; or what the
   * training rows have in the middle ('median', the lower of two, of numbers, dates and moments) or most often ('most-frequent',
   * the smallest of several); a missing value when absent, if the column may be missing.
   */
  readonly value?: number | boolean | string
}

/** How a project's models are to be served. */
export interface ProjectServing<Name extends string = string> {
  /** By column; what a column without a policy does not admit is refused. */
  readonly fields?: { readonly [Column in Name]?: ServingPolicy }
}

/**
 * What is wrong with the policies of a project, each with its hint.
 *
 * @param used - the columns that features are, or are made of
 */
export function findPolicyProblems(
  project: {
    readonly schema: { readonly fields: Fields }
    readonly key: string
    readonly target: string
    readonly serving?: ProjectServing | undefined
  },
  used: ReadonlySet<string>,
): Problem[] {
  const { schema, key, target, serving } = project
  const unknown = Object.keys(serving ?? {}).filter((name) => name !== 'fields')
  const policies = Object.entries(serving?.fields ?? {})
  return [
    ...unknown.map((name) => ({
      what: `serving: there is no '${name}'`,
      hint: "say what is to be under 'fields', by column",
    })),
    ...policies.flatMap(([name, policy]) => {
      const field = ownMember(schema.fields, name)
      const place = `serving: '${name}'`
      if (field === undefined) {
        const names = Object.keys(schema.fields)
        return [{ what: `${place} is no column`, hint: nameHint(name, names, 'columns') }]
      }
      if (name === key || name === target) {
        return [{ what: `${place} is no input of a model`, hint: `leave '${name}' out` }]
      }
      if (!used.has(name)) {
        const hint = `leave '${name}' out, or make a feature of it`
        return [{ what: `${place} is no input of a model`, hint }]
      }
      return findFieldProblems(policy ?? {}, field).map(({ what, hint }) => ({
        what: `${place}: ${what}`,
        hint,
      }))
    }),
  ]
}

function findFieldProblems(policy: ServingPolicy, field: Field): Problem[] {
  const members = Object.entries(policy).filter(([, value]) => value !== undefined)
  const known: readonly string[] = [...policyCases, 'value']
  return [
    ...members
      .filter(([name]) => !known.includes(name))
      .map(([name]) => ({
        what: `there is no '${name}'`,
        hint: nameHint(name, known, 'policies'),
      })),
    ...members.flatMap(([name, action]) => findActionProblems(name, action, field)),
    ...findValueProblems(policy, field),
  ]
}

function findActionProblems(name: string, action: unknown, field: Field): Problem[] {
  if (!policyCases.some((known) => known === name)) return []
  const actions = name === 'missing' ? ['reject', 'impute'] : ['reject', 'impute', 'warn']
  if (!actions.some((known) => known === action)) {
    return [
      {
        what: `${name} is ${JSON.stringify(action)}, expected one of ${actions.join(', ')}`,
        hint: 'name one of them',
      },
    ]
  }
  if (canHappen(name, field)) return []
  const why = name === 'missing' ? 'may be missing' : `is ${describeField(field)}`
  return [{ what: `${name} cannot happen, for it ${why}`, hint: `leave '${name}' out` }]
}

function canHappen(name: string, field: Field): boolean {
  if (name === 'missing') return field.nullable !== true
  if (name !== valueCaseOf(field)) return false
  if (field.type === 'text') return field.levels !== undefined || field.maxLength !== undefined
  return field.type === 'category' || 'min' in field || 'max' in field
}

function findValueProblems(policy: ServingPolicy, field: Field): Problem[] {
  const { value } = policy
  const isUsed = policyCases.some((name) => policy[name] === 'impute')
  if (value === undefined) {
    if (!isUsed || field.nullable === true) return []
    return [
      {
        what: 'what is imputed is not said',
        hint: `give it a value: ${describeValue(field)}`,
      },
    ]
  }
  if (!isUsed) return [{ what: 'a value, and nothing is imputed', hint: 'leave the value out' }]
  if (value === 'most-frequent') return []
  if (value === 'median') {
    if (hasMedian(field)) return []
    return [{ what: `a ${field.type} has no median`, hint: "write 'most-frequent'" }]
  }
  const violation = isOfType(value, field)
    ? describeViolation({ ...field, nullable: false }, cellOf(value))
    : `expected ${describeValue(field)}`
  if (violation === undefined) return []
  return [
    {
      what: `the value is ${JSON.stringify(value)}, ${violation}`,
      hint: 'impute what the column admits',
    },
  ]
}

/** What can be imputed in a column, in words. */
function describeValue(field: Field): string {
  const kinds = {
    text: 'a text',
    date: 'a day such as 2025-03-31',
    datetime: 'a time such as 2025-03-31T14:05:00Z',
    boolean: 'true, false',
  }
  const kind = isCodedField(field) || field.type === 'boolean' ? kinds[field.type] : 'a number'
  return hasMedian(field) ? `${kind}, 'median' or 'most-frequent'` : `${kind} or 'most-frequent'`
}

function hasMedian(field: Field): boolean {
  return field.type === 'integer' || field.type === 'number' || isTimeField(field)
}

function isOfType(value: number | boolean | string, field: Field): boolean {
  if (typeof value === 'boolean') return field.type === 'boolean'
  return typeof value === (isCodedField(field) ? 'string' : 'number')
}

/** The value as a cell has it: a truth value is a number. */
function cellOf(value: number | boolean | string): number | string {
  return typeof value === 'boolean' ? Number(value) : value
}

/**
 * The policies that a model carries: with values in place of 'median' and 'most-frequent', and only those of its
 * columns that let anything through; nothing when there are none.
 *
 * @param inputs - the model's columns, in the order of the matrix, with all texts that the rows have
 * @param rows - the training rows, NaN where missing
 */
export function resolvePolicies(
  serving: ProjectServing | undefined,
  inputs: InputFields,
  rows: Matrix,
): FieldPolicies | undefined {
  const policies: Readonly<Record<string, ServingPolicy | undefined>> = serving?.fields ?? {}
  const entries = Object.entries(inputs).flatMap(([name, field], column) => {
    const policy = ownMember(policies, name)
    if (policy === undefined) return []
    const resolved = resolvePolicy(policy, field, () => readColumn(rows, column))
    return Object.keys(resolved).length === 0 ? [] : [[name, resolved] as const]
  })
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

function resolvePolicy(
  policy: ServingPolicy,
  field: InputField,
  cells: () => Float64Array,
): FieldPolicy {
  const actions = policyCases.flatMap((name) => {
    const action = policy[name]
    return action === undefined || action === 'reject' ? [] : [[name, action] as const]
  })
  const value = resolveValue(policy.value, field, cells)
  return { ...Object.fromEntries(actions), ...(value !== undefined && { value }) }
}

function resolveValue(
  value: ServingPolicy['value'],
  field: InputField,
  cells: () => Float64Array,
): number | string | undefined {
  if (value === undefined) return undefined
  if (value !== 'median' && value !== 'most-frequent') return cellOf(value)
  return decodeInput(field, statisticOf(value, cells()) ?? Number.NaN) ?? undefined
}

/** The column's values in ascending order, without the missing ones. */
function readColumn(matrix: Matrix, column: number): Float64Array {
  const cells = Float64Array.from({ length: matrix.rows }, (_, row) =>
    numberAt(matrix, row, column),
  )
  return cells.filter((cell) => !Number.isNaN(cell)).sort()
}

/** Nothing of no cells. */
function statisticOf(kind: 'median' | 'most-frequent', sorted: Float64Array): number | undefined {
  if (kind === 'median') return sorted[Math.floor((sorted.length - 1) / 2)]
  let best: number | undefined
  let most = 0
  let run = 0
  for (const [i, cell] of sorted.entries()) {
    run = i > 0 && sorted[i - 1] === cell ? run + 1 : 1
    if (run <= most) continue
    most = run
    best = cell
  }
  return best
}
