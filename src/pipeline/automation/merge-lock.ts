import { parseLock } from '../stages/dvc-lock.ts'
import { formatYaml } from '../yaml/format-yaml.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlList,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** Three versions of one file: the common ancestor and the two that went on from it. */
export interface Versions<T> {
  readonly base: T
  readonly ours: T
  readonly theirs: T
}

/** A merged lock. */
export interface MergedLock {
  /** The text to write. */
  readonly text: string
  /** Stages that both sides changed, each in its own way: they are left out, so they run again. */
  readonly conflicts: readonly string[]
}

/**
 * Merges two versions of a `dvc.lock` stage by stage: an entry that one side changed is taken
 * from there. Each entry is the record of one run and is taken whole: half of one run and half of
 * another would be a record of none. Where both sides ran a stage differently, neither record is
 * true of the merged files until somebody looks, so the stage is left out.
 *
 * @param versions - texts; an empty one stands for a file that was not there
 * @throws {ToolkitError} `PIPELINE_INVALID` when one is no lock
 */
export function mergeLocks({ base, ours, theirs }: Versions<string>): MergedLock {
  const documents = {
    base: readLock(base, 'dvc.lock of the common ancestor'),
    ours: readLock(ours, 'our dvc.lock'),
    theirs: readLock(theirs, 'their dvc.lock'),
  }
  const conflicts: string[] = []
  const merged = mergeMaps(documents, (key, versions) => {
    if (key === 'stages') return mergeStages(versions, conflicts)
    return key === 'datasets'
      ? mergeDatasets(versions, conflicts)
      : (versions.ours ?? versions.theirs)
  })
  const text = [ours, theirs].find((version) => isSameText(version, merged)) ?? formatYaml(merged)
  return { text, conflicts }
}

function readLock(text: string, name: string): YamlMap {
  return text.trim() === '' ? new Map() : parseLock(text, name).document
}

/** Keeps the bytes of a side that the merge is equal to. */
function isSameText(text: string, merged: YamlMap): boolean {
  return text.trim() !== '' && isSame(parseLock(text).document, merged)
}

/** Ours first and in our order, then what only they have. */
function mergeMaps(
  { base, ours, theirs }: Versions<YamlMap>,
  mergeBoth: (key: YamlScalar, versions: Versions<YamlValue | undefined>) => YamlValue | undefined,
): Map<YamlScalar, YamlValue> {
  const merged = new Map<YamlScalar, YamlValue>()
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const versions = { base: base.get(key), ours: ours.get(key), theirs: theirs.get(key) }
    const value = isDecided(versions) ? changedSide(versions) : mergeBoth(key, versions)
    if (value !== undefined) merged.set(key, value)
  }
  return merged
}

/** Whether at most one side changed, or both the same way. */
function isDecided({ base, ours, theirs }: Versions<YamlValue | undefined>): boolean {
  return isSame(ours, theirs) || isSame(ours, base) || isSame(theirs, base)
}

function changedSide({
  base,
  ours,
  theirs,
}: Versions<YamlValue | undefined>): YamlValue | undefined {
  return isSame(ours, base) ? theirs : ours
}

function mergeStages(
  { base, ours, theirs }: Versions<YamlValue | undefined>,
  conflicts: string[],
): YamlMap {
  const stages = { base: asMap(base), ours: asMap(ours), theirs: asMap(theirs) }
  return mergeMaps(stages, (name) => {
    conflicts.push(String(name))
    return undefined
  })
}

function asMap(value: YamlValue | undefined): YamlMap {
  return isYamlMap(value) ? value : new Map()
}

/** Datasets are a list; each has a name. */
function mergeDatasets(
  { base, ours, theirs }: Versions<YamlValue | undefined>,
  conflicts: string[],
): YamlList {
  const datasets = { base: byName(base), ours: byName(ours), theirs: byName(theirs) }
  const merged = mergeMaps(datasets, (name) => {
    conflicts.push(String(name))
    return undefined
  })
  return [...merged.values()]
}

function byName(list: YamlValue | undefined): YamlMap {
  return new Map((isYamlList(list) ? list : []).map((item) => [nameOf(item), item] as const))
}

function nameOf(item: YamlValue): YamlScalar {
  const name = isYamlMap(item) ? item.get('name') : undefined
  return typeof name === 'string' ? name : formatYaml(new Map([['item', item]]))
}

/** As texts: DVC's own equality takes `1` for `true`, and no NaN for itself. */
function isSame(a: YamlValue | undefined, b: YamlValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return textOf(a) === textOf(b)
}

function textOf(value: YamlValue): string {
  return formatYaml(new Map([['value', unshare(value)]]))
}

/** Anchors say where a value is shared, not what it is. */
function unshare(value: YamlValue): YamlValue {
  if (isYamlList(value)) return value.map(unshare)
  if (!isYamlMap(value)) return value
  return new Map(Array.from(value, ([key, item]) => [key, unshare(item)] as const))
}
