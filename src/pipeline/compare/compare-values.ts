/** What changed between two versions of metric or parameter files. */

import { compareCodePoints } from '../../core/code-point-order.ts'
import {
  areYamlValuesEqual,
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
  toNumber,
} from '../yaml/yaml-value.ts'
import { keyText } from './json-text.ts'
import { formatPython } from './python-text.ts'

/** One key before and after; null when it is not there. */
export interface ValueChange {
  readonly old: YamlScalar
  readonly new: YamlScalar
  /** New minus old, when both are numbers; true counts as 1. */
  readonly difference: bigint | number | undefined
}

/** Changes by dotted key, by file; files and keys in order. */
export type ValueChanges = ReadonlyMap<string, ReadonlyMap<string, ValueChange>>

/** Values by file. */
export type FileValues = ReadonlyMap<string, YamlValue>

/**
 * Compares values key by key. A list counts as one value, told as Python text; a file that is
 * a single value has the key ''.
 *
 * @param withUnchanged - also tells what is equal
 */
export function compareValues(
  old: FileValues,
  current: FileValues,
  { withUnchanged = false }: { readonly withUnchanged?: boolean } = {},
): ValueChanges {
  const files = [...new Set([...old.keys(), ...current.keys()])].sort(compareCodePoints)
  const changes = new Map<string, ReadonlyMap<string, ValueChange>>()
  for (const file of files) {
    const found = compareFile(old.get(file), current.get(file), withUnchanged)
    if (found.size > 0) changes.set(file, found)
  }
  return changes
}

function compareFile(
  old: YamlValue | undefined,
  current: YamlValue | undefined,
  withUnchanged: boolean,
): ReadonlyMap<string, ValueChange> {
  const [before, after] = [flattenValue(old), flattenValue(current)]
  // A value that took the place of a map, or the reverse, has no keys to compare with.
  const [beforeRest, afterRest] = [restOf(before, after), restOf(after, before)]
  const keys = [...new Set([...before.keys(), ...after.keys()])]
  const isMixed = beforeRest !== null || afterRest !== null
  const changes = new Map<string, ValueChange>()
  for (const key of keys.sort(compareCodePoints)) {
    if (isMixed && key === '') continue
    const change = toChange(before.get(key) ?? beforeRest, after.get(key) ?? afterRest)
    if (withUnchanged || !areYamlValuesEqual(change.old, change.new)) changes.set(key, change)
  }
  return changes
}

function restOf(own: FlatValues, other: FlatValues): YamlScalar {
  return own.size === 1 && own.has('') && !other.has('') && other.size > 0
    ? 'unable to parse'
    : null
}

function toChange(old: YamlScalar, current: YamlScalar): ValueChange {
  return { old, new: current, difference: subtract(current, old) }
}

function subtract(a: YamlScalar, b: YamlScalar): bigint | number | undefined {
  const [left, right] = [toNumber(a), toNumber(b)]
  if (left === undefined || right === undefined) return undefined
  if (typeof left === 'bigint' && typeof right === 'bigint') return left - right
  return Number(left) - Number(right)
}

/** Scalars by dotted key. */
export type FlatValues = ReadonlyMap<string, YamlScalar>

/** All values of a tree by dotted key: lists as Python text; empty maps leave no trace; a single value has the key ''. */
export function flattenValue(value: YamlValue | undefined): FlatValues {
  const flat = new Map<string, YamlScalar>()
  if (value === undefined || value === null) return flat
  if (isYamlMap(value)) flattenMap(value, '', flat)
  else flat.set('', toScalar(value))
  return flat
}

function flattenMap(map: YamlMap, prefix: string, into: Map<string, YamlScalar>): void {
  for (const [key, value] of map) {
    const name = prefix + keyText(key)
    if (isYamlMap(value)) flattenMap(value, `${name}.`, into)
    else into.set(name, toScalar(value))
  }
}

function toScalar(value: YamlScalar | readonly YamlValue[]): YamlScalar {
  return isYamlList(value) ? formatPython(value) : value
}

/** As DVC's `--json` has it: `old`, `new`, and `diff` where there is one. */
export function toChangesDocument(changes: ValueChanges): YamlMap {
  return new Map(
    Array.from(changes, ([file, keys]) => [
      file,
      new Map(Array.from(keys, ([key, change]) => [key, toChangeDocument(change)] as const)),
    ]),
  )
}

function toChangeDocument({ old, new: current, difference }: ValueChange): YamlMap {
  const document = new Map<YamlScalar, YamlValue>([
    ['old', old],
    ['new', current],
  ])
  return difference === undefined ? document : document.set('diff', difference)
}
