/** Graphs as other tools write them: those of PyTorch's dense layers are run, what would mean something else here is not. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  compileModel,
  decodeModel,
  encodeModel,
  openModel,
  type OnnxModel,
} from '../../src/model/index.ts'
import { findOnnxRuntime } from '../../src/model/onnxruntime-process.ts'
import type { Attribute, Node, Tensor } from '../../src/model/onnx/graph.ts'

describe('a graph of another tool', () => {
  test('multiplies with weights [columns, k] as with the same weights turned', () => {
    const size = fc.integer({ min: 1, max: 5 })
    fc.assert(
      fc.property(size, size, fc.infiniteStream(fc.integer({ min: -8, max: 8 })), (k, n, draws) => {
        const take = (count: number): number[] =>
          Array.from({ length: count }, () => draws.next().value)
        const weights = take(k * n)
        const bias = floats('bias', [n], take(n))
        const turned = Array.from(
          { length: k * n },
          (_, i) => weights[(i % n) * k + Math.floor(i / n)]!,
        )
        const rows = { rows: 3, columns: k, values: Float32Array.from(take(3 * k)) }
        const torch = gemm(
          { transB: 1, alpha: 1, beta: 1 },
          [floats('w', [n, k], weights), bias],
          k,
        )
        const ours = gemm({}, [floats('w', [k, n], turned), bias], k)
        assert.deepEqual(score(torch)(rows), score(ours)(rows))
      }),
    )
  })

  const weights = floats('w', [2, 1], [1, 1])
  const one = floats('b', [1], [1])
  const refused: readonly [string, OnnxModel, RegExp][] = [
    ['scaled', gemm({ alpha: 2, transA: 0 }, [weights, one], 2), /uses Gemm with alpha, which/],
    ['turned inputs', gemm({ transA: 1, beta: 3 }, [weights, one], 2), /Gemm with transA and beta/],
    [
      'a repeated bias',
      gemm({ transB: 1 }, [floats('w', [2, 2], [1, 1, 1, 1]), one], 2),
      /Gemm with a bias that is repeated/,
    ],
    [
      'whole numbers',
      graphOf(
        [node('Add', ['rows', 'w'], {})],
        [{ ...floats('w', [1, 2], [1, 2]), type: 'int64' }],
        2,
      ),
      /made by 'torch', computes with whole numbers/,
    ],
    [
      'a cast',
      graphOf([node('Cast', ['rows'], { to: 7 })], [], 2),
      /made by 'torch', computes with whole numbers/,
    ],
    [
      'a bias a row',
      gemm({ transB: 1 }, [floats('w', [2, 2], [1, 1, 1, 1]), floats('b', [2, 1], [1, 2])], 2),
      /Gemm with a bias that is repeated/,
    ],
    ['weights turned twice', gemm({ transB: 2 }, [weights, one], 2), /Gemm with transB 2/],
    [
      'an attribute that nobody here knows',
      graphOf([node('Add', ['rows', 'rows'], { axis: 0, broadcast: 1 })], [], 2),
      /uses Add with axis, Add with broadcast, which/,
    ],
    [
      'a constant of three dimensions',
      graphOf([node('Add', ['rows', 'w'], {})], [floats('w', [1, 1, 2], [1, 2])], 2),
      /the constant 'w' of the shape \[1, 1, 2\]/,
    ],
    [
      'operators that are newer',
      {
        ...graphOf([node('Abs', ['rows'], {})], [], 2),
        opsets: [{ domain: '', version: 29 }],
      },
      /version 29 of the operators of ONNX/,
    ],
    [
      'operators of no version',
      { ...graphOf([node('Abs', ['rows'], {})], [], 2), opsets: [] },
      /version 0 of the operators of ONNX/,
    ],
    [
      'rows of doubles',
      withInput(graphOf([node('Abs', ['rows'], {})], [], 2), 'double'),
      /input 'rows' is double/,
    ],
    [
      'rows of whole numbers',
      withInput(graphOf([node('Abs', ['rows'], {})], [], 2), 'int64'),
      /input 'rows' is int64/,
    ],
    ['a base value alone', loneBase(), /has a base value to which no leaf adds/],
  ]
  for (const [what, model, message] of refused) {
    test(`is refused with ${what}`, () => {
      assert.throws(() => score(model), { code: 'MODEL_OPERATOR_UNSUPPORTED', message })
    })
  }
})

test('a graph with functions of its own, which may be called as operators are, is refused', () => {
  const onnx = encodeModel(graphOf([node('Abs', ['rows'], {})], [], 2))
  const withFunction = Uint8Array.of(...onnx, 0xca, 0x01, 0) // field 25, empty
  assert.throws(() => decodeModel(withFunction), {
    code: 'MODEL_OPERATOR_UNSUPPORTED',
    message: /functions of its own/,
  })
})

test('a model that nobody here can run says what would', async () => {
  // Where somebody installed it, tests/peers tells what it does.
  if (findOnnxRuntime() !== undefined) return
  const manifest = {
    name: 'loans',
    kind: 'torch',
    target: 'defaulted',
    inputs: { age: { type: 'number' } },
    example: { age: 1 },
  } as const
  const onnx = encodeModel(graphOf([node('Erf', ['rows'], {})], [], 1))
  await assert.rejects(openModel(manifest, onnx), {
    code: 'MODEL_OPERATOR_UNSUPPORTED',
    message: 'the model uses operators that are not run here: Erf',
    hint: "'npm install onnxruntime-node' runs every ONNX model",
  })
  await assert.rejects(openModel(manifest, onnx.subarray(0, 20)), { code: 'MODEL_INVALID' })
})

function score(model: OnnxModel): ReturnType<typeof compileModel> {
  return compileModel(decodeModel(encodeModel(model)))
}

function withInput(model: OnnxModel, type: 'double' | 'int64'): OnnxModel {
  const [rows] = model.graph.inputs
  return { ...model, graph: { ...model.graph, inputs: [{ ...rows!, type }] } }
}

/** One leaf, for the first of two targets. */
function loneBase(): OnnxModel {
  const ints = (...values: number[]): Attribute => ({ kind: 'ints', values })
  const leaf: Node = {
    ...node('TreeEnsembleRegressor', ['rows'], { n_targets: 2 }),
    domain: 'ai.onnx.ml',
  }
  const attributes = {
    ...leaf.attributes,
    base_values: { kind: 'floats', values: [10, 20] },
    nodes_falsenodeids: ints(0),
    nodes_featureids: ints(0),
    nodes_missing_value_tracks_true: ints(0),
    nodes_modes: { kind: 'texts', values: ['LEAF'] },
    nodes_nodeids: ints(0),
    nodes_treeids: ints(0),
    nodes_truenodeids: ints(0),
    nodes_values: { kind: 'floats', values: [0] },
    target_ids: ints(0),
    target_nodeids: ints(0),
    target_treeids: ints(0),
    target_weights: { kind: 'floats', values: [1.5] },
  } satisfies Node['attributes']
  const model = graphOf([{ ...leaf, attributes }], [], 2)
  return { ...model, opsets: [{ domain: 'ai.onnx.ml', version: 3 }] }
}

function gemm(
  attributes: Readonly<Record<string, number>>,
  constants: readonly Tensor[],
  columns: number,
): OnnxModel {
  const names = constants.map(({ name }) => name)
  return graphOf([node('Gemm', ['rows', ...names], attributes)], constants, columns)
}

function node(
  operator: string,
  inputs: readonly string[],
  numbers: Readonly<Record<string, number>>,
): Node {
  const attributes = Object.entries(numbers).map(([name, value]): [string, Attribute] => [
    name,
    { kind: name === 'alpha' || name === 'beta' ? 'float' : 'int', value },
  ])
  return {
    operator,
    domain: '',
    inputs,
    outputs: ['out'],
    attributes: Object.fromEntries(attributes),
  }
}

function graphOf(
  nodes: readonly Node[],
  initializers: readonly Tensor[],
  columns: number,
): OnnxModel {
  return {
    irVersion: 8,
    producerName: 'torch',
    opsets: [{ domain: '', version: 17 }],
    graph: {
      name: 'g',
      nodes,
      initializers,
      inputs: [{ name: 'rows', type: 'float', dimensions: ['N', columns] }],
      outputs: [{ name: 'out', type: 'float', dimensions: ['N', 1] }],
    },
  }
}

function floats(name: string, dimensions: readonly number[], values: readonly number[]): Tensor {
  return { name, type: 'float', dimensions, values }
}
