import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { predictor, rowProbability, serveModel, assertError } from './serve-model.ts'

const infer = '/v2/models/loans/infer'
const cells = [50, 12.5, 1, 3] // `row`, in the order of the columns
const whole = { name: 'input', shape: [1, 4], datatype: 'FP32', data: cells }
const perColumn = [
  { name: 'age', shape: [1], datatype: 'INT64', data: [50] },
  { name: 'debt', shape: [1, 1], datatype: 'FP64', data: [12.5] },
  { name: 'late', shape: [1], datatype: 'FP32', data: [1] },
  { name: 'town', shape: [1, 1], datatype: 'INT64', data: [[3]] },
]

describe('the Open Inference Protocol', () => {
  test('says what server and what model there is', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const metadata = {
      name: 'ml-pipeline-toolkit',
      version,
      extensions: ['binary_tensor_data', 'model_repository'],
    }
    assert.deepEqual((await server.send('/v2')).json, metadata)
    assert.deepEqual((await server.send('/v2/')).json, metadata)
    for (const path of ['/v2/models/loans', '/v2/models/loans/versions/3']) {
      assert.deepEqual((await server.send(path)).json, {
        name: 'loans',
        versions: ['3'],
        platform: 'onnx_onnxv1',
        inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [{ name: 'probability', datatype: 'FP32', shape: [-1] }],
        properties: { columns: 'age,debt,late,town', digest: predictor.digest },
      })
    }
  })

  test('says that server and model are live and ready', async () => {
    await using server = await serveModel({ modelVersion: '3' })
    assert.deepEqual((await server.send('/v2/health/live')).json, { live: true })
    assert.deepEqual((await server.send('/v2/health/ready')).json, { ready: true })
    for (const path of ['/v2/models/loans/ready', '/v2/models/loans/versions/3/ready']) {
      assert.deepEqual((await server.send(path)).json, { name: 'loans', ready: true })
    }
  })

  for (const [name, inputs] of [
    ['one tensor', [whole]],
    ['one nested tensor', [{ ...whole, data: [cells] }]],
    ['one tensor of doubles', [{ ...whole, datatype: 'FP64' }]],
    ['a tensor for each column', perColumn],
    ['a tensor for each column, in another order', perColumn.toReversed()],
  ] as const) {
    test(`${name} is scored as the row is`, async () => {
      await using server = await serveModel({ modelVersion: '3' })
      for (const path of [infer, '/v2/models/loans/versions/3/infer']) {
        assert.deepEqual((await server.post(path, { id: 'a-1', inputs })).json, {
          model_name: 'loans',
          model_version: '3',
          id: 'a-1',
          outputs: [{ name: 'probability', datatype: 'FP32', shape: [1], data: [rowProbability] }],
        })
      }
    })
  }

  test('many rows come back flat and in order; without a version and an id there is none', async () => {
    await using server = await serveModel()
    const data = [...cells, 20, null, 0, 8] // 20 / 200 = 0.1
    const { json } = await server.post(infer, { inputs: [{ ...whole, shape: [2, 4], data }] })
    assert.deepEqual(json, {
      model_name: 'loans',
      outputs: [
        {
          name: 'probability',
          datatype: 'FP32',
          shape: [2],
          data: [rowProbability, Math.fround(0.1)],
        },
      ],
    })
  })

  test('a column that may be missing may have no tensor', async () => {
    await using server = await serveModel()
    const inputs = perColumn.filter((tensor) => tensor.name !== 'debt')
    assert.equal((await server.post(infer, { inputs })).status, 200)
  })

  test('the output may be asked for by name', async () => {
    await using server = await serveModel()
    for (const outputs of [[], [{ name: 'probability', parameters: { binary_data: false } }]]) {
      assert.equal((await server.post(infer, { inputs: [whole], outputs })).status, 200)
    }
  })

  test('a body without a content type is read, as tritonclient sends it', async () => {
    await using server = await serveModel()
    const body = JSON.stringify({ inputs: [whole] })
    assert.equal((await server.send(infer, { method: 'POST', body })).status, 200)
  })
})

describe('refusals of the Open Inference Protocol', () => {
  const cases: readonly [name: string, body: unknown, error: RegExp][] = [
    ['no object', [], /^the body must be an object$/],
    ['no inputs', {}, /^'inputs' must be a list of tensors/],
    ['an empty list', { inputs: [] }, /^'inputs' must be a list of tensors/],
    ['no tensor', { inputs: [3] }, /^inputs\[0\] must be an object$/],
    ['no name', { inputs: [{ ...whole, name: 1 }] }, /^inputs\[0\].name must be a string$/],
    ['no shape', { inputs: [{ ...whole, shape: 4 }] }, /^inputs\[0\].shape must be a list/],
    ['a negative size', { inputs: [{ ...whole, shape: [-1, 4] }] }, /shape must be a list/],
    ['three dimensions', { inputs: [{ ...whole, shape: [1, 4, 1] }] }, /shape must be a list/],
    ['no datatype', { inputs: [{ ...whole, datatype: undefined }] }, /datatype is undefined/],
    [
      'bytes',
      { inputs: [{ ...whole, datatype: 'BYTES' }] },
      /^'\/inputs\/0\/data\/0' is 50, expected a text/,
    ],
    ['no data', { inputs: [{ ...whole, data: undefined }] }, /data must be a list$/],
    [
      'too few values',
      { inputs: [{ ...whole, data: [1, 2] }] },
      /has 2 values where its shape \[1, 4\] says 4$/,
    ],
    [
      'ragged rows',
      {
        inputs: [
          {
            ...whole,
            shape: [2, 4],
            data: [
              [1, 2, 3],
              [4, 5, 6, 7, 8],
            ],
          },
        ],
      },
      /has 3 values where/,
    ],
    [
      'rows and values mixed',
      { inputs: [{ ...whole, shape: [2, 4], data: [cells, 1] }] },
      /has no list where/,
    ],
    [
      'too few rows',
      { inputs: [{ ...whole, shape: [2, 4], data: [cells] }] },
      /has 1 rows, its shape says 2$/,
    ],
    [
      'text',
      { inputs: [{ ...whole, data: [50, '12.5', 1, 3] }] },
      /^'\/inputs\/0\/data\/1' is "12.5", expected a number$/,
    ],
    [
      'true',
      { inputs: [{ ...whole, data: [50, 12.5, true, 3] }] },
      /^'\/inputs\/0\/data\/2' is true, expected a number$/,
    ],
    [
      'a fraction in INT64',
      { inputs: [{ ...whole, datatype: 'INT64' }] },
      /^'\/inputs\/0\/data\/1' is 12.5, expected an integer$/,
    ],
    [
      'another width',
      { inputs: [{ ...whole, shape: [2, 2] }] },
      /shape \[2, 2\], expected \[rows, 4\]$/,
    ],
    ['a huge shape', { inputs: [{ ...whole, shape: [2 ** 40, 4] }] }, /has 4 values where/],
    ['no rows', { inputs: [{ ...whole, shape: [0, 4], data: [] }] }, /^there are no rows$/],
    [
      'too many rows',
      { inputs: [{ ...whole, shape: [6, 4], data: Array.from({ length: 24 }, () => 0) }] },
      /^there are 6 rows, expected at most 5$/,
    ],
    [
      'an unknown input',
      { inputs: [{ ...whole, name: 'agee', shape: [1], data: [3] }] },
      /^there is no input 'agee'; did you mean 'age'\?$/,
    ],
    ['a missing input', { inputs: perColumn.slice(1) }, /^the input 'age' is missing/],
    ['an input twice', { inputs: [perColumn[0], perColumn[0]] }, /^an input is there twice$/],
    [
      'more inputs than columns',
      { inputs: [...perColumn, whole] },
      /^there are 5 inputs, expected at most 4$/,
    ],
    [
      'columns of two lengths',
      { inputs: [...perColumn.slice(0, 3), { ...perColumn[3], shape: [2], data: [3, 3] }] },
      /^the input 'town' has the shape \[2\], expected \[1\]$/,
    ],
    [
      'a value out of range',
      { inputs: [{ ...whole, data: [101, 12.5, 1, 4] }] },
      /^'row 0, age' is 101, expected an integer from 18 to 100; 'row 0, town' is 4, expected one of -1, 0, 3, 8$/,
    ],
    [
      'a missing value',
      { inputs: [{ ...whole, data: [null, null, 1, 3] }] },
      /^'row 0, age' is null, expected .* not a missing value$/,
    ],
    [
      'many problems',
      {
        inputs: [
          { ...whole, shape: [5, 4], data: Array.from({ length: 5 }, () => [1, null, 2, null]) },
        ],
      },
      /^(?:'row \d, \w+' is \w+, expected [^;]+; ){14}'row 4, town' is null, [^;]+$/,
    ],
    ['an id that is no text', { id: 7, inputs: [whole] }, /^'id' must be a string$/],
    ['outputs that are no list', { inputs: [whole], outputs: {} }, /^'outputs' must be a list$/],
    [
      'an unknown output',
      { inputs: [whole], outputs: [{ name: 'label' }] },
      /named 'probability'$/,
    ],
    [
      'a size of bytes without bytes',
      { inputs: [{ ...whole, data: undefined, parameters: { binary_data_size: 16 } }] },
      /^inputs\[0\] has parameters.binary_data_size, and there is no header/,
    ],
    [
      'bytes beside data',
      { inputs: [{ ...whole, parameters: { binary_data_size: 16 } }] },
      /^inputs\[0\] has data and parameters.binary_data_size, expected one of them$/,
    ],
    [
      'parameters of an output that are none',
      { inputs: [whole], outputs: [{ name: 'probability', parameters: 7 }] },
      /^outputs\[0\].parameters must be an object$/,
    ],
    [
      'a wish for bytes that is none',
      { inputs: [whole], parameters: { binary_data_output: 'yes' } },
      /^parameters.binary_data_output must be true or false$/,
    ],
    [
      'an integer that JSON.parse rounds',
      `{"inputs": [{"name": "input", "shape": [1, 4], "datatype": "INT64", "data": [9007199254740993, 0, 1, 3]}]}`,
      /expected an integer that doubles hold exactly$/,
    ],
    [
      'an integer beyond its type',
      { inputs: [{ ...whole, datatype: 'UINT8', data: [256, 0, 1, 3] }] },
      /^'\/inputs\/0\/data\/0' is 256, expected an integer from 0 to 255$/,
    ],
    ['what is not JSON', '{"inputs"', /^the body is not JSON/],
  ]
  for (const [name, body, error] of cases) {
    test(`${name} is a 400 with one sentence`, async () => {
      await using server = await serveModel({ limits: { rows: 5 } })
      assertError(await server.post(infer, body), 400, error)
    })
  }

  for (const [path, error] of [
    ['/v2/models/other', /^there is no model 'other' \(this server has 'loans'\)$/],
    ['/v2/models/other/ready', /no model 'other'/],
    ['/v2/models/loans/versions/4', /^there is no version '4' of 'loans' \(this server has '3'\)$/],
    ['/v2/models/loans/versions/4/ready', /no version '4'/],
    ['/v2/nothing', /^there is nothing at '\/v2\/nothing'/],
  ] as const) {
    test(`${path} is a 404 with one sentence`, async () => {
      await using server = await serveModel({ modelVersion: '3' })
      assertError(await server.send(path), 404, error)
    })
  }

  test('inference on an unknown model is a 404, whatever the body', async () => {
    await using server = await serveModel()
    assertError(await server.post('/v2/models/other/infer', '{'), 404, /no model 'other'/)
    assertError(await server.post('/v2/models/loans/versions/1/infer', '{'), 404, /has no version/)
  })

  test('other types, methods and sizes have the same shape', async () => {
    await using server = await serveModel({ limits: { bodyBytes: 100 } })
    assertError(
      await server.post(infer, '{}', { 'content-type': 'text/plain' }),
      415,
      /text\/plain/,
    )
    assertError(await server.send(infer), 405, /^GET does nothing here, expected POST/)
    assertError(await server.post(infer, ' '.repeat(101)), 413, /larger/)
    assertError(await server.post(infer, '{}', { origin: 'http://evil.example' }), 403, /origin/)
  })
})
