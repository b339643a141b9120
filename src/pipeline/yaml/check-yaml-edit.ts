import { isDeepStrictEqual } from 'node:util'
import { formatYaml } from './format-yaml.ts'
import { parsePlainScalar } from './yaml-scalar.ts'
import { parseYamlSource, uneditableError, type YamlPath, type YamlSource } from './yaml-source.ts'
import type { YamlValue } from './yaml-value.ts'

/** One change to a document. */
export type YamlEdit =
  /**
   * Makes the value at a path equal to `value`, touching only what differs: keys that exist keep
   * their place, new ones come last, others go. Maps on the way are made where there are none.
   */
  | { readonly kind: 'set'; readonly path: YamlPath; readonly value: YamlValue }
  /** Takes away a key or an item; nothing happens where there is none. */
  | { readonly kind: 'remove'; readonly path: YamlPath }
  /** Gives a key another name, in its place. */
  | { readonly kind: 'rename'; readonly path: YamlPath; readonly key: string }
  /** Adds an item to the list at a path, which is made where there is none; at the end without `index`. */
  | {
      readonly kind: 'insert'
      readonly path: YamlPath
      readonly value: YamlValue
      readonly index?: number
    }

/**
 * Reads an edited text again: an edit inside of an anchor, for one, would change its aliases too.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`
 */
export function checkYamlEdit(source: YamlSource, text: string, edit: YamlEdit): void {
  const reason = 'something else would change with it (is it shared by an anchor?)'
  let after: unknown
  try {
    after = valuesOf(parseYamlSource(text, source.file))
  } catch {
    throw uneditableError(source, edit.path, reason)
  }
  if (!isDeepStrictEqual(after, expectedValues(valuesOf(source), edit.path, edit))) {
    throw uneditableError(source, edit.path, reason)
  }
}

/** All scalars are texts, nothing is an empty text. */
type PlainValue = string | PlainValue[] | Map<string, PlainValue>

function valuesOf({ document }: YamlSource): PlainValue {
  // With the failsafe schema nothing but maps, lists and texts comes out.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (document.toJS({ mapAsMap: true, reviver: reviveScalar }) ?? '') as PlainValue
}

/** A value may stay written as it was: `0x1f` for 31, `~` for nothing. */
function reviveScalar(_key: unknown, value: unknown): unknown {
  const parsed = typeof value === 'string' ? parsePlainScalar(value) : undefined
  return parsed === undefined ? value : String(parsed ?? '')
}

function expectedValues(before: PlainValue, path: YamlPath, edit: YamlEdit): PlainValue {
  const [step, ...rest] = path
  if (step === undefined) return changedValue(before, edit)
  if (Array.isArray(before)) return expectedList([...before], Number(step), rest, edit)
  const map = new Map(before === '' || typeof before === 'string' ? [] : before)
  const key = String(step)
  if (rest.length > 0 || edit.kind === 'set' || edit.kind === 'insert') {
    return map.set(key, expectedValues(map.get(key) ?? '', rest, edit))
  }
  const value = map.get(key)
  map.delete(key)
  return edit.kind === 'rename' ? map.set(edit.key, value ?? '') : map
}

function expectedList(
  list: PlainValue[],
  index: number,
  rest: YamlPath,
  edit: YamlEdit,
): PlainValue {
  if (rest.length === 0 && edit.kind === 'remove') list.splice(index, 1)
  else list[index] = expectedValues(list[index] ?? '', rest, edit)
  return list
}

function changedValue(before: PlainValue, edit: YamlEdit): PlainValue {
  if (edit.kind === 'remove' || edit.kind === 'rename') return before
  const value = writtenValue(edit.value)
  if (edit.kind === 'set') return value
  const list = Array.isArray(before) ? [...before] : []
  list.splice(edit.index ?? list.length, 0, value)
  return list
}

/** A value as it would be read back. */
function writtenValue(value: YamlValue): PlainValue {
  const text = formatYaml(new Map([['value', value]]))
  const written = valuesOf(parseYamlSource(text, ''))
  return written instanceof Map ? (written.get('value') ?? '') : ''
}
