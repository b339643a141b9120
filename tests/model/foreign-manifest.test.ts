/** Models that mlflow saved without a flavor of ours: what is served is what their graph and their signature say. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { describeModel } from '../../src/model/describe-model.ts'
import { encodeModel, openModel, openPredictor } from '../../src/model/index.ts'
import type { Attribute, Node, ValueInfo } from '../../src/model/onnx/graph.ts'
import { matchInputs } from '../../src/model/match-inputs.ts'
import { givesMaps, withProbabilityTensor } from '../../src/model/onnx/map-output.ts'
import { ProtobufWriter } from '../../src/model/onnx/protobuf-writer.ts'
import { readInterface } from '../../src/model/onnx/read-interface.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const age = column('age', 'int64')
const town = column('town', 'string')
const debt = column('debt', 'float')
const label: ValueInfo = { name: 'label', type: 'int64', dimensions: ['N'] }
const two: ValueInfo = { name: 'p', type: 'float', dimensions: ['N', 2] }
const signature = [
  { type: 'string', name: 'town', required: false },
  { type: 'long', name: 'age', required: true },
  { type: 'double', name: 'debt', required: false },
]
const inputExample = JSON.stringify({
  columns: ['debt', 'age', 'town'],
  data: [[null, 9.5, 'Ulm'], []],
})

describe('a model without a flavor of ours', () => {
  test('has the columns of its signature, the types of its graph, and its folder’s name', () => {
    const onnx = graph([age, town, debt], [label, two], [classifier({ ints: [0, 1] })])
    assert.deepEqual(describeModel({ manifest: mlmodel(signature), onnx, inputExample }, place), {
      name: 'loans',
      kind: 'onnx',
      target: 'label',
      inputs: {
        town: { type: 'text', nullable: true },
        age: { type: 'integer' },
        debt: { type: 'number', nullable: true },
      },
      output: { kind: 'probability' },
      // 9.5 is no integer: the example is one that the model takes.
      example: { town: 'Ulm', age: 0, debt: null },
    })
    const registered = describeModel(
      { manifest: mlmodel(signature), onnx },
      'models:/risk@champion/MLmodel',
    )
    assert.equal(registered.name, 'risk')
  })

  test('gives the classes of its classifier, of the constant its label is taken out of, or of its ZipMap', () => {
    const texts: ValueInfo = { ...label, type: 'string' }
    const three: ValueInfo = { ...two, dimensions: ['N', 3] }
    const outputs = (values: readonly ValueInfo[], nodes: readonly Node[]): unknown =>
      describeModel({ manifest: mlmodel(), onnx: graph([age], values, nodes) }, place).output
    assert.deepEqual(outputs([texts, three], [classifier({ texts: ['b', 'a', 'c'] })]), {
      kind: 'classes',
      classes: ['b', 'a', 'c'],
    })
    assert.deepEqual(outputs([texts, two], [classifier({ texts: ['no', 'yes'] })]), {
      kind: 'probability',
      classes: ['no', 'yes'],
    })
    const taken = [
      node('ArrayFeatureExtractor', ['codes', 'best'], ['taken']),
      node('Reshape', ['taken', 'shape'], ['label']),
    ]
    assert.deepEqual(outputs([label, three], taken), { kind: 'classes', classes: [3, 5, 8] })
    const maps = [
      classifier({ texts: ['x', 'y', 'z'] }),
      node('ZipMap', ['p'], ['maps'], { classlabels_strings: texts3 }),
    ]
    assert.deepEqual(outputs([texts, { ...label, name: 'maps' }], maps), {
      kind: 'classes',
      classes: ['x', 'y', 'z'],
    })
    assert.deepEqual(outputs([{ ...two, dimensions: ['N', 1] }], []), { kind: 'value' })
  })

  test('has inputs called as skl2onnx cleans names, and its encoders’ text for a missing one', () => {
    const inputs = ['marital_status', '_2nd', 'a_b', 'a_b1'].map((name) => column(name, 'string'))
    const encoder = (keys: readonly string[]): Node =>
      node('LabelEncoder', ['a_b'], ['e'], { keys_strings: { kind: 'texts', values: keys } })
    const names = ['marital status', '2nd', 'a b', 'a.b']
    const manifest = mlmodel(names.map((name) => ({ type: 'string', name })))
    const described = (keys: readonly string[]): ReturnType<typeof describeModel> => {
      const onnx = graph(inputs, [label, two], [classifier({ ints: [0, 1] }), encoder(keys)])
      return describeModel({ manifest, onnx }, place)
    }
    assert.deepEqual(Object.keys(described([]).inputs), names)
    assert.equal(described(['a', 'None']).missingText, 'None')
    assert.equal(described(['None', 'nan']).missingText, 'nan')
    assert.equal(described(['a']).missingText, undefined)
    const matched = matchInputs(names, inputs)
    assert.deepEqual(
      names.map((name) => matched.get(name)?.name),
      ['marital_status', '_2nd', 'a_b', 'a_b1'],
    )
  })

  test('is asked for the tensor in its dictionaries, which stays the only change', () => {
    const zipped = graph(
      [age],
      [label, { ...label, name: 'maps' }],
      [
        classifier({ ints: [0, 1, 2] }),
        node('ZipMap', ['p'], ['maps'], { classlabels_int64s: ints([0, 1, 2]) }),
      ],
    )
    const more = withProbabilityTensor(zipped)
    assert.ok(givesMaps(zipped))
    assert.deepEqual(more.subarray(0, zipped.length), zipped)
    const plain = graph([age], [label, two], [classifier({ ints: [0, 1] })])
    assert.equal(withProbabilityTensor(plain), plain)
    assert.ok(!givesMaps(plain))
  })

  test('is whole: constants in a file beside it are refused, with what keeps them in', async () => {
    const location = new ProtobufWriter()
    location.writeInteger(14, 1)
    const constants = new ProtobufWriter()
    constants.writeMessage(5, location)
    const model = new ProtobufWriter()
    model.writeMessage(7, constants)
    const onnx = model.finish()
    const manifest = { name: 'a', kind: 'b', target: 'c', inputs: {}, example: {} }
    await assert.rejects(openModel(manifest, onnx), {
      code: 'MODEL_INVALID',
      hint: /save_as_external_data=False/,
    })
  })

  test('is refused without onnxruntime-node, with what to install; pickles with what to export', async () => {
    const onnx = graph([age, town], [label, two], [classifier({ ints: [0, 1] })])
    await assert.rejects(openModel(describeModel({ manifest: mlmodel(), onnx }, place), onnx), {
      code: 'MODEL_OPERATOR_UNSUPPORTED',
      hint: /'npm install onnxruntime-node'/,
    })
    // Of operators that are run here, but not on whole numbers.
    const known = graph([age], [two], [node('Identity', ['age'], ['p'])])
    const fields = {
      name: 'a',
      kind: 'b',
      target: 'c',
      inputs: { age: { type: 'integer' } },
    } as const
    await assert.rejects(openModel({ ...fields, example: {} }, known), {
      code: 'MODEL_OPERATOR_UNSUPPORTED',
    })
    const folder = makeScratchFolder()
    const pickled = 'flavors: {}\n# as mlflow writes it\n    loader_module: mlflow.sklearn\n'
    writeFileSync(join(folder, 'MLmodel'), pickled)
    await assert.rejects(openPredictor(folder), {
      code: 'MODEL_NOT_FOUND',
      hint: /a model of mlflow\.sklearn: export it to ONNX/,
    })
  })

  const fine = [classifier({ ints: [0, 1] })]
  const cases: [string, string, Uint8Array, RegExp][] = [
    [
      'columns that the graph does not have, and the other way round',
      mlmodel([{ type: 'long', name: 'aeg' }]),
      graph([age, town], [label, two], fine),
      /has 'aeg', the ONNX model has no such input; the ONNX model has the input 'age', .* has not; .* 'town'/,
    ],
    [
      'types that contradict each other',
      mlmodel([
        { type: 'double', name: 'age' },
        { type: 'string', name: 'debt' },
        { type: 'datetime', name: 'town' },
      ]),
      graph([age, town, debt], [label, two], fine),
      /'age' is int64, expected a number, .*\('double'\); its input 'debt' is float32, expected a text, .*; its input 'town' is said to be datetime/,
    ],
    [
      'a signature of tensors',
      mlmodel([{ type: 'tensor', 'tensor-spec': { dtype: 'float32', shape: [-1, 4] } }]),
      graph([age], [label, two], fine),
      /no JSON list of named columns: save the model with infer_signature of a pandas frame/,
    ],
    [
      'one input without names',
      mlmodel(),
      graph([{ ...debt, dimensions: ['N', 4] }], [label, two], fine),
      /has no signature, and its one input 'debt' does not name its columns/,
    ],
    [
      'an image',
      mlmodel(),
      graph([{ ...debt, dimensions: ['N', 3, 32, 32] }], [label, two], fine),
      /inputs are no rows of columns, but such as of images or sound: 'debt' with 4 dimensions/,
    ],
    [
      'labels alone',
      mlmodel(),
      graph([age], [label], fine),
      /outputs are 'label' int64, expected one of floats; .*'zipmap': False/,
    ],
    [
      'classes that nothing names',
      mlmodel(),
      graph([age], [label, two], [node('ArgMax', ['p'], ['label'])]),
      /does not say which classes there are: a flavor of ours has to name 'output'/,
    ],
    [
      'several numbers and no label',
      mlmodel(),
      graph([age], [two], []),
      /'p' has several numbers a row and there is no label/,
    ],
  ]
  const tensor = (shape: readonly number[]): object => ({
    type: 'tensor',
    'tensor-spec': { dtype: 'float64', shape },
  })
  const score: ValueInfo = { ...two, dimensions: ['N', 1] }
  const threes = [tensor([-1]), tensor([-1, 3])]
  cases.push(
    [
      'outputs of another number of classes',
      mlmodel([{ type: 'long', name: 'age' }], threes),
      graph([age], [label, two], fine),
      /'signature.outputs' has 3 numbers a row, the ONNX model gives the probabilities of 2 classes/,
    ],
    [
      'several outputs where its graph gives a number',
      mlmodel(undefined, [{ type: 'double' }, { type: 'double' }]),
      graph([age], [score], []),
      /has 2 numbers a row, the ONNX model gives a number/,
    ],
    [
      'a text where its graph gives a number',
      mlmodel(undefined, [{ type: 'string', name: 'late' }]),
      graph([age], [score], []),
      /'signature.outputs' has a text, the ONNX model gives a number/,
    ],
  )
  test('may have a signature of the outputs that another library gave', () => {
    const said = [
      [tensor([-1, 2])],
      [tensor([-1])],
      [{ type: 'long', name: 'late' }],
      [{ type: 'string' }],
      [{ type: 'double' }, { type: 'double' }],
      [{ type: 'long' }, { type: 'double' }, { type: 'double' }],
      [tensor([-1]), tensor([-1, -1])],
      [null, 7, {}, { 'tensor-spec': { shape: 'x' } }] as object[],
    ]
    for (const outputs of said) {
      const onnx = graph([age], [label, two], fine)
      const { output } = describeModel({ manifest: mlmodel(undefined, outputs), onnx }, place)
      assert.deepEqual(output, { kind: 'probability' })
    }
  })
  for (const [what, manifest, onnx, message] of cases) {
    test(`is refused with ${what}`, () => {
      assert.throws(() => describeModel({ manifest, onnx }, place), {
        code: 'MODEL_INVALID',
        message,
      })
    })
  }

  test('is refused or described, whatever its bytes are, and never anything else', () => {
    const onnx = graph([age, town, debt], [label, two], fine)
    const damage = fc.record({ at: fc.nat(onnx.length - 1), to: fc.nat(255), cut: fc.nat(9) })
    fc.assert(
      fc.property(damage, ({ at, to, cut }) => {
        const bytes = onnx.slice(0, onnx.length - (cut === 0 ? at : 0))
        if (at < bytes.length) bytes[at] = to
        try {
          readInterface(bytes)
          withProbabilityTensor(bytes)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'MODEL_INVALID', String(error))
        }
      }),
      { numRuns: 500 },
    )
  })
})

const place = '/srv/models/loans/MLmodel'
const texts3: Attribute = { kind: 'texts', values: ['x', 'y', 'z'] }

function column(name: string, type: ValueInfo['type']): ValueInfo {
  return { name, type, dimensions: ['N', 1] }
}

function ints(values: readonly number[]): Attribute {
  return { kind: 'ints', values }
}

function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Node['attributes'] = {},
): Node {
  return { operator, domain: 'ai.onnx.ml', inputs, outputs, attributes }
}

function classifier(of: { ints: readonly number[] } | { texts: readonly string[] }): Node {
  const labels: Node['attributes'] =
    'ints' in of
      ? { classlabels_ints: ints(of.ints) }
      : { classlabels_strings: { kind: 'texts', values: of.texts } }
  return node('LinearClassifier', ['age'], ['label', 'p'], labels)
}

function graph(
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
  nodes: readonly Node[],
): Uint8Array {
  const initializers = [
    { name: 'codes', type: 'int64', dimensions: [3], values: [3, 5, 8] },
  ] as const
  return encodeModel({
    irVersion: 8,
    producerName: 'skl2onnx',
    opsets: [],
    graph: { name: 'g', inputs, outputs, nodes, initializers },
  })
}

function mlmodel(inputs?: readonly object[], outputs?: readonly object[]): string {
  const said = Object.entries({ inputs, outputs })
    .filter(([, list]) => list !== undefined)
    .map(([name, list]) => `${name}: '${JSON.stringify(list)}'`)
  const text = said.length === 0 ? 'null' : `{${said.join(', ')}}`
  return `flavors: {onnx: {data: model.onnx}}\nsignature: ${text}\n`
}
