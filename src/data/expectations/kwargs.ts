/** What the arguments of an expectation may be: each kind checks a JSON value and names what it expects. */

import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'

/** One argument: whether a JSON value fits it, and the words for messages. */
export interface Kwarg<T, Required extends boolean = boolean> {
  /** Completes 'expected …'. */
  readonly expected: string
  readonly isRequired: Required
  readonly accepts: (value: unknown) => value is T
  /** What is wrong with a value of the right kind, or `undefined`. */
  readonly describeProblem?: (value: T) => string | undefined
}

// A schema holds arguments of many types; `unknown` in both positions of a type guard would not admit them.
// oxlint-disable-next-line typescript/no-explicit-any -- the one place where the argument's own type does not matter
export type KwargSchema = Readonly<Record<string, Kwarg<any>>>

/** The typed arguments a schema admits; optional ones may be `undefined`. */
export type KwargsOf<S extends KwargSchema> = {
  readonly [K in keyof S]: S[K] extends Kwarg<infer T, infer R>
    ? R extends true
      ? T
      : T | undefined
    : never
}

/** A problem and what to do about it. */
export interface KwargProblem {
  readonly message: string
  readonly hint?: string
}

/** Every way in which arguments do not fit their schema; none means that {@link KwargsOf} holds. */
export function findKwargProblems(
  kwargs: Readonly<Record<string, unknown>>,
  schema: KwargSchema,
): KwargProblem[] {
  const names = Object.keys(schema)
  const missing = names
    .filter((name) => schema[name]!.isRequired && isAbsent(kwargs[name]))
    .map((name) => ({
      message: `lacks '${name}'`,
      hint: `give '${name}': ${schema[name]!.expected}`,
    }))
  const unfit = Object.entries(kwargs).flatMap(([name, value]) => {
    const kwarg = ownMember(schema, name)
    if (kwarg === undefined) return [describeUnknown(name, names)]
    return isAbsent(value) ? [] : describeUnfit(name, value, kwarg)
  })
  return [...missing, ...unfit]
}

/** GX writes an argument that is not given as null. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

function describeUnfit(name: string, value: unknown, kwarg: Kwarg<unknown>): KwargProblem[] {
  if (isParameter(value)) {
    return [
      {
        message: `'${name}' is a suite parameter that has no value`,
        hint: 'give the value when validating',
      },
    ]
  }
  if (!kwarg.accepts(value)) {
    return [{ message: `'${name}' is ${formatValue(value)}, expected ${kwarg.expected}` }]
  }
  const problem = kwarg.describeProblem?.(value)
  return problem === undefined ? [] : [{ message: `'${name}' ${problem}` }]
}

function isParameter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$PARAMETER' in value
}

function describeUnknown(name: string, known: readonly string[]): KwargProblem {
  const hint = ownMember(removedKwargs, name) ?? nameHint(name, known, 'arguments')
  return { message: `has an unknown argument '${name}'`, hint }
}

const removedKwargs: Readonly<Record<string, string>> = {
  batch_id: 'remove batch_id: it belongs to a result, not to a suite',
  result_format: 'remove result_format: it is chosen when validating',
  catch_exceptions: 'remove catch_exceptions: an expectation that raises never stops the others',
  include_config: 'remove include_config: results always show the configuration',
}

function formatValue(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

/** Makes an argument one that must be given. */
export function required<T>(kwarg: Kwarg<T, false>): Kwarg<T, true> {
  return { ...kwarg, isRequired: true }
}

/** The name of a column, or any other text. */
export const text: Kwarg<string, false> = {
  expected: 'a text that is not empty',
  isRequired: false,
  accepts: (value): value is string => typeof value === 'string' && value !== '',
}

export const texts: Kwarg<readonly string[], false> = {
  expected: 'a list of texts',
  isRequired: false,
  accepts: (value): value is readonly string[] => Array.isArray(value) && value.every(isText),
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export const boolean: Kwarg<boolean, false> = {
  expected: 'true or false',
  isRequired: false,
  accepts: (value) => typeof value === 'boolean',
}

export const integer: Kwarg<number, false> = {
  expected: 'an integer',
  isRequired: false,
  accepts: (value): value is number => Number.isSafeInteger(value),
}

export const count: Kwarg<number, false> = {
  expected: 'an integer of at least 0',
  isRequired: false,
  accepts: (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
}

export const number: Kwarg<number, false> = {
  expected: 'a number',
  isRequired: false,
  accepts: (value): value is number => Number.isFinite(value),
}

export const size: Kwarg<number, false> = {
  expected: 'a number of at least 0',
  isRequired: false,
  accepts: (value): value is number => Number.isFinite(value) && Number(value) >= 0,
}

/** A share of rows. */
export const share: Kwarg<number, false> = {
  expected: 'a number from 0 to 1',
  isRequired: false,
  accepts: (value): value is number => typeof value === 'number' && value >= 0 && value <= 1,
}

/** A number, a date or time as ISO 8601 text for columns that hold such, or a text for columns of texts. */
export const bound: Kwarg<number | string, false> = {
  expected: "a number, a date such as '2024-01-31', or a text",
  isRequired: false,
  accepts: (value): value is number | string =>
    typeof value === 'string' ? value !== '' : Number.isFinite(value),
}

export type SetMember = number | string | boolean | null

export const setMembers: Kwarg<readonly SetMember[], false> = {
  expected: 'a list of numbers, texts or booleans',
  isRequired: false,
  accepts: (value): value is readonly SetMember[] =>
    Array.isArray(value) && value.every((member) => member === null || isScalar(member)),
}

/** One member of a set that is not missing. */
export function isScalar(value: unknown): value is Exclude<SetMember, null> {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
}

export function oneOf<const T extends string>(options: readonly T[]): Kwarg<T, false> {
  return {
    expected: `one of ${options.map((option) => `'${option}'`).join(', ')}`,
    isRequired: false,
    accepts: (value): value is T => options.some((option) => option === value),
  }
}
