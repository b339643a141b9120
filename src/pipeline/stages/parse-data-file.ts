/** `*.dvc` files: data that was added or imported, with what it is, as a stage without a command. */

import { basename, dirname, join, resolve } from 'node:path'
import type { Problems } from '../yaml/problems.ts'
import { readBoolean, readEntries, readList, readMap, readText } from '../yaml/read-node.ts'
import {
  parseYamlNode,
  toYamlValue,
  type MapEntry,
  type MapNode,
  type YamlParser,
} from '../yaml/yaml-node.ts'
import { isYamlMap } from '../yaml/yaml-value.ts'
import { checksumOf, dumpDocument } from './dump-data-file.ts'
import { checkHash, toRecordedPath } from './dvc-lock.ts'
import type { RecordedPath } from './record.ts'
import { readOutputFlags } from './parse-stage.ts'
import { defaultSettings } from './stage-settings.ts'
import { isAddress } from './stage-path.ts'
import type { DataRecord, Output, Stage, StagePath } from './stage.ts'

const fileKeys = {
  supported: ['desc', 'md5', 'wdir', 'deps', 'outs', 'frozen', 'locked', 'meta', 'always_changed'],
  former: new Map([
    ['cmd', 'it is a stage of DVC 0, which DVC 3 does not read either: write it into dvc.yaml'],
  ]),
}

const hashKeys = ['md5', 'size', 'nfiles', 'isexec', 'hash', 'etag', 'checksum', 'path']
const outputKeys = {
  supported: [
    ...hashKeys,
    'desc',
    'type',
    'labels',
    'meta',
    'cache',
    'persist',
    'remote',
    'push',
    'files',
    'cloud',
    'metric',
    'plot',
  ],
}
const dependencyKeys = { supported: [...hashKeys, 'repo', 'db', 'fs_config', 'files', 'cloud'] }

/** Where a `*.dvc` file lies. */
export interface DataFilePlace {
  /** Absolute root of the repository. */
  readonly root: string
  /** From the root, with forward slashes. */
  readonly file: string
  /** From the folder the command works in. */
  readonly address: string
  /** What parses YAML; `parseYamlNode` unless it is said. */
  readonly parseYaml?: YamlParser | undefined
}

/** Parses one `*.dvc` file; what is wrong is added to the problems. */
export function parseDataFile(
  text: string,
  { root, file, address, parseYaml = parseYamlNode }: DataFilePlace,
  problems: Problems,
): Stage | undefined {
  const before = problems.count
  const node = parseYaml(text, address, problems)
  if (node === undefined) {
    if (problems.count === before) {
      problems.add({ file: address, line: 1, column: 1 }, 'it is empty', 'restore it from git')
    }
    return undefined
  }
  const top = readMap(node, address, problems)
  if (top === undefined) return undefined
  const entries = readEntries(top, address, fileKeys, problems)
  const folderNode = entries.get('wdir')?.value
  const folder = folderNode && readText(folderNode, `'wdir'`, problems)
  const workingFolder = resolve(root, dirname(file), folder ?? '.')
  const description = entries.get('desc')?.value
  const reader: Reader = { workingFolder, problems }
  const dependencies = readDependencies(entries.get('deps'), reader)
  const outputs = readOutputs(entries.get('outs'), reader)
  const flag = (name: string): boolean =>
    readBoolean(entries.get(name)?.value, `'${name}'`, problems) ?? false
  return {
    name: basename(file),
    group: undefined,
    file,
    address,
    description: description && readText(description, `'desc'`, problems),
    command: undefined,
    workingFolder,
    dependencies: dependencies.map(({ path }) => path),
    parameters: [],
    outputs: outputs.map(({ path }) => path),
    isFrozen: flag('frozen') || flag('locked'),
    isAlwaysChanged: flag('always_changed'),
    settings: defaultSettings,
    data: toDataRecord(top, dependencies, outputs),
    place: { file: address, line: 1, column: 1 },
  }
}

interface Reader {
  readonly workingFolder: string
  readonly problems: Problems
}

interface Recorded<P> {
  readonly path: P
  readonly record: RecordedPath
}

function readDependencies(entry: MapEntry | undefined, reader: Reader): Recorded<StagePath>[] {
  return readList(entry?.value, `'deps'`, reader.problems).flatMap((item) => {
    const map = readMap(item, `an entry of 'deps'`, reader.problems)
    if (map === undefined) return []
    readEntries(map, `an entry of 'deps'`, dependencyKeys, reader.problems)
    const path = readPath(map, 'deps', reader)
    return path === undefined ? [] : [{ path, record: toRecordedPath(map) }]
  })
}

function readOutputs(entry: MapEntry | undefined, reader: Reader): Recorded<Output>[] {
  return readList(entry?.value, `'outs'`, reader.problems).flatMap((item) => {
    const map = readMap(item, `an entry of 'outs'`, reader.problems)
    if (map === undefined) return []
    const entries = readEntries(map, `an entry of 'outs'`, outputKeys, reader.problems)
    const path = readPath(map, 'outs', reader)
    if (path === undefined) return []
    checkHash(map, reader.problems)
    const flags = readOutputFlags(entries, `output '${path.path}'`, reader.problems)
    return [{ path: { ...path, ...flags }, record: toRecordedPath(map) }]
  })
}

function readPath(
  map: MapNode,
  key: 'deps' | 'outs',
  { workingFolder, problems }: Reader,
): StagePath | undefined {
  const node = map.entries.find((entry) => entry.key.value === 'path')?.value
  if (node === undefined) {
    problems.add(map.place, `an entry of '${key}' has no 'path'`)
    return undefined
  }
  const path = readText(node, `a 'path' of '${key}'`, problems)
  if (path === undefined) return undefined
  if (path === '') {
    problems.add(node.place, 'a path is empty')
    return undefined
  }
  const isForeign = key === 'deps' && (isAddress(path) || hasKey(map, 'repo'))
  return { path, location: isForeign ? path : resolve(workingFolder, path) }
}

function hasKey(map: MapNode, name: string): boolean {
  return map.entries.some((entry) => entry.key.value === name)
}

function toDataRecord(
  top: MapNode,
  dependencies: readonly Recorded<StagePath>[],
  outputs: readonly Recorded<Output>[],
): DataRecord {
  const isImport = dependencies.length > 0
  const document = toYamlValue(top)
  const recorded = isYamlMap(document) ? document.get('md5') : undefined
  const toMap = (items: readonly Recorded<StagePath>[]): ReadonlyMap<string, RecordedPath> =>
    new Map(items.map(({ path, record }) => [path.path, record]))
  return {
    record: {
      command: undefined,
      dependencies: toMap(dependencies),
      parameters: new Map(),
      outputs: toMap(outputs),
    },
    isImport,
    checksum:
      isImport && isYamlMap(document)
        ? {
            recorded: typeof recorded === 'string' ? recorded : undefined,
            actual: checksumOf(dumpDocument(document)),
          }
        : undefined,
  }
}

/** The `*.dvc` file for a path: beside it, with its name. */
export function dataFileFor(location: string): string {
  return join(dirname(location), `${basename(location)}.dvc`)
}
