import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { expectationTypes } from '../../../src/data/expectations/catalogue.ts'
import { messageOf, validate } from './hold-table.ts'
import { samples } from './sample-arguments.ts'

/** A column of every type that a file may hold, with a missing value. */
const columns: Readonly<Record<string, string>> = {
  tiny: "'1'::TINYINT",
  small: "'1'::SMALLINT",
  integer: "'1'::INTEGER",
  huge: "'170141183460469231731687303715884105727'::HUGEINT",
  unsigned: "'18446744073709551615'::UBIGINT",
  float: "'1.5'::FLOAT",
  infinite: "'-Infinity'::DOUBLE",
  decimal: "'1.25'::DECIMAL(18,2)",
  flag: 'true',
  text: "'a'",
  level: "'a'::ENUM('a', 'b')",
  day: "DATE '2024-01-31'",
  moment: "TIMESTAMP '2024-01-31 10:11:12'",
  zoned: "TIMESTAMPTZ '2024-01-31 10:11:12+01'",
  nanos: "TIMESTAMP_NS '2024-01-31 10:11:12'",
  clock: "TIME '10:11:12'",
  span: "INTERVAL '1 day'",
  id: "'5b5c9a8e-0d3c-4f3e-8f4e-111111111111'::UUID",
  bytes: "'a'::BLOB",
  list: '[1, 2]',
  record: "{'a': 1}",
}
const relation = `(SELECT ${Object.entries(columns)
  .map(([name, value]) => `${value} AS ${name}`)
  .join(', ')} UNION ALL SELECT ${Object.keys(columns)
  .map(() => 'NULL')
  .join(', ')})`

describe('every type of expectation on a column of every type', () => {
  for (const name of Object.keys(columns)) {
    test(`is answered on '${name}', or says why not in words of ours`, async () => {
      const items = [...expectationTypes.keys()].map((type) => ({
        type,
        kwargs: aboutColumn(type, name),
        severity: 'critical',
      }))
      for (const result of (await validate(items, relation)).results) {
        const { type } = result.expectation_config
        assert.doesNotMatch(messageOf(result) ?? '', /Error|DuckDB|LINE 1/, type)
        assert.doesNotThrow(() => JSON.stringify(result), type)
      }
    })
  }
})

function aboutColumn(type: string, name: string): object {
  const { good } = Object.entries(samples).find(([known]) => known === type)![1]
  if ('column' in good) return { ...good, column: name }
  if ('column_A' in good) return { ...good, column_A: name, column_B: 'integer' }
  return 'column_list' in good && !type.includes('table')
    ? { ...good, column_list: [name, name === 'tiny' ? 'small' : 'tiny'] }
    : good
}
