import { ToolkitError } from '../../core/errors.ts'
import type { Node } from './graph.ts'
import { textsOf, type NumberValue, type Value } from './value.ts'

/**
 * Binds a LabelEncoder that gives whole numbers for texts.
 *
 * @throws {ToolkitError} `MODEL_OPERATOR_UNSUPPORTED` for one of other types, `MODEL_INVALID`
 */
export function compileLabelEncoder(node: Node): (value: Value) => NumberValue {
  const { keys_strings: keys, values_int64s: numbers, default_int64: other } = node.attributes
  if (keys?.kind !== 'texts' || numbers?.kind !== 'ints' || (other && other.kind !== 'int')) {
    throw new ToolkitError(
      'MODEL_OPERATOR_UNSUPPORTED',
      `the model uses LabelEncoder with ${Object.keys(node.attributes).sort().join(', ')}, which is not run here`,
      { hint: 'keys_strings with values_int64s are run here' },
    )
  }
  if (keys.values.length !== numbers.values.length) {
    throw new ToolkitError(
      'MODEL_INVALID',
      `the model's LabelEncoder has ${keys.values.length} keys, but ${numbers.values.length} numbers`,
      { hint: 'restore the model file, or train again' },
    )
  }
  const table = new Map(keys.values.map((key, i) => [key, numbers.values[i]!]))
  const otherwise = other?.value ?? -1
  return (value) => {
    const { rows, columns, values } = textsOf(value)
    return {
      rows,
      columns,
      values: Float64Array.from(values, (text) => table.get(text) ?? otherwise),
    }
  }
}
