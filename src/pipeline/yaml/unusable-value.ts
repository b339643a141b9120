/** Values that files can hold and DVC can read, but neither lock nor interpolate: dates above all. */

import type { Place } from './problems.ts'
import { isYamlList, isYamlMap, type YamlValue } from './yaml-value.ts'

/** What stands there instead of a value. */
export interface Unusable {
  /** In the words of a message: 'a date'. */
  readonly kind: string
  /** As it stands in the file. */
  readonly text: string
  readonly place: Place
}

/**
 * An empty list that stands in for a value that cannot be used, so that a file with a date in it can be
 * read as long as nobody asks for the date.
 */
export interface UnusableValue extends ReadonlyArray<never> {
  readonly unusable: Unusable
}

/** Creates the stand-in. */
export function createUnusableValue(unusable: Unusable): UnusableValue {
  return Object.assign([], { unusable })
}

/** The first value, at any depth, that cannot be used. */
export function findUnusable(value: YamlValue): Unusable | undefined {
  if (isYamlMap(value)) return findFirst(value.values())
  if (!isYamlList(value)) return undefined
  return isUnusable(value) ? value.unusable : findFirst(value)
}

function findFirst(values: Iterable<YamlValue>): Unusable | undefined {
  for (const value of values) {
    const found = findUnusable(value)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether a value is a stand-in. */
export function isUnusable(value: YamlValue): value is UnusableValue {
  return isYamlList(value) && 'unusable' in value
}
