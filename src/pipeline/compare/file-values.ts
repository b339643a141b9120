/** Files that were to be read: their values, or why there are none. */

import { ToolkitError } from '../../core/errors.ts'
import { parseJsonParameters } from '../parameters/json-parameters.ts'
import { parseParameterFile } from '../parameters/parameter-values.ts'
import { decodeText } from '../yaml/decode-text.ts'
import { createProblems, type Problems } from '../yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../yaml/yaml-node.ts'
import type { YamlMap, YamlScalar, YamlValue } from '../yaml/yaml-value.ts'
import { shortRevision } from './short-revision.ts'
import type { FileValues } from './compare-values.ts'

/** What one file held. */
export type FileResult =
  | { readonly kind: 'values'; readonly values: YamlValue }
  | { readonly kind: 'failed'; readonly error: ToolkitError }

/** Results by path. */
export type FileResults = ReadonlyMap<string, FileResult>

/** The results of one revision, or why there are none at all. */
export type RevisionResult =
  | { readonly kind: 'files'; readonly files: FileResults }
  | { readonly kind: 'failed'; readonly error: ToolkitError }

/** Results by the name of the revision; '' is the work tree when no revision was asked for. */
export type RevisionResults = ReadonlyMap<string, RevisionResult>

/** Runs what may fail for one file; an error that is a bug goes on. */
export function attempt(read: () => YamlValue): FileResult {
  try {
    return { kind: 'values', values: read() }
  } catch (error) {
    if (error instanceof ToolkitError) return { kind: 'failed', error }
    throw error
  }
}

/**
 * Parses a metric or parameter file by the end of its name: `.json`, `.toml`, `.py`, everything else is YAML.
 * A metric file may also be a single value.
 *
 * @param file - as messages show it
 * @throws {ToolkitError} `FILE_MISSING`, `PIPELINE_INVALID`
 */
export function parseFileValues(bytes: Uint8Array | undefined, file: string): YamlValue {
  if (bytes === undefined) {
    throw new ToolkitError('FILE_MISSING', `there is no file '${file}'`, {
      hint: 'make it by running its stage, or restore it with: mlpt checkout',
      details: { file },
    })
  }
  const text = decodeText(bytes, file).replace(/^\ufeff/, '')
  const problems = createProblems()
  const values = parseText(text, file, problems)
  problems.check()
  return values
}

function parseText(text: string, file: string, problems: Problems): YamlValue {
  if (/\.json$/i.test(file)) return parseJsonParameters(text, file, problems) ?? new Map()
  if (/\.(?:toml|py)$/i.test(file)) return parseParameterFile(text, file, problems) ?? new Map()
  const node = parseYamlNode(text, file, problems, { keepsUnusable: true })
  return node === undefined ? new Map() : toYamlValue(node)
}

/** The values of a revision, for comparing; a file that failed has none. */
export function valuesOf(result: RevisionResult | undefined): FileValues {
  const values = new Map<string, YamlValue>()
  if (result?.kind !== 'files') return values
  for (const [path, file] of result.files) if (file.kind === 'values') values.set(path, file.values)
  return values
}

/** What could not be read, as lines for people. */
export function describeFailures(results: RevisionResults): string[] {
  return [...results].flatMap(([name, result]) => {
    const where = name === '' || name === 'workspace' ? '' : ` in '${shortRevision(name)}'`
    if (result.kind === 'failed') return [`${result.error.message}${where}`]
    return [...result.files.values()].flatMap((file) =>
      file.kind === 'failed' ? [`${file.error.message}${where}`] : [],
    )
  })
}

/** As DVC's `--json` has it: `data` or `error` for each revision, and in it for each file. */
export function toResultsDocument(results: RevisionResults): YamlMap {
  return new Map(
    Array.from(results, ([name, result]) => [
      name,
      result.kind === 'failed'
        ? new Map([['error', toErrorDocument(result.error)]])
        : new Map([['data', toFilesDocument(result.files)]]),
    ]),
  )
}

function toFilesDocument(files: FileResults): YamlMap {
  return new Map(
    Array.from(files, ([path, result]): [YamlScalar, YamlValue] => [
      path,
      result.kind === 'failed'
        ? new Map([['error', toErrorDocument(result.error)]])
        : new Map([['data', result.values]]),
    ]),
  )
}

function toErrorDocument({ code, message }: ToolkitError): YamlMap {
  return new Map([
    ['type', code],
    ['msg', message],
  ])
}
