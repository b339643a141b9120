/** What params.yaml may hold, as data: kinds of values, and sections held against them. */

import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'

/** What one number or text of params.yaml may be. */
export type Rule =
  | {
      readonly kind: 'integer' | 'number'
      readonly min: number
      readonly max: number
      /** Taken when the name is absent. */
      readonly default?: number
    }
  | {
      readonly kind: 'boolean'
      /** Taken when the name is absent. */
      readonly default?: boolean
    }
  | { readonly kind: 'text'; readonly pattern: RegExp; readonly expected: string }
  | {
      readonly kind: 'choice'
      readonly options: readonly string[]
      /** Taken when the name is absent. */
      readonly default?: string
    }

/** A section: its names and what each may be. */
export interface Rules {
  readonly [name: string]: Rule | Rules
}

/** The type of the values that rules admit. */
export type ValueOf<R> = R extends { readonly kind: 'text' }
  ? string
  : R extends { readonly kind: 'choice'; readonly options: readonly (infer O)[] }
    ? O
    : R extends { readonly kind: 'integer' | 'number' }
      ? number
      : R extends { readonly kind: 'boolean' }
        ? boolean
        : { readonly [K in keyof R]: ValueOf<R[K]> }

/** A whole number from `min` to `max`. */
export const integer = (min: number, max: number) => ({ kind: 'integer', min, max }) as const
/** A number from `min` to `max`. */
export const number = (min: number, max: number) => ({ kind: 'number', min, max }) as const
/** What random numbers start from. */
export const seed = integer(0, 2 ** 32 - 1)

/** The values with the default of every rule whose name is absent. */
export function withDefaults(section: Rules, value: unknown): unknown {
  if (!isObject(value)) return value
  const filled = Object.entries(section).map(([name, rule]) => [
    name,
    isRule(rule)
      ? (value[name] ?? defaultOf(rule))
      : withDefaults(rule, value[name] ?? (isOptional(rule) ? {} : undefined)),
  ])
  return { ...value, ...Object.fromEntries(filled) }
}

/** Has a default, or is a section of nothing else. */
function isOptional(rule: Rule | Rules): boolean {
  return isRule(rule) ? defaultOf(rule) !== undefined : Object.values(rule).every(isOptional)
}

function defaultOf(rule: Rule): string | number | boolean | undefined {
  return rule.kind === 'text' ? undefined : rule.default
}

/**
 * Every name and value of a section that its rules do not admit, and every name that is missing.
 *
 * @param at - file and line of a path
 */
export function checkSection(
  section: Rules,
  value: unknown,
  path: readonly string[],
  at: (path: readonly string[]) => string,
): string[] {
  if (!isObject(value)) {
    return [`${at(path)}: '${path.join('.')}' is ${JSON.stringify(value)}, expected a section`]
  }
  // Of the sections at the root, two are not made of rules.
  const known = [...Object.keys(section), ...(path.length === 0 ? ['tune', 'monitor'] : [])]
  const unknown = Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const full = [...path, name]
      return `${at(full)}: there is no parameter '${full.join('.')}' (${nameHint(name, known, 'names here')})`
    })
  const problems = Object.entries(section).flatMap(([name, rule]) => {
    const full = [...path, name]
    const found = value[name]
    if (found === undefined) {
      return isOptional(rule) ? [] : [`${at(path)}: '${full.join('.')}' is missing`]
    }
    if (!isRule(rule)) return checkSection(rule, found, full, at)
    return isAllowed(rule, found)
      ? []
      : [
          `${at(full)}: '${full.join('.')}' is ${JSON.stringify(found)}, expected ${describeRule(rule)}`,
        ]
  })
  return [...unknown, ...problems]
}

/** A rule, not a section. */
export function isRule(rule: Rule | Rules): rule is Rule {
  return typeof rule.kind === 'string'
}

/** Whether a rule admits a value. */
export function isAllowed(rule: Rule, value: unknown): boolean {
  if (rule.kind === 'text') return typeof value === 'string' && rule.pattern.test(value)
  if (rule.kind === 'boolean') return typeof value === 'boolean'
  if (rule.kind === 'choice') return rule.options.some((option) => option === value)
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (rule.kind === 'integer' && !Number.isInteger(value)) return false
  return value >= rule.min && value <= rule.max
}

/** What a rule expects, in words. */
export function describeRule(rule: Rule): string {
  if (rule.kind === 'text') return rule.expected
  if (rule.kind === 'boolean') return 'true or false'
  if (rule.kind === 'choice') return `one of ${rule.options.join(', ')}`
  return `${rule.kind === 'integer' ? 'an integer' : 'a number'} from ${rule.min} to ${rule.max}`
}
