/** Whether a YAML tree has the shape that a file format asks for; all that does not fit is named at once. */

import { nearestName } from '../../core/nearest.ts'
import type { Problems } from '../yaml/problems.ts'
import type { MapEntry, MapNode, ScalarNode, YamlNode } from '../yaml/yaml-node.ts'
import { describeYamlNode } from '../yaml/yaml-node.ts'

/** What a node may be. */
export type Shape =
  | ScalarShape
  /** Anything, a date too: it is kept and not looked at. */
  | { readonly kind: 'anything' }
  /** Any value but a date, which interpolation cannot carry. */
  | { readonly kind: 'value' }
  | { readonly kind: 'list'; readonly of: Shape }
  | FieldsShape
  | RecordShape
  /** The first of these whose kind of node it is; they are of different kinds. */
  | { readonly kind: 'either'; readonly of: readonly Shape[] }

/** What a scalar may be. */
type ScalarShape =
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  /** `true` counts as 1, as in Python. */
  | { readonly kind: 'integer' }
  /** A text that is not empty. */
  | { readonly kind: 'name' }
  /** A text of three characters or more, or an empty one for none. */
  | { readonly kind: 'hash'; readonly allowsNumber?: boolean }
  | { readonly kind: 'nothing' }

/** A map with certain keys. */
export interface FieldsShape {
  readonly kind: 'fields'
  readonly fields: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  /** What to do about one that is missing. */
  readonly requiredHint?: string
  /** What to do about keys that are not among them. */
  readonly hints?: Readonly<Record<string, string>>
}

/** A map with any keys, which are texts unless it says otherwise. */
export interface RecordShape {
  readonly kind: 'record'
  readonly of: Shape
  /** How messages name a member; `'key' in …` when there is no better name. */
  readonly nameOf?: (key: string) => string
  readonly isFilled?: boolean
  readonly allowsAnyKey?: boolean
}

/** Adds all that does not fit to the problems. @param what - names the node in messages */
export function checkShape(node: YamlNode, shape: Shape, what: string, problems: Problems): void {
  const fitting = shape.kind === 'either' ? shape.of.find((one) => fits(node, one)) : shape
  if (fitting === undefined || !fits(node, fitting)) {
    const message = `${what} is ${describeUnfitting(node, shape)}, expected ${describeShape(shape)}`
    problems.add(node.place, message)
  } else if (node.kind === 'list' && fitting.kind === 'list') {
    checkItems(node.items, fitting.of, what, problems)
  } else if (node.kind === 'map' && fitting.kind === 'fields') {
    checkFields(node, fitting, what, problems)
  } else if (node.kind === 'map' && fitting.kind === 'record') {
    checkRecord(node, fitting, what, problems)
  } else if (fitting.kind === 'value') {
    checkValue(node, what, problems)
  }
}

function checkItems(
  items: readonly YamlNode[],
  shape: Shape,
  what: string,
  problems: Problems,
): void {
  for (const item of items) {
    if (!isFittingScalar(item, shape)) checkShape(item, shape, `an entry of ${what}`, problems)
  }
}

/** Most of a lock are such values, and nobody has to be told their names. */
function isFittingScalar(node: YamlNode, shape: Shape): boolean {
  if (node.kind !== 'scalar') return false
  if (shape.kind === 'either') return shape.of.some((one) => isFittingScalar(node, one))
  return shape.kind === 'value' ? node.unusable === undefined : fits(node, shape)
}

function fits(node: YamlNode, shape: Shape): boolean {
  if (shape.kind === 'either') return shape.of.some((one) => fits(node, one))
  if (shape.kind === 'anything' || shape.kind === 'value') return true
  if (shape.kind === 'list') return node.kind === 'list'
  if (shape.kind === 'fields' || shape.kind === 'record') return node.kind === 'map'
  return isScalarLike(node, shape)
}

function isScalarLike(node: YamlNode, shape: ScalarShape): boolean {
  switch (shape.kind) {
    case 'text':
      return isScalarOf(node, 'string')
    case 'name':
      return isScalarOf(node, 'string') && node.value !== ''
    case 'hash':
      return isHash(node, shape.allowsNumber === true)
    case 'boolean':
      return isScalarOf(node, 'boolean')
    case 'integer':
      return isScalarOf(node, 'bigint') || isScalarOf(node, 'boolean')
    case 'nothing':
      return node.kind === 'scalar' && node.unusable === undefined && node.value === null
  }
}

interface ScalarTypes {
  readonly string: string
  readonly boolean: boolean
  readonly bigint: bigint
}

function isScalarOf<T extends keyof ScalarTypes>(
  node: YamlNode,
  type: T,
): node is ScalarNode & { readonly value: ScalarTypes[T] } {
  return node.kind === 'scalar' && node.unusable === undefined && typeof node.value === type
}

function isHash(node: YamlNode, allowsNumber: boolean): boolean {
  if (isScalarOf(node, 'string')) return node.value === '' || node.value.length >= 3
  const isNumber = isScalarOf(node, 'bigint') || isScalarOf(node, 'boolean')
  return allowsNumber && isNumber && String(node.value).length >= 3
}

const shapeNames = {
  text: 'a text',
  name: 'a text that is not empty',
  hash: 'a hash of three characters or more',
  integer: 'a whole number',
  boolean: 'true or false',
  anything: 'anything',
  value: 'a value',
  nothing: 'nothing',
  list: 'a list',
  fields: 'a map',
  record: 'a map',
} as const

/** A text that is none of the texts that it could be is shown itself. */
function describeUnfitting(node: YamlNode, shape: Shape): string {
  const kinds = (shape.kind === 'either' ? shape.of : [shape]).map(({ kind }) => kind)
  const isTextual = kinds.includes('hash') || kinds.includes('name')
  return isTextual && isScalarOf(node, 'string') ? `'${node.value}'` : describeYamlNode(node)
}

function describeShape(shape: Shape): string {
  if (shape.kind !== 'either') return shapeNames[shape.kind]
  return [...new Set(shape.of.map(describeShape))].join(' or ')
}

function checkFields(node: MapNode, shape: FieldsShape, what: string, problems: Problems): void {
  for (const entry of node.entries) {
    if (fieldOf(entry, shape) === undefined) addUnknown(entry, shape, what, problems)
  }
  for (const name of shape.required ?? []) {
    if (!node.entries.some(({ key }) => key.value === name)) {
      problems.add(node.place, `${what} has no '${name}'`, shape.requiredHint)
    }
  }
  for (const entry of node.entries) {
    const { key, value } = entry
    const field = fieldOf(entry, shape)
    if (field === undefined || isFittingScalar(value, field)) continue
    checkShape(value, field, `'${String(key.value)}' in ${what}`, problems)
  }
}

function fieldOf({ key: { value: key } }: MapEntry, { fields }: FieldsShape): Shape | undefined {
  return typeof key === 'string' && Object.hasOwn(fields, key) ? fields[key] : undefined
}

function addUnknown(
  { key }: MapEntry,
  { fields, hints = {} }: FieldsShape,
  what: string,
  problems: Problems,
): void {
  const names = Object.keys(fields)
  const text = String(key.value)
  const guess = nearestName(text, names)
  const usual = guess === undefined ? `known are: ${names.join(', ')}` : `did you mean '${guess}'?`
  const hint = Object.hasOwn(hints, text) ? hints[text] : usual
  problems.add(key.place, `unknown key '${text}' in ${what}`, hint)
}

function checkRecord(node: MapNode, shape: RecordShape, what: string, problems: Problems): void {
  if (shape.isFilled === true && node.entries.length === 0) {
    problems.add(node.place, `${what} is empty`)
  }
  for (const { key, value } of node.entries) {
    if (typeof key.value !== 'string' && shape.allowsAnyKey !== true) {
      const message = `the key '${String(key.value)}' of ${what} is ${describeYamlNode(key)}`
      problems.add(key.place, message, 'put it in quotes to make it text')
    } else {
      if (isFittingScalar(value, shape.of)) continue
      const text = String(key.value)
      const name = shape.nameOf?.(text) ?? `'${text}' in ${what}`
      checkShape(value, shape.of, name, problems)
    }
  }
}

function checkValue(node: YamlNode, what: string, problems: Problems): void {
  if (node.kind === 'list') {
    for (const item of node.items) checkValue(item, what, problems)
  } else if (node.kind === 'map') {
    for (const entry of node.entries) checkValue(entry.value, what, problems)
  } else if (node.unusable !== undefined) {
    problems.add(
      node.place,
      `'${node.unusable.text}' in ${what} is ${node.unusable.kind}`,
      `put it in quotes to make it text: '${node.unusable.text}'`,
    )
  }
}
