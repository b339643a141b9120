import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  compileModel,
  createGraphBuilder,
  decodeModel,
  encodeModel,
} from '../../src/model/index.ts'
import type { Attribute, OnnxModel, Tensor } from '../../src/model/onnx/graph.ts'
import { assertClose } from '../assert-close.ts'

describe('encodeModel and decodeModel', () => {
  test('give back the very model, whatever it holds', () => {
    fc.assert(
      fc.property(models.map(structuredClone<OnnxModel>), (model) =>
        assert.deepEqual(decodeModel(encodeModel(model)), model),
      ),
    )
  })

  test('never crash on bytes that are no model', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          compileModel(decodeModel(bytes))
        } catch (error) {
          assert.match((error as { code: string }).code, /^MODEL_/)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a model cut short at any byte is refused or still whole', () => {
    const bytes = encodeModel(doubling())
    for (let length = 0; length < bytes.length; length++) {
      try {
        compileModel(decodeModel(bytes.subarray(0, length)))
      } catch (error) {
        assert.match((error as { code: string }).code, /^MODEL_/, `at ${length}`)
      }
    }
  })
})

describe('compileModel', () => {
  test('computes what the graph says', () => {
    const score = compileModel(doubling())
    assert.deepEqual(
      score({ rows: 2, columns: 1, values: Float32Array.of(1, -3) }),
      Float32Array.of(2, -6),
    )
  })

  test('rows with one column changed score as if all were computed', () => {
    const cells = fc.array(fc.float(), { minLength: 6, maxLength: 6 })
    const changes = fc.array(fc.tuple(fc.nat(2), fc.float()), { maxLength: 6 })
    fc.assert(
      fc.property(cells, changes, (values, changed) => {
        const score = compileModel(mixing())
        const rows = { rows: 2, columns: 3, values: Float32Array.from(values) }
        const again = score.vary(rows)
        for (const [column, cell] of changed) {
          const other = { ...rows, values: rows.values.slice() }
          other.values[3 + column] = cell
          assert.deepEqual(again(other, column), score(other))
        }
      }),
    )
  })

  test('rows of another width are refused', () => {
    const score = compileModel(doubling())
    assert.throws(() => score({ rows: 1, columns: 2, values: Float32Array.of(1, 2) }), {
      code: 'SHAPE_MISMATCH',
    })
  })

  test('an operator it does not run is named', () => {
    const graph = createGraphBuilder('g', 1)
    const model = graph.finish(graph.apply('Tanh', [graph.input]))
    assert.throws(() => compileModel(model), {
      code: 'MODEL_OPERATOR_UNSUPPORTED',
      message: 'the model uses operators that are not run here: Tanh',
    })
  })

  test('a value read before anything makes it is named', () => {
    const graph = createGraphBuilder('g', 1)
    const model = graph.finish(graph.apply('Sigmoid', ['nowhere']))
    assert.throws(() => compileModel(model), { code: 'MODEL_INVALID', message: /'nowhere'/ })
  })

  test('a tree that points back is refused instead of running for ever', () => {
    const model = treeModel({ trueIds: [0, 0, 0], falseIds: [2, 0, 0] })
    assert.throws(() => compileModel(model), { code: 'MODEL_INVALID', message: /points back/ })
  })

  test('trees branch by <= and send missing values where the node says', () => {
    const score = compileModel(treeModel({ trueIds: [1, 0, 0], falseIds: [2, 0, 0] }))
    const rows = { rows: 4, columns: 1, values: Float32Array.of(0.5, 0.25, 0.75, NaN) }
    // base 10, leaf 1 for x <= 0.5 and for missing, leaf 2 above
    assert.deepEqual(score(rows), Float32Array.of(11, 11, 12, 11))
  })

  test('a sigmoid is one half at zero and stays inside (0, 1)', () => {
    const graph = createGraphBuilder('g', 1)
    const score = compileModel(graph.finish(graph.apply('Sigmoid', [graph.input])))
    const out = score({ rows: 3, columns: 1, values: Float32Array.of(0, 5, -5) })
    assertClose(out[0]!, 0.5)
    assertClose(out[1]! + out[2]!, 1, 1e-7)
  })
})

describe('trees of other exporters', () => {
  const ids = { trueIds: [1, 0, 0], falseIds: [2, 0, 0] }
  const run = (others: Readonly<Record<string, Attribute>>): Float32Array =>
    compileModel(treeModel(ids, others))({ rows: 1, columns: 1, values: Float32Array.of(0) })

  test('what is said and run is run', () => {
    const scores = run({
      n_targets: { kind: 'int', value: 1 },
      aggregate_function: { kind: 'text', value: 'SUM' },
      post_transform: { kind: 'text', value: 'NONE' },
    })
    assert.deepEqual(scores, Float32Array.of(11))
  })

  for (const [name, attribute] of [
    ['aggregate_function', { kind: 'text', value: 'AVERAGE' }],
    ['post_transform', { kind: 'text', value: 'LOGISTIC' }],
  ] as const) {
    test(`${name} that is not run is refused, not passed over`, () => {
      assert.throws(() => run({ [name]: attribute }), {
        code: 'MODEL_OPERATOR_UNSUPPORTED',
        message: new RegExp(name),
      })
    })
  }

  test('several targets are columns of what comes out, each the sum of its own trees', () => {
    const scores = run({
      n_targets: { kind: 'int', value: 3 },
      base_values: { kind: 'floats', values: [10, 20, 30] },
      target_ids: { kind: 'ints', values: [1, 1] },
    })
    assert.deepEqual(scores, Float32Array.of(10, 21, 30))
  })

  test('a tree of several targets is refused, and so are targets that are not there', () => {
    const two = { kind: 'int', value: 2 } as const
    const both = { kind: 'ints', values: [0, 1] } as const
    const bases = { kind: 'floats', values: [1, 2] } as const
    assert.throws(() => run({ n_targets: two, base_values: bases, target_ids: both }), {
      code: 'MODEL_OPERATOR_UNSUPPORTED',
      message: /a tree of several targets, 0 and 1/,
    })
    assert.throws(() => run({ target_ids: both }), {
      code: 'MODEL_INVALID',
      message: /a leaf adds to target 1/,
    })
    assert.throws(() => run({ n_targets: two }), {
      code: 'MODEL_INVALID',
      message: /'base_values' has 1 entries, expected 2/,
    })
    for (const value of [0, 1e12]) {
      assert.throws(() => run({ n_targets: { kind: 'int', value } }), {
        code: 'MODEL_INVALID',
        message: /has 0 targets|makes 1000000000000 columns/,
      })
    }
  })

  test('a column that the table does not have is refused, not read from the next row', () => {
    for (const column of [1, -1]) {
      assert.throws(() => run({ nodes_featureids: { kind: 'ints', values: [column, 0, 0] } }), {
        code: 'MODEL_INVALID',
        message: /tests column -?1/,
      })
    }
  })
})

function doubling(): OnnxModel {
  const graph = createGraphBuilder('doubling', 1)
  return graph.finish(graph.apply('Mul', [graph.input, graph.floats([2], [1, 1])]))
}

/** (2a + b) · (c + the sum over a, b and c): columns alone, several together, and the whole input. */
function mixing(): OnnxModel {
  const graph = createGraphBuilder('mixing', 3)
  const pick = (...columns: number[]): string =>
    graph.apply('Gather', [graph.input, graph.integers(columns, [columns.length])], {
      axis: { kind: 'int', value: 1 },
    })
  const total = (input: string, ...weights: number[]): string =>
    graph.apply('Gemm', [input, graph.floats(weights, [weights.length, 1]), graph.floats([0], [1])])
  const sum = graph.apply('Add', [pick(2), total(graph.input, 1, 1, 1)])
  return graph.finish(graph.apply('Mul', [total(pick(0, 1), 2, 1), sum]))
}

function treeModel(
  { trueIds, falseIds }: { trueIds: number[]; falseIds: number[] },
  others: Readonly<Record<string, Attribute>> = {},
): OnnxModel {
  const ints = (...values: number[]): Attribute => ({ kind: 'ints', values })
  const floats = (...values: number[]): Attribute => ({ kind: 'floats', values })
  const graph = createGraphBuilder('tree', 1)
  const output = graph.applyMl('TreeEnsembleRegressor', [graph.input], {
    base_values: floats(10),
    nodes_treeids: ints(0, 0, 0),
    nodes_nodeids: ints(0, 1, 2),
    nodes_featureids: ints(0, 0, 0),
    nodes_values: floats(0.5, 0, 0),
    nodes_modes: { kind: 'texts', values: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
    nodes_truenodeids: ints(...trueIds),
    nodes_falsenodeids: ints(...falseIds),
    nodes_missing_value_tracks_true: ints(1, 0, 0),
    target_treeids: ints(0, 0),
    target_nodeids: ints(1, 2),
    target_ids: ints(0, 0),
    target_weights: floats(1, 2),
    ...others,
  })
  return graph.finish(output)
}

const float = fc.float({ noDefaultInfinity: true, noNaN: true }).filter((x) => !Object.is(x, -0))
const integer = fc.maxSafeInteger()
const text = fc.string({ unit: 'grapheme' })
const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc.record({ kind: fc.constant('float' as const), value: float }),
  fc.record({ kind: fc.constant('int' as const), value: integer }),
  fc.record({ kind: fc.constant('text' as const), value: text }),
  fc.record({ kind: fc.constant('floats' as const), values: fc.array(float) }),
  fc.record({ kind: fc.constant('ints' as const), values: fc.array(integer) }),
  fc.record({ kind: fc.constant('texts' as const), values: fc.array(text) }),
)
const tensor: fc.Arbitrary<Tensor> = fc.oneof(
  fc.tuple(text, fc.array(fc.double({ noNaN: true }))).map(([name, values]) => ({
    name,
    type: 'double' as const,
    dimensions: [values.length],
    values,
  })),
  fc.tuple(text, fc.array(float)).map(([name, values]) => ({
    name,
    type: 'float' as const,
    dimensions: [values.length],
    values,
  })),
  fc.tuple(text, fc.array(integer)).map(([name, values]) => ({
    name,
    type: 'int64' as const,
    dimensions: [1, values.length],
    values,
  })),
)
const valueInfo = fc.record({
  name: text,
  type: fc.constantFrom('float' as const, 'double' as const, 'int64' as const, 'string' as const),
  dimensions: fc.array(fc.oneof(fc.nat(), text)),
})
const names = fc.array(text)
const models: fc.Arbitrary<OnnxModel> = fc.record({
  irVersion: fc.nat(),
  producerName: text,
  opsets: fc.array(fc.record({ domain: text, version: fc.nat() })),
  graph: fc.record({
    name: text,
    nodes: fc.array(
      fc.record({
        operator: text,
        domain: text,
        inputs: names,
        outputs: names,
        attributes: fc.dictionary(
          text.filter((name) => name !== '__proto__'),
          attribute,
          { noNullPrototype: true },
        ),
      }),
      { maxLength: 3 },
    ),
    initializers: fc.array(tensor, { maxLength: 3 }),
    inputs: fc.array(valueInfo, { maxLength: 3 }),
    outputs: fc.array(valueInfo, { maxLength: 3 }),
  }),
})
