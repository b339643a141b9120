import { createProblems } from './problems.ts'
import { parseYamlNode, toYamlValue, type YamlReading } from './yaml-node.ts'
import { isYamlMap, type YamlMap } from './yaml-value.ts'

/**
 * The map that a file is; an empty one where it holds nothing, or something else.
 *
 * @param file - the name that messages show
 * @throws {ToolkitError} `PIPELINE_INVALID`
 */
export function parseYamlDocument(text: string, file: string, reading?: YamlReading): YamlMap {
  const problems = createProblems()
  const node = parseYamlNode(text, file, problems, reading)
  problems.check()
  const value = node === undefined ? undefined : toYamlValue(node)
  return isYamlMap(value) ? value : new Map()
}
