/** Expectations that hold only because there was nothing to check. */

import type { Suite } from './suite.ts'
import type { Answer } from './validation-result.ts'

/** Why an expectation was asked of nothing: no row, no row that meets its condition, or no value in those. */
export type Emptiness = 'no rows' | 'no rows by its condition' | undefined

/**
 * An answer that says so when nothing was checked; with the policy it does not
 * hold then. Answers of no rows at all are noted once for the whole table.
 */
export function noteNothingChecked(
  answer: Answer,
  { emptiness, failsOnEmpty }: { readonly emptiness: Emptiness; readonly failsOnEmpty: boolean },
): Answer {
  if ('error' in answer || (emptiness === undefined && answer.hasChecked !== false)) return answer
  if (!answer.success) return answer
  const what =
    emptiness === 'no rows by its condition'
      ? 'its condition selects no row'
      : 'there was no value to check'
  const { warnings = [] } = answer
  if (failsOnEmpty) {
    return { ...answer, success: false, warnings: [...warnings, `fails because ${what}`] }
  }
  const isNoted = emptiness === 'no rows' && answer.hasChecked !== false
  return isNoted ? answer : { ...answer, warnings: [...warnings, `holds because ${what}`] }
}

/** What a suite says in `meta.fail_on_empty`, for GX a remark like any other. */
export function readEmptyPolicy({ meta }: Suite): {
  readonly failsOnEmpty: boolean
  readonly warnings: readonly string[]
} {
  const policy = meta['fail_on_empty'] ?? false
  if (typeof policy === 'boolean') return { failsOnEmpty: policy, warnings: [] }
  return {
    failsOnEmpty: true,
    warnings: [
      `meta.fail_on_empty is ${JSON.stringify(policy)}, expected true or false; taken as true`,
    ],
  }
}
