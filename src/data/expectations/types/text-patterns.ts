/** Expectations about patterns in texts: regular expressions, searched, and SQL's LIKE, matched as a whole. */

import { quoteText } from '../../duckdb-store.ts'
import { findColumn, type Table, textOf } from '../../table/column.ts'
import { defineExpectation, type RowQuestion } from '../expectation-type.ts'
import { type Kwarg, oneOf, required, text, texts } from '../kwargs.ts'
import { matchRegexes, pythonRegex } from '../python-regex.ts'
import { askValues, valueKwargs } from './value-question.ts'

const regexList: Kwarg<readonly string[], false> = {
  expected: 'a list of one or more regular expressions',
  isRequired: false,
  accepts: (value): value is readonly string[] =>
    Array.isArray(value) && value.length > 0 && value.every(pythonRegex.accepts),
  describeProblem: (regexes) =>
    regexes.map((regex) => pythonRegex.describeProblem?.(regex)).find((each) => each !== undefined),
}

const likePatterns: Kwarg<readonly string[], false> = {
  ...texts,
  expected: 'a list of one or more patterns',
  describeProblem: (patterns) => (patterns.length === 0 ? 'names no pattern' : undefined),
}

const escapeCharacter: Kwarg<string, false> = {
  expected: 'one character',
  isRequired: false,
  accepts: (value): value is string => typeof value === 'string' && /^.$/su.test(value),
}

const matchOn = oneOf(['any', 'all'])

const matchRegex = defineExpectation({
  name: 'expect_column_values_to_match_regex',
  kwargs: { ...valueKwargs, regex: required(pythonRegex) },
  ask: ({ regex, ...kwargs }, table) =>
    askRegexes(kwargs, table, { regexes: [regex], isUnexpected: false }),
})

const notMatchRegex = defineExpectation({
  name: 'expect_column_values_to_not_match_regex',
  kwargs: { ...valueKwargs, regex: required(pythonRegex) },
  ask: ({ regex, ...kwargs }, table) =>
    askRegexes(kwargs, table, { regexes: [regex], isUnexpected: true }),
})

const matchRegexList = defineExpectation({
  name: 'expect_column_values_to_match_regex_list',
  kwargs: { ...valueKwargs, regex_list: required(regexList), match_on: matchOn },
  ask: ({ regex_list: regexes, match_on: which, ...kwargs }, table) =>
    askRegexes(kwargs, table, { regexes, which, isUnexpected: false }),
})

const notMatchRegexList = defineExpectation({
  name: 'expect_column_values_to_not_match_regex_list',
  kwargs: { ...valueKwargs, regex_list: required(regexList) },
  ask: ({ regex_list: regexes, ...kwargs }, table) =>
    askRegexes(kwargs, table, { regexes, isUnexpected: true }),
})

const matchLike = defineExpectation({
  name: 'expect_column_values_to_match_like_pattern',
  kwargs: { ...valueKwargs, like_pattern: required(text), escape: escapeCharacter },
  findProblems: ({ like_pattern: pattern, escape }) => findLikeProblems([pattern], escape),
  ask: ({ like_pattern: pattern, escape, ...kwargs }, table) =>
    askTexts(kwargs, table, (value) => `NOT ${isLike(value, [pattern], { escape })}`),
})

const notMatchLike = defineExpectation({
  name: 'expect_column_values_to_not_match_like_pattern',
  kwargs: { ...valueKwargs, like_pattern: required(text), escape: escapeCharacter },
  findProblems: ({ like_pattern: pattern, escape }) => findLikeProblems([pattern], escape),
  ask: ({ like_pattern: pattern, escape, ...kwargs }, table) =>
    askTexts(kwargs, table, (value) => isLike(value, [pattern], { escape })),
})

const matchLikeList = defineExpectation({
  name: 'expect_column_values_to_match_like_pattern_list',
  kwargs: {
    ...valueKwargs,
    like_pattern_list: required(likePatterns),
    match_on: matchOn,
    escape: escapeCharacter,
  },
  findProblems: ({ like_pattern_list: patterns, escape }) => findLikeProblems(patterns, escape),
  ask: ({ like_pattern_list: patterns, match_on: which, escape, ...kwargs }, table) =>
    askTexts(kwargs, table, (value) => `NOT ${isLike(value, patterns, { escape, which })}`),
})

const notMatchLikeList = defineExpectation({
  name: 'expect_column_values_to_not_match_like_pattern_list',
  kwargs: {
    ...valueKwargs,
    like_pattern_list: required(likePatterns),
    escape: escapeCharacter,
  },
  findProblems: ({ like_pattern_list: patterns, escape }) => findLikeProblems(patterns, escape),
  ask: ({ like_pattern_list: patterns, escape, ...kwargs }, table) =>
    askTexts(kwargs, table, (value) => isLike(value, patterns, { escape })),
})

/** Numbers, booleans and times are matched as Python writes them. */
function askTexts(
  { column: name, mostly }: { readonly column: string; readonly mostly: number | undefined },
  table: Table,
  unexpected: (value: string) => string,
): RowQuestion {
  const { column, warnings } = findColumn(table, name)
  return { ...askValues(column, mostly, unexpected(textOf(column))), warnings }
}

/** What RE2 cannot do is judged outside of the database. */
function askRegexes(
  { column: name, mostly }: { readonly column: string; readonly mostly: number | undefined },
  table: Table,
  options: {
    readonly regexes: readonly string[]
    readonly which?: 'any' | 'all' | undefined
    /** Whether the texts that match are the unexpected ones. */
    readonly isUnexpected: boolean
  },
): RowQuestion {
  const { regexes, which, isUnexpected } = options
  const { column, warnings } = findColumn(table, name)
  const value = textOf(column)
  const match = matchRegexes(value, regexes, which)
  if (match.kind === 'where') {
    const condition = isUnexpected ? match.condition : `NOT ${match.condition}`
    return { ...askValues(column, mostly, condition), warnings }
  }
  const isExpected = (each: string): boolean => match.matches(each) !== isUnexpected
  return { ...askValues(column, mostly, { kind: 'judged', value, isExpected }), warnings }
}

/** LIKE as PostgreSQL has it: letters in their case; `%` is any text and `_` one code point. */
function isLike(
  value: string,
  patterns: readonly string[],
  options: { readonly escape: string | undefined; readonly which?: 'any' | 'all' | undefined },
): string {
  const escaping = options.escape === undefined ? '' : ` ESCAPE ${quoteText(options.escape)}`
  const matches = patterns.map((pattern) => `${value} LIKE ${quoteText(pattern)}${escaping}`)
  return `(${matches.join(options.which === 'all' ? ' AND ' : ' OR ')})`
}

/** The escape character makes the next `%`, `_` or itself mean itself; nothing else may follow it. */
function findLikeProblems(patterns: readonly string[], escape: string | undefined): string[] {
  if (escape === undefined) return []
  return patterns
    .filter((pattern) => endsWithEscape(pattern, escape))
    .map((pattern) => `has the pattern '${pattern}', which ends with the escape '${escape}'`)
}

function endsWithEscape(pattern: string, escape: string): boolean {
  return pattern.replaceAll(escape + escape, '').endsWith(escape)
}

export const textPatternTypes = [
  matchRegex,
  notMatchRegex,
  matchRegexList,
  notMatchRegexList,
  matchLike,
  notMatchLike,
  matchLikeList,
  notMatchLikeList,
] as const
