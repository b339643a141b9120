/** Right and wrong arguments of every type of expectation. */

import type { ExpectationTypes } from '../../../src/data/expectations/catalogue.ts'

/** Arguments of one type of expectation for the table of hold-table.ts. */
export interface Sample {
  /** Arguments with which the type can be asked of the table. */
  readonly good: Readonly<Record<string, unknown>>
  /** Arguments that replace the good ones, and what must be said of them. */
  readonly bad: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[]
}

const limits: Sample['bad'] = [
  [{ min_value: 3, max_value: 2 }, /limits that no value keeps to/],
  [{ min_value: 2, max_value: 2, strict_max: true }, /limits that no value keeps to/],
  [{ strict_min: 'yes' }, /'strict_min' is 'yes', expected true or false/],
]
const mostly: Sample['bad'] = [
  [{ mostly: 1.1 }, /'mostly' is 1.1, expected a number from 0 to 1/],
  [{ mostly: '0.9' }, /'mostly' is '0.9'/],
]
const someLimit: Sample['bad'] = [
  [{ min_value: null, max_value: null }, /needs 'min_value' or 'max_value'/],
]
const textLimit: Sample['bad'] = [[{ max_value: 'a' }, /'max_value' is 'a', expected a number/]]
const set: Sample['bad'] = [
  [{ value_set: 3 }, /'value_set' is 3, expected a list/],
  [{ value_set: [[1]] }, /'value_set' is \[\[1\]\]/],
]
const ignoring: Sample['bad'] = [
  [{ ignore_row_if: 'sometimes' }, /'ignore_row_if' is 'sometimes', expected one of/],
]
const columnList: Sample['bad'] = [
  ...ignoring,
  [{ column_list: ['i'] }, /'column_list' names fewer than two columns/],
  [{ column_list: ['i', 'i'] }, /'column_list' names the column 'i' twice/],
  [{ column_list: 'i' }, /'column_list' is 'i', expected a list/],
]
const escape: Sample['bad'] = [
  [{ escape: '\\\\' }, /'escape' is '\\\\', expected one character/],
  [{ escape: 'b' }, /ends with the escape 'b'/],
]
const numberLimits = { good: { column: 'i', min_value: 0 }, bad: [...limits, ...textLimit] }

/** One for every type; the compiler holds them complete. */
export const samples: { readonly [Name in keyof ExpectationTypes]: Sample } = {
  expect_table_row_count_to_be_between: { good: { min_value: 0 }, bad: [...limits, ...textLimit] },
  expect_table_row_count_to_equal: {
    good: { value: 6 },
    bad: [
      [{ value: -1 }, /'value' is -1, expected an integer of at least 0/],
      [{ value: 1.5 }, /'value' is 1.5/],
    ],
  },
  expect_table_column_count_to_be_between: {
    good: { min_value: 1 },
    bad: [[{ min_value: 2, max_value: 1 }, /limits that no value/]],
  },
  expect_table_column_count_to_equal: {
    good: { value: 8 },
    bad: [[{ value: '8' }, /'value' is '8'/]],
  },
  expect_table_columns_to_match_ordered_list: {
    good: { column_list: ['i'] },
    bad: [[{ column_list: [1] }, /'column_list' is \[1\], expected a list of texts/]],
  },
  expect_table_columns_to_match_set: {
    good: { column_set: ['i'] },
    bad: [[{ exact_match: 'no' }, /'exact_match' is 'no'/]],
  },
  expect_column_to_exist: {
    good: { column: 'i' },
    bad: [[{ column_index: 0.5 }, /'column_index' is 0.5, expected an integer/]],
  },
  expect_column_values_to_not_be_null: { good: { column: 'i' }, bad: mostly },
  expect_column_values_to_be_null: { good: { column: 'i' }, bad: mostly },
  expect_column_values_to_be_unique: { good: { column: 'i' }, bad: mostly },
  expect_column_values_to_be_between: {
    good: { column: 'i', min_value: 0 },
    bad: [
      ...limits,
      ...mostly,
      ...someLimit,
      [{ max_value: 'a' }, /different kinds/],
      [{ min_value: '' }, /'min_value' is ''/],
    ],
  },
  expect_column_values_to_be_in_set: {
    good: { column: 'i', value_set: [1] },
    bad: [...set, ...mostly],
  },
  expect_column_values_to_not_be_in_set: { good: { column: 'i', value_set: [1] }, bad: set },
  expect_column_value_lengths_to_be_between: {
    good: { column: 't', max_value: 3 },
    bad: [...limits, ...someLimit, ...textLimit],
  },
  expect_column_value_lengths_to_equal: {
    good: { column: 't', value: 1 },
    bad: [[{ value: 'one' }, /'value' is 'one', expected a number/]],
  },
  expect_column_values_to_match_regex: {
    good: { column: 't', regex: 'a' },
    bad: [[{ regex: '(' }, /'regex' '\('/]],
  },
  expect_column_values_to_not_match_regex: {
    good: { column: 't', regex: 'a' },
    bad: [[{ regex: 1 }, /'regex' is 1, expected a regular expression/]],
  },
  expect_column_values_to_match_regex_list: {
    good: { column: 't', regex_list: ['a', 'b'] },
    bad: [
      [{ regex_list: [] }, /'regex_list' is \[\], expected a list of one or more/],
      [{ regex_list: ['a', '['] }, /'regex_list' '\['/],
      [{ match_on: 'some' }, /'match_on' is 'some', expected one of 'any', 'all'/],
    ],
  },
  expect_column_values_to_not_match_regex_list: {
    good: { column: 't', regex_list: ['a'] },
    bad: [[{ regex_list: [] }, /'regex_list' is \[\]/]],
  },
  expect_column_values_to_match_like_pattern: {
    good: { column: 't', like_pattern: '%b' },
    bad: escape,
  },
  expect_column_values_to_not_match_like_pattern: {
    good: { column: 't', like_pattern: '%b' },
    bad: escape,
  },
  expect_column_values_to_match_like_pattern_list: {
    good: { column: 't', like_pattern_list: ['%b'] },
    bad: [...escape, [{ like_pattern_list: [] }, /'like_pattern_list' names no pattern/]],
  },
  expect_column_values_to_not_match_like_pattern_list: {
    good: { column: 't', like_pattern_list: ['%b'] },
    bad: [...escape, [{ like_pattern_list: [] }, /'like_pattern_list' names no pattern/]],
  },
  expect_column_values_to_match_strftime_format: {
    good: { column: 't', strftime_format: '%Y' },
    bad: [
      [{ strftime_format: '%Q' }, /'strftime_format' has the unknown directive '%Q'/],
      [{ strftime_format: '%Y %Y' }, /has '%Y' twice/],
      [{ strftime_format: '%Y%' }, /ends with a lone '%'/],
      [{ strftime_format: '%V' }, /has '%V' without '%G'/],
    ],
  },
  expect_column_values_to_be_dateutil_parseable: { good: { column: 't' }, bad: mostly },
  expect_column_values_to_be_json_parseable: { good: { column: 't' }, bad: mostly },
  expect_column_values_to_match_json_schema: {
    good: { column: 'm', json_schema: { type: 'object' } },
    bad: [
      [{ json_schema: { type: 'thing' } }, /'json_schema' is no JSON schema/],
      [
        { json_schema: { $ref: 'https://example.com/other.json' } },
        /is no JSON schema: can't resolve/,
      ],
      [{ json_schema: { $schema: 'http://json-schema.org/draft-03/schema#' } }, /unknown \$schema/],
      [{ json_schema: true }, /'json_schema' is true/],
    ],
  },
  expect_column_values_to_be_increasing: {
    good: { column: 'i' },
    bad: [[{ strictly: 1 }, /'strictly' is 1/]],
  },
  expect_column_values_to_be_decreasing: {
    good: { column: 'i' },
    bad: [[{ strictly: 1 }, /'strictly' is 1/]],
  },
  expect_column_value_z_scores_to_be_less_than: {
    good: { column: 'i', threshold: 2, double_sided: true },
    bad: [[{ threshold: 'high' }, /'threshold' is 'high'/]],
  },
  expect_column_values_to_not_be_outliers: {
    good: { column: 'i' },
    bad: [
      [{ method: 'mad' }, /'method' is 'mad', expected one of 'iqr', 'std'/],
      [{ multiplier: -1 }, /'multiplier' is -1, expected a number of at least 0/],
    ],
  },
  expect_column_values_to_be_of_type: {
    good: { column: 'i', type_: 'BIGINT' },
    bad: [[{ type_: 'BIGIN' }, /'type_' is the unknown type 'BIGIN'; did you mean 'bigint'\?/]],
  },
  expect_column_values_to_be_in_type_list: {
    good: { column: 'i', type_list: ['BIGINT'] },
    bad: [
      [{ type_list: [] }, /'type_list' is \[\]/],
      [{ type_list: ['int', 'dubble'] }, /the unknown type 'dubble'/],
    ],
  },
  expect_column_type_to_be: {
    good: { column: 'i', type_: 'int' },
    bad: [[{ type_: '' }, /'type_' is ''/]],
  },
  expect_column_min_to_be_between: { good: { column: 'i', min_value: 0 }, bad: limits },
  expect_column_max_to_be_between: { good: { column: 'i', min_value: 0 }, bad: limits },
  expect_column_mean_to_be_between: numberLimits,
  expect_column_median_to_be_between: numberLimits,
  expect_column_stdev_to_be_between: numberLimits,
  expect_column_sum_to_be_between: numberLimits,
  expect_column_unique_value_count_to_be_between: numberLimits,
  expect_column_proportion_of_unique_values_to_be_between: numberLimits,
  expect_column_proportion_of_non_null_values_to_be_between: numberLimits,
  expect_column_quantile_values_to_be_between: {
    good: { column: 'i', quantile_ranges: { quantiles: [0.5], value_ranges: [[0, 9]] } },
    bad: [
      [
        { quantile_ranges: { quantiles: [0.5], value_ranges: [[6, 2]] } },
        /the empty range \[6, 2\]/,
      ],
      [
        { quantile_ranges: { quantiles: [0.5], value_ranges: [] } },
        /1 quantiles and 0 value_ranges/,
      ],
      [{ quantile_ranges: { quantiles: [], value_ranges: [] } }, /names no quantile/],
      [{ quantile_ranges: { quantiles: [1.5], value_ranges: [[0, 1]] } }, /the quantile 1.5/],
      [{ quantile_ranges: { quantiles: [0.5], value_ranges: [[0]] } }, /'quantile_ranges' is/],
      [{ allow_relative_error: true }, /'allow_relative_error' is true, expected false or one of/],
    ],
  },
  expect_column_distinct_values_to_be_in_set: {
    good: { column: 'i', value_set: [1] },
    bad: [...set, [{ value_set: [] }, /'value_set' is empty/]],
  },
  expect_column_distinct_values_to_contain_set: { good: { column: 'i', value_set: [1] }, bad: set },
  expect_column_distinct_values_to_equal_set: { good: { column: 'i', value_set: [1] }, bad: set },
  expect_column_most_common_value_to_be_in_set: {
    good: { column: 'i', value_set: [2] },
    bad: [...set, [{ ties_okay: 'yes' }, /'ties_okay' is 'yes'/]],
  },
  expect_column_kl_divergence_to_be_less_than: {
    good: { column: 'i', partition_object: { values: [1, 2], weights: [0.5, 0.5] }, threshold: 1 },
    bad: [
      [{ partition_object: { values: [1, 2], weights: [1] } }, /1 weights for 2 values/],
      [{ partition_object: { values: [1, true], weights: [0.5, 0.5] } }, /names a value twice/],
      [{ partition_object: { values: [1, 2], weights: [0.5, 0.4] } }, /weights that sum to 0.9/],
      [{ partition_object: { values: [1, 2], weights: [1.5, -0.5] } }, /a weight below 0/],
      [{ partition_object: { bins: [1, 1, 2], weights: [0.5, 0.5] } }, /bins that do not rise/],
      [{ partition_object: { weights: [1] } }, /'partition_object' is/],
      [{ internal_weight_holdout: 0.1 }, /'internal_weight_holdout', which needs bins/],
      [{ threshold: -1 }, /'threshold' is -1, expected a number of at least 0/],
      [
        {
          partition_object: { bins: [0, 1], weights: [0.5], tail_weights: [0.25, 0.25] },
          tail_weight_holdout: 0.1,
        },
        /both tail_weights and a 'tail_weight_holdout'/,
      ],
    ],
  },
  expect_column_pair_values_to_be_equal: { good: { column_A: 'i', column_B: 'k' }, bad: ignoring },
  expect_column_pair_values_a_to_be_greater_than_b: {
    good: { column_A: 'i', column_B: 'k' },
    bad: [...ignoring, [{ or_equal: 1 }, /'or_equal' is 1/]],
  },
  expect_column_pair_values_to_be_in_set: {
    good: { column_A: 'i', column_B: 'k', value_pairs_set: [[1, 1]] },
    bad: [[{ value_pairs_set: [[1]] }, /'value_pairs_set' is \[\[1\]\], expected a list of pairs/]],
  },
  expect_compound_columns_to_be_unique: { good: { column_list: ['i', 'k'] }, bad: columnList },
  expect_select_column_values_to_be_unique_within_record: {
    good: { column_list: ['i', 'k'] },
    bad: columnList,
  },
  expect_multicolumn_sum_to_equal: {
    good: { column_list: ['i', 'k'], sum_total: 2 },
    bad: [...columnList, [{ sum_total: '2' }, /'sum_total' is '2', expected a number/]],
  },
  expect_multicolumn_values_to_be_equal: { good: { column_list: ['i', 'k'] }, bad: columnList },
  unexpected_rows_expectation: { good: { unexpected_rows_query: 'SELECT 1' }, bad: [] },
  expect_query_results_to_match_comparison: {
    good: {
      base_query: 'SELECT 1',
      comparison_data_source_name: 'a',
      comparison_query: 'SELECT 1',
    },
    bad: [],
  },
  expect_table_row_count_to_equal_other_table: { good: { other_table_name: 'other' }, bad: [] },
}
