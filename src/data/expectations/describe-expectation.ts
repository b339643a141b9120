/** Each expectation as a sentence for people. Arguments may be wrong in any way: a wrong suite is shown too. */

import { formatNumber, formatShare, shortenText } from '../../core/format-number.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './outcome.ts'
import type { Expectation } from './suite.ts'

type Sentence = (kwargs: JsonObject) => string

/**
 * What is expected, such as `'AGE' must be from 18 to 100`. Long lists and
 * texts are cut; a type that is not known is shown by its name and arguments.
 */
export function describeExpectation({
  type,
  kwargs,
}: Pick<Expectation, 'type' | 'kwargs'>): string {
  const sentence = sentences.get(type)
  if (sentence === undefined) return shortenText(`${type} ${JSON.stringify(kwargs)}`, longestText)
  const { mostly, row_condition: condition } = kwargs
  const isPartial = typeof mostly === 'number' && mostly < 1
  const share = isPartial ? `, in at least ${formatShare(mostly)} of the rows` : ''
  const rows = condition === undefined || condition === null ? '' : `, where ${list([condition])}`
  return `${sentence(kwargs)}${share}${rows}`
}

const longestText = 160
const mostMembers = 12

function show(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'number') return formatNumber(value)
  if (typeof value === 'string') return `'${shortenText(value, longestText)}'`
  return shortenText(JSON.stringify(value), longestText)
}

function list(value: JsonValue | undefined): string {
  if (!Array.isArray(value)) return show(value)
  const members: readonly JsonValue[] = value
  const shown = members.slice(0, mostMembers).map(show).join(', ')
  const rest = members.length - mostMembers
  return rest > 0 ? `${shown} and ${rest} more` : shown
}

/** Limits in words: 'from 1 to 5', 'above 0', 'whatever it is'. */
function limits({ min_value: min, max_value: max, ...strict }: JsonObject): string {
  const lower = bound(min, strict['strict_min'] === true ? 'above' : 'at least')
  const upper = bound(max, strict['strict_max'] === true ? 'below' : 'at most')
  if (lower?.startsWith('at least') === true && upper?.startsWith('at most') === true) {
    return min === max ? `exactly ${show(min)}` : `from ${show(min)} to ${show(max)}`
  }
  const parts = [lower, upper].filter((part) => part !== undefined)
  return parts.length === 0 ? 'whatever it is' : parts.join(' and ')
}

function bound(limit: JsonValue | undefined, relation: string): string | undefined {
  return limit === undefined || limit === null ? undefined : `${relation} ${show(limit)}`
}

/** A sentence about the values of one column. */
function values(must: (kwargs: JsonObject) => string): Sentence {
  return (kwargs) => `${show(kwargs['column'])} must ${must(kwargs)}`
}

/** A sentence about one number of a column. */
function number(what: string): Sentence {
  return (kwargs) => `the ${what} of ${show(kwargs['column'])} must be ${limits(kwargs)}`
}

/** A sentence about columns of the same row. */
function columns(must: string): Sentence {
  return (kwargs) => `${list(kwargs['column_list'])} must ${must}`
}

function pair(must: (kwargs: JsonObject) => string): Sentence {
  return (kwargs) => `${show(kwargs['column_A'])} must ${must(kwargs)}`
}

function quantiles({ column, quantile_ranges: ranges }: JsonObject): string {
  const wanted = isJsonObject(ranges) ? ranges : {}
  return `the quantiles ${list(wanted['quantiles'])} of ${show(column)} must lie within ${list(wanted['value_ranges'])}`
}

function zScores({ threshold, double_sided: isDouble }: JsonObject): string {
  const side = isDouble === false ? 'above' : 'from'
  return `lie less than ${show(threshold)} standard deviations ${side} the mean`
}

function anyOrAll({ match_on: matching }: JsonObject): string {
  return matching === 'all' ? 'all of' : 'one of'
}

function order(word: string): (kwargs: JsonObject) => string {
  return ({ strictly }) => `${word} from row to row${strictly === true ? '' : ' or stay the same'}`
}

const sentences: ReadonlyMap<string, Sentence> = new Map<string, Sentence>([
  ['expect_column_values_to_not_be_null', values(() => 'not be missing')],
  ['expect_column_values_to_be_null', values(() => 'be missing')],
  ['expect_column_values_to_be_unique', values(() => 'be unique')],
  ['expect_column_values_to_be_between', values((kwargs) => `be ${limits(kwargs)}`)],
  [
    'expect_column_values_to_be_in_set',
    values((kwargs) => `be one of ${list(kwargs['value_set'])}`),
  ],
  [
    'expect_column_values_to_not_be_in_set',
    values((kwargs) => `be none of ${list(kwargs['value_set'])}`),
  ],
  [
    'expect_column_values_to_match_regex',
    values((kwargs) => `match the regular expression ${show(kwargs['regex'])}`),
  ],
  [
    'expect_column_values_to_not_match_regex',
    values((kwargs) => `not match the regular expression ${show(kwargs['regex'])}`),
  ],
  [
    'expect_column_values_to_match_regex_list',
    values(
      (kwargs) => `match ${anyOrAll(kwargs)} the regular expressions ${list(kwargs['regex_list'])}`,
    ),
  ],
  [
    'expect_column_values_to_not_match_regex_list',
    values((kwargs) => `match none of the regular expressions ${list(kwargs['regex_list'])}`),
  ],
  [
    'expect_column_values_to_match_like_pattern',
    values((kwargs) => `be like ${show(kwargs['like_pattern'])}`),
  ],
  [
    'expect_column_values_to_not_match_like_pattern',
    values((kwargs) => `not be like ${show(kwargs['like_pattern'])}`),
  ],
  [
    'expect_column_values_to_match_like_pattern_list',
    values((kwargs) => `be like ${anyOrAll(kwargs)} ${list(kwargs['like_pattern_list'])}`),
  ],
  [
    'expect_column_values_to_not_match_like_pattern_list',
    values((kwargs) => `be like none of ${list(kwargs['like_pattern_list'])}`),
  ],
  [
    'expect_column_value_lengths_to_be_between',
    values((kwargs) => `be ${limits(kwargs)} characters long`),
  ],
  [
    'expect_column_value_lengths_to_equal',
    values((kwargs) => `be exactly ${show(kwargs['value'])} characters long`),
  ],
  ['expect_column_value_z_scores_to_be_less_than', values(zScores)],
  [
    'expect_column_values_to_not_be_outliers',
    values((kwargs) => `not be outliers by the method ${show(kwargs['method'] ?? 'iqr')}`),
  ],
  ['expect_column_values_to_be_increasing', values(order('rise'))],
  ['expect_column_values_to_be_decreasing', values(order('fall'))],
  [
    'expect_column_values_to_match_strftime_format',
    values((kwargs) => `be times written as ${show(kwargs['strftime_format'])}`),
  ],
  ['expect_column_values_to_be_dateutil_parseable', values(() => 'be dates or times')],
  ['expect_column_values_to_be_json_parseable', values(() => 'be JSON')],
  [
    'expect_column_values_to_match_json_schema',
    values((kwargs) => `be JSON that fits the schema ${show(kwargs['json_schema'])}`),
  ],
  ['expect_column_values_to_be_of_type', values((kwargs) => `be of type ${show(kwargs['type_'])}`)],
  ['expect_column_type_to_be', values((kwargs) => `be of type ${show(kwargs['type_'])}`)],
  [
    'expect_column_values_to_be_in_type_list',
    values((kwargs) => `be of one of the types ${list(kwargs['type_list'])}`),
  ],
  ['expect_column_min_to_be_between', number('least value')],
  ['expect_column_max_to_be_between', number('greatest value')],
  ['expect_column_mean_to_be_between', number('mean')],
  ['expect_column_median_to_be_between', number('median')],
  ['expect_column_stdev_to_be_between', number('standard deviation')],
  ['expect_column_sum_to_be_between', number('sum')],
  ['expect_column_unique_value_count_to_be_between', number('number of different values')],
  ['expect_column_proportion_of_unique_values_to_be_between', number('share of different values')],
  [
    'expect_column_proportion_of_non_null_values_to_be_between',
    number('share of rows with a value'),
  ],
  ['expect_column_quantile_values_to_be_between', quantiles],
  [
    'expect_column_most_common_value_to_be_in_set',
    (kwargs) =>
      `the most common value of ${show(kwargs['column'])} must be one of ${list(kwargs['value_set'])}`,
  ],
  [
    'expect_column_kl_divergence_to_be_less_than',
    (kwargs) =>
      `the distribution of ${show(kwargs['column'])} must be as expected, with a Kullback-Leibler divergence below ${show(kwargs['threshold'])}`,
  ],
  [
    'expect_column_distinct_values_to_be_in_set',
    (kwargs) =>
      `the different values of ${show(kwargs['column'])} must be among ${list(kwargs['value_set'])}`,
  ],
  [
    'expect_column_distinct_values_to_contain_set',
    (kwargs) =>
      `the different values of ${show(kwargs['column'])} must include ${list(kwargs['value_set'])}`,
  ],
  [
    'expect_column_distinct_values_to_equal_set',
    (kwargs) =>
      `the different values of ${show(kwargs['column'])} must be exactly ${list(kwargs['value_set'])}`,
  ],
  ['expect_column_pair_values_to_be_equal', pair((kwargs) => `equal ${show(kwargs['column_B'])}`)],
  [
    'expect_column_pair_values_a_to_be_greater_than_b',
    pair(
      (kwargs) =>
        `be ${kwargs['or_equal'] === true ? 'at least' : 'greater than'} ${show(kwargs['column_B'])}`,
    ),
  ],
  [
    'expect_column_pair_values_to_be_in_set',
    pair(
      (kwargs) =>
        `be with ${show(kwargs['column_B'])} one of the pairs ${list(kwargs['value_pairs_set'])}`,
    ),
  ],
  ['expect_compound_columns_to_be_unique', columns('be unique together')],
  [
    'expect_select_column_values_to_be_unique_within_record',
    columns('differ from each other within a row'),
  ],
  ['expect_multicolumn_values_to_be_equal', columns('be equal')],
  [
    'expect_multicolumn_sum_to_equal',
    (kwargs) => `${list(kwargs['column_list'])} must add up to ${show(kwargs['sum_total'])}`,
  ],
  [
    'expect_table_row_count_to_be_between',
    (kwargs) => `the number of rows must be ${limits(kwargs)}`,
  ],
  [
    'expect_table_row_count_to_equal',
    (kwargs) => `the number of rows must be exactly ${show(kwargs['value'])}`,
  ],
  [
    'expect_table_row_count_to_equal_other_table',
    (kwargs) => `there must be as many rows as in ${show(kwargs['other_table_name'])}`,
  ],
  [
    'expect_table_column_count_to_be_between',
    (kwargs) => `the number of columns must be ${limits(kwargs)}`,
  ],
  [
    'expect_table_column_count_to_equal',
    (kwargs) => `the number of columns must be exactly ${show(kwargs['value'])}`,
  ],
  [
    'expect_table_columns_to_match_ordered_list',
    (kwargs) => `the columns must be, in this order, ${list(kwargs['column_list'])}`,
  ],
  [
    'expect_table_columns_to_match_set',
    (kwargs) =>
      `the columns must ${kwargs['exact_match'] === false ? 'include' : 'be, in any order,'} ${list(kwargs['column_set'])}`,
  ],
  [
    'expect_column_to_exist',
    ({ column, column_index: index }) =>
      `there must be a column ${show(column)}${index === undefined || index === null ? '' : ` at place ${show(index)}`}`,
  ],
  [
    'unexpected_rows_expectation',
    (kwargs) => `the query ${show(kwargs['unexpected_rows_query'])} must find no rows`,
  ],
  ['expect_query_results_to_match_comparison', () => 'the results of two queries must match'],
])

/** The types that have a sentence of their own. */
export const describedTypes: ReadonlySet<string> = new Set(sentences.keys())
