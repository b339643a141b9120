import type { JsonObject } from './outcome.ts'

/** The columns that an expectation's arguments name, as written there. */
export function listColumns(kwargs: JsonObject): string[] {
  const { column, column_A: a, column_B: b, column_list: list } = kwargs
  const names = [column, a, b, ...(Array.isArray(list) ? list : [])]
  return names.filter((each) => typeof each === 'string')
}
