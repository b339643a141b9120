import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  createOutputs,
  describeOutputs,
  encodeOutput,
  type OutputTensor,
} from '../../src/serving/protocols/open-inference-outputs.ts'
import { predictor, serveModel } from './serve-model.ts'

describe('the likeliest class', () => {
  for (const [classes, datatype, data] of [
    [['b', 'ä'], 'BYTES', ['ä', 'b', 'b']],
    // A tensor has one type.
    [[1, 'b'], 'BYTES', ['b', '1', '1']],
    [[-7, 2 ** 53 - 1], 'INT64', [2 ** 53 - 1, -7, -7]],
    [[0.5, 2], 'FP64', [2, 0.5, 0.5]],
  ] as const) {
    test(`of ${classes.join(' and ')} is ${datatype}`, () => {
      const output = { kind: 'classes', classes } as const
      const scores = Float32Array.of(0.25, 0.75, 0.75, 0.25, 0.5, 0.5)
      const [probabilities, prediction] = createOutputs(output, scores, 3)
      assert.deepEqual(probabilities, {
        name: 'probabilities',
        datatype: 'FP32',
        shape: [3, 2],
        data: scores,
      })
      assert.deepEqual(prediction, { name: 'prediction', datatype, shape: [3], data })
      assert.deepEqual(describeOutputs(output)[1], { name: 'prediction', datatype, shape: [-1] })
    })
  }

  test('goes as bytes where it is asked to, behind a JSON that has the other output', async () => {
    const classes = ['low', 'höher']
    const predict = ({ rows }: { readonly rows: number }): Float32Array =>
      Float32Array.from({ length: 2 * rows }, (_, i) => [0.75, 0.25, 0, 1][i]!)
    const output = { kind: 'classes', classes } as const
    await using server = await serveModel({ predictor: { ...predictor, output, predict } })
    const data = [50, 12.5, 1, 3, 40, 1, 0, 3]
    const answer = await server.post('/v2/models/loans/infer', {
      inputs: [{ name: 'input', shape: [2, 4], datatype: 'FP32', data }],
      outputs: [
        { name: 'prediction', parameters: { binary_data: true } },
        { name: 'probabilities' },
      ],
    })
    const size = Number(answer.headers['inference-header-content-length'])
    const { outputs } = JSON.parse(answer.text.slice(0, size)) as { outputs: unknown }
    assert.deepEqual(outputs, [
      { name: 'probabilities', datatype: 'FP32', shape: [2, 2], data: [0.75, 0.25, 0, 1] },
      { name: 'prediction', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 17 } },
    ])
    assert.equal(answer.text.slice(size), '\x03\0\0\0low\x06\0\0\0höher')
  })
})

test('a number with an interval has its ends beside it, as they are told in JSON', async () => {
  const output = { kind: 'value', interval: { coverage: 0.9, radius: 0.3 } } as const
  await using server = await serveModel({ predictor: { ...predictor, output } })
  const inputs = [{ name: 'input', shape: [1, 4], datatype: 'FP32', data: [50, 12.5, 1, 3] }]
  const { json } = await server.post('/v2/models/loans/infer', { inputs })
  assert.deepEqual(json['outputs'], [
    { name: 'prediction', datatype: 'FP32', shape: [1], data: [0.75] },
    { name: 'lower', datatype: 'FP64', shape: [1], data: [0.75 - 0.3] },
    { name: 'upper', datatype: 'FP64', shape: [1], data: [0.75 + 0.3] },
  ])
})

describe('bytes of an output', () => {
  const encode = (datatype: OutputTensor['datatype'], data: OutputTensor['data']): Buffer =>
    Buffer.from(encodeOutput({ name: 'a', datatype, shape: [data.length], data }))

  test('are little-endian numbers', () => {
    assert.equal(encode('FP32', Float32Array.of(1, -2)).toString('hex'), '0000803f000000c0')
    assert.equal(encode('FP64', [1]).toString('hex'), '000000000000f03f')
    assert.equal(encode('INT64', [-2, 258]).toString('hex'), 'feffffffffffffff0201000000000000')
  })

  test('are texts with their lengths before them, whatever the texts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const bytes = encode('BYTES', texts)
        let start = 0
        for (const text of texts) {
          const end = start + 4 + bytes.readUInt32LE(start)
          assert.equal(bytes.toString('utf8', start + 4, end), text)
          start = end
        }
        assert.equal(start, bytes.length)
      }),
    )
  })
})
