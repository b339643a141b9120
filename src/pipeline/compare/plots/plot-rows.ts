/** The rows of a plot's data file. */

import { basename } from 'node:path'
import { ToolkitError } from '../../../core/errors.ts'
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from '../../yaml/yaml-value.ts'
import { parseFileValues } from '../file-values.ts'
import { keyText } from '../json-text.ts'
import { parseSeparated } from './separated-values.ts'

/** Values by field, in the order of the file. */
export type PlotRow = ReadonlyMap<string, YamlValue>

/** What a plot can be drawn from. */
export interface PlotData {
  readonly rows: readonly PlotRow[]
  /** The field that is drawn when none is named: the last one of the first list. */
  readonly lastField: string | undefined
}

/** Whether a file is a picture, by the end of its name. */
export function isImage(path: string): boolean {
  return imageTypes[suffixOf(path)] !== undefined
}

/** The type of a picture for browsers. */
export function imageTypeOf(path: string): string {
  return imageTypes[suffixOf(path)] ?? 'application/octet-stream'
}

const imageTypes: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

function suffixOf(path: string): string {
  return /\.[^.]*$/.exec(basename(path))?.[0] ?? ''
}

/**
 * Reads CSV, TSV, JSON or YAML. Of JSON and YAML all lists of maps count that have the same keys
 * throughout; several lists are joined row by row.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `PIPELINE_INVALID`, `DATA_FILE_INVALID` for another kind of file
 */
export function readPlotData(
  bytes: Uint8Array | undefined,
  path: string,
  { hasHeader = true }: { readonly hasHeader?: boolean } = {},
): PlotData {
  const suffix = suffixOf(path)
  if (suffix === '.csv' || suffix === '.tsv') {
    const text = decode(bytes, path)
    const separator = suffix === '.csv' ? ',' : '\t'
    const rows = parseSeparated(text, { separator, hasHeader })
    return { rows, lastField: [...(rows[0]?.keys() ?? [])].at(-1) }
  }
  if (!['.json', '.yaml', '.yml'].includes(suffix)) {
    throw new ToolkitError('DATA_FILE_INVALID', `'${path}' cannot be drawn`, {
      hint: 'plots are made from .csv, .tsv, .json, .yaml, .yml, .png, .jpg, .gif and .svg files',
      details: { path },
    })
  }
  const lists = listsIn(parseFileValues(bytes, path))
  return { rows: joinRows(lists), lastField: lastFieldOf(lists) }
}

/** Checks that there is a file, and that it is text. */
function decode(bytes: Uint8Array | undefined, path: string): string {
  if (bytes === undefined) {
    parseFileValues(bytes, path)
    return ''
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ToolkitError('DATA_FILE_INVALID', `'${path}' is not UTF-8 text`, {
      hint: 'write it as UTF-8',
      details: { path },
      cause: error,
    })
  }
}

/** A list itself, or the lists in a map at any depth of maps. */
function listsIn(value: YamlValue): (readonly YamlValue[])[] {
  if (isYamlList(value)) return [value]
  return isYamlMap(value) ? [...value.values()].flatMap((item) => listsIn(item)) : []
}

function joinRows(lists: readonly (readonly YamlValue[])[]): PlotRow[] {
  const rows: Map<string, YamlValue>[] = []
  for (const list of lists) {
    if (!areAlike(list)) continue
    for (const [i, item] of list.entries()) {
      rows[i] ??= new Map()
      for (const [key, value] of item) rows[i].set(keyText(key), value)
    }
  }
  return rows
}

function areAlike(list: readonly YamlValue[]): list is readonly YamlMap[] {
  if (!list.every(isYamlMap)) return false
  const [first] = list
  const keys = new Set(first?.keys())
  return first !== undefined && list.every((item) => [...item.keys()].every((key) => keys.has(key)))
}

function lastFieldOf(lists: readonly (readonly YamlValue[])[]): string | undefined {
  const list = lists.find((items) => items.length > 0 && items.every(isYamlMap))
  const first = list?.[0]
  const key = isYamlMap(first) ? [...first.keys()].at(-1) : undefined
  return key === undefined ? undefined : keyText(key)
}
