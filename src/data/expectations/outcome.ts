/** What an expectation found, in the shape of Great Expectations' results. */

import { isObject } from '../../core/json.ts'
import type { Cell } from '../duckdb-store.ts'

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

export type JsonObject = Readonly<Record<string, JsonValue>>

/** Whether a parsed JSON value is an object; its members are then JSON values too. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value)
}

export interface Outcome {
  readonly success: boolean
  /** GX's `result` object. */
  readonly result: JsonObject
  /** What a reader should know although it decides nothing, such as a set with texts for a column of numbers. */
  readonly warnings?: readonly string[]
  /** `false` when there was no value to check. */
  readonly hasChecked?: boolean
}

/** Rows counted by one row-wise expectation. */
export interface RowCounts {
  readonly rows: number
  /** Rows left out because a value is missing. */
  readonly ignored: number
  readonly unexpected: number
}

/** One row that broke an expectation; `position` counts from 0. */
export interface Sample {
  readonly position: number
  readonly values: readonly Cell[]
  /** Values of the columns that name a row, when such were asked for. */
  readonly index?: JsonObject
  /** The whole row by column, when it was asked for. */
  readonly row?: JsonObject
}

/** GX shows the first twenty values that break an expectation. */
export const sampleLimit = 20

/** How samples are shown: the value alone, the list of values, or values by column. */
export type SampleForm =
  | { readonly kind: 'value' }
  | { readonly kind: 'list' }
  | { readonly kind: 'record'; readonly names: readonly string[] }

/**
 * Judges a row-wise expectation as GX does: the share of the rows not left out
 * that hold, against `mostly`; without such rows nothing is wrong.
 */
export function judgeRows(counts: RowCounts, mostly: number): boolean {
  const considered = counts.rows - counts.ignored
  return considered === 0 || (considered - counts.unexpected) / considered >= mostly
}

/** Infinity and integers beyond 2⁵³ become text, because JSON has no number for them. */
export function toJsonValue(cell: Cell): JsonValue {
  if (typeof cell === 'bigint') return String(cell)
  if (typeof cell === 'number' && !Number.isFinite(cell)) return String(cell)
  return cell
}
