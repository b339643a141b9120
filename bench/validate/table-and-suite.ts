/** A table like those of practice and forty expectations about it, most of which hold. */

/** SQL of 25 columns: a key, numbers with gaps, codes, texts, dates and flags. */
export function selectTable(rows: number): string {
  const numbers = Array.from({ length: 8 }, (_, i) => {
    const value = `((r * ${7919 + 2 * i} + ${i}) % 100003) / 7.0`
    return `CASE WHEN r % ${23 + i} = 0 THEN NULL ELSE ${value} END AS n${i}`
  })
  const integers = Array.from(
    { length: 5 },
    (_, i) => `CAST((r * ${104729 + 2 * i}) % ${50 * 10 ** i} AS BIGINT) AS i${i}`,
  )
  const codes = Array.from(
    { length: 4 },
    (_, i) => `'c' || CAST((r * ${31 + 2 * i}) % ${4 + 3 * i} AS VARCHAR) AS c${i}`,
  )
  const others = [
    `'user' || CAST(r AS VARCHAR) || '@example.com' AS email`,
    `printf('%05d', CAST((r * 7) % 100000 AS INTEGER)) AS zip`,
    `CASE WHEN r % 50 = 0 THEN NULL ELSE 'Street ' || CAST((r * 13) % 5000 AS VARCHAR) END AS street`,
    `TIMESTAMP '2020-01-01' + to_seconds(CAST((r * 97) % 100000000 AS BIGINT)) AS seen`,
    `TIMESTAMP '2021-01-01' + to_seconds(CAST((r * 89) % 50000000 AS BIGINT)) AS paid`,
    `r % 3 = 0 AS flag`,
    `r % 7 < 5 AS agreed`,
  ]
  const columns = ['r AS id', ...numbers, ...integers, ...codes, ...others]
  return `SELECT ${columns.join(', ')} FROM (SELECT unnest(range(0, ${rows})) AS r)`
}

type Item = readonly [string, Readonly<Record<string, unknown>>]

export function createExpectations(rows: number): readonly object[] {
  const items: readonly Item[] = [
    ['table_row_count_to_be_between', { min_value: rows, max_value: rows }],
    ['table_column_count_to_equal', { value: 25 }],
    ['column_to_exist', { column: 'email' }],
    ...['id', 'i0', 'c0', 'email', 'seen'].map((column): Item => [
      'column_values_to_not_be_null',
      { column },
    ]),
    ...['n0', 'street'].map((column): Item => [
      'column_values_to_not_be_null',
      { column, mostly: 0.9 },
    ]),
    ['column_values_to_be_unique', { column: 'id' }],
    ['column_values_to_be_unique', { column: 'email' }],
    ...['n0', 'n1', 'n2', 'n3'].map((column): Item => [
      'column_values_to_be_between',
      { column, min_value: 0, max_value: 14_300 },
    ]),
    ['column_values_to_be_between', { column: 'i1', min_value: 0, max_value: 480 }],
    ['column_values_to_be_between', { column: 'i4', min_value: 0 }],
    ['column_values_to_be_in_set', { column: 'c0', value_set: ['c0', 'c1', 'c2', 'c3'] }],
    [
      'column_values_to_be_in_set',
      { column: 'c1', value_set: ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'] },
    ],
    ['column_values_to_not_be_in_set', { column: 'c2', value_set: ['x', 'y'] }],
    ['column_values_to_match_regex', { column: 'email', regex: '^[a-z0-9]+@example\\.com$' }],
    ['column_values_to_match_regex', { column: 'zip', regex: '^\\d{5}$' }],
    ['column_values_to_not_match_regex', { column: 'street', regex: '\\t' }],
    ['column_value_lengths_to_equal', { column: 'zip', value: 5 }],
    ['column_value_lengths_to_be_between', { column: 'street', min_value: 8, max_value: 11 }],
  ]
  return [...items, ...aboutColumns].map(([type, kwargs]) => ({
    type: `expect_${type}`,
    kwargs,
    meta: {},
  }))
}

/** Expectations about numbers of whole columns. */
const aboutColumns: readonly Item[] = [
  ['column_min_to_be_between', { column: 'n4', min_value: 0 }],
  ['column_max_to_be_between', { column: 'n4', max_value: 15_000 }],
  ['column_mean_to_be_between', { column: 'n5', min_value: 5000, max_value: 9000 }],
  ['column_median_to_be_between', { column: 'n6', min_value: 5000, max_value: 9000 }],
  ['column_stdev_to_be_between', { column: 'n7', min_value: 3000, max_value: 5000 }],
  ['column_sum_to_be_between', { column: 'i0', min_value: 0 }],
  ['column_unique_value_count_to_be_between', { column: 'c3', min_value: 10, max_value: 13 }],
  [
    'column_proportion_of_unique_values_to_be_between',
    { column: 'i3', min_value: 0, max_value: 1 },
  ],
  [
    'column_quantile_values_to_be_between',
    {
      column: 'n3',
      quantile_ranges: {
        quantiles: [0.25, 0.5, 0.75],
        value_ranges: [
          [3000, 4000],
          [6500, 7800],
          [10_000, 11_500],
        ],
      },
    },
  ],
  ['column_distinct_values_to_be_in_set', { column: 'c0', value_set: ['c0', 'c1', 'c2', 'c3'] }],
  ['column_most_common_value_to_be_in_set', { column: 'agreed', value_set: [true] }],
  [
    'column_pair_values_a_to_be_greater_than_b',
    { column_A: 'n0', column_B: 'n1', ignore_row_if: 'either_value_is_missing', mostly: 0.2 },
  ],
  ['compound_columns_to_be_unique', { column_list: ['id', 'zip'] }],
  ['column_values_to_be_of_type', { column: 'id', type_: 'int64' }],
]
