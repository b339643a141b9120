/** `dvc.lock`: what was true when each stage last succeeded. */

import { compareCodePoints } from '../../core/code-point-order.ts'
import { formatYaml } from '../yaml/format-yaml.ts'
import { checkShape } from './check-shape.ts'
import { readCloudFolder } from './cloud-folder.ts'
import { defaultParameterFile } from '../parameters/parameter-values.ts'
import { createProblems, type Problems } from '../yaml/problems.ts'
import { readEntries, readList, readMap } from '../yaml/read-node.ts'
import type { Fingerprint, RecordedPath, StageRecord } from './record.ts'
import { lockStageShape, restoreHint } from './record-shape.ts'
import { hashKeyOf } from './stage-path.ts'
import type { Stage } from './stage.ts'
import {
  parseYamlNode,
  toYamlValue,
  type MapNode,
  type YamlNode,
  type YamlParser,
} from '../yaml/yaml-node.ts'
import {
  describeYamlValue,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'

/** A parsed lock file. */
export interface PipelineLock {
  readonly records: ReadonlyMap<string, StageRecord>
  /** The whole document, so that what we do not read is kept. Made anew when it is asked for: who only looks needs none. */
  readonly document: YamlMap
}

/** What a stage read and wrote, as it goes into the lock. */
export interface StageResult {
  readonly dependencies: ReadonlyMap<string, Fingerprint>
  readonly parameters: ReadonlyMap<string, ReadonlyMap<string, YamlValue>>
  readonly outputs: ReadonlyMap<string, Fingerprint>
  /** The hash that DVC 2 recorded of a path which is still the same: it stays recorded so. */
  readonly legacyHashes?: ReadonlyMap<string, string>
}

/**
 * Parses a lock; no text means that nothing has run.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`
 */
export function parseLock(
  text: string | undefined,
  file = 'dvc.lock',
  parse: YamlParser = parseYamlNode,
): PipelineLock {
  if (text === undefined) return { records: new Map(), document: new Map() }
  const problems = createProblems()
  const node = parse(text, file, problems)
  const records = new Map<string, StageRecord>()
  if (node !== undefined) readStages(node, records, problems)
  else if (problems.count === 0) {
    problems.add({ file, line: 1, column: 1 }, 'it is empty', restoreHint)
  }
  problems.check()
  return {
    records,
    get document() {
      const document = node === undefined ? undefined : toYamlValue(node)
      return isYamlMap(document) ? document : new Map<YamlScalar, YamlValue>()
    },
  }
}

/** Top-level keys that DVC knows in a lock; `datasets` is kept as it is. */
const topKeys = { supported: ['schema', 'stages', 'datasets'] }

function readStages(node: YamlNode, records: Map<string, StageRecord>, problems: Problems): void {
  const top = readMap(node, 'dvc.lock', problems)
  if (top === undefined) return
  const schema = childOf(top, 'schema')
  if (schema === undefined) {
    const hint = `if DVC 1 wrote it, 'dvc commit' of DVC 2 brings it up to date; else ${restoreHint}`
    problems.add(top.place, `it has no 'schema', expected '2.0'`, hint)
    return
  }
  const version = toYamlValue(schema)
  if (version !== '2.0') {
    problems.add(
      schema.place,
      `its 'schema' is ${describeYamlValue(version)}, expected '2.0'`,
      restoreHint,
    )
    return
  }
  readEntries(top, 'the lock', topKeys, problems)
  const stagesNode = childOf(top, 'stages')
  const stages = stagesNode && readMap(stagesNode, `'stages'`, problems)
  for (const { key, value } of stages?.entries ?? []) {
    const name = String(key.value)
    const before = problems.count
    checkShape(value, lockStageShape, `stage '${name}'`, problems)
    if (value.kind === 'map' && problems.count === before) {
      records.set(name, readRecord(name, value, problems))
    }
  }
}

/** The value of a key. */
export function childOf(map: MapNode, name: string): YamlNode | undefined {
  return map.entries.find((entry) => entry.key.value === name)?.value
}

function readRecord(name: string, entry: MapNode, problems: Problems): StageRecord {
  const command = childOf(entry, 'cmd')
  return {
    command: command?.kind === 'list' ? command.items.map(textOf) : command && textOf(command),
    dependencies: readHashes(entry, { key: 'deps', name }, problems),
    parameters: readRecordedParameters(childOf(entry, 'params'), problems),
    outputs: readHashes(entry, { key: 'outs', name }, problems),
  }
}

function textOf(node: YamlNode): string {
  return node.kind === 'scalar' ? String(node.value) : ''
}

function readHashes(
  stage: MapNode,
  { key, name }: { readonly key: 'deps' | 'outs'; readonly name: string },
  problems: Problems,
): Map<string, RecordedPath> {
  const hashes = new Map<string, RecordedPath>()
  for (const entry of readList(childOf(stage, key), `'${key}' of stage '${name}'`, problems)) {
    if (entry.kind !== 'map') continue
    if (key === 'outs') checkHash(entry, problems)
    hashes.set(String(scalarOf(entry, 'path')), toRecordedPath(entry))
  }
  return hashes
}

const forgedHint = 'restore the file from git'

/**
 * Adds a problem for a hash that is none: objects are found, and damaged ones removed, by that
 * name, so it must not lead out of the cache.
 *
 * @param entry - one of `outs`, in a lock or a `*.dvc` file
 */
export function checkHash(entry: MapNode, problems: Problems): void {
  const node = childOf(entry, 'md5')
  if (node === undefined || (node.kind === 'scalar' && (node.value ?? '') === '')) return
  const md5 = node.kind === 'scalar' ? String(node.value) : `a ${node.kind}`
  if (/^\w+(?:\.dir)?$/.test(md5)) return
  problems.add(node.place, `'${md5}' cannot be an MD5`, forgedHint)
}

/** The hash, size and flags of one entry of `deps` or `outs`, in a lock or a `*.dvc` file. */
export function toRecordedPath(entry: MapNode): RecordedPath {
  const hash = scalarOf(entry, 'md5') ?? scalarOf(entry, 'checksum') ?? scalarOf(entry, 'etag')
  // What a web server says may be digits only.
  const md5 = typeof hash === 'bigint' ? String(hash) : hash
  const folder = md5 === undefined ? readCloudFolder(childOf(entry, 'files')) : undefined
  return {
    md5: typeof md5 === 'string' && md5 !== '' ? md5 : folder?.md5,
    sizeBytes: toCount(scalarOf(entry, 'size')) ?? folder?.sizeBytes,
    fileCount: toCount(scalarOf(entry, 'nfiles')) ?? folder?.fileCount,
    isExecutable: scalarOf(entry, 'isexec') === true,
    // DVC 2 wrote no 'hash' key.
    isLegacy: childOf(entry, 'hash') === undefined,
  }
}

function scalarOf(entry: MapNode, name: string): YamlScalar | undefined {
  const node = childOf(entry, name)
  return node?.kind === 'scalar' ? node.value : undefined
}

function toCount(value: YamlScalar | undefined): number | undefined {
  return typeof value === 'bigint' ? Number(value) : undefined
}

function readRecordedParameters(
  node: YamlNode | undefined,
  problems: Problems,
): Map<string, Map<string, YamlValue>> {
  const files = node && readMap(node, `'params'`, problems)
  return new Map(
    (files?.entries ?? []).map(({ key, value }) => {
      const values = readMap(value, `'params' of '${String(key.value)}'`, problems)
      return [
        String(key.value),
        new Map(
          (values?.entries ?? []).map((entry) => [
            String(entry.key.value),
            toYamlValue(entry.value),
          ]),
        ),
      ]
    }),
  )
}

/** A stage's entry that is to be set in a lock. */
export interface LockUpdate {
  readonly name: string
  readonly entry: YamlMap
}

/**
 * The document with entries set: in their places when they are there already. New ones go to
 * the end, in the given order among all that this run has added, so that the text does not
 * depend on which of two parallel stages was faster.
 *
 * @param ranks - places of all stages of the run, by name, in the order in which they would run one by one
 * @param added - names that this run has added before; the new ones are added to it
 */
export function updateLock(
  document: YamlMap,
  updates: readonly LockUpdate[],
  { ranks, added }: { readonly ranks: ReadonlyMap<string, number>; readonly added: Set<string> },
): YamlMap {
  const next = new Map(document)
  if (next.size === 0) next.set('schema', '2.0')
  const old = next.get('stages')
  const stages = new Map(isYamlMap(old) ? old : [])
  for (const { name, entry } of updates) {
    if (!stages.has(name)) added.add(name)
    stages.set(name, entry)
  }
  next.set('stages', inOrder(stages, { ranks, added }))
  return next
}

function inOrder(
  stages: YamlMap,
  { ranks, added }: { readonly ranks: ReadonlyMap<string, number>; readonly added: Set<string> },
): YamlMap {
  const sorted = new Map<YamlScalar, YamlValue>()
  const fresh: { name: string; entry: YamlValue; rank: number }[] = []
  for (const [name, entry] of stages) {
    if (typeof name !== 'string' || !added.has(name)) sorted.set(name, entry)
    else fresh.push({ name, entry, rank: ranks.get(name) ?? ranks.size })
  }
  fresh.sort((a, b) => a.rank - b.rank)
  for (const { name, entry } of fresh) sorted.set(name, entry)
  return sorted
}

function toRecordedPaths(
  paths: ReadonlyMap<string, Fingerprint>,
  legacyHashes?: ReadonlyMap<string, string>,
): Map<string, RecordedPath> {
  return new Map(
    Array.from(paths, ([path, fingerprint]) => {
      const legacy = legacyHashes?.get(path)
      const md5 = legacy ?? fingerprint.md5
      return [path, { ...fingerprint, md5, isLegacy: legacy !== undefined }] as const
    }),
  )
}

/** The record that reads back from an entry. */
export function recordOf(stage: Stage, result: StageResult): StageRecord {
  return {
    command: commandAsRecorded(stage.command ?? ''),
    dependencies: toRecordedPaths(result.dependencies, result.legacyHashes),
    parameters: result.parameters,
    outputs: toRecordedPaths(result.outputs, result.legacyHashes),
  }
}

/** A stage's entry; key order and sorting are DVC's, whose file must stay byte-equal. */
export function toEntry(stage: Stage, result: StageResult): YamlMap {
  const entry = new Map<YamlScalar, YamlValue>([['cmd', stage.command ?? '']])
  const { dependencies, outputs, legacyHashes } = result
  if (dependencies.size > 0) entry.set('deps', toPathEntries(dependencies, legacyHashes))
  if (result.parameters.size > 0) entry.set('params', toParameterEntries(result.parameters))
  if (outputs.size > 0) entry.set('outs', toPathEntries(outputs, legacyHashes))
  return entry
}

function toPathEntries(
  fingerprints: ReadonlyMap<string, Fingerprint>,
  legacyHashes?: ReadonlyMap<string, string>,
): YamlMap[] {
  return sortByKey(fingerprints).map(([path, { md5, sizeBytes, fileCount, isExecutable }]) => {
    const legacy = legacyHashes?.get(path)
    const entry = new Map<YamlScalar, YamlValue>([['path', path]])
    if (legacy === undefined) entry.set('hash', 'md5')
    entry.set(hashKeyOf(path, md5), legacy ?? md5)
    if (sizeBytes !== undefined) entry.set('size', BigInt(sizeBytes))
    if (fileCount !== undefined) entry.set('nfiles', BigInt(fileCount))
    if (isExecutable) entry.set('isexec', true)
    return entry
  })
}

function toParameterEntries(
  parameters: ReadonlyMap<string, ReadonlyMap<string, YamlValue>>,
): YamlMap {
  const files = sortByKey(parameters)
  const first = files.filter(([file]) => file === defaultParameterFile)
  const others = files.filter(([file]) => file !== defaultParameterFile)
  return new Map(
    // Copied, because two stages may ask for the same map: DVC writes anchors within a stage, never across.
    [...first, ...others].map(
      ([file, values]) => [file, new Map(sortByKey(structuredClone(values)))] as const,
    ),
  )
}

function sortByKey<V>(map: ReadonlyMap<string, V>): [string, V][] {
  return [...map].sort(([a], [b]) => compareCodePoints(a, b))
}

/**
 * The command as it reads back from the lock. DVC's folding loses blanks at the
 * end of a line; compared without this, such a stage would run for ever.
 */
export function commandAsRecorded(command: string | readonly string[]): string | readonly string[] {
  const texts = [command].flat()
  if (!texts.some((text) => text.includes('  '))) return command
  const lock = formatYaml(
    new Map<YamlScalar, YamlValue>([
      ['schema', '2.0'],
      ['stages', new Map([['a', new Map([['cmd', command]])]])],
    ]),
  )
  return parseLock(lock).records.get('a')?.command ?? command
}
