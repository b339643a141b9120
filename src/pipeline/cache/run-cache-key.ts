/** Entries of the run cache, which remembers what a stage gave for what it was given. Pure. */

import { hash } from 'node:crypto'
import { commandAsRecorded } from '../stages/dvc-lock.ts'
import type { RecordedPath } from '../stages/record.ts'
import { createProblems } from '../yaml/problems.ts'
import { formatPythonJson } from '../yaml/python-json.ts'
import { parseYamlNode, toYamlValue } from '../yaml/yaml-node.ts'
import {
  areYamlValuesEqual,
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'
import { isObjectName } from './manifest.ts'

/** Where an entry lies below the cache's folder: by what went in, and by what came out as well. */
export interface RunName {
  /** 64 hexadecimal digits. */
  readonly key: string
  readonly value: string
}

/** Names the entry for one run. @param entry - the stage's entry in `dvc.lock` */
export function nameRun(entry: YamlMap): RunName {
  return { key: keyOfRun(entry), value: sha256(entry) }
}

/** The part of the name that says what went in. @param entry - of its outputs only the paths count */
export function keyOfRun(entry: YamlMap): string {
  const paths = listOf(entry, 'outs').map((out) =>
    isYamlMap(out) ? (out.get('path') ?? null) : null,
  )
  return sha256(new Map(entry).set('outs', paths))
}

function sha256(value: YamlValue): string {
  return hash('sha256', formatPythonJson(withoutSizes(value)))
}

/** DVC leaves out these keys at any depth, parameters of that name too; see `isSameRun`. */
const leftOut: ReadonlySet<unknown> = new Set(['size', 'nfiles'])

function withoutSizes(value: YamlValue): YamlValue {
  if (isYamlList(value)) return value.map(withoutSizes)
  if (!isYamlMap(value)) return value
  const kept = [...value].filter(([key]) => !leftOut.has(key))
  return new Map(kept.map(([key, item]) => [key, withoutSizes(item)]))
}

/**
 * Whether a run had the same command, dependencies and parameters. Equal keys do not say so:
 * DVC's leave out a parameter called `size` or `nfiles`, and then bring back what another
 * value of it gave (DVC's issue 10296).
 */
export function isSameRun(entry: YamlMap, other: YamlMap): boolean {
  const recorded = commandAsRecorded(commandOf(entry))
  if (JSON.stringify(recorded) !== JSON.stringify(commandOf(other))) return false
  const params = entry.get('params') ?? new Map()
  if (!areYamlValuesEqual(params, other.get('params') ?? new Map())) return false
  return areYamlValuesEqual(hashesOf(entry), hashesOf(other))
}

function commandOf(entry: YamlMap): string | string[] {
  const value = entry.get('cmd')
  if (isYamlList(value)) return value.map((item) => (typeof item === 'string' ? item : ''))
  return typeof value === 'string' ? value : ''
}

/** The hash of each dependency by its path; sizes and modes do not count. */
function hashesOf(entry: YamlMap): YamlMap {
  const hashes = new Map<YamlScalar, YamlValue>()
  for (const dependency of listOf(entry, 'deps')) {
    const path = isYamlMap(dependency) ? dependency.get('path') : undefined
    if (!isYamlMap(dependency) || typeof path !== 'string') continue
    hashes.set(path, dependency.get('md5') ?? null)
  }
  return hashes
}

function listOf(entry: YamlMap, key: string): readonly YamlValue[] {
  const value = entry.get(key)
  return isYamlList(value) ? value : []
}

/** What a run gave. */
export interface RecordedRun {
  /** As in `dvc.lock`. */
  readonly entry: YamlMap
  /** By path as dvc.yaml writes it. */
  readonly outputs: ReadonlyMap<string, RecordedPath>
}

/** Parses an entry; `undefined` for what is none, such as one that was cut short. */
export function parseRun(text: string): RecordedRun | undefined {
  const problems = createProblems()
  const node = parseYamlNode(text, 'run cache', problems)
  if (node === undefined || problems.count > 0) return undefined
  const entry = toYamlValue(node)
  if (!isYamlMap(entry) || !isYamlList(entry.get('outs'))) return undefined
  const outputs = new Map<string, RecordedPath>()
  for (const out of listOf(entry, 'outs')) {
    const path = isYamlMap(out) ? out.get('path') : undefined
    const recorded = isYamlMap(out) ? toRecordedPath(out) : undefined
    if (typeof path !== 'string' || recorded === undefined) return undefined
    outputs.set(path, recorded)
  }
  return { entry, outputs }
}

function toRecordedPath(out: YamlMap): RecordedPath | undefined {
  const md5 = out.get('md5')
  if (typeof md5 !== 'string' || !isObjectName(md5.replace(/\.dir$/, ''))) return undefined
  return {
    md5,
    sizeBytes: toCount(out.get('size')),
    fileCount: toCount(out.get('nfiles')),
    isExecutable: out.get('isexec') === true,
    isLegacy: !out.has('hash'),
  }
}

function toCount(value: YamlValue | undefined): number | undefined {
  return typeof value === 'bigint' ? Number(value) : undefined
}
