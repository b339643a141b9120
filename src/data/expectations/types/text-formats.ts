/** Expectations about texts that are dates or JSON; each distinct text is judged outside of the database. */

import { type Column, findColumn, type Table, unfitColumn, valueOf } from '../../table/column.ts'
import { ToolkitError, messageOf } from '../../../core/errors.ts'
import { cutText } from '../../../core/format-number.ts'
import { isObject } from '../../../core/json.ts'
import { defineExpectation, type RowQuestion } from '../expectation-type.ts'
import { isDateText } from '../formats/date-text.ts'
import { compileJsonSchema } from '../formats/json-schema-package-file.ts'
import { parsePythonJson } from '../formats/python-json.ts'
import { createFormatMatcher, describeFormatProblem } from '../formats/strptime.ts'
import { type Kwarg, required } from '../kwargs.ts'
import { askValues, valueKwargs } from './value-question.ts'

const strftimeFormat: Kwarg<string, false> = {
  expected: "a format such as '%Y-%m-%d'",
  isRequired: false,
  accepts: (value): value is string => typeof value === 'string' && value !== '',
  describeProblem: describeFormatProblem,
}

const jsonSchema: Kwarg<Readonly<Record<string, unknown>>, false> = {
  expected: 'a JSON schema, an object',
  isRequired: false,
  accepts: isObject,
  describeProblem: (schema) => {
    try {
      compileJsonSchema(schema)
      return undefined
    } catch (error) {
      return `is no JSON schema: ${messageOf(error)}`
    }
  },
}

const matchStrftime = defineExpectation({
  name: 'expect_column_values_to_match_strftime_format',
  kwargs: { ...valueKwargs, strftime_format: required(strftimeFormat) },
  ask: ({ strftime_format: format, ...kwargs }, table) =>
    askTexts(kwargs, table, createFormatMatcher(format)),
})

const dateutilParseable = defineExpectation({
  name: 'expect_column_values_to_be_dateutil_parseable',
  kwargs: valueKwargs,
  ask: (kwargs, table) => askTexts(kwargs, table, isDateText),
})

const jsonParseable = defineExpectation({
  name: 'expect_column_values_to_be_json_parseable',
  kwargs: valueKwargs,
  ask: (kwargs, table) => {
    const { column, warnings } = findColumn(table, kwargs.column)
    if (column.family === 'text') return askTexts(kwargs, table, isJson)
    // Python reads JSON from texts alone.
    const none = `'${column.name}' is ${column.type}: only texts can be JSON`
    return { ...askValues(column, kwargs.mostly, 'TRUE'), warnings: [...warnings, none] }
  },
})

const matchJsonSchema = defineExpectation({
  name: 'expect_column_values_to_match_json_schema',
  kwargs: { ...valueKwargs, json_schema: required(jsonSchema) },
  ask: ({ json_schema: schema, ...kwargs }, table) => {
    const isValid = compileJsonSchema(schema)
    return askTexts(kwargs, table, (value) => isValid(readJson(kwargs.column, value)))
  },
})

function isJson(value: string): boolean {
  try {
    parsePythonJson(value)
    return true
  } catch {
    // What it throws is the answer.
    return false
  }
}

/** A value that is no JSON is no answer to the question whether it fits a schema. */
function readJson(name: string, value: string): unknown {
  try {
    return parsePythonJson(value)
  } catch (error) {
    throw new ToolkitError(
      'DATA_CHECK_FAILED',
      `'${name}' has a value that is no JSON: '${cutText(value, 60)}'`,
      {
        hint: 'expect the column to be JSON first, by expect_column_values_to_be_json_parseable',
        cause: error,
      },
    )
  }
}

function askTexts(
  { column: name, mostly }: { readonly column: string; readonly mostly: number | undefined },
  table: Table,
  isExpected: (value: string) => boolean,
): RowQuestion {
  const { column, warnings } = findColumn(table, name)
  return {
    ...askValues(column, mostly, { kind: 'judged', value: textValueOf(column), isExpected }),
    warnings,
  }
}

function textValueOf(column: Column): string {
  if (column.family !== 'text') throw unfitColumn(column, 'texts')
  return `CAST(${valueOf(column)} AS VARCHAR)`
}

export const textFormatTypes = [
  matchStrftime,
  dateutilParseable,
  jsonParseable,
  matchJsonSchema,
] as const
