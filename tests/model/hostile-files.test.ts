/** ONNX files that are damaged or made to do harm: refused by name, at once, in little memory. */

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/core/random.ts'
import {
  compileModel,
  createGraphBuilder,
  createPredictor,
  decodeModel,
  encodeModel,
  readModelFolder,
  type GraphBuilder,
  type ModelManifest,
  type OnnxModel,
} from '../../src/model/index.ts'
import type { Attribute, Tensor } from '../../src/model/onnx/graph.ts'
import { trainSmallModel } from '../serving/trained-model.ts'
import { drawForest } from './draw-forest.ts'

describe('a trained model of which', () => {
  const models: { manifest: ModelManifest; onnx: Uint8Array }[] = []
  before(async () => {
    for (const kind of ['logistic', 'boosting'] as const) {
      await using model = await trainSmallModel(kind)
      models.push(await readModelFolder(model.directory))
    }
  })

  test('any bits are flipped is refused, or gives numbers', () => {
    const flips = fc.array(fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(fc.nat(1), flips, (which, chosen) => {
        const { manifest, onnx } = models[which]!
        const bytes = Uint8Array.from(onnx)
        for (const { at, bit } of chosen) bytes[at % bytes.length]! ^= 1 << bit
        assertRefusedOrRun(manifest, bytes)
      }),
      { numRuns: 400 },
    )
  })

  test('the first bytes are missing, or the last, or some in between are others is refused, or gives numbers', () => {
    const part = fc.record({
      start: fc.nat(),
      length: fc.nat(40),
      instead: fc.uint8Array({ maxLength: 40 }),
    })
    fc.assert(
      fc.property(fc.nat(1), part, (which, { start, length, instead }) => {
        const { manifest, onnx } = models[which]!
        const from = start % onnx.length
        const bytes = [onnx.subarray(0, from), instead, onnx.subarray(from + length)]
        assertRefusedOrRun(manifest, Buffer.concat(bytes))
        assertRefusedOrRun(manifest, onnx.subarray(0, from))
        assertRefusedOrRun(manifest, onnx.subarray(from))
      }),
      { numRuns: 150 },
    )
  })
})

describe('a graph that is made to do harm is refused:', () => {
  const wide = (graph: GraphBuilder, times: number): string => {
    let value = graph.input
    for (let i = 0; i < times; i++) value = concat(graph, [value, value])
    return value
  }
  const cases: readonly [string, (graph: GraphBuilder) => string, RegExp][] = [
    [
      'a value that doubles forty times',
      (graph) => wide(graph, 40),
      /Concat makes 16777216 columns/,
    ],
    [
      'more work for one row than a request may take',
      (graph) => {
        let value = wide(graph, 21)
        for (let i = 0; i < 100; i++) value = graph.apply('Exp', [value])
        return value
      },
      /takes \d+ steps to score one row/,
    ],
    [
      'matrices that do not fit',
      (graph) => graph.apply('Add', [graph.input, graph.floats([1, 2, 3], [1, 3])]),
      /Add has inputs of the shapes \[N, 2\] and \[1, 3\]/,
    ],
    [
      'a constant of several rows',
      (graph) => graph.apply('Mul', [graph.floats([1, 2, 3, 4], [2, 2]), graph.input]),
      /Mul has inputs of the shapes \[2, 2\] and \[N, 2\]/,
    ],
    [
      'weights of other rows',
      (graph) => graph.apply('Gemm', [graph.input, graph.floats([1, 2, 3], [3, 1])]),
      /Gemm multiplies \[N, 2\] by 3 rows of weights/,
    ],
    [
      'a bias of the row that is too short',
      (graph) =>
        graph.apply('Gemm', [
          graph.input,
          graph.floats([1, 2, 3, 4], [2, 2]),
          graph.apply('Gemm', [graph.input, graph.floats([1, 2], [2, 1])]),
        ]),
      /Gemm adds \[N, 1\] to 2 columns/,
    ],
    ['columns that are not there', (graph) => gather(graph, [0, 2]), /Gather picks column 2 of 2/],
    ['columns below the first', (graph) => gather(graph, [-1]), /Gather picks column -1 of 2/],
    [
      'rows beside a constant',
      (graph) => concat(graph, [graph.input, graph.floats([1], [1, 1])]),
      /Concat joins \[N, 2\] and \[1, 1\]/,
    ],
    ['a join of nothing', (graph) => concat(graph, []), /Concat has no inputs/],
    [
      'an operator that lacks inputs',
      (graph) => graph.apply('Where', [graph.input]),
      /Where has 1 inputs, expected 3/,
    ],
    [
      'an answer that is always the same',
      (graph) => graph.apply('Exp', [graph.floats([1], [1, 1])]),
      /output 'probability' does not depend on the row/,
    ],
  ]
  for (const [what, build, message] of cases) {
    test(what, () => {
      const graph = createGraphBuilder('g', 2)
      const bytes = encodeModel(graph.finish(build(graph)))
      assert.throws(() => compileModel(decodeModel(bytes)), { code: 'MODEL_INVALID', message })
    })
  }

  const tensors: readonly [string, Partial<Tensor>, RegExp][] = [
    ['a negative dimension', { dimensions: [-1, -2], values: [1, 2] }, /has a dimension of -1/],
    ['fewer values than its shape asks for', { dimensions: [1 << 30, 1 << 30] }, /has 1 values/],
    ['a dimension beyond all numbers', { dimensions: [2 ** 62] }, /has 1 values/],
  ]
  for (const [what, tensor, message] of tensors) {
    test(`a constant with ${what}`, () => {
      const model = withConstant(tensor)
      assert.throws(() => compileModel(decodeModel(encodeModel(model))), {
        code: 'MODEL_INVALID',
        message,
      })
    })
  }

  for (const columns of [0, -1, 2 ** 40]) {
    test(`rows of ${columns} columns`, () => {
      const model = withConstant({})
      const graph = {
        ...model.graph,
        inputs: [{ ...model.graph.inputs[0]!, dimensions: ['N', columns] }],
      }
      assert.throws(() => compileModel({ ...model, graph }), { code: 'MODEL_INVALID' })
    })
  }

  test('a row of more numbers than the manifest names', () => {
    const graph = createGraphBuilder('g', 2)
    const onnx = encodeModel(graph.finish(graph.apply('Exp', [graph.input])))
    const inputs = { a: { type: 'number' }, b: { type: 'number' } } as const
    const manifest = { name: 'm', kind: 'k', target: 't', inputs, example: { a: 1, b: 1 } }
    assert.throws(() => createPredictor(manifest, onnx), {
      code: 'MODEL_INVALID',
      message: /gives 2 numbers a row, but its MLmodel names 1/,
    })
  })

  test('a value that is made twice', () => {
    const model = withConstant({})
    const nodes = [...model.graph.nodes, ...model.graph.nodes]
    assert.throws(() => compileModel({ ...model, graph: { ...model.graph, nodes } }), {
      code: 'MODEL_INVALID',
      message: /Mul makes 'probability' again/,
    })
  })

  test('operators and domains named as what every object has', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    for (const operator of names) {
      for (const domain of ['', 'ai.onnx.ml', ...names]) {
        const model = withConstant({})
        const nodes = model.graph.nodes.map((node) => ({ ...node, operator, domain }))
        const bytes = encodeModel({ ...model, graph: { ...model.graph, nodes } })
        assert.throws(() => compileModel(decodeModel(bytes)), {
          code: 'MODEL_OPERATOR_UNSUPPORTED',
        })
      }
    }
  })

  test('more nodes than a model has', () => {
    // Field 7 (the graph) with many times field 1 (a node) of no bytes.
    const nodes = new Uint8Array(200_002)
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a
    const length = [0x80 | (nodes.length & 0x7f), 0x80 | ((nodes.length >> 7) & 0x7f)]
    length.push(0x80 | ((nodes.length >> 14) & 0x7f), nodes.length >> 21)
    const bytes = Buffer.concat([Uint8Array.of(0x3a, ...length), nodes])
    assert.throws(() => decodeModel(bytes), {
      code: 'MODEL_INVALID',
      message: /has 100001 parts of a kind/,
    })
  })

  test('trees whose nodes lead nowhere, in circles, or are missing', () => {
    const forest = drawForest(createRandom(1), { columns: 2, trees: 1, nodes: 3, values: [0] })
    for (const [name, values] of [
      ['nodes_truenodeids', [0, 0, 0]],
      ['nodes_truenodeids', [9, 0, 0]],
      ['nodes_falsenodeids', [-1, 0, 0]],
      ['nodes_truenodeids', [1]],
      ['nodes_treeids', [0, 1, 2]],
      ['target_nodeids', [7, 8]],
      ['target_treeids', [5, 5]],
      ['target_treeids', [0]],
      ['target_ids', [0, 0, 0]],
      ['nodes_treeids', [0, 1, 0]],
      ['nodes_nodeids', [0, 1, 1]],
      ['nodes_nodeids', [0, 1, 5]],
    ] as const) {
      const model = withAttribute(forest, name, { kind: 'ints', values })
      assert.throws(
        () => compileModel(model),
        { code: 'MODEL_INVALID' },
        `${name} ${values.join(', ')}`,
      )
    }
  })
})

/** Opening and scoring end with a number for each row, or with an error that names the model. */
function assertRefusedOrRun(manifest: ModelManifest, onnx: Uint8Array): void {
  const columns = Object.keys(manifest.inputs).length
  const values = Float32Array.from({ length: 3 * columns }, (_, i) => (i % 4 === 0 ? NaN : i))
  try {
    const predictor = createPredictor(manifest, onnx)
    const scores = predictor.predict({ rows: 3, columns, values })
    assert.equal(scores.length, 3)
  } catch (error) {
    const { code } = error as { code: string }
    // A flipped bit may give the input another width.
    assert.match(code, /^(?:MODEL_INVALID|MODEL_OPERATOR_UNSUPPORTED|SHAPE_MISMATCH)$/)
  }
}

function concat(graph: GraphBuilder, parts: readonly string[]): string {
  return graph.apply('Concat', parts, { axis: { kind: 'int', value: 1 } })
}

function gather(graph: GraphBuilder, columns: readonly number[]): string {
  const indices = graph.integers(columns, [columns.length])
  return graph.apply('Gather', [graph.input, indices], { axis: { kind: 'int', value: 1 } })
}

/** The input times a constant [1, 1], with other properties. */
function withConstant(others: Partial<Tensor>): OnnxModel {
  const graph = createGraphBuilder('g', 1)
  const model = graph.finish(graph.apply('Mul', [graph.input, graph.floats([1], [1, 1])]))
  const initializers = model.graph.initializers.map((tensor) => ({ ...tensor, ...others }))
  return { ...model, graph: { ...model.graph, initializers } }
}

function withAttribute(model: OnnxModel, name: string, attribute: Attribute): OnnxModel {
  const nodes = model.graph.nodes.map((node) => ({
    ...node,
    attributes: { ...node.attributes, [name]: attribute },
  }))
  return { ...model, graph: { ...model.graph, nodes } }
}
