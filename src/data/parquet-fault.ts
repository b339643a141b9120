/** What DuckDB says of a Parquet file that is damaged or not there, as errors of ours. */

import { ToolkitError } from '../core/errors.ts'

/**
 * Makes one of our errors of what a query failed with, when a Parquet file was the reason; gives anything else back as
 * it is.
 *
 * @param sql - the query: not every message names the file
 */
export function asParquetFault(error: unknown, sql: string): unknown {
  if (!(error instanceof Error) || error instanceof ToolkitError) return error
  const [message = ''] = error.message.split('\n')
  const missing = /^IO Error: No files found that match the pattern "(.*)"$/.exec(message)?.[1]
  if (missing !== undefined) {
    return new ToolkitError('FILE_MISSING', `there is no file '${toPath(missing)}'`, {
      hint: 'check the path',
      cause: error,
    })
  }
  const [, kind, fault = ''] = /^(Invalid Input|Invalid|IO) Error: (.*)$/s.exec(message) ?? []
  const paths = kind === undefined ? [] : findDamaged(kind, fault, listParquetPaths(sql))
  if (paths.length === 0) return error
  const which = `'${paths.join("' or '")}'`
  return new ToolkitError('DATA_FILE_INVALID', `${which} is no whole Parquet file: ${fault}`, {
    hint: 'make it again, or restore it from where it came',
    cause: error,
  })
}

const damage =
  /parquet|magic bytes|^Failed to read file|^Could not read enough bytes|Decompression/i

/** A file of JSON may be called x.parquet. */
function withoutNames(fault: string): string {
  return fault.replaceAll(/(["']).*?\1/g, '')
}

/** The files that a message blames: not every one says which, and a view does not show what it reads. */
function findDamaged(kind: string, fault: string, read: readonly string[]): readonly string[] {
  // 'Invalid Error' is what Thrift and the decoders throw, in too many words to list.
  const isOfDecoder = kind === 'Invalid' && read.length > 0
  if (!isOfDecoder && !damage.test(withoutNames(fault))) return []
  const told = read.filter((path) => fault.includes(path))
  if (told.length > 0) return told
  const named = /file (["'])(.+)\1/i.exec(fault)?.[2]
  return named === undefined ? read : [named]
}

/** The paths that a query reads as Parquet, with what escapes patterns in them taken away. */
function listParquetPaths(sql: string): readonly string[] {
  const paths = new Set<string>()
  for (const [, list = ''] of sql.matchAll(/read_parquet\((\[[^]*?'\]|'(?:[^']|'')*')/g)) {
    for (const [, text = ''] of list.matchAll(/'((?:[^']|'')*)'/g)) {
      paths.add(toPath(text.replaceAll("''", "'")))
    }
  }
  return [...paths]
}

function toPath(pattern: string): string {
  return pattern.replaceAll(/\[([*?[])\]/g, '$1')
}
