/** How much a result says: GX's result formats, by name or with options. */

import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import { sampleLimit } from './outcome.ts'
import {
  boolean,
  count,
  type KwargSchema,
  findKwargProblems,
  oneOf,
  required,
  texts,
} from './kwargs.ts'

export const resultFormats = ['BOOLEAN_ONLY', 'BASIC', 'SUMMARY', 'COMPLETE'] as const
export type ResultFormat = (typeof resultFormats)[number]

/** GX's `result_format` as a dictionary, each option with its default. */
export interface ResultSettings {
  readonly result_format: ResultFormat
  /** How many unexpected values and rows are shown; 20 by default. */
  readonly partial_unexpected_count: number
  /** Columns whose values name an unexpected row, in place of its position. */
  readonly unexpected_index_column_names: readonly string[] | undefined
  readonly include_unexpected_rows: boolean
  readonly exclude_unexpected_values: boolean
  readonly return_unexpected_index_query: boolean
}

/** GX's format by name or as a dictionary with `result_format` and any of the options. */
export type ResultFormatOption =
  | ResultFormat
  | ({ readonly result_format: ResultFormat } & Partial<ResultSettings>)

/** COMPLETE lists at most so many unexpected rows of one expectation; GX stops at 200. */
export const completeLimit = 100_000

const settingKwargs = {
  result_format: required(oneOf(resultFormats)),
  partial_unexpected_count: count,
  unexpected_index_column_names: texts,
  include_unexpected_rows: boolean,
  exclude_unexpected_values: boolean,
  return_unexpected_index_query: boolean,
} satisfies KwargSchema

/** @throws {ToolkitError} `CLI_USAGE` when an option is unknown or unfit */
export function parseResultFormat(value: unknown): ResultSettings {
  const given = isObject(value) ? value : { result_format: value }
  const format = given['result_format']
  if (!isResultFormat(format)) {
    throw new ToolkitError('CLI_USAGE', `there is no result format '${String(format)}'`, {
      hint: nameHint(String(format), resultFormats, 'result formats'),
    })
  }
  const problems = findKwargProblems(given, settingKwargs)
  if (problems.length > 0) {
    const messages = problems.map(({ message }) => message).join('; ')
    const hint = problems.find((problem) => problem.hint !== undefined)?.hint
    throw new ToolkitError('CLI_USAGE', `the result format ${messages}`, { hint })
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what findKwargProblems finds nothing wrong with fits
  return { ...defaults, ...(given as Partial<ResultSettings>), result_format: format }
}

const defaults: Omit<ResultSettings, 'result_format'> = {
  partial_unexpected_count: sampleLimit,
  unexpected_index_column_names: undefined,
  include_unexpected_rows: false,
  exclude_unexpected_values: false,
  return_unexpected_index_query: true,
}

function isResultFormat(value: unknown): value is ResultFormat {
  return resultFormats.some((format) => format === value)
}

/** How many unexpected rows must be fetched. */
export function sampleLimitOf(settings: ResultSettings): number {
  switch (settings.result_format) {
    case 'BOOLEAN_ONLY':
      return 0
    case 'COMPLETE':
      return completeLimit
    case 'BASIC':
    case 'SUMMARY':
      return settings.partial_unexpected_count
  }
}
