import { formatYamlScalar } from './format-yaml-scalar.ts'
import { isUnusable } from './unusable-value.ts'
import { isYamlList, isYamlMap, type YamlScalar, type YamlValue } from './yaml-value.ts'

/** Never at the end of a line: what stands in braces is not folded. */
const nowhere = { column: Number.NEGATIVE_INFINITY, indent: 0, mayFold: false }

/** A value on one line, in braces and brackets: what is added to a list or map that is written so. */
export function formatYamlFlow(value: YamlValue): string {
  if (isUnusable(value)) return value.unusable.text
  if (isYamlList(value)) return `[${value.map(formatYamlFlow).join(', ')}]`
  if (!isYamlMap(value)) return formatFlowScalar(value)
  return `{${Array.from(value, ([key, item]) => formatFlowEntry(key, item)).join(', ')}}`
}

/** One `key: value` inside of braces. */
export function formatFlowEntry(key: YamlScalar, value: YamlValue): string {
  return `${formatFlowScalar(key)}: ${formatYamlFlow(value)}`
}

/** Commas and brackets mean something here, so text that has them needs quotes. */
export function formatFlowScalar(value: YamlScalar): string {
  if (value === null) return 'null'
  const text = formatYamlScalar(value, nowhere)
  const isPlain = !/^['"]/.test(text)
  return isPlain && /[,[\]{}]/.test(text) ? `'${text.replaceAll("'", "''")}'` : text
}
