/** Parameter files: their text to values, by the kind that their name tells. */

import type { Place, Problems } from '../yaml/problems.ts'
import { parseYamlNode, toYamlValue, type YamlParser } from '../yaml/yaml-node.ts'
import { isYamlList, isYamlMap, type YamlMap, type YamlValue } from '../yaml/yaml-value.ts'
import { parseJsonParameters } from './json-parameters.ts'
import { parsePythonParameters } from './python-parameters.ts'
import { parseTomlParameters } from './toml-parameters.ts'

/** DVC's default; needs no mention in `params`. */
export const defaultParameterFile = 'params.yaml'

/** What a parameter file is read for. */
export interface ParameterReading {
  /** Whether for `${…}`, where DVC takes no tuples. */
  readonly forVariables?: boolean
  /** What parses YAML; `parseYamlNode` unless it is said. */
  readonly parseYaml?: YamlParser | undefined
}

/**
 * Parses a parameter file: `.json`, `.toml` and `.py` as such, any other as YAML. A document with
 * nothing in it, or with a single zero, false or empty value, is a map without keys, as in DVC. A date
 * or another value that cannot be used stays in place until it is asked for; see `findUnusable`.
 *
 * @returns `undefined` with a problem when it is not a map
 */
export function parseParameterFile(
  text: string,
  file: string,
  problems: Problems,
  reading: ParameterReading = {},
): YamlMap | undefined {
  const before = problems.count
  // Python reads text files with every kind of line end as \n.
  const value = parseValue(text.replace(/\r\n?/g, '\n'), file, problems, reading)
  if (problems.count > before || value === undefined) return undefined
  if (isYamlMap(value)) return value
  if (isEmpty(value)) return new Map()
  const place: Place = { file, line: 1, column: 1 }
  problems.add(place, 'it holds no keys', `write 'name: value' lines`)
  return undefined
}

function parseValue(
  text: string,
  file: string,
  problems: Problems,
  { forVariables = false, parseYaml = parseYamlNode }: ParameterReading,
): YamlValue | undefined {
  switch (extensionOf(file)) {
    case '.json':
      return parseJsonParameters(text, file, problems)
    case '.toml':
      return parseTomlParameters(text, file, problems)
    case '.py':
      return parsePythonParameters(text, file, problems, { allowsTuples: !forVariables })
    default: {
      const node = parseYaml(text, file, problems, { keepsUnusable: true })
      return node === undefined ? new Map() : toYamlValue(node)
    }
  }
}

/** From the first dot of the name on, as in DVC: `p.v2.json` is read as YAML. */
function extensionOf(file: string): string {
  return /\.[^/]*$/.exec(file.slice(file.lastIndexOf('/') + 1))?.[0].toLowerCase() ?? ''
}

/** What Python takes for false. */
function isEmpty(value: YamlValue): boolean {
  if (isYamlList(value)) return value.length === 0 && !('unusable' in value)
  return value === null || value === false || value === '' || value === 0n || value === 0
}
