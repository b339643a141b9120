import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Feed, RuntimeSession, TensorInfo } from '../../src/model/onnxruntime-process.ts'
import { createRuntimePredictor } from '../../src/model/predictor-onnxruntime.ts'

const manifest = {
  name: 'loans',
  kind: 'sklearn',
  target: 'defaulted',
  inputs: { age: { type: 'integer' }, 'marital status': { type: 'number' } },
  example: { age: 30, 'marital status': null },
} as const
const rows = { rows: 2, columns: 2, values: Float32Array.of(1, 2, 3, 4) }
const matrix = floats('rows', 'N', 2)
const probability = floats('probability', 'N', 1)

describe('a model that onnxruntime runs', () => {
  test('takes all columns as one matrix', () => {
    const { fed, session } = createSession([matrix], [probability], [0.25, 0.75])
    assert.deepEqual(open(session).predict(rows), Float32Array.of(0.25, 0.75))
    assert.deepEqual(fed, [
      [{ name: 'rows', type: 'float32', values: rows.values, dimensions: [2, 2] }],
    ])
  })

  test('takes columns by name, in whichever order it has them', () => {
    const inputs = [floats('marital status', 'N', 1), { ...floats('age', 'N', 1), type: 'float64' }]
    const { fed, session } = createSession(inputs, [probability], [0, 1])
    open(session).predict(rows)
    assert.deepEqual(fed, [
      [
        { name: 'age', type: 'float64', values: Float64Array.of(1, 3), dimensions: [2, 1] },
        {
          name: 'marital status',
          type: 'float32',
          values: Float32Array.of(2, 4),
          dimensions: [2, 1],
        },
      ],
    ])
  })

  test('may give both classes and a label beside them', () => {
    const outputs = [
      { name: 'label', isTensor: true, type: 'int64', shape: ['N'] },
      floats('probabilities', 'N', 2),
    ]
    const { session } = createSession([matrix], outputs, [0.75, 0.25, 0.5, 0.5])
    assert.deepEqual(open(session).predict(rows), Float32Array.of(0.25, 0.5))
  })

  test('gives the classes that its manifest names, or a value', () => {
    const classes = { ...manifest, output: { kind: 'classes', classes: [1, 2, 5] } } as const
    const three = createSession([matrix], [floats('p', 'N', 3)], [0, 0.25, 0.75, 1, 0, 0])
    const predictor = createRuntimePredictor(classes, Uint8Array.of(1), three.session)
    assert.deepEqual(predictor.output, classes.output)
    assert.deepEqual(predictor.predict(rows), Float32Array.of(0, 0.25, 0.75, 1, 0, 0))
    const value = { ...manifest, output: { kind: 'value' } } as const
    const two = createSession([matrix], [floats('p', 'N', 2)], [])
    assert.throws(() => createRuntimePredictor(value, Uint8Array.of(1), two.session), {
      code: 'MODEL_INVALID',
      message: /'p' float32 \[N, 2\], expected one of floats \[N\], \[N, 1\]$/,
    })
  })

  test('takes numbers as they were sent where 32 bits are too few, texts, and truth', () => {
    const odd = 2 ** 53 - 1
    const fields = {
      ...manifest,
      inputs: {
        id: { type: 'integer' },
        town: { type: 'text', nullable: true },
        owner: { type: 'boolean' },
        kids: { type: 'integer', min: 0 },
      },
    } as const
    const inputs = [
      whole('id', 'int64'),
      { ...whole('town', 'string'), shape: ['N'] },
      whole('owner', 'bool'),
      whole('kids', 'int32'),
    ]
    const { fed, session } = createSession(inputs, [probability], [0, 1])
    const predictor = createRuntimePredictor(fields, Uint8Array.of(1), session)
    assert.deepEqual([...predictor.doubles!], ['id', 'kids'])
    assert.deepEqual(predictor.inputs['kids'], { type: 'integer', min: 0, max: 2 ** 31 - 1 })
    const values = Float32Array.of(odd, 0, 1, 2 ** 24 + 1, -7, -1, 0, 3)
    const sent = { rows: 2, columns: 4, values }
    predictor.predict({
      ...sent,
      texts: new Map([[1, [null, 'Ulm']]]),
      doubles: new Map([
        [0, [odd, -7]],
        [3, [2 ** 24 + 1, 3]],
      ]),
    })
    const named = fed[0]!.map(({ name, values: cells, dimensions }) => [name, cells, dimensions])
    assert.deepEqual(named, [
      ['id', BigInt64Array.of(BigInt(odd), -7n), [2, 1]],
      ['town', ['nan', 'Ulm'], [2]],
      ['owner', Uint8Array.of(1, 0), [2, 1]],
      ['kids', Int32Array.of(2 ** 24 + 1, 3), [2, 1]],
    ])
    assert.throws(() => predictor.predict(sent), {
      code: 'SHAPE_MISMATCH',
      message: /takes the texts of 'town', and these rows have only numbers for them/,
    })
  })

  test('is refused when a policy lets through, or a column may hold, what whole numbers do not', () => {
    const session = createSession([whole('id', 'int32')], [probability], []).session
    const cases = [
      [{ type: 'integer', nullable: true }, {}, /int32, which has no missing value/],
      [{ type: 'integer' }, { missing: 'impute' }, /cannot hold .* imputes: a missing value/],
      [{ type: 'integer' }, { missing: 'impute', value: 0.5 }, /cannot hold .* imputes: 0.5/],
      [{ type: 'integer', max: 9 }, { outOfRange: 'warn' }, /lets numbers beyond it through/],
      [{ type: 'category', levels: [1, 2 ** 31] }, {}, /takes int32, and the column is a category/],
    ] as const
    for (const [field, policy, message] of cases) {
      const inputs = { ...manifest, inputs: { id: field }, policies: { id: policy } }
      assert.throws(() => createRuntimePredictor(inputs, Uint8Array.of(1), session), {
        code: 'MODEL_INVALID',
        message,
      })
    }
  })

  test('takes moments as doubles, and says so where its input is narrower', () => {
    const inputs = { ...manifest, inputs: { at: { type: 'datetime' } }, policies: {} } as const
    const openWith = (type: string) => {
      const input = { ...floats('at', 'N', 1), type }
      const { fed, session } = createSession([input], [probability], [0.5])
      return { fed, predictor: createRuntimePredictor(inputs, Uint8Array.of(1), session) }
    }
    for (const type of ['float32', 'int32']) {
      const message = new RegExp(`'at' takes ${type}, and the column is a time`)
      assert.throws(() => openWith(type), { code: 'MODEL_INVALID', message })
    }
    const { fed, predictor } = openWith('float64')
    const at = 1_796_047_500_001
    const doubles = new Map([[0, [at]]])
    predictor.predict({ rows: 1, columns: 1, values: Float32Array.of(at), doubles })
    assert.deepEqual(fed[0]?.[0]?.values, Float64Array.of(at))
  })

  test('gives probabilities within 0 and 1, and refuses scores that are none', () => {
    const { session } = createSession([matrix], [probability], [1 + 1e-7, -1e-7])
    assert.deepEqual(open(session).predict(rows), Float32Array.of(1, 0))
    const scores = createSession([matrix], [probability], [1.5, -2])
    assert.throws(() => open(scores.session).predict(rows), {
      code: 'MODEL_INVALID',
      message: 'the model gives 1.5 as a probability',
    })
    const both = { ...probability, shape: ['N', 2] }
    const chance = createSession([matrix], [both], [0.25, 0.75, 0.5, 0.75])
    assert.throws(() => open(chance.session).predict(rows), {
      code: 'MODEL_INVALID',
      message: /gives 0\.5, 0\.75 as the probabilities of a row, which sum to 1\.25/,
    })
  })

  test('is not asked for no rows', () => {
    const { fed, session } = createSession([matrix], [probability], [])
    const none = { rows: 0, columns: 2, values: new Float32Array() }
    assert.deepEqual(open(session).predict(none), new Float32Array())
    assert.deepEqual(fed, [])
  })

  test('refuses rows of other columns, and answers of other lengths', () => {
    const { session } = createSession([matrix], [probability], [1, 2, 3])
    const narrow = { rows: 4, columns: 1, values: rows.values }
    assert.throws(() => open(session).predict(narrow), {
      code: 'SHAPE_MISMATCH',
      message: /takes 2 columns, but the rows have 1/,
    })
    assert.throws(() => open(session).predict(rows), {
      code: 'SHAPE_MISMATCH',
      message: /gives 3 numbers for 2 rows/,
    })
  })

  const map = { name: 'probabilities', isTensor: false }
  const text = { name: 'rows', isTensor: true, type: 'string', shape: ['N', 2] }
  const refused: readonly [string, readonly TensorInfo[], readonly TensorInfo[], RegExp][] = [
    [
      'another width',
      [floats('rows', 'N', 3)],
      [probability],
      /'rows' is float32 \[N, 3\], expected \[N, 2\]/,
    ],
    [
      'texts for numbers',
      [text],
      [probability],
      /its input 'rows' takes texts, and the column is an integer \(column 'age'\); .*a number \(column 'marital status'\)$/,
    ],
    [
      'whole numbers for others',
      [whole('age', 'int64'), whole('marital status', 'int32')],
      [probability],
      /: its input 'marital status' takes int32, and the column is a number \(column 'marital status'\)$/,
    ],
    [
      'a type that nothing fills, and two cells a row',
      [{ ...floats('age', 'N', 1), type: 'float16' }, floats('marital status', 'N', 2)],
      [probability],
      /'age' is float16 \[N, 1\], which no column fills; its input 'marital status' is float32 \[N, 2\], expected \[N, 1\]$/,
    ],
    ['no inputs', [], [probability], /it has no input 'age'; it has no input 'marital status'/],
    [
      'a column that is not there',
      [floats('age', 'N', 1), floats('Marital', 'N', 1)],
      [probability],
      /no input 'marital status'; its input 'Marital' is no column/,
    ],
    ['a map', [matrix], [map], /its outputs are 'probabilities' no tensor, expected one of floats/],
    ['three classes', [matrix], [floats('p', 'N', 3)], /its outputs are 'p' float32 \[N, 3\]/],
    [
      'two probabilities',
      [matrix],
      [probability, floats('q', 'N')],
      /'probability' .*, 'q' float32 \[N\]/,
    ],
    ['both wrong', [text], [map], /'rows' takes texts.*; its outputs are/],
  ]
  for (const [what, inputs, outputs, message] of refused) {
    test(`is refused with ${what}`, () => {
      assert.throws(() => open(createSession(inputs, outputs, []).session), {
        code: 'MODEL_INVALID',
        message,
      })
    })
  }
})

function open(session: RuntimeSession): ReturnType<typeof createRuntimePredictor> {
  return createRuntimePredictor(manifest, Uint8Array.of(1), session)
}

function floats(name: string, ...shape: (number | string)[]): TensorInfo {
  return { name, isTensor: true, type: 'float32', shape }
}

function whole(name: string, type: string): TensorInfo {
  return { name, isTensor: true, type, shape: ['N', 1] }
}

function createSession(
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
  values: readonly number[],
): { readonly fed: (readonly Feed[])[]; readonly session: RuntimeSession } {
  const fed: (readonly Feed[])[] = []
  const run: RuntimeSession['run'] = (feeds) => {
    fed.push(feeds)
    return Float32Array.from(values)
  }
  return { fed, session: { inputs, outputs, run } }
}
