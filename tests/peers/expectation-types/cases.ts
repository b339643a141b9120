/** Expectations of every type, drawn from a seed for the tables beside this file. */

import { createRandom } from '../../../src/core/random.ts'
import { createDraw, type Draw } from '../random-draw.ts'

export interface Item {
  readonly type: string
  readonly kwargs: Readonly<Record<string, unknown>>
}

/** Different expectations, `perType` of each type; the same for the same seed. */
export function drawItems(seed: number, perType: number): Item[] {
  const draw = createDraw(createRandom(seed))
  const items = Object.entries(makers).flatMap(([type, make]) =>
    Array.from({ length: perType }, () => ({ type: `expect_${type}`, kwargs: make(draw) })),
  )
  const different = new Map(items.map((item) => [JSON.stringify(item), item]))
  return [...different.values()]
}

type Maker = (draw: Draw) => Readonly<Record<string, unknown>>

const numbers = ['i', 'k', 'big', 'f', 'g', 'n', 'o']
const finiteNumbers = ['i', 'k', 'g', 'n']
/** Without missing values: pandas turns integers with some into floats, and their text is then another. */
const texts = ['t', 'u', 'k', 'e']
const all = ['i', 'k', 'big', 't', 'u', 'f', 'g', 'n', 'o', 'd', 'e']
const edgeNumbers = [-10, -1, 0, 0.25, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 5, 6, 7, 10, 50, 100, 1e6]

function column(draw: Draw, from: readonly string[]): string {
  return draw.chance(0.02) ? 'absent' : draw.pick(from)
}

function mostly(draw: Draw): object {
  return draw.chance(0.4) ? { mostly: draw.pick([0, 0.2, 0.4, 0.5, 0.6, 0.75, 0.8, 1]) } : {}
}

function value(draw: Draw, from: readonly string[]): Readonly<Record<string, unknown>> {
  return { column: column(draw, from), ...mostly(draw) }
}

/** At least one of two limits, the lower not above the upper. */
function bounds(
  draw: Draw,
  from: readonly (number | string)[] = edgeNumbers,
): Readonly<Record<string, number | string | boolean>> {
  const [low, high] = [draw.pick(from), draw.pick(from)].sort((a, b) => (a < b ? -1 : 1))
  const kind = draw.random.nextInteger(3)
  return {
    ...(kind !== 1 && { min_value: low }),
    ...(kind !== 2 && { max_value: high }),
    ...(draw.chance(0.3) && low !== high && { strict_min: true }),
    ...(draw.chance(0.3) && low !== high && { strict_max: true }),
  }
}

const aggregate =
  (from: readonly string[], limits: readonly number[] = edgeNumbers): Maker =>
  (draw) => {
    const name = column(draw, from)
    const pool = name === 'd' && limits === edgeNumbers ? limitPools(name) : limits
    return { column: name, ...(draw.chance(0.9) && bounds(draw, pool)) }
  }

const memberPools: Readonly<Record<string, readonly unknown[]>> = {
  number: [1, 2, 2.5, 3, 50, 0, -7.125, 1.5, 7, true, '1', null, 9007199254740992],
  text: ['a', 'b', 'ab', 'x1', 'x2', 'é', 'a3', 1, null],
  boolean: [true, false, 1, 0, 'true'],
}

function members(draw: Draw, name: string, min = 0): unknown[] {
  const pool = memberPools[poolOf(name)]!
  const found = Array.from({ length: min + draw.random.nextInteger(6) }, () => draw.pick(pool))
  return found.length < min ? [pool[0]] : found
}

function poolOf(name: string): string {
  if (name === 'o') return 'boolean'
  return ['t', 'u', 'e'].includes(name) ? 'text' : 'number'
}

const inSet =
  (min = 0): Maker =>
  (draw) => {
    const name = column(draw, ['i', 'k', 'big', 't', 'u', 'f', 'g', 'n', 'o'])
    return { column: name, value_set: members(draw, name, min) }
  }

const regexes = [
  '^[ab]+$',
  'b',
  String.raw`\d`,
  String.raw`^\w+\s\d{2}$`,
  'é',
  '^.{2}$',
  'a$',
  String.raw`\bz`,
  '(?i)A|Z',
  String.raw`^\D*$`,
]

function several(draw: Draw, from: readonly string[]): string[] {
  const length = 2 + draw.random.nextInteger(2)
  const found = new Set<string>()
  while (found.size < length) found.add(draw.pick(from))
  return [...found]
}

const pair =
  (from: readonly string[]): Maker =>
  (draw) => {
    const first = draw.pick(from)
    return {
      column_A: first,
      column_B: column(
        draw,
        from.filter((name) => name !== first),
      ),
      ...mostly(draw),
      ...(draw.chance(0.6) && {
        ignore_row_if: draw.pick(['both_values_are_missing', 'either_value_is_missing', 'neither']),
      }),
    }
  }

const list =
  (from: readonly string[]): Maker =>
  (draw) => ({
    column_list: several(draw, from),
    ...mostly(draw),
    ...(draw.chance(0.6) && {
      ignore_row_if: draw.pick(['all_values_are_missing', 'any_value_is_missing', 'never']),
    }),
  })

const counts = [0, 1, 2, 3, 5, 6, 7, 8, 12, 120]
const shares = [0, 0.1, 0.25, 0.5, 0.75, 6 / 7, 1]

const typeNames = ['int64', 'int', 'float64', 'float', 'bool', 'str']
const jsonSchemas = [
  { type: 'object', required: ['a'] },
  { type: 'object', properties: { a: { type: 'integer', maximum: 5 } } },
  { type: ['object', 'array', 'string'] },
  { properties: { a: { enum: [0, 1, 'x'] } }, format: 'date' },
  {
    $schema: 'http://json-schema.org/draft-07/schema#',
    anyOf: [{ type: 'array' }, { minProperties: 1 }],
  },
  { $defs: { n: { type: 'number', multipleOf: 2 } }, properties: { a: { $ref: '#/$defs/n' } } },
  { not: { properties: { a: { const: 2 } } }, additionalProperties: false },
]
const limitPools = (name: string): readonly (number | string)[] =>
  name === 'd'
    ? ['2023-12-31', '2024-01-01', '2024-01-02', '2024-01-02T12:30:00', '2024-02-29']
    : edgeNumbers

const makers: Readonly<Record<string, Maker>> = {
  column_values_to_not_be_null: (draw) => value(draw, all),
  column_values_to_be_null: (draw) => value(draw, all),
  column_values_to_be_unique: (draw) => value(draw, all),
  column_values_to_be_between: (draw) => {
    const given = value(draw, [...numbers, 'd'])
    return { ...given, ...bounds(draw, limitPools(String(given['column']))) }
  },
  column_values_to_be_in_set: (draw) => ({ ...inSet()(draw), ...mostly(draw) }),
  column_values_to_not_be_in_set: (draw) => ({ ...inSet()(draw), ...mostly(draw) }),
  column_value_lengths_to_be_between: (draw) => ({
    ...value(draw, texts),
    ...bounds(draw, [0, 1, 2, 3, 5, 9, 10]),
  }),
  column_value_lengths_to_equal: (draw) => ({
    ...value(draw, texts),
    value: draw.pick([0, 1, 2, 3, 9, 10, 1.5]),
  }),
  column_values_to_match_regex: (draw) => ({ ...value(draw, texts), regex: draw.pick(regexes) }),
  column_values_to_not_match_regex: (draw) => ({
    ...value(draw, texts),
    regex: draw.pick(regexes),
  }),
  column_values_to_match_regex_list: (draw) => ({
    ...value(draw, texts),
    regex_list: [draw.pick(regexes), ...draw.times(2, () => draw.pick(regexes))],
    ...(draw.chance(0.6) && { match_on: draw.pick(['any', 'all']) }),
  }),
  column_values_to_not_match_regex_list: (draw) => ({
    ...value(draw, texts),
    regex_list: [draw.pick(regexes), ...draw.times(2, () => draw.pick(regexes))],
  }),
  column_values_to_be_increasing: succession,
  column_values_to_be_decreasing: succession,
  column_values_to_match_strftime_format: (draw) => ({
    ...value(draw, ['t', 'u', 'e', 'e', 'e']),
    strftime_format: draw.pick(['%Y-%m-%d', '%d/%m/%Y', '%H:%M', '%Y%m%d', '%m']),
  }),
  column_values_to_be_dateutil_parseable: (draw) => value(draw, ['e', 'e', 't']),
  column_values_to_be_json_parseable: (draw) => value(draw, ['j', 'j', 't', 'u', 'k']),
  column_values_to_match_json_schema: (draw) => ({
    ...value(draw, ['j']),
    json_schema: draw.pick(jsonSchemas),
  }),
  column_values_to_be_of_type: (draw) => ({
    column: draw.pick(['k', 'g', 'o']),
    type_: draw.pick(typeNames),
  }),
  column_values_to_be_in_type_list: (draw) => ({
    column: draw.pick(['k', 'g', 'o']),
    type_list: [draw.pick(typeNames), ...draw.times(2, () => draw.pick(typeNames))],
  }),
  column_type_to_be: (draw) => ({
    column: draw.pick(['k', 'g', 'o']),
    type_: draw.pick(typeNames),
  }),
  column_value_z_scores_to_be_less_than: (draw) => ({
    ...value(draw, [...finiteNumbers, 'f']),
    threshold: draw.pick([0.5, 1, 1.2, 2, -0.7]),
    double_sided: draw.chance(0.5),
  }),
  column_values_to_not_be_outliers: (draw) => ({
    ...value(draw, [...finiteNumbers, 'f']),
    ...(draw.chance(0.8) && { method: draw.pick(['iqr', 'std']) }),
    ...(draw.chance(0.7) && { multiplier: draw.pick([0, 0.3, 1, 1.5, 2]) }),
  }),
  column_min_to_be_between: aggregate([...numbers, 'd']),
  column_max_to_be_between: aggregate([...numbers, 'd']),
  column_mean_to_be_between: aggregate(numbers),
  column_median_to_be_between: aggregate(finiteNumbers),
  column_sum_to_be_between: aggregate(['i', 'k', 'f', 'g', 'n', 'o']),
  column_stdev_to_be_between: aggregate(finiteNumbers),
  column_unique_value_count_to_be_between: aggregate(all, counts),
  column_proportion_of_unique_values_to_be_between: aggregate(all, shares),
  column_proportion_of_non_null_values_to_be_between: aggregate(all, shares),
  column_quantile_values_to_be_between: quantiles,
  column_distinct_values_to_be_in_set: inSet(1),
  column_distinct_values_to_contain_set: inSet(),
  column_distinct_values_to_equal_set: inSet(),
  column_most_common_value_to_be_in_set: (draw) => ({
    ...inSet()(draw),
    ...(draw.chance(0.6) && { ties_okay: draw.chance(0.7) }),
  }),
  column_kl_divergence_to_be_less_than: (draw) => ({
    ...(draw.chance(0.5) ? categories(draw) : bins(draw)),
    ...(draw.chance(0.9) && { threshold: draw.pick([0.01, 0.1, 0.5, 1, 5]) }),
  }),
  column_pair_values_to_be_equal: pair(numbers),
  column_pair_values_a_to_be_greater_than_b: (draw) => ({
    ...pair(numbers)(draw),
    ...(draw.chance(0.5) && { or_equal: draw.chance(0.7) }),
  }),
  column_pair_values_to_be_in_set: (draw) => {
    const found = pair(['i', 'k', 't', 'g'])(draw)
    return {
      ...found,
      value_pairs_set: draw.times(6, () =>
        [found['column_A'], found['column_B']].map((name) =>
          draw.pick(memberPools[poolOf(String(name))]!),
        ),
      ),
    }
  },
  compound_columns_to_be_unique: list(all),
  select_column_values_to_be_unique_within_record: list(['i', 'k', 'g', 'f', 't', 'u']),
  multicolumn_sum_to_equal: (draw) => ({
    ...list(numbers)(draw),
    sum_total: draw.pick([0, 2, 3, 10, 6.5, 4.25]),
  }),
  multicolumn_values_to_be_equal: list(numbers),
  table_row_count_to_be_between: (draw) => bounds(draw, counts),
  table_row_count_to_equal: (draw) => ({ value: draw.pick(counts) }),
  table_column_count_to_be_between: (draw) => {
    const { min_value, max_value } = bounds(draw, counts)
    return { min_value: min_value ?? null, max_value: max_value ?? null }
  },
  table_column_count_to_equal: (draw) => ({ value: draw.pick(counts) }),
  table_columns_to_match_ordered_list: (draw) => ({ column_list: columnList(draw) }),
  table_columns_to_match_set: (draw) => ({
    column_set: columnList(draw),
    ...(draw.chance(0.5) && { exact_match: draw.chance(0.3) }),
  }),
  column_to_exist: (draw) => ({
    column: draw.pick([...all, 'absent', 'I']),
    ...(draw.chance(0.5) && { column_index: draw.pick([1, 2, 3, -1, 20]) }),
  }),
}

function succession(draw: Draw): Readonly<Record<string, unknown>> {
  return {
    ...value(draw, ['i', 'k', 'big', 'g', 'n', 'd', 'f']),
    ...(draw.chance(0.6) && { strictly: draw.chance(0.7) }),
  }
}

function quantiles(draw: Draw): Readonly<Record<string, unknown>> {
  const wanted = [
    draw.pick([0, 0.1, 0.25, 1 / 3]),
    ...draw.times(2, () => draw.pick([0.5, 0.75, 0.9, 1])),
  ]
  return {
    column: column(draw, [...finiteNumbers, 'f']),
    quantile_ranges: {
      quantiles: wanted,
      value_ranges: wanted.map(() => {
        const [low, high] = [draw.pick(edgeNumbers), draw.pick(edgeNumbers)].sort((a, b) => a - b)
        return [draw.chance(0.2) ? null : low, draw.chance(0.2) ? null : high]
      }),
    },
    ...(draw.chance(0.6) && {
      allow_relative_error: draw.pick([false, 'linear', 'lower', 'higher', 'midpoint', 'nearest']),
    }),
  }
}

function categories(draw: Draw): Readonly<Record<string, unknown>> {
  const name = draw.pick(['t', 'k', 'o'])
  const values = { t: ['a', 'b', 'ab', 'c'], k: [1, 2, 3, 10], o: [true, false] }[name]!
  return {
    column: name,
    partition_object: { values, weights: values.map(() => 1 / values.length) },
    ...(draw.chance(0.6) && { tail_weight_holdout: draw.pick([0, 0.1, 0.5]) }),
  }
}

function bins(draw: Draw): Readonly<Record<string, unknown>> {
  const hasTails = draw.chance(0.5)
  return {
    column: draw.pick(['k', 'g', 'i']),
    partition_object: {
      bins: [-10, 0, 2.5, 6],
      weights: hasTails
        ? [0.25, 0.25, 0.25]
        : draw.pick([
            [0.5, 0.25, 0.25],
            [0.5, 0, 0.5],
          ]),
      ...(hasTails && { tail_weights: [0.125, 0.125] }),
    },
    ...(!hasTails && draw.chance(0.7) && { tail_weight_holdout: draw.pick([0, 0.1, 0.2]) }),
    ...(draw.chance(0.4) && { internal_weight_holdout: draw.pick([0, 0.1]) }),
  }
}

function columnList(draw: Draw): string[] {
  const names = ['i', 'k', 'big', 't', 'u', 'f', 'g', 'n', 'o', 'd', 'e', 'j']
  return draw.pick([
    names,
    names.toReversed(),
    names.slice(0, 5),
    [...names, 'x'],
    ['k', 'i'],
    ['x', 'i'],
  ])
}
