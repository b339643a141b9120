/** What changed between two suites. */

import { isDeepStrictEqual } from 'node:util'
import type { JsonObject, JsonValue } from './outcome.ts'
import type { Expectation, Severity, Suite } from './suite.ts'

/** What came, went and says something else, in the order of the suites. */
export interface SuiteDiff {
  readonly added: readonly Expectation[]
  readonly removed: readonly Expectation[]
  readonly changed: readonly ChangedExpectation[]
}

/** An expectation of one type about the same columns and rows that says something else. */
export interface ChangedExpectation {
  readonly type: string
  /** What it is about: the arguments that name columns, and `row_condition`. */
  readonly about: JsonObject
  /** `null` where an argument is not given. */
  readonly kwargs: Readonly<
    Record<string, { readonly before: JsonValue; readonly after: JsonValue }>
  >
  readonly severity?: { readonly before: Severity; readonly after: Severity }
}

/**
 * Compares two suites: expectations of the same type about the same columns
 * and rows are one that changed, in the order of the suites. Notes, ids and
 * `meta` do not count.
 *
 * @example
 * ```ts
 * import { diffSuites, parseSuite } from 'ml-pipeline-toolkit'
 * const write = (max_value: number) =>
 *   `{"name":"s","expectations":[{"type":"expect_column_max_to_be_between","kwargs":{"column":"age","max_value":${max_value}}}]}`
 * const { changed, added } = diffSuites(parseSuite(write(90), 'a.json'), parseSuite(write(99), 'b.json'))
 * changed[0].kwargs // => { max_value: { before: 90, after: 99 } }
 * added // => []
 * ```
 */
export function diffSuites(before: Suite, after: Suite): SuiteDiff {
  // What is in both as it is takes nobody else's place.
  const same = pairUp(before.expectations, after.expectations, isSame)
  const { pairs, left, right } = pairUp(same.left, same.right, (a, b) => keyOf(a) === keyOf(b))
  return {
    added: right,
    removed: left,
    changed: pairs.map(([old, present]) => describeChange(old, present)),
  }
}

/** Each on the right with the first on the left that is like it, and those that have none. */
function pairUp(
  left: readonly Expectation[],
  right: readonly Expectation[],
  isAlike: (a: Expectation, b: Expectation) => boolean,
): {
  readonly pairs: readonly (readonly [Expectation, Expectation])[]
  readonly left: readonly Expectation[]
  readonly right: readonly Expectation[]
} {
  const open = [...left]
  const pairs: [Expectation, Expectation][] = []
  const alone: Expectation[] = []
  for (const each of right) {
    const place = open.findIndex((other) => isAlike(other, each))
    if (place === -1) alone.push(each)
    else pairs.push([open.splice(place, 1)[0]!, each])
  }
  return { pairs, left: open, right: alone }
}

const subjectKwargs = ['column', 'column_A', 'column_B', 'column_list', 'row_condition']

function subjectOf({ kwargs }: Expectation): JsonObject {
  return Object.fromEntries(
    subjectKwargs.filter((name) => name in kwargs).map((name) => [name, kwargs[name]!]),
  )
}

function keyOf(expectation: Expectation): string {
  return JSON.stringify([expectation.type, subjectOf(expectation)])
}

function isSame(a: Expectation, b: Expectation): boolean {
  return keyOf(a) === keyOf(b) && a.severity === b.severity && isDeepStrictEqual(a.kwargs, b.kwargs)
}

function describeChange(before: Expectation, after: Expectation): ChangedExpectation {
  const names = [...new Set([...Object.keys(before.kwargs), ...Object.keys(after.kwargs)])]
  const differing = names.filter(
    (name) => !isDeepStrictEqual(before.kwargs[name], after.kwargs[name]),
  )
  return {
    type: after.type,
    about: subjectOf(after),
    kwargs: Object.fromEntries(
      differing.map((name) => [
        name,
        { before: before.kwargs[name] ?? null, after: after.kwargs[name] ?? null },
      ]),
    ),
    ...(before.severity !== after.severity && {
      severity: { before: before.severity, after: after.severity },
    }),
  }
}

/** One line for each difference; none when the suites say the same. */
export function renderSuiteDiff({ added, removed, changed }: SuiteDiff): readonly string[] {
  return [
    ...removed.map((each) => `- ${each.type} ${JSON.stringify(each.kwargs)} ${each.severity}`),
    ...added.map((each) => `+ ${each.type} ${JSON.stringify(each.kwargs)} ${each.severity}`),
    ...changed.map(renderChange),
  ]
}

function renderChange({ type, about, kwargs, severity }: ChangedExpectation): string {
  const changes = Object.entries({ ...kwargs, ...(severity !== undefined && { severity }) })
  const words = changes.map(
    ([name, { before, after }]) => `${name} ${JSON.stringify(before)} → ${JSON.stringify(after)}`,
  )
  return `~ ${type} ${JSON.stringify(about)} ${words.join(', ')}`
}
