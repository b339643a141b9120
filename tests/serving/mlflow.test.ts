/** What `mlflow models serve` 3.17.2 answered for a model folder of ours was recorded; where we are stricter, the test says so. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  predictor,
  row,
  rowProbability,
  serveModel,
  type Answer,
  type Served,
} from './serve-model.ts'

const path = '/invocations'
const columns = Object.keys(row)
const cells = Object.values(row)
const byColumn = Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, [cell]]))
const header = columns.join(',')

describe("MLflow's /invocations", () => {
  const bodies: readonly [name: string, body: unknown][] = [
    ['dataframe_records', { dataframe_records: [row] }],
    ['dataframe_split', { dataframe_split: { columns, data: [cells] } }],
    ['dataframe_split with an index', { dataframe_split: { columns, index: [7], data: [cells] } }],
    [
      'dataframe_split in another order',
      { dataframe_split: { columns: columns.toReversed(), data: [cells.toReversed()] } },
    ],
    ['instances of objects', { instances: [row] }],
    ['instances of columns', { instances: byColumn }],
    ['inputs of columns', { inputs: byColumn }],
    ['inputs of cells', { inputs: row }],
    ['inputs of objects', { inputs: [row] }],
    ['params, which no model of ours reads', { dataframe_records: [row], params: { a: 1 } }],
    ['params of null', { dataframe_records: [row], params: null }],
    // MLflow refuses these three: its signature wants names.
    ['instances of lists', { instances: [cells] }],
    ['inputs of lists', { inputs: [cells] }],
    ['dataframe_split without columns', { dataframe_split: { data: [cells] } }],
  ]
  for (const [name, body] of bodies) {
    test(`${name} is answered as MLflow answers`, async () => {
      await using server = await serveModel()
      assertPredictions(await server.post(path, body), [rowProbability])
    })
  }

  const texts: readonly [name: string, text: string, probabilities: readonly number[]][] = [
    ['integers', `${header}\n50,12.5,1,3\n`, [rowProbability]],
    ['floats and Python’s booleans', `${header}\n50.0,1.25e1,True,3.0\n`, [rowProbability]],
    ['no last line break', `${header}\n50,12.5,1,3`, [rowProbability]],
    ['line breaks of Windows', `${header}\r\n50,12.5,1,3\r\n`, [rowProbability]],
    ['quotes', `"age","debt","late","town"\n"50","12.5","true","3"\n`, [rowProbability]],
    ['a missing value', `${header}\n50,,1,3\n50,NaN,1,3\n`, [rowProbability, rowProbability]],
    ['the index of to_csv()', `,${header}\n0,50,12.5,1,3\n`, [rowProbability]],
    ['another order, and no column of what may be missing', 'town,late,age\n8,0,20\n', [0.1]],
    ['a byte order mark', `\uFEFF${header}\n50,12.5,1,3\n`, [rowProbability]],
    ['empty lines', `${header}\n\n50,12.5,1,3\n\n`, [rowProbability]],
  ]
  for (const [name, text, probabilities] of texts) {
    test(`CSV with ${name} is scored`, async () => {
      await using server = await serveModel()
      for (const type of ['text/csv', 'text/csv; charset=UTF-8']) {
        assertPredictions(await postCsv(server, text, type), probabilities)
      }
    })
  }

  test("NaN is a missing value, as MLflow's client writes it", async () => {
    await using server = await serveModel()
    const body =
      '{"dataframe_split": {"columns": ["age", "debt", "late", "town"], "data": [[50, NaN, 1, 3]]}}'
    assertPredictions(await server.post(path, body), [rowProbability])
  })

  test('many rows come back in order', async () => {
    await using server = await serveModel()
    const rows = [row, { age: 20, debt: null, late: 0, town: 8 }, row]
    const answer = await server.post(path, { dataframe_records: rows })
    assertPredictions(answer, [rowProbability, 0.1, rowProbability])
  })
})

describe("MLflow's probes", () => {
  test('a ready model is a line break', async () => {
    await using server = await serveModel()
    for (const probe of ['/ping', '/health']) {
      const { status, headers, text } = await server.send(probe)
      assert.deepEqual([status, text], [200, '\n'])
      assert.match(String(headers['content-type']), /^application\/json/)
    }
  })

  test('whoever asks, under whatever name', async () => {
    await using server = await serveModel()
    for (const probe of ['/ping', '/health']) {
      assert.equal((await server.send(probe, { headers: { host: '10.0.0.7:8080' } })).status, 200)
    }
  })

  test('a model that is not ready is a 404, as no model is there', async () => {
    const predict = (): never => assert.fail('broken')
    await using server = await serveModel({ predictor: { ...predictor, predict } })
    assert.deepEqual(
      [(await server.send('/ping')).status, (await server.send('/health')).status],
      [404, 404],
    )
  })

  test('the version is plain text', async () => {
    await using server = await serveModel()
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const { status, headers } = await server.send('/version', { method: 'HEAD' })
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^application\/json/)
    assert.equal(await fetch(`${server.address}/version`).then((answer) => answer.text()), version)
  })
})

async function postCsv(server: Served, text: string, type = 'text/csv'): Promise<Answer> {
  return server.post(path, text, { 'content-type': type })
}

function assertPredictions(answer: Answer, probabilities: readonly number[]): void {
  assert.equal(answer.status, 200, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  const predictions = probabilities.map((probability) => ({
    probability: Math.fround(probability),
  }))
  assert.deepEqual(answer.json, { predictions })
}
