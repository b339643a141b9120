/** Which arguments of an expectation are given by their place, and which by name. */

import type { KwargSchema } from '../expectations/kwargs.ts'

/** Given by place, in this order; what is not here is given by name, in a last object. */
const leading = [
  'value_set',
  'value_pairs_set',
  'column_set',
  'column_list',
  'regex',
  'regex_list',
  'like_pattern',
  'like_pattern_list',
  'strftime_format',
  'json_schema',
  'type_',
  'type_list',
  'value',
  'sum_total',
  'partition_object',
  'threshold',
  'double_sided',
  'quantile_ranges',
  'min_value',
  'max_value',
] as const

/** Of the arguments by name, without those that the subject gives and `mostly`. */
export type MethodArguments<K> = [
  ...Leading<K>,
  options?: Partial<Omit<K, (typeof leading)[number]>>,
]

type Leading<K, L = typeof leading> = L extends readonly [infer Head, ...infer Rest]
  ? Head extends keyof K
    ? [...Place<K[Head]>, ...Leading<K, Rest>]
    : Leading<K, Rest>
  : []

type Place<T> = undefined extends T ? [value?: T] : [value: T]

/** The arguments by name. @param taken - names that the subject gives itself */
export function nameArguments(
  schema: KwargSchema,
  given: readonly unknown[],
  taken: readonly string[],
): Readonly<Record<string, unknown>> {
  const places = leading.filter((name) => name in schema && !taken.includes(name))
  const byPlace = places.map((name, i): [string, unknown] => [name, given[i]])
  const options = given[places.length] ?? {}
  const all = [...byPlace, ...Object.entries(options)]
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}
