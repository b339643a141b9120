import { isNode, LineCounter, parseDocument, type Document } from 'yaml'
import { ToolkitError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import { nameHint } from '../core/nearest.ts'
import { policies } from '../data/checks/training-check.ts'
import { schemaPolicies } from '../data/schema/check-misfits.ts'
import { headlineMetrics } from '../training/headline-metrics.ts'

/** What one number or text of params.yaml may be. */
type Rule =
  | { readonly kind: 'integer' | 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'text'; readonly pattern: RegExp; readonly expected: string }
  | {
      readonly kind: 'choice'
      readonly options: readonly string[]
      /** Taken when the name is absent. */
      readonly default?: string
    }

interface Rules {
  readonly [name: string]: Rule | Rules
}

type ValueOf<R> = R extends { readonly kind: 'text' }
  ? string
  : R extends { readonly kind: 'choice'; readonly options: readonly (infer O)[] }
    ? O
    : R extends { readonly kind: 'integer' | 'number' }
      ? number
      : { readonly [K in keyof R]: ValueOf<R[K]> }

const integer = (min: number, max: number) => ({ kind: 'integer', min, max }) as const
const number = (min: number, max: number) => ({ kind: 'number', min, max }) as const
const seed = integer(0, 2 ** 32 - 1)
const policy = { kind: 'choice', options: policies } as const

/** Every parameter, its type and its range: the one place that says what params.yaml may hold. */
const rules = {
  ingest: {
    sha256: { kind: 'text', pattern: /^[0-9a-f]{64}$/, expected: '64 hexadecimal digits' },
  },
  checks: {
    schema: { kind: 'choice', options: schemaPolicies, default: 'error' },
    missing_target: policy,
    single_class_target: policy,
    rare_class: policy,
    duplicate_keys: policy,
    target_leakage: policy,
    leakage_auc: number(0.5, 1),
    leakage_explained_share: number(0, 1),
    constant_columns: policy,
    near_constant_share: number(0.5, 1),
    duplicate_columns: policy,
    target_outliers: policy,
    sorted_by_target: policy,
    index_correlation: policy,
  },
  split: { folds: integer(2, 1000), test_fold: integer(0, 999) },
  train: {
    logistic: { l2: number(0, 1e9), max_iterations: integer(1, 10_000) },
    boosting: {
      rounds: integer(1, 100_000),
      learning_rate: number(1e-6, 1),
      max_leaves: integer(2, 1024),
      min_rows_per_leaf: integer(1, 1e9),
      max_bins: integer(2, 255),
      l2: number(0, 1e9),
      feature_fraction: number(0.01, 1),
      seed,
    },
  },
  evaluate: { replicates: integer(100, 100_000), confidence_level: number(0.5, 0.999), seed },
  promote: {
    metric: { kind: 'choice', options: headlineMetrics },
    min_improvement: number(0, 1),
    min_roc_auc: number(0, 1),
  },
} as const satisfies Rules

/** The numbers and texts of params.yaml, checked. */
export type Parameters = ValueOf<typeof rules>

/** The models a project can train: the sections below `train`. */
export const modelKinds = ['logistic', 'boosting'] as const satisfies (keyof Parameters['train'])[]
export type ModelKind = (typeof modelKinds)[number]

/**
 * Parses params.yaml and checks every name and value.
 *
 * @param place - the file's path, for messages
 * @throws {ToolkitError} `CONFIG_INVALID` with all problems at once, each with its line.
 *
 * @example
 * ```ts
 * import { parseParameters } from 'ml-pipeline-toolkit'
 * try {
 *   parseParameters('split: {fold: 5}', 'params.yaml')
 * } catch (error) {
 *   String(error).includes("there is no parameter 'split.fold' (did you mean 'folds'?)") // => true
 * }
 * ```
 */
export function parseParameters(text: string, place: string): Parameters {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const [syntaxError] = document.errors
  if (syntaxError !== undefined) {
    const position = syntaxError.linePos?.[0]
    throw new ToolkitError(
      'CONFIG_INVALID',
      `${place}:${position?.line ?? 1}:${position?.col ?? 1}: ${syntaxError.message.split('\n')[0]}`,
      { hint: 'mend the YAML', cause: syntaxError },
    )
  }
  const value: unknown = document.toJS()
  const lines = lineFinder(document, counter)
  const problems = checkSection(rules, value, [], (path) => `${place}:${lines(path)}`)
  if (problems.length > 0) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `${place} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((p) => `    ${p}`).join('\n')}`,
      { hint: 'docs/pipeline.md lists every parameter with its range' },
    )
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checkSection held every name and value against the rules this type is made of
  return withDefaults(rules, value) as Parameters
}

/** The values with the default of every rule whose name is absent. */
function withDefaults(section: Rules, value: unknown): unknown {
  if (!isObject(value)) return value
  const filled = Object.entries(section).map(([name, rule]) => [
    name,
    isRule(rule) ? (value[name] ?? defaultOf(rule)) : withDefaults(rule, value[name]),
  ])
  return { ...value, ...Object.fromEntries(filled) }
}

function defaultOf(rule: Rule): string | undefined {
  return rule.kind === 'choice' ? rule.default : undefined
}

type LineFinder = (path: readonly string[]) => number

function checkSection(
  section: Rules,
  value: unknown,
  path: readonly string[],
  at: (path: readonly string[]) => string,
): string[] {
  if (!isObject(value)) {
    return [`${at(path)}: '${path.join('.')}' is ${JSON.stringify(value)}, expected a section`]
  }
  const known = Object.keys(section)
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
      const isOptional = isRule(rule) && defaultOf(rule) !== undefined
      return isOptional ? [] : [`${at(path)}: '${full.join('.')}' is missing`]
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

function isRule(rule: Rule | Rules): rule is Rule {
  return typeof rule.kind === 'string'
}

function isAllowed(rule: Rule, value: unknown): boolean {
  if (rule.kind === 'text') return typeof value === 'string' && rule.pattern.test(value)
  if (rule.kind === 'choice') return rule.options.some((option) => option === value)
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (rule.kind === 'integer' && !Number.isInteger(value)) return false
  return value >= rule.min && value <= rule.max
}

function describeRule(rule: Rule): string {
  if (rule.kind === 'text') return rule.expected
  if (rule.kind === 'choice') return `one of ${rule.options.join(', ')}`
  return `${rule.kind === 'integer' ? 'an integer' : 'a number'} from ${rule.min} to ${rule.max}`
}

/** Finds the line of a value, or of the nearest section around it that is there. */
function lineFinder(document: Document, counter: LineCounter): LineFinder {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range) return counter.linePos(node.range[0]).line
    }
    return 1
  }
}
