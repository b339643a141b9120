import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { predictor, row, serveModel, type Answer } from './serve-model.ts'

const path = '/invocations'
const columns = Object.keys(row)
const cells = Object.values(row)
const byColumn = Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, [cell]]))
const header = columns.join(',')

describe("refusals of MLflow's /invocations", () => {
  const split = { columns, data: [cells] }
  const cases: readonly [name: string, body: unknown, message: RegExp][] = [
    [
      'two forms',
      { instances: [row], inputs: [row] },
      /exactly one of dataframe_split, dataframe_records, instances, inputs$/,
    ],
    ['no form', {}, /^the body is "empty", expected an object with exactly one/],
    ['a bare list', [row], /^the body is "an array", expected an object/],
    ['a number', '3', /^the body is 3, expected an object/],
    ['JSON cut short', '{', /^the body is not JSON/],
    [
      'NaN where nothing may be missing',
      '{"inputs":{"age":NaN,"late":1,"town":3}}',
      /^'\/inputs\/age' is null, expected/,
    ],
    ['Infinity', '{"inputs":{"age":Infinity}}', /^the body is not JSON/],
    ['-NaN', '{"inputs":{"debt":-NaN}}', /^the body is not JSON/],
    [
      'NaN in a text',
      '{"inputs":{"debt":"NaN","age":50,"late":1,"town":3}}',
      /debt' is "NaN", expected a number/,
    ],
    ['an empty body', '', /^the body is empty/],
    ['an inherited name', '{"constructor": [], "__proto__": []}', /exactly one of/],
    ['what a language model is asked', { messages: [] }, /"an object of messages", expected/],
    [
      'no records',
      { dataframe_records: [] },
      /^'\/dataframe_records' is 0, expected at least one row$/,
    ],
    [
      'too many rows',
      { instances: Array.from({ length: 6 }, () => cells) },
      /^'\/instances' is 6, expected at most 5 rows/,
    ],
    [
      'records that are no list',
      { dataframe_records: 3 },
      /^'\/dataframe_records' is 3, expected a list/,
    ],
    [
      'a record that is none',
      { dataframe_records: [row, 3] },
      /^'\/dataframe_records\/1' is 3, expected an object/,
    ],
    [
      'lists as records',
      { dataframe_records: [cells] },
      /records\/0' is "an array", expected an object/,
    ],
    [
      'a split that is no object',
      { dataframe_split: 3 },
      /^'\/dataframe_split' is 3, expected an object of 'columns'/,
    ],
    [
      'an index of another length',
      { dataframe_split: { columns, index: [1, 2], data: [cells] } },
      /index' is 2, expected as many labels as rows: 1/,
    ],
    [
      'columns that are no list',
      { dataframe_split: { columns: 3, data: [] } },
      /columns' is 3, expected a list/,
    ],
    [
      'data that are no list',
      { dataframe_split: { columns } },
      /data' is missing, expected a list/,
    ],
    [
      'a short row',
      { dataframe_split: { columns, data: [cells, cells.slice(1)] } },
      /data\/1' is 3, expected 4 cells$/,
    ],
    [
      'a row that is none',
      { dataframe_split: { columns, data: [cells, row] } },
      /data\/1' is "an object", expected a list of 4/,
    ],
    [
      'a column twice',
      { dataframe_split: { columns: [...columns, 'age'], data: [[...cells, 1]] } },
      /columns\/4' is "age", expected each column once$/,
    ],
    [
      'a column that is no text',
      { dataframe_split: { columns: [1, ...columns], data: [[1, ...cells]] } },
      /columns\/0' is 1, expected a column/,
    ],
    [
      'another orientation',
      { dataframe_split: { ...split, dtypes: [] } },
      /'\/dataframe_split\/dtypes' is "an array", expected nothing beside/,
    ],
    [
      'a row of another width',
      { instances: [[1, 2]] },
      /^'\/instances\/0' is 2, expected 4 cells$/,
    ],
    [
      'lists and objects mixed',
      { instances: [cells, row] },
      /^'\/instances\/1' is "an object", expected a list/,
    ],
    [
      'objects and lists mixed',
      { inputs: [row, cells] },
      /^'\/inputs\/1' is "an array", expected an object/,
    ],
    [
      'inputs of text',
      { inputs: 'x' },
      /^'\/inputs' is "x", expected a list of rows, or an object of columns$/,
    ],
    [
      'columns of two lengths',
      { inputs: { ...byColumn, town: [3, 3] } },
      /^'\/inputs\/town' is 2, expected 1 cells$/,
    ],
    [
      'columns and cells mixed',
      { inputs: { ...byColumn, town: 3 } },
      /^'\/inputs\/town' is 3, expected a list of cells$/,
    ],
    ['no columns', { inputs: {} }, /^'\/inputs' is 0, expected at least one row$/],
    [
      'empty columns',
      { inputs: { age: [], town: [] } },
      /^'\/inputs' is 0, expected at least one row$/,
    ],
    [
      'params that are no object',
      { instances: [row], params: 3 },
      /^'\/params' is 3, expected an object$/,
    ],
    // MLflow passes over these in silence, scores null as NaN, and takes text for numbers.
    [
      'another member',
      { instances: [row], signature_name: 'x' },
      /^'\/signature_name' is "x", expected nothing beside 'instances' and 'params' \(leave it out\)$/,
    ],
    [
      'an unknown column',
      { dataframe_records: [{ ...row, agee: 3 }] },
      /records\/0\/agee' is 3, expected a column of the model \(did you mean 'age'\?\)$/,
    ],
    [
      'an unknown column of a split',
      { dataframe_split: { columns: ['agee', ...columns], data: [[3, ...cells]] } },
      /columns\/0' is "agee", .*did you mean 'age'/,
    ],
    [
      'an unknown column of columns',
      { inputs: { ...byColumn, agee: [3] } },
      /^'\/inputs\/agee' is "agee", expected a column/,
    ],
    [
      'null where nothing may be missing',
      { inputs: { ...byColumn, age: [null] } },
      /^'\/inputs\/age\/0' is null, expected an integer/,
    ],
    [
      'a number as text',
      { dataframe_split: { columns, data: [['50', ...cells.slice(1)]] } },
      /data\/0\/0' is "50", .*\(send it without quotes\)$/,
    ],
    [
      'a missing column',
      { dataframe_split: { columns: columns.slice(1), data: [cells.slice(1)] } },
      /data\/0\/age' is missing, expected an integer from 18 to 100 \(add 'age'\)$/,
    ],
    [
      'a missing column of cells',
      { inputs: { debt: 1, late: 0, town: 3 } },
      /^'\/inputs\/age' is missing/,
    ],
    [
      'all that is wrong',
      {
        instances: [
          { ...row, age: 101 },
          { ...row, town: 4 },
        ],
      },
      /^'\/instances\/0\/age' is 101, .*; '\/instances\/1\/town' is 4, expected one of -1, 0, 3, 8$/,
    ],
  ]
  for (const [name, body, message] of cases) {
    test(`${name}: 400 with MLflow's code and a message`, async () => {
      await using server = await serveModel({ limits: { rows: 5 } })
      assertError(await server.post(path, body), { status: 400, code: 'BAD_REQUEST', message })
    })
  }

  test('of many problems twenty are told and all are counted', async () => {
    await using server = await serveModel()
    const { json } = await server.post(path, { instances: Array.from({ length: 30 }, () => ({})) })
    const sentences = String(json['message']).split('; ')
    assert.deepEqual([sentences.length, sentences.at(-1)], [21, 'and 70 more']) // 30 rows of 3 columns
  })

  const texts: readonly [name: string, text: string, message: RegExp][] = [
    ['no rows', `${header}\n`, /^'rows' is 0, expected at least one row$/],
    ['nothing but line breaks', '\n\n\n', /^'rows' is 0, expected/],
    ['a longer line', `${header}\n50,12.5,1,3\n50,12.5,1,3,1\n`, /^line 3 has 5 cells, expected 4/],
    ['a shorter line', `${header}\n50\n`, /^line 2 has 1 cells, expected 4/],
    ['an open quote', `${header}\n"50,12.5,1,3\n`, /^line 2: a quote is left open/],
    ['a quote inside a cell', `${header}\n5"0,12.5,1,3\n`, /^line 2: a quote/],
    [
      'text',
      `${header}\n50,12.5,1,3\nfifty,12.5,1,3\n`,
      /^'line 3, age' is "fifty", expected an integer/,
    ],
    [
      'text after a cell of two lines',
      `${header}\n50,"a\nb",1,3\n50,12.5,x,3\n`,
      /^'line 2, debt' is "a\\nb", .*; 'line 4, late' is "x"/,
    ],
    ['a missing value', `${header}\n,12.5,1,3\n`, /^'line 2, age' is null, expected/],
    ['a hexadecimal number', `${header}\n0x20,12.5,1,3\n`, /^'line 2, age' is "0x20", expected/],
    ['infinity', `${header}\n50,inf,1,3\n`, /^'line 2, debt' is "inf", expected a number/],
    [
      'true in a column of numbers',
      `${header}\nTrue,12.5,1,3\n`,
      /^'line 2, age' is "True", expected/,
    ],
    [
      'a column twice',
      `${header},age\n50,12.5,1,3,50\n`,
      /^'line 1, cell 5' is "age", expected each column once$/,
    ],
    [
      'an unknown column',
      `${header},agee\n50,12.5,1,3,50\n`,
      /^'line 1, cell 5' is "agee", .*did you mean 'age'/,
    ],
    ['a missing column', 'age,late\n50,1\n', /^'line 2, town' is missing, expected/],
    ['another separator', `${header}\n50,12.5,1,3`.replaceAll(',', ';'), /age;debt;late;town/],
  ]
  for (const [name, text, message] of texts) {
    test(`CSV with ${name}: 400 with its line`, async () => {
      await using server = await serveModel()
      assertError(await server.post(path, text, { 'content-type': 'text/csv' }), {
        status: 400,
        code: 'BAD_REQUEST',
        message,
      })
    })
  }

  for (const type of [
    'text/plain',
    'application/vnd.apache.parquet',
    'application/json; charset=latin1',
    'application/json; format=pandas-split',
    'text/csv; header=present',
  ]) {
    test(`the type ${type} is a 415 in plain text`, async () => {
      await using server = await serveModel()
      const body = { dataframe_records: [row] }
      const { status, headers, text } = await server.post(path, body, { 'content-type': type })
      assert.deepEqual([status, headers['content-type']], [415, 'text/plain; charset=utf-8'])
      assert.match(text, /^the content type (?:is|has)/)
    })
  }

  test('a body without a type is a 415, where MLflow fails', async () => {
    await using server = await serveModel()
    assert.equal((await server.send(path, { method: 'POST', body: '{}' })).status, 415)
  })

  test('other methods, sizes, origins and failures have the same shape', async () => {
    const predict = (): Float32Array => Float32Array.of(Number.NaN)
    await using server = await serveModel({
      predictor: { ...predictor, predict },
      limits: { bodyBytes: 200 },
    })
    const refused = await server.send(path)
    assertError(refused, { status: 405, code: 'BAD_REQUEST', message: /^GET does nothing here/ })
    assert.equal(refused.headers['allow'], 'POST')
    assertError(await server.post(path, ' '.repeat(201)), {
      status: 413,
      code: 'BAD_REQUEST',
      message: /larger/,
    })
    assertError(await server.post(path, '{}', { origin: 'http://evil.example' }), {
      status: 403,
      code: 'PERMISSION_DENIED',
      message: /origin/,
    })
    assertError(await server.post(path, { instances: [row] }), {
      status: 500,
      code: 'INTERNAL_ERROR',
      message: /^the server failed/,
    })
  })
})

function assertError(
  answer: Answer,
  { status, code, message }: { status: number; code: string; message: RegExp },
): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  assert.deepEqual(Object.keys(answer.json), ['error_code', 'message'])
  assert.equal(answer.json['error_code'], code)
  assert.match(String(answer.json['message']), message)
  assert.doesNotMatch(answer.text, /\.ts:|node:internal|\bat \w+ \(/)
}
