/** Numbers of metric files by dotted key. */

import { isYamlMap, type YamlValue } from '../../pipeline/yaml/yaml-value.ts'

/** The value of a dotted key; a key of the file may have dots in it itself. */
export function findMetric(values: YamlValue, key: string): YamlValue | undefined {
  if (!isYamlMap(values)) return undefined
  for (const [name, value] of values) {
    if (String(name) === key) return value
    if (!key.startsWith(`${String(name)}.`)) continue
    const found = findMetric(value, key.slice(String(name).length + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** The dotted keys of all numbers. */
export function metricNames(values: YamlValue, prefix = ''): readonly string[] {
  if (!isYamlMap(values)) return []
  return Array.from(values).flatMap(([key, value]) => {
    const name = `${prefix}${String(key)}`
    if (isYamlMap(value)) return metricNames(value, `${name}.`)
    return typeof value === 'number' || typeof value === 'bigint' ? [name] : []
  })
}
