/** Keys and features as the text that the online store keeps. */

import { parseMoment } from '../../core/moment.ts'
import { ToolkitError } from '../../core/errors.ts'
import { parseJsonText } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Cell } from '../duckdb-store.ts'
import { daysOfDate } from '../expressions/calendar-day.ts'
import type { Field } from '../../core/schema.ts'
import type { FeatureView } from './feature-view.ts'
import { storageOf } from './field-storage.ts'

/** Values as JSON that keeps what JSON lacks: whole numbers of any size, and infinities as numbers too large. */
export function encodeCells(cells: readonly Cell[]): string {
  return `[${cells.map(encodeCell).join(',')}]`
}

function encodeCell(cell: Cell): string {
  if (typeof cell === 'bigint') return `"${cell}"`
  if (typeof cell !== 'number' || Number.isFinite(cell)) return JSON.stringify(cell)
  if (Number.isNaN(cell)) return 'null'
  return cell > 0 ? '1e999' : '-1e999'
}

/** What {@link encodeCells} wrote; a whole number beyond 2⁵³ comes back as text. `undefined` for any other text. */
export function decodeCells(text: string): (number | string | boolean | null)[] | undefined {
  const cells = parseJsonText(text)
  return Array.isArray(cells) ? cells : undefined
}

/** Entity values by name, as a caller gives them. */
export type EntityKey = Readonly<Record<string, number | bigint | string | boolean>>

/**
 * The key as it is stored.
 *
 * @throws {ToolkitError} `REQUEST_INVALID` naming every entity that is missing, unknown or of another type
 */
export function encodeKey(view: FeatureView, key: EntityKey): string {
  const names = Object.keys(view.entities)
  const problems = [
    ...Object.keys(key)
      .filter((name) => !names.includes(name))
      .map((name) => `'${name}' is no entity; ${nameHint(name, names, 'entities')}`),
    ...names.flatMap((name) => findFault(view, name, key[name])),
  ]
  if (problems.length > 0) {
    throw new ToolkitError('REQUEST_INVALID', `feature view '${view.name}': ${problems.join('; ')}`)
  }
  return encodeCells(names.map((name) => normalize(key[name]!, view.entities[name]!)))
}

/** As DuckDB gives it: whole numbers that doubles hold are numbers, there is one zero, and a moment is written in one way. */
function normalize(value: EntityKey[string], { type }: Field): Cell {
  if (type === 'datetime') return new Date(parseMoment(String(value)) ?? NaN).toISOString()
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  return value === 0 ? 0 : value
}

function findFault(
  view: FeatureView,
  name: string,
  value: EntityKey[string] | undefined,
): string[] {
  if (value === undefined || value === null) return [`'${name}' is missing`]
  const { type } = storageOf(view.entities[name]!)
  if (isOfType(type, value)) return []
  return [`'${name}' is ${JSON.stringify(String(value))}, and it is ${view.entities[name]!.type}`]
}

function isOfType(type: string, value: EntityKey[string]): boolean {
  if (type === 'BIGINT') return typeof value === 'bigint' || Number.isSafeInteger(value)
  if (type === 'DOUBLE') return typeof value === 'number' && !Number.isNaN(value)
  if (type === 'DATE') return typeof value === 'string' && daysOfDate(value) !== null
  if (type === 'TIMESTAMP') return typeof value === 'string' && parseMoment(value) !== undefined
  return typeof value === (type === 'BOOLEAN' ? 'boolean' : 'string')
}
