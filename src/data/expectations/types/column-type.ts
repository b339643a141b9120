/** The expectation about a column's type, and the names that people give to types. */

import { nameHint } from '../../../core/nearest.ts'
import { findColumn, type Table } from '../../table/column.ts'
import { defineExpectation, type Question } from '../expectation-type.ts'
import { required, share, text, type Kwarg } from '../kwargs.ts'

/**
 * Names of each DuckDB type in lower case: DuckDB's, SQL's, numpy's and Python's, and those of Spark, pandas and other
 * databases that stand in the lists of every suite which a profiler of Great Expectations wrote.
 */
const typeNames: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: ['boolean', 'bool', 'bool_', 'bit', 'booleantype', 'booleandtype'],
  TINYINT: ['tinyint', 'int1', 'byteint', 'bytetype', 'int8dtype'],
  SMALLINT: ['smallint', 'int2', 'int16', 'short', 'shorttype', 'int16dtype'],
  INTEGER: ['integer', 'int4', 'int32', 'int', 'signed', 'integertype', 'int32dtype'],
  BIGINT: ['bigint', 'int8', 'int64', 'int', 'long', 'int_', 'longtype', 'int64dtype'],
  HUGEINT: ['hugeint', 'int128', 'int256'],
  UTINYINT: ['utinyint', 'uint8', 'uint8dtype'],
  USMALLINT: ['usmallint', 'uint16', 'uint16dtype'],
  UINTEGER: ['uinteger', 'uint32', 'uint32dtype'],
  UBIGINT: ['ubigint', 'uint64', 'uint64dtype'],
  UHUGEINT: ['uhugeint', 'uint128', 'uint256'],
  FLOAT: ['float', 'float4', 'float16', 'float32', 'real', 'floattype', 'float32dtype'],
  DOUBLE: [
    'double',
    'float',
    'float8',
    'float64',
    'float_',
    'double precision',
    'double_precision',
    'doubletype',
    'float64dtype',
    'number',
  ],
  DECIMAL: ['decimal', 'numeric', 'number', 'decimaltype'],
  VARCHAR: [
    'varchar',
    'text',
    'string',
    'str',
    'object',
    'char',
    "dtype('o')",
    'nvarchar',
    'nchar',
    'ntext',
    'fixedstring',
    'stringtype',
    'stringdtype',
  ],
  DATE: ['date', 'date32', 'datetype'],
  TIME: ['time'],
  TIMESTAMP: [
    'timestamp',
    'datetime',
    'datetime2',
    'datetime64',
    'datetime64[ns]',
    'timestamp without time zone',
    'smalldatetime',
    'timestamptype',
  ],
  'TIMESTAMP WITH TIME ZONE': ['timestamp with time zone', 'timestamptz', 'datetimeoffset'],
  BLOB: ['blob', 'bytes', 'binary', 'binarytype'],
  UUID: ['uuid'],
}

const knownNames = new Set(Object.values(typeNames).flat())

const typeName: Kwarg<string, false> = {
  expected: "the name of a type such as 'BIGINT'",
  isRequired: false,
  accepts: (value): value is string => typeof value === 'string' && value !== '',
  describeProblem: (name) =>
    knownNames.has(plainName(name)) || isNested(name)
      ? undefined
      : `is the unknown type '${name}'; ${nameHint(name.toLowerCase(), [...knownNames], 'types')}`,
}

/** Types with parameters or members, such as DECIMAL(10,2) or INTEGER[], are compared letter by letter. */
function isNested(name: string): boolean {
  return /[([]/.test(name)
}

/** Spark's types are written as they are called: IntegerType(). */
function plainName(name: string): string {
  return name.toLowerCase().replace(/\(\)$/, '')
}

const typeList: Kwarg<readonly string[], false> = {
  expected: "a list of one or more names of types such as ['BIGINT', 'DOUBLE']",
  isRequired: false,
  accepts: (value): value is readonly string[] =>
    Array.isArray(value) && value.length > 0 && value.every(typeName.accepts),
  describeProblem: (names) =>
    names.map((name) => typeName.describeProblem?.(name)).find((each) => each !== undefined),
}

const valuesOfType = defineExpectation({
  name: 'expect_column_values_to_be_of_type',
  kwargs: { column: required(text), type_: required(typeName), mostly: share },
  ask: ({ column, type_: wanted }, table) => askType(table, column, [wanted]),
})

const valuesInTypeList = defineExpectation({
  name: 'expect_column_values_to_be_in_type_list',
  kwargs: { column: required(text), type_list: required(typeList), mostly: share },
  ask: ({ column, type_list: wanted }, table) => askType(table, column, wanted),
})

const columnTypeToBe = defineExpectation({
  name: 'expect_column_type_to_be',
  kwargs: { column: required(text), type_: required(typeName) },
  ask: ({ column, type_: wanted }, table) => askType(table, column, [wanted]),
})

/** All values of a column have its one type, so that `mostly` changes nothing. */
function askType(table: Table, name: string, wanted: readonly string[]): Question {
  const { column, warnings } = findColumn(table, name)
  return {
    kind: 'shape',
    outcome: {
      success: column.isUntyped === true || wanted.some((each) => isNamed(column.type, each)),
      result: { observed_value: column.type },
      warnings,
      ...(column.isUntyped === true && { hasChecked: false }),
    },
  }
}

function isNamed(type: string, name: string): boolean {
  if (type.toLowerCase() === name.toLowerCase()) return true
  const plain = type.startsWith('DECIMAL(') ? 'DECIMAL' : type
  return typeNames[plain]?.includes(plainName(name)) ?? false
}

export const columnTypeTypes = [valuesOfType, valuesInTypeList, columnTypeToBe] as const
