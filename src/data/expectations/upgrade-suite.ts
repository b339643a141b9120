/** Suites of Great Expectations before 1.0, in the form of 1.x. */

import { ownMember } from '../../core/own-member.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './outcome.ts'

/** Whether a suite, or one of its expectations, is named as before 1.0. */
export function isOldForm(suite: JsonObject): boolean {
  const { expectations } = suite
  if ('expectation_suite_name' in suite) return true
  return (
    Array.isArray(expectations) &&
    expectations.some((item) => isJsonObject(item) && 'expectation_type' in item)
  )
}

const droppedSuiteKeys: ReadonlySet<string> = new Set([
  'data_asset_name',
  'data_asset_type',
  'ge_cloud_id',
])
const droppedKeys: ReadonlySet<string> = new Set([
  'expectation_context',
  'ge_cloud_id',
  'success_on_last_run',
])

/** What belonged to a run, not to the expectation, and what 1.0 gave up. */
const droppedKwargs: ReadonlySet<string> = new Set([
  'result_format',
  'catch_exceptions',
  'include_config',
  'batch_id',
  'parse_strings_as_datetimes',
  'allow_cross_type_comparisons',
])

/** Renames what 1.0 renamed and drops what it gave up; what neither knows stays, to be named as a problem. */
export function upgradeSuite(suite: JsonObject): JsonObject {
  const { expectations } = suite
  return {
    ...rename(suite, { dropped: droppedSuiteKeys, names: suiteNames }),
    ...(Array.isArray(expectations) && { expectations: expectations.map(upgradeExpectation) }),
  }
}

const suiteNames: Readonly<Record<string, string>> = {
  expectation_suite_name: 'name',
  evaluation_parameters: 'suite_parameters',
}

function upgradeExpectation(item: JsonValue): JsonValue {
  if (!isJsonObject(item)) return item
  const { kwargs } = item
  return {
    ...rename(item, { dropped: droppedKeys, names: { expectation_type: 'type' } }),
    ...(isJsonObject(kwargs) && { kwargs: rename(kwargs, { dropped: droppedKwargs, names: {} }) }),
  }
}

function rename(
  object: JsonObject,
  change: {
    readonly dropped: ReadonlySet<string>
    readonly names: Readonly<Record<string, string>>
  },
): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([key]) => !change.dropped.has(key))
      .map(([key, value]) => [ownMember(change.names, key) ?? key, value]),
  )
}
