/** What a query asks for of a message of the REST API. */

import { ToolkitError } from '../../../core/errors.ts'
import { isObject } from '../../../core/json.ts'
import { ownMember } from '../../../core/own-member.ts'
import type { SelectedField } from './parse-query.ts'
import { schema, type FieldType } from './schema.ts'

/**
 * Every field that is asked for is one of the type, objects with fields of theirs and scalars without.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, in MLflow's words
 */
export function checkSelection(typeName: string, fields: readonly SelectedField[]): void {
  for (const { name, fields: inner } of fields) {
    if (name === '__typename') continue
    const type = ownMember(schema[typeName]!, name)
    if (type === undefined) throw refuse(`Cannot query field '${name}' on type '${typeName}'.`)
    const ofItems = itemType(type)
    const isScalar = schema[ofItems] === undefined
    if (isScalar && inner.length > 0) {
      throw refuse(
        `Field '${name}' must not have a selection since type '${ofItems}' has no subfields.`,
      )
    }
    if (!isScalar && inner.length === 0) {
      throw refuse(`Field '${name}' of type '${ofItems}' must have a selection of subfields.`)
    }
    if (!isScalar) checkSelection(ofItems, inner)
  }
}

/**
 * The fields of a message in the order of the query, which was checked. What is absent is what Protocol Buffers
 * have for it: an empty text or list, zero.
 */
export function selectFields(
  typeName: string,
  fields: readonly SelectedField[],
  message: Readonly<Record<string, unknown>>,
): object {
  const selected = fields.map(({ name, fields: inner }) => {
    if (name === '__typename') return [name, typeName] as const
    return [name, selectValue(schema[typeName]![name]!, inner, message[toSnakeCase(name)])] as const
  })
  return Object.fromEntries(selected)
}

function selectValue(type: FieldType, fields: readonly SelectedField[], value: unknown): unknown {
  if (typeof type !== 'string') {
    const items: readonly unknown[] = Array.isArray(value) ? value : []
    return items.map((item) => selectValue(type[0], fields, item))
  }
  if (schema[type] !== undefined) return isObject(value) ? selectFields(type, fields, value) : null
  if (type === 'Float') return formatFloat(Number(value))
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : type === 'LongString' ? '0' : ''
}

/** GraphQL has neither NaN nor infinity; these are MLflow's ways around it. */
function formatFloat(value: number): number | null {
  if (Number.isNaN(value)) return null
  return Math.max(-Number.MAX_VALUE, Math.min(value, Number.MAX_VALUE))
}

function itemType(type: FieldType): string {
  return typeof type === 'string' ? type : type[0]
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function refuse(message: string): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', message)
}
