/** What became of each expectation since the version of the data before. */

import { describeExpectation } from './expectations/describe-expectation.ts'
import type { Profile } from './profile/profile.ts'
import type { ExpectationResult, ValidationResult } from './expectations/validation-result.ts'

/** What is known of the version before: a profile, a result, or both of a file that was held against the same suite. */
export interface PreviousVersion {
  readonly name: string
  readonly profile?: Profile
  readonly result?: ValidationResult
}

/** What became of an expectation. */
export interface ExpectationChange {
  readonly kind: 'broke' | 'fails still' | 'fails, and is new' | 'holds again'
  readonly now: ExpectationResult
  readonly before?: ExpectationResult
}

const order: readonly ExpectationChange['kind'][] = [
  'broke',
  'fails, and is new',
  'fails still',
  'holds again',
]

/**
 * Expectations that fail now or failed before, those first that held before.
 * The same expectation has the same type and arguments, wherever it stands.
 */
export function compareValidations(
  now: ValidationResult,
  before: ValidationResult,
): readonly ExpectationChange[] {
  const earlier = Map.groupBy(before.results, keyOf)
  return now.results
    .flatMap((one): ExpectationChange[] => {
      const then = earlier.get(keyOf(one))?.shift()
      if (then === undefined) return one.success ? [] : [{ kind: 'fails, and is new', now: one }]
      if (one.success && then.success) return []
      const kind = one.success ? 'holds again' : then.success ? 'broke' : 'fails still'
      return [{ kind, now: one, before: then }]
    })
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}

function keyOf({ expectation_config: { type, kwargs } }: ExpectationResult): string {
  // GX writes an argument that is not given as null, and adds the batch it asked.
  const given = Object.entries(kwargs).filter(
    ([name, value]) => value !== null && name !== 'batch_id',
  )
  return JSON.stringify([type, given.toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

const shownChanges = 10

/** Lines for people: how many broke and were mended, and those that broke. */
export function renderChanges(now: ValidationResult, { name, result }: PreviousVersion): string[] {
  if (result === undefined) return []
  const changes = compareValidations(now, result)
  const kinds = order.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length
    return count === 0 ? [] : [`${kind}: ${count}`]
  })
  const broke = changes.filter(({ kind }) => kind === 'broke')
  const rest = broke.length - shownChanges
  return [
    `since '${name}': ${kinds.length === 0 ? 'all that held holds' : kinds.join(', ')}`,
    ...broke
      .slice(0, shownChanges)
      .map(({ now: one }) => `  broke: ${describeExpectation(one.expectation_config)}`),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ]
}
