import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ScoredRows } from '../../src/core/scored-rows.ts'
import { predictor, row, rowProbability, serveModel } from './serve-model.ts'

const values = Object.keys(predictor.inputs).map((name) => Number(row[name as keyof typeof row]))

describe('what a server tells of the rows that it scores', () => {
  test('every protocol tells the request, the model, the row and its score', async () => {
    const told: ScoredRows[] = []
    await using server = await serveModel({
      modelVersion: '3',
      onScored: (rows) => told.push(rows),
    })
    const headers = {
      'x-request-id': 'r-1',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    }
    const tensor = { name: 'input', shape: [1, values.length], datatype: 'FP32', data: values }
    await server.post('/predict', row, headers)
    await server.post('/invocations', { dataframe_records: [row] }, headers)
    await server.post('/v1/models/loans:predict', { instances: [row] }, headers)
    await server.post('/v2/models/loans/infer', { inputs: [tensor] }, headers)
    assert.deepEqual(
      told.map(({ protocol }) => protocol),
      ['native', 'mlflow', 'kserve', 'open-inference'],
    )
    for (const { rows, scores, columns, durationMs, ...rest } of told) {
      const model = { name: 'loans', version: '3', digest: predictor.digest }
      const { protocol } = rest
      const request = { requestId: 'r-1', traceId: 'a'.repeat(32) }
      const { output } = predictor
      assert.deepEqual(rest, { ...request, protocol, model, output, arm: 'champion' })
      assert.deepEqual(columns, Object.keys(predictor.inputs))
      assert.deepEqual([...rows.values], values.map(Math.fround))
      assert.deepEqual([...scores], [rowProbability])
      assert.ok(durationMs >= 0)
    }
  })

  test('neither the warm-up nor what is refused is told', async () => {
    const told: ScoredRows[] = []
    await using server = await serveModel({ onScored: (rows) => told.push(rows) })
    await server.post('/predict', { ...row, age: 'old' })
    assert.deepEqual(told, [])
  })
})
