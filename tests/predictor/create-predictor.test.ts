import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPredictor } from '../../src/model/index.ts'
import { createPredictor, parseManifest } from '../../src/predictor/index.ts'
import { drawRows, trainSmallModel } from '../serving/trained-model.ts'

test('rows as objects get what the model folder’s predictor gives, and so do name, digest and explanations', async () => {
  await using model = await trainSmallModel('boosting')
  const served = await openPredictor(model.directory)
  const onnx = readFileSync(join(model.directory, 'model.onnx'))
  const text = readFileSync(join(model.directory, 'MLmodel'), 'utf8')
  const predictor = createPredictor(parseManifest(text, 'MLmodel'), onnx)
  const walking = createPredictor(parseManifest(text, 'MLmodel'), onnx, { mayGenerateCode: false })
  const rows = drawRows(3, 40)
  const columns = Object.keys(served.inputs)
  const values = Float32Array.from(rows.flatMap((row) => columns.map((name) => row[name] ?? NaN)))
  const matrix = { rows: rows.length, columns: columns.length, values }
  const expected = served.predict(matrix)
  assert.deepEqual(predictor.predictRows(rows), expected)
  assert.deepEqual(walking.predictRows(rows), expected)
  assert.deepEqual(predictor.explain(matrix), served.explain!(matrix))
  assert.deepEqual(
    [predictor.name, predictor.digest, predictor.inputs],
    [served.name, served.digest, served.inputs],
  )
  assert.deepEqual(predictor.predictRows([]), new Float32Array())
})

test('rows that do not fit are refused with all that is wrong', async () => {
  await using model = await trainSmallModel('logistic')
  const text = readFileSync(join(model.directory, 'MLmodel'), 'utf8')
  const predictor = createPredictor(
    parseManifest(text, 'MLmodel'),
    readFileSync(join(model.directory, 'model.onnx')),
  )
  const [row] = drawRows(4, 1)
  const wrong = [row!, { ...row, age: '40' }, { ...row, limit: Infinity, Late: 1 }, null as never]
  assert.throws(
    () => predictor.predictRows(wrong),
    (error: { code: string; details: { errors: { pointer: string }[]; errorCount: number } }) => {
      assert.equal(error.code, 'REQUEST_INVALID')
      assert.deepEqual(
        error.details.errors.map(({ pointer }) => pointer),
        ['/1/age', '/2/limit', '/2/Late', '/3'],
      )
      return true
    },
  )
})

test('rows that a policy lets through are scored, and told', async () => {
  await using model = await trainSmallModel('logistic')
  const manifest = parseManifest(readFileSync(join(model.directory, 'MLmodel'), 'utf8'), 'MLmodel')
  const policies = { age: { outOfRange: 'impute', value: 40 } } as const
  const onnx = readFileSync(join(model.directory, 'model.onnx'))
  const predictor = createPredictor({ ...manifest, policies }, onnx)
  const [row] = drawRows(4, 1)
  const { matrix, warnings } = predictor.checkRows([{ ...row, age: 101 }])
  assert.deepEqual(predictor.predict(matrix), predictor.predictRows([{ ...row, age: 40 }]))
  assert.deepEqual(warnings, {
    listed: [
      {
        pointer: '/0/age',
        expected: 'an integer from 18 to 100',
        value: 101,
        policy: 'impute',
        used: 40,
      },
    ],
    counts: [{ column: 'age', policy: 'impute', count: 1 }],
  })
  assert.equal(predictor.checkRows([row!]).warnings, undefined)
})
