/** What DVC makes of a `*.dvc` file when it writes it anew, and the checksum of that. */

import { createHash } from 'node:crypto'
import { formatPythonJson } from '../yaml/python-json.ts'
import { isUnusable } from '../yaml/unusable-value.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

const topKeys = ['desc', 'md5', 'wdir', 'frozen', 'deps', 'outs', 'always_changed', 'meta']

/** A `*.dvc` file as DVC writes it: its keys in DVC's order, without what says nothing. */
export function dumpDocument(document: YamlMap): Map<YamlScalar, YamlValue> {
  const isFrozen = document.get('frozen') === true || document.get('locked') === true
  const dumped = new Map<YamlScalar, YamlValue>()
  for (const key of topKeys) {
    const value = key === 'frozen' ? isFrozen : document.get(key)
    const isDefault = key === 'wdir' && value === '.'
    if (value === undefined || isDefault || isNothing(value)) continue
    dumped.set(key, isYamlList(value) ? value.map(dumpEntry) : value)
  }
  return dumped
}

function dumpEntry(entry: YamlValue): YamlValue {
  if (!isYamlMap(entry)) return entry
  const dumped = new Map<YamlScalar, YamlValue>()
  // DVC writes the key of an entry of version 2 even when nothing is recorded.
  if (!entry.has('hash') && !entry.has('md5') && !hasOtherHash(entry)) dumped.set('md5', null)
  for (const [key, value] of entry) if (!isDefaultFlag(key, value)) dumped.set(key, value)
  return dumped
}

function hasOtherHash(entry: YamlMap): boolean {
  return ['etag', 'checksum', 'repo', 'db', 'files'].some((key) => entry.has(key))
}

const flagDefaults: ReadonlyMap<YamlScalar, YamlValue> = new Map<YamlScalar, YamlValue>([
  ['cache', true],
  ['push', true],
  ['persist', false],
  ['metric', false],
  ['plot', false],
  ['isexec', false],
])

function isDefaultFlag(key: YamlScalar, value: YamlValue): boolean {
  const isNote = key === 'desc' || key === 'type' || key === 'labels' || key === 'meta'
  return isNote ? isNothing(value) : flagDefaults.get(key) === value
}

function isNothing(value: YamlValue): boolean {
  if (isYamlMap(value)) return value.size === 0
  if (isYamlList(value)) return value.length === 0 && !isUnusable(value)
  return value === null || value === '' || value === false || value === 0n
}

const ignoredAnywhere = new Set([
  'desc',
  'type',
  'labels',
  'meta',
  'locked',
  'frozen',
  'metric',
  'persist',
  'isexec',
  'size',
  'nfiles',
])

/**
 * The MD5 that DVC writes at the top of an import: of its definition, without what may change freely.
 *
 * @param document - as {@link dumpDocument} gives it
 */
export function checksumOf(document: YamlMap): string {
  const kept = new Map([...document].filter(([key]) => key !== 'md5'))
  return createHash('md5')
    .update(formatPythonJson(withoutIgnored(kept)))
    .digest('hex')
}

function withoutIgnored(value: YamlValue): YamlValue {
  if (isYamlList(value)) return value.map(withoutIgnored)
  if (!isYamlMap(value)) return value
  return new Map(
    [...value]
      .filter(([key]) => typeof key !== 'string' || !ignoredAnywhere.has(key))
      .map(([key, item]) => [key, withoutIgnored(item)] as const),
  )
}
