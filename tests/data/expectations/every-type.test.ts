import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { expectationTypes } from '../../../src/data/expectations/catalogue.ts'
import { emptyTable, messageOf, table, validate } from './hold-table.ts'
import { type Sample, samples } from './sample-arguments.ts'

const refused = /unexpected_rows|query_results|other_table/
const withText = `(SELECT *, NULL::VARCHAR AS m FROM ${table})`

describe('every type of expectation', () => {
  const names = [...expectationTypes.keys()]
  const answered = names.filter((name) => !refused.test(name))
  const rowWise = answered.filter(
    (name) =>
      /_values?_to_|_values?_lengths|z_scores|_pair_|compound|multicolumn|within_record/.test(
        name,
      ) && !/most_common|distinct|quantile|type|unique_value|proportion/.test(name),
  )

  test('has a sample here', () => assert.deepEqual(Object.keys(samples).sort(), names.toSorted()))

  test('is answered with its sample, or refused with the reason', async () => {
    for (const [type, result] of await ask((name) => sampleOf(name).good, names)) {
      const message = messageOf(result)
      if (refused.test(type)) assert.match(message ?? '', /not run|no other table/, type)
      else assert.equal(message, undefined, type)
    }
  })

  test('names an argument that it does not know, and the nearest', async () => {
    const results = await ask((name) => ({ ...sampleOf(name).good, mostli: 1 }), names)
    for (const [type, result] of results) {
      assert.equal(result.success, false, type)
      assert.match(messageOf(result) ?? '', /unknown argument 'mostli'/, type)
    }
  })

  test('names each argument that it needs', async () => {
    for (const name of names) {
      for (const [kwarg, { isRequired }] of Object.entries(expectationTypes.get(name)!.kwargs)) {
        if (!isRequired) continue
        const { [kwarg]: _, ...rest } = sampleOf(name).good
        const [[, result] = []] = await ask(() => rest, [name])
        assert.match(messageOf(result!) ?? '', new RegExp(`lacks '${kwarg}'`), name)
      }
    }
  })

  for (const name of names) {
    test(`${name} names what is wrong with an argument`, async () => {
      for (const [kwargs, message] of sampleOf(name).bad) {
        const [[, result] = []] = await ask(() => ({ ...sampleOf(name).good, ...kwargs }), [name])
        assert.equal(result!.success, false)
        assert.match(messageOf(result!) ?? '', message, JSON.stringify(kwargs))
      }
    })
  }

  test('names a column that is not there', async () => {
    const about = answered.filter(
      (name) => name !== 'expect_column_to_exist' && !name.includes('table'),
    )
    for (const [type, result] of await ask(
      (name) => withAbsentColumn(sampleOf(name).good),
      about,
    )) {
      assert.equal(result.success, false, type)
      assert.match(messageOf(result) ?? '', /there is no column 'ii'; did you mean 'i'\?/, type)
    }
  })

  test('does not mind the name of a column', async () => {
    for (const name of ['value', 'member', 'count', 'v0', 'modes', 'position', 'a "b"', 'select']) {
      const quoted = `"${name.replaceAll('"', '""')}"`
      const relation = `(SELECT * RENAME (i AS ${quoted}) FROM ${withText})`
      const about = answered.filter((type) => sampleOf(type).good['column'] === 'i')
      const found = await ask((type) => ({ ...sampleOf(type).good, column: name }), about, relation)
      const wanted = await ask((type) => sampleOf(type).good, about)
      for (const [i, [type, result]] of found.entries()) {
        assert.deepEqual(result.result, wanted[i]![1].result, `${type} ${name}`)
      }
    }
  })

  test('does not take what every object has for an argument', async () => {
    for (const kwarg of ['constructor', 'toString', '__proto__']) {
      const kwargs = JSON.parse(`{"${kwarg}": 1}`) as Readonly<Record<string, unknown>>
      const [[, result] = []] = await ask(() => kwargs, ['expect_table_row_count_to_be_between'])
      assert.match(messageOf(result!) ?? '', new RegExp(`unknown argument '${kwarg}'`))
    }
  })

  test('with a condition on rows, finds what it finds in the table of those rows', async () => {
    const row_condition = {
      type: 'comparison',
      column: { name: 'k' },
      operator: '!=',
      parameter: 3,
    }
    const conditional = answered.filter((name) => !/_table_col|column_to_exist/.test(name))
    const found = await ask((name) => ({ ...sampleOf(name).good, row_condition }), conditional)
    const filtered = `(SELECT * FROM ${withText} WHERE k <> 3)`
    const wanted = await ask((name) => sampleOf(name).good, conditional, filtered)
    for (const [i, [type, result]] of found.entries()) {
      assert.equal(messageOf(result), undefined, type)
      assert.equal(result.success, wanted[i]![1].success, type)
      assert.deepEqual(withoutPlaces(result.result), withoutPlaces(wanted[i]![1].result), type)
    }
  })

  test('row by row, holds on an empty table and says that nothing was seen', async () => {
    assert.ok(rowWise.length > 30, `${rowWise.length}`)
    const relation = `(SELECT *, NULL::VARCHAR AS m FROM ${emptyTable})`
    for (const [type, result] of await ask((name) => sampleOf(name).good, rowWise, relation)) {
      assert.equal(result.success, true, type)
      assert.equal(result.result['element_count'], 0, type)
      assert.equal(result.result['unexpected_percent'], null, type)
    }
  })

  test('about values, holds on a column without values', async () => {
    const about = rowWise.filter((name) => !/_null|pair|compound|multicolumn|record/.test(name))
    for (const [type, result] of await ask(withoutValues, about)) {
      assert.equal(result.success, true, type)
      assert.equal(result.result['missing_count'], 6, type)
      assert.equal(result.result['unexpected_percent'], null, type)
      assert.equal(result.result['unexpected_percent_total'], 0, type)
    }
  })

  test('about a number of the column, fails where there is no such number', async () => {
    const about = answered.filter((name) =>
      /_(min|max|mean|median|stdev|quantile_values)_/.test(name),
    )
    for (const [type, result] of await ask(withoutValues, about)) {
      assert.equal(messageOf(result), undefined, type)
      assert.equal(result.success, false, type)
    }
  })
})

/** Rows keep their places in the whole table. */
function withoutPlaces(result: Readonly<Record<string, unknown>>): object {
  const { partial_unexpected_index_list: _, ...rest } = result
  return rest
}

function sampleOf(name: string): Sample {
  return (samples as Readonly<Record<string, Sample>>)[name]!
}

function withAbsentColumn(kwargs: Sample['good']): Sample['good'] {
  if ('column' in kwargs) return { ...kwargs, column: 'ii' }
  if ('column_A' in kwargs) return { ...kwargs, column_A: 'ii' }
  return { ...kwargs, column_list: ['ii', 'k'] }
}

/** The sample asked of a column that holds nothing. */
function withoutValues(name: string): Sample['good'] {
  const { good } = sampleOf(name)
  return { ...good, column: ['t', 'm'].includes(String(good['column'])) ? 'm' : 'n' }
}

async function ask(
  kwargsOf: (name: string) => Sample['good'],
  names: readonly string[],
  relation = withText,
) {
  const items = names.map((type) => ({ type, kwargs: kwargsOf(type), severity: 'critical' }))
  const { results } = await validate(items, relation)
  return results.map((result, i) => [names[i]!, result] as const)
}
