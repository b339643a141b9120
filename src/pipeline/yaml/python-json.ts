import { compareCodePoints } from '../../core/code-point-order.ts'
import {
  formatFloat,
  isYamlList,
  isYamlMap,
  type YamlScalar,
  type YamlValue,
} from './yaml-value.ts'

/**
 * A value as Python's `json.dumps(value, sort_keys=True)` writes it: `", "` and `": "`
 * between things, ASCII only, floats as `repr` gives them. DVC hashes this text.
 */
export function formatPythonJson(value: YamlValue): string {
  if (isYamlList(value)) return `[${value.map(formatPythonJson).join(', ')}]`
  if (!isYamlMap(value)) return formatScalar(value)
  const entries = Array.from(value, ([key, item]) => [keyText(key), item] as const)
  // Python sorts the keys before it makes them text.
  const isNumeric = [...value.keys()].every(
    (key) => typeof key === 'bigint' || typeof key === 'number',
  )
  entries.sort(([a], [b]) => (isNumeric ? Number(a) - Number(b) : compareCodePoints(a, b)))
  return `{${entries.map(([key, item]) => `${formatPythonText(key)}: ${formatPythonJson(item)}`).join(', ')}}`
}

function keyText(key: YamlScalar): string {
  return typeof key === 'string' ? key : formatScalar(key)
}

function formatScalar(value: YamlScalar): string {
  if (typeof value === 'string') return formatPythonText(value)
  if (typeof value !== 'number') return String(value)
  if (Number.isFinite(value)) return formatFloat(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? 'Infinity' : '-Infinity'
}

/** A text as Python writes it in JSON: ASCII only. */
export function formatPythonText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
