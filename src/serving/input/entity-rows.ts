/** Rows that name an entity in place of columns: its features come from the online store. */

import type { FeatureReader, ReadFeatures } from '../../core/feature-reader.ts'
import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { describeField, describeViolation, type Field } from '../../core/schema.ts'
import { escapePointer } from './escape-pointer.ts'
import type { ProblemList } from './problem-list.ts'

/** The member of a row that names its entity. */
export const entityMember = 'entity'

/**
 * What the store has of the entity that a row names, or nothing when it names none. A key that does not fit is reported, and nothing is
 * read for it.
 */
export function readEntity(
  row: Readonly<Record<string, unknown>>,
  reader: FeatureReader,
  report: { readonly pointer: string; readonly problems: ProblemList },
): ReadFeatures | undefined {
  if (!Object.hasOwn(row, entityMember)) return undefined
  const { problems } = report
  const pointer = `${report.pointer}/${entityMember}`
  const key = row[entityMember]
  const names = Object.keys(reader.entities)
  if (!isObject(key)) {
    problems.add(pointer, () => ({ expected: `an object of ${names.join(', ')}`, value: key }))
    return undefined
  }
  let hasFault = false
  const fail = (name: string, expected: string, hint?: string): void => {
    hasFault = true
    const value = Object.hasOwn(key, name) ? key[name] : undefined
    problems.add(`${pointer}/${escapePointer(name)}`, () => ({ expected, value, hint }))
  }
  for (const name of Object.keys(key)) {
    if (Object.hasOwn(reader.entities, name)) continue
    fail(name, 'part of a key', name.length > 100 ? undefined : nameHint(name, names, 'parts'))
  }
  const entries = Object.entries(reader.entities).flatMap(([name, field]) => {
    const value = Object.hasOwn(key, name) ? key[name] : undefined
    if (isKeyValue(field, value)) return [[name, value] as const]
    fail(name, describeField(field))
    return []
  })
  return hasFault ? undefined : reader.read(Object.fromEntries(entries))
}

function isKeyValue(field: Field, value: unknown): value is number | boolean | string {
  const cell = typeof value === 'boolean' && field.type === 'boolean' ? Number(value) : value
  return (
    (typeof cell === 'number' || typeof cell === 'string') &&
    describeViolation({ ...field, nullable: false }, cell) === undefined
  )
}

/** What to do about a column that the row leaves to the store. */
export function hintOf(found: ReadFeatures, column: string): string | undefined {
  if (Object.hasOwn(found.values, column)) return 'it came from the online store: send another'
  if (!Object.hasOwn(found.absent, column)) return undefined
  return `it is ${found.absent[column]} in the online store: send it`
}
