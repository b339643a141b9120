/** How the types of expectations are called in TypeScript: `expect_column_values_to_be_between` is `expect.column(…).toBeBetween`. */

import type { ExpectationTypes } from '../expectations/catalogue.ts'

/** What an expectation is about. */
export type Subject = 'column' | 'pair' | 'columns' | 'table'

/** Beginnings of GX's names, the longer ones first: what follows is the method's name. */
const beginnings = [
  ['expect_column_pair_values_', 'pair'],
  ['expect_column_values_', 'column'],
  ['expect_column_', 'column'],
  ['expect_compound_columns_', 'columns'],
  ['expect_select_column_values_', 'columns'],
  ['expect_multicolumn_', 'columns'],
  ['expect_table_', 'table'],
] as const

/** Known by name, and refused by every table. */
export type RefusedTypes =
  | 'expect_query_results_to_match_comparison'
  | 'expect_table_row_count_to_equal_other_table'
  | 'unexpected_rows_expectation'

export type BuildableType = Exclude<keyof ExpectationTypes, RefusedTypes>

type Camel<S extends string> = S extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : S

type Split<N extends string, B = typeof beginnings> = B extends readonly [
  readonly [infer Beginning extends string, infer S],
  ...infer More,
]
  ? N extends `${Beginning}${infer Rest}`
    ? [S, Camel<Rest>]
    : Split<N, More>
  : never

/** The method's name of a type about the subject; `never` for the types about others. */
export type MethodName<N extends BuildableType, S extends Subject> = Split<N>[0] extends S
  ? Split<N>[1]
  : never

/** The same at run time; `undefined` for names that GX's expectations do not have. */
export function nameMethod(
  type: string,
): { readonly subject: Subject; readonly method: string } | undefined {
  const found = beginnings.find(([beginning]) => type.startsWith(beginning))
  if (found === undefined) return undefined
  const [beginning, subject] = found
  const method = type
    .slice(beginning.length)
    .replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  return { subject, method }
}
