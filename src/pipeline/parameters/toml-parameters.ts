/** TOML parameter files: integers stay apart from floats, and a date is a value that cannot be used. */

import type { TomlDate } from 'smol-toml'
import { loadToml } from './toml-package-file.ts'
import { createUnusableValue } from '../yaml/unusable-value.ts'
import type { Place, Problems } from '../yaml/problems.ts'
import type { YamlMap, YamlValue } from '../yaml/yaml-value.ts'

/** Parses one document; what is wrong is added to the problems with its line and column. */
export function parseTomlParameters(
  text: string,
  file: string,
  problems: Problems,
): YamlMap | undefined {
  try {
    return convertTable(loadToml().parse(text, { integersAsBigInt: true }), file, text)
  } catch (error) {
    if (!(error instanceof loadToml().TomlError)) throw error
    const [message = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n')
    const { line, column } = error
    problems.add({ file, line, column }, `it is not TOML: ${message}`)
    return undefined
  }
}

function convertTable(table: object, file: string, text: string): YamlMap {
  return new Map(
    Object.entries(table).map(([key, value]): [string, YamlValue] => [
      key,
      convertValue(value, file, text),
    ]),
  )
}

function convertValue(value: unknown, file: string, text: string): YamlValue {
  if (Array.isArray(value)) return value.map((item) => convertValue(item, file, text))
  if (value instanceof loadToml().TomlDate) return convertDate(value, file, text)
  if (typeof value === 'object' && value !== null) return convertTable(value, file, text)
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string')
    return value
  return value === true
}

function convertDate(date: TomlDate, file: string, text: string): YamlValue {
  const kind = date.isTime() ? 'a time' : 'a date'
  const written = date.toISOString()
  return createUnusableValue({ kind, text: written, place: findDate(written, file, text) })
}

/** The parser does not say where a value stands: the first line with the date in it, else the top. */
function findDate(written: string, file: string, text: string): Place {
  const lines = text.split('\n')
  const line = lines.findIndex((each) => each.includes(written.slice(0, 10)))
  if (line === -1) return { file, line: 1, column: 1 }
  return { file, line: line + 1, column: (lines[line]?.indexOf(written.slice(0, 10)) ?? 0) + 1 }
}
