/** The text of `*.dvc` files: what is recorded changes, what a person wrote around it stays. */

import { editYaml } from '../yaml/edit-yaml.ts'
import { formatYaml } from '../yaml/format-yaml.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlScalar,
  type YamlValue,
} from '../yaml/yaml-value.ts'
import { parseYamlDocument } from '../yaml/parse-yaml-document.ts'
import { reformatScalars } from '../yaml/reformat-scalars.ts'
import { checksumOf, dumpDocument } from '../stages/dump-data-file.ts'

/** What is recorded of one path. */
export interface DataHash {
  /** `md5` of content; `checksum` is what a web server says of it. */
  readonly key: 'md5' | 'checksum'
  /** `undefined` when nothing is known, as of an import that was not downloaded. */
  readonly value: string | undefined
  readonly sizeBytes: number | undefined
  /** For folders. */
  readonly fileCount: number | undefined
  readonly isExecutable: boolean
  /** Recorded as DVC 2 does: without the `hash` key. */
  readonly isLegacy: boolean
}

/** What changes in a `*.dvc` file. Keys are paths as the file writes them. */
export interface DataFileChange {
  readonly outputs?: ReadonlyMap<string, DataHash>
  readonly dependencies?: ReadonlyMap<string, DataHash>
  /** New paths by old ones, of outputs. */
  readonly renamedOutputs?: ReadonlyMap<string, string>
  /** New paths by old ones, of dependencies. */
  readonly renamedDependencies?: ReadonlyMap<string, string>
  readonly isFrozen?: boolean
  /** Whether the checksum at the top of an import is taken anew; it is left as it is otherwise. */
  readonly refreshesChecksum?: boolean
  /** Replaces `wdir`; `.` for none. */
  readonly workingFolder?: string
}

/** What a new `*.dvc` file says. */
export interface DataFileContent {
  readonly description?: string | undefined
  readonly isFrozen?: boolean
  readonly dependency?: { readonly path: string; readonly hash: DataHash }
  readonly output: { readonly path: string; readonly hash: DataHash }
  /** Whether it gets a checksum, which every import has that was looked at once. */
  readonly hasChecksum?: boolean
}

/** The text of a new file, as DVC writes it. */
export function formatDataFile(content: DataFileContent): string {
  const { description, isFrozen, dependency, output, hasChecksum } = content
  const document = new Map<YamlScalar, YamlValue>([
    ['desc', description ?? ''],
    ['frozen', isFrozen ?? false],
    ['deps', dependency === undefined ? [] : [createEntry(dependency.path, dependency.hash)]],
    ['outs', [createEntry(output.path, output.hash)]],
  ])
  const dumped = dumpDocument(document)
  return formatYaml(hasChecksum === true ? withChecksum(dumped) : dumped)
}

/**
 * A file's text with changes: comments and order of what does not change stay. What DVC drops when it
 * writes the file goes: defaults, notes that are empty, quotes that are not needed; long texts are folded.
 * A file in which nothing changes stays as it is.
 *
 * @param file - the name that messages show
 * @throws {ToolkitError} `PIPELINE_INVALID`
 */
export function updateDataFile(text: string, file: string, change: DataFileChange): string {
  const document = new Map(parseYamlDocument(text, file, { keepsUnusable: true }))
  document.set('outs', changeEntries(document.get('outs'), change.outputs, change.renamedOutputs))
  document.set(
    'deps',
    changeEntries(document.get('deps'), change.dependencies, change.renamedDependencies),
  )
  if (change.isFrozen !== undefined) {
    document.set('frozen', change.isFrozen)
    document.delete('locked')
  }
  if (change.workingFolder !== undefined) document.set('wdir', change.workingFolder)
  const dumped = dumpDocument(document)
  const next = change.refreshesChecksum === true ? withChecksum(dumped) : dumped
  const edited = editYaml(text, file, [{ kind: 'set', path: [], value: next }])
  return edited === text ? text : reformatScalars(edited, file)
}

function createEntry(path: string, hash: DataHash): YamlMap {
  return changeHash(new Map<YamlScalar, YamlValue>([['path', path]]), hash)
}

function changeEntries(
  entries: YamlValue | undefined,
  hashes: ReadonlyMap<string, DataHash> | undefined,
  renamed: ReadonlyMap<string, string> | undefined,
): YamlValue {
  if (!isYamlList(entries)) return []
  return entries.map((entry) => {
    if (!isYamlMap(entry)) return entry
    const path = entry.get('path')
    if (typeof path !== 'string') return entry
    const hash = hashes?.get(path)
    const changed = hash === undefined ? entry : changeHash(entry, hash)
    const name = renamed?.get(path)
    return name === undefined ? changed : new Map(changed).set('path', name)
  })
}

/** Everything that says what the content is; the rest of an entry says what is done with it. */
const hashKeys: ReadonlySet<YamlScalar> = new Set([
  'md5',
  'etag',
  'checksum',
  'size',
  'nfiles',
  'isexec',
  'version_id',
  'cloud',
  'files',
  'hash',
  'path',
])

function changeHash(entry: YamlMap, hash: DataHash): YamlMap {
  const changed = new Map<YamlScalar, YamlValue>()
  if (hash.value !== undefined) changed.set(hash.key, hash.value)
  if (hash.sizeBytes !== undefined) changed.set('size', BigInt(hash.sizeBytes))
  if (hash.fileCount !== undefined) changed.set('nfiles', BigInt(hash.fileCount))
  if (hash.isExecutable) changed.set('isexec', true)
  if (!hash.isLegacy) changed.set('hash', 'md5')
  changed.set('path', entry.get('path') ?? '')
  for (const [key, value] of entry) if (!hashKeys.has(key)) changed.set(key, value)
  return changed
}

function withChecksum(document: YamlMap): YamlMap {
  const md5 = checksumOf(document)
  return new Map([...document].flatMap((entry) => placeChecksum(entry, md5, document)))
}

/** In its place when it has one, else after the description. */
function placeChecksum(
  [key, value]: readonly [YamlScalar, YamlValue],
  md5: string,
  document: YamlMap,
): readonly (readonly [YamlScalar, YamlValue])[] {
  if (key === 'md5') return [[key, md5]]
  const first = [...document.keys()].find((name) => name !== 'desc')
  if (document.has('md5') || key !== first) return [[key, value]]
  return [
    ['md5', md5],
    [key, value],
  ]
}
