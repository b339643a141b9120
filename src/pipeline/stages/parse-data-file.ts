/** `*.dvc` files: data that was added or imported, with what it is, as a stage without a command. */

import { basename, dirname, join, resolve } from 'node:path'
import type { Problems } from '../yaml/problems.ts'
import { parseYamlNode, toYamlValue, type MapNode, type YamlParser } from '../yaml/yaml-node.ts'
import { isYamlMap, type YamlScalar } from '../yaml/yaml-value.ts'
import { checkShape } from './check-shape.ts'
import { checksumOf, dumpDocument } from './dump-data-file.ts'
import { checkHash, childOf, toRecordedPath } from './dvc-lock.ts'
import type { RecordedPath } from './record.ts'
import { readOutputFlags } from './parse-stage.ts'
import { dataFileShape } from './record-shape.ts'
import { defaultSettings } from './stage-settings.ts'
import { isAddress } from './stage-path.ts'
import type { DataRecord, Output, Stage, StagePath } from './stage.ts'

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
  const node = parseYaml(text, address, problems, { keepsUnusable: true })
  if (node === undefined) {
    if (problems.count === before) {
      problems.add({ file: address, line: 1, column: 1 }, 'it is empty', 'restore it from git')
    }
    return undefined
  }
  checkShape(node, dataFileShape, 'the file', problems)
  if (node.kind !== 'map' || problems.count > before) return undefined
  const workingFolder = resolve(root, dirname(file), textAt(node, 'wdir') ?? '.')
  const reader: Reader = { workingFolder, problems }
  const dependencies = readDependencies(node, reader)
  const outputs = readOutputs(node, reader)
  const flag = (name: string): boolean => scalarAt(node, name) === true
  return {
    name: basename(file),
    group: undefined,
    file,
    address,
    description: textAt(node, 'desc'),
    command: undefined,
    workingFolder,
    dependencies: dependencies.map(({ path }) => path),
    parameters: [],
    outputs: outputs.map(({ path }) => path),
    isFrozen: flag('frozen') || flag('locked'),
    isAlwaysChanged: flag('always_changed'),
    settings: defaultSettings,
    data: toDataRecord(node, dependencies, outputs),
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

function readDependencies(top: MapNode, reader: Reader): Recorded<StagePath>[] {
  return mapsIn(top, 'deps').flatMap((map) => {
    const path = readSource(map, reader)
    return path === undefined ? [] : [{ path, record: toRecordedPath(map) }]
  })
}

/** Where an import is from. What lies in another repository or a database has no place here. */
function readSource(map: MapNode, reader: Reader): StagePath | undefined {
  if (childOf(map, 'db') !== undefined) return { path: 'db', location: 'db' }
  const path = readPath(map, reader)
  if (path === undefined) return undefined
  const isForeign = isAddress(path) || childOf(map, 'repo') !== undefined
  const foreign = isAddress(path) ? path : path.replace(/^\/+/, '')
  return { path, location: isForeign ? foreign : resolve(reader.workingFolder, path) }
}

function readOutputs(top: MapNode, reader: Reader): Recorded<Output>[] {
  return mapsIn(top, 'outs').flatMap((map) => {
    const path = readPath(map, reader)
    if (path === undefined) return []
    checkHash(map, reader.problems)
    const entries = new Map(map.entries.map((entry) => [String(entry.key.value), entry] as const))
    const flags = readOutputFlags(entries, `output '${path}'`, reader.problems)
    const location = resolve(reader.workingFolder, path)
    return [{ path: { path, location, ...flags }, record: toRecordedPath(map) }]
  })
}

function mapsIn(top: MapNode, key: 'deps' | 'outs'): readonly MapNode[] {
  const list = childOf(top, key)
  return list?.kind === 'list' ? list.items.filter((item) => item.kind === 'map') : []
}

function readPath(map: MapNode, { problems }: Reader): string | undefined {
  const node = childOf(map, 'path')
  const path = textAt(map, 'path')
  if (path !== undefined && path !== '') return path
  problems.add(
    node?.place ?? map.place,
    node === undefined ? `an entry has no 'path'` : 'a path is empty',
  )
  return undefined
}

function textAt(map: MapNode, key: string): string | undefined {
  const value = scalarAt(map, key)
  return typeof value === 'string' ? value : undefined
}

function scalarAt(map: MapNode, key: string): YamlScalar | undefined {
  const node = childOf(map, key)
  return node?.kind === 'scalar' ? node.value : undefined
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
