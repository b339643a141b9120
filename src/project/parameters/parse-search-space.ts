import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { ownMember } from '../../core/own-member.ts'
import { intervalKinds, type Dimension, type TrialValue } from '../../training/tune/dimension.ts'
import type { SearchSpace } from '../../training/tune/search-space.ts'
import { describeRule, isAllowed, isRule, type Rule, type Rules } from './parameter-rules.ts'

interface Options {
  /** What the parameters of the model may be. */
  readonly model: Rules
  /** File and line of a path. */
  readonly at: (path: readonly string[]) => string
}

/** Reads the ranges of a study; the space is whole only when there is no problem. */
export function parseSearchSpace(
  value: unknown,
  path: readonly string[],
  { model, at }: Options,
): { readonly space: SearchSpace; readonly problems: readonly string[] } {
  const refuse = (problem: string) => ({ space: {}, problems: [`${at(path)}: ${problem}`] })
  const name = path.join('.')
  if (value === undefined) return refuse(`'${name}' is missing`)
  if (!isObject(value)) return refuse(`'${name}' is ${JSON.stringify(value)}, expected a section`)
  const entries = Object.entries(value)
  if (entries.length === 0) return refuse(`'${name}' is empty: name a parameter and its range`)
  const space: Record<string, Dimension> = {}
  const problems: string[] = []
  for (const [parameter, range] of entries) {
    const full = [...path, parameter]
    const rule = ownMember(model, parameter)
    const parsed =
      rule === undefined || !isRule(rule)
        ? `there is no parameter '${parameter}' to tune (${nameHint(parameter, tunable(model), 'parameters')})`
        : parseDimension(range, rule)
    if (typeof parsed === 'string') {
      problems.push(`${at(full)}: ${parsed.replace('RANGE', `'${full.join('.')}'`)}`)
    } else space[parameter] = parsed
  }
  return { space, problems }
}

function tunable(model: Rules): readonly string[] {
  return Object.entries(model).flatMap(([name, rule]) => (isRule(rule) ? [name] : []))
}

const kinds = [...intervalKinds, 'choice'] as const

/**
 * Reads one range, of a parameter that may be anything where there is no rule.
 *
 * @returns what is wrong, in words where RANGE stands for the range's name, else the dimension
 */
export function parseDimension(range: unknown, rule?: Rule): Dimension | string {
  const [entry, ...more] = isObject(range) ? Object.entries(range) : []
  if (entry === undefined || more.length > 0) {
    return `RANGE is ${JSON.stringify(range)}, expected one of ${kinds.join(', ')} with its values`
  }
  const [name, values] = entry
  const kind = kinds.find((known) => known === name)
  if (kind === undefined) return `RANGE has the kind '${name}' (${nameHint(name, kinds, 'kinds')})`
  return kind === 'choice' ? parseChoice(values, rule) : parseInterval(kind, values, rule)
}

function parseInterval(
  kind: (typeof intervalKinds)[number],
  values: unknown,
  rule: Rule | undefined,
): Dimension | string {
  const given = `RANGE is ${kind} ${JSON.stringify(values)}`
  if (rule !== undefined && rule.kind !== 'integer' && rule.kind !== 'number') {
    return `${given}, expected a choice: the parameter is ${describeRule(rule)}`
  }
  if (rule?.kind === 'integer' && !isWhole(kind)) {
    return `${given}, expected integer or log_integer: the parameter is a whole number`
  }
  const [min, max, ...more] = Array.isArray(values) ? (values as readonly unknown[]) : []
  if (!isNumber(min) || !isNumber(max) || more.length > 0) {
    return `${given}, expected two numbers, as in [1, 10]`
  }
  const expected = expectedEnds(kind, { min, max }, rule)
  return expected === undefined ? { kind, min, max } : `${given}, expected ${expected}`
}

/** What the ends of an interval should be and are not. */
function expectedEnds(
  kind: (typeof intervalKinds)[number],
  { min, max }: { readonly min: number; readonly max: number },
  rule: Rule | undefined,
): string | undefined {
  if (isWhole(kind) && !(Number.isInteger(min) && Number.isInteger(max))) return 'whole numbers'
  if (min >= max) return 'the smaller number first'
  if (kind.startsWith('log_') && min <= 0) return 'numbers above 0'
  if (rule === undefined || (isAllowed(rule, min) && isAllowed(rule, max))) return undefined
  return `numbers that the parameter may be: ${describeRule(rule)}`
}

function isWhole(kind: string): boolean {
  return kind === 'integer' || kind === 'log_integer'
}

function parseChoice(values: unknown, rule: Rule | undefined): Dimension | string {
  const given = `RANGE is choice ${JSON.stringify(values)}`
  const options = (Array.isArray(values) ? (values as readonly unknown[]) : []).filter(isTrialValue)
  if (!Array.isArray(values) || options.length < 2 || options.length < values.length) {
    return `${given}, expected a list of two values or more`
  }
  if (new Set(options.map(String)).size < options.length) return `${given}, expected no value twice`
  const bad = rule && options.find((option) => !isAllowed(rule, option))
  if (rule === undefined || bad === undefined) return { kind: 'choice', options }
  return `${given}, expected values the parameter may have, not ${JSON.stringify(bad)}: ${describeRule(rule)}`
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isTrialValue(value: unknown): value is TrialValue {
  return typeof value === 'string' || typeof value === 'boolean' || isNumber(value)
}
