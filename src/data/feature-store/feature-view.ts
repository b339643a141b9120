import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { type Fields, isField } from '../../core/schema.ts'
import type { Suite } from '../expectations/suite.ts'
import { parseDuration } from './duration.ts'

/**
 * Facts about things, each holding from a moment on: what a client's statement said, month by month.
 * One row is one fact: the entities it is about, its moment, and the features that held from then.
 */
export interface FeatureView<E extends Fields = Fields, F extends Fields = Fields> {
  /** Letters, digits and underscores: it names a folder, and columns where `fullNames` asks for it. */
  readonly name: string
  readonly description?: string
  /** The columns that say whose fact a row is: at least one. */
  readonly entities: E
  /** The column of the moment from which a fact holds: a date or a time, in UTC where it names no zone. */
  readonly timestamp: string
  /** The column of the moment at which a fact became known; of several facts of one moment the last known counts. */
  readonly created?: string
  /** How long a fact holds, such as '90d' or '1d12h'; for ever when absent. */
  readonly ttl?: string
  readonly features: F
  /** What the facts are held against when they are appended. */
  readonly expectations?: ViewExpectations
}

export const expectationPolicies = ['error', 'quarantine', 'warn'] as const

/** What follows from facts that break a critical expectation: none are appended; only the others are; all are. */
export type ExpectationPolicy = (typeof expectationPolicies)[number]

/** The expectations of a view's facts, which have its columns: entities, moments and features. */
export interface ViewExpectations {
  /** A suite, or the path of its JSON in the form of Great Expectations; in a project from its folder. */
  readonly suite: Suite | string
  /** The project's `checks.schema` when absent, and 'error' where there is no project. */
  readonly policy?: ExpectationPolicy
}

/**
 * Defines a feature view; the compiler then knows its features by name and type.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` with all that is wrong
 *
 * @example
 * ```ts
 * import { defineFeatureView } from 'ml-pipeline-toolkit'
 * const statements = defineFeatureView({
 *   name: 'statements',
 *   entities: { client: { type: 'integer' } },
 *   timestamp: 'month',
 *   ttl: '92d',
 *   features: { billed: { type: 'number' }, paid: { type: 'number', min: 0 } },
 * })
 * Object.keys(statements.features) // => ['billed', 'paid']
 * ```
 */
export function defineFeatureView<const E extends Fields, const F extends Fields>(
  view: FeatureView<E, F>,
): FeatureView<E, F> {
  const shape = findShapeProblems(view)
  const problems = shape.length > 0 ? shape : findProblems(view)
  if (problems.length > 0) {
    const name = isObject(view) ? view.name : ''
    throw new ToolkitError('CONFIG_INVALID', `feature view '${name}': ${problems.join('; ')}`)
  }
  return view
}

/** Definitions are loaded without the compiler's checks. */
function findShapeProblems(view: unknown): string[] {
  if (!isObject(view)) return ['it is no definition']
  const { name, entities, features, timestamp, created } = view
  const problems = Object.entries({ entities, features })
    .filter(([, fields]) => !isObject(fields))
    .map(([member]) => `'${member}' has to be fields by name`)
  if (typeof name !== 'string') problems.push("'name' has to be a text")
  if (typeof timestamp !== 'string') problems.push("'timestamp' has to be the name of a column")
  if (created !== undefined && typeof created !== 'string') {
    problems.push("'created' has to be the name of a column")
  }
  return problems
}

function findProblems(view: FeatureView): string[] {
  const problems: string[] = []
  if (!/^[A-Za-z_]\w{0,62}$/.test(view.name)) {
    problems.push('a name is letters, digits and underscores, at most 63, and begins with no digit')
  }
  if (Object.keys(view.entities).length === 0) problems.push('it needs an entity')
  if (Object.keys(view.features).length === 0) problems.push('it needs a feature')
  for (const [name, field] of [
    ...Object.entries(view.entities),
    ...Object.entries(view.features),
  ]) {
    if (!isField(field)) problems.push(`'${name}' is no field`)
  }
  if (view.ttl !== undefined && parseDuration(view.ttl) === undefined) {
    problems.push(`ttl '${view.ttl}' is no length of time, such as 90d, 12h or 1d12h`)
  }
  return [...problems, ...findExpectationProblems(view), ...findClashes(view)]
}

function findExpectationProblems({ expectations }: FeatureView): string[] {
  if (expectations === undefined) return []
  if (!isObject(expectations)) return ["'expectations' has to name a suite"]
  const { suite, policy } = expectations
  const isSuite =
    typeof suite === 'string' ? suite !== '' : isObject(suite) && Array.isArray(suite.expectations)
  return [
    ...(isSuite ? [] : ["'expectations.suite' is no suite and no path of one"]),
    ...(policy === undefined || expectationPolicies.includes(policy)
      ? []
      : [
          `'expectations.policy' is '${policy}'; ${nameHint(policy, expectationPolicies, 'policies')}`,
        ]),
  ]
}

/** Every column has one meaning; DuckDB tells names apart without their case. */
function findClashes(view: FeatureView): string[] {
  const problems: string[] = []
  const seen = new Map<string, string>()
  for (const name of columnsOf(view)) {
    const lower = name.toLowerCase()
    const other = seen.get(lower)
    if (other !== undefined) problems.push(`the columns '${other}' and '${name}' are one`)
    if (name === '' || name.startsWith('#')) problems.push(`a column cannot be called '${name}'`)
    seen.set(lower, name)
  }
  return problems
}

/** The columns that tell facts apart: entities, the moment, and when each became known. */
export function keysOf({ entities, timestamp, created }: FeatureView): string[] {
  return [...Object.keys(entities), timestamp, ...(created === undefined ? [] : [created])]
}

/** The columns of a view's facts, in the order in which they are stored. */
export function columnsOf(view: FeatureView): string[] {
  return [...keysOf(view), ...Object.keys(view.features)]
}

/** How long facts hold, in microseconds; undefined for ever. */
export function ttlMicroseconds({ ttl }: FeatureView): number | undefined {
  return ttl === undefined ? undefined : parseDuration(ttl)! * 1000
}
