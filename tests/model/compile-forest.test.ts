/** Trees as generated code: the same bits as walking them, and nothing of a model becomes code but numbers. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../src/core/random.ts'
import { compileModel, decodeModel, encodeModel, type OnnxModel } from '../../src/model/index.ts'
import { formatForest } from '../../src/model/onnx/forest-source.ts'
import { readForest } from '../../src/model/onnx/forest.ts'
import { walkPlainForest } from '../../src/model/onnx/walk-plain-forest.ts'
import type { Attribute } from '../../src/model/onnx/graph.ts'
import { drawForest, drawRows, scoreByDefinition, type ForestShape } from './draw-forest.ts'

const values = [-2, -1, -0, 0, 1, 2, 0.5, 1e-40, 3.4e38, -1e-7]
const usual: ForestShape = { columns: 3, trees: 4, nodes: 31, values }

describe('trees as code', () => {
  const sizes = fc.record({
    columns: fc.integer({ min: 1, max: 5 }),
    trees: fc.integer({ min: 0, max: 130 }),
    nodes: fc.integer({ min: 1, max: 40 }),
    targets: fc.integer({ min: 1, max: 3 }),
    isShared: fc.boolean(),
  })

  test('score to the bit as trees that are walked, one row or many', () => {
    fc.assert(
      fc.property(fc.nat(), sizes, (seed, size) => {
        const shape = { ...usual, ...size, values: [...values, NaN, Infinity, -Infinity] }
        const random = createRandom(seed)
        assertSameBits(drawForest(random, shape), drawRows(random, shape, random.nextInteger(600)))
      }),
      { numRuns: 60 },
    )
  })

  test('score to the bit as the attributes say, node by node', () => {
    const small = fc.record({
      columns: fc.integer({ min: 1, max: 3 }),
      trees: fc.integer({ min: 1, max: 4 }),
      nodes: fc.integer({ min: 1, max: 30 }),
      targets: fc.integer({ min: 1, max: 2 }),
      isShared: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.nat(), small, (seed, size) => {
        // Many whole numbers: sets of them within 32 bits and beyond.
        const shape = { ...usual, ...size, values: [...values, NaN, -17, -16, 15, 16, 3, 4, 5] }
        const random = createRandom(seed)
        const model = drawForest(random, shape)
        const rows = drawRows(random, shape, 20)
        const expected = Buffer.from(scoreByDefinition(model, rows).buffer).toString('hex')
        for (const mayGenerateCode of [true, false]) {
          const scores = compileModel(model, { mayGenerateCode })(rows)
          assert.equal(Buffer.from(scores.buffer).toString('hex'), expected)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('without a test for equality score to the bit as the attributes say, however many and deep', () => {
    const plain = fc.record({
      columns: fc.integer({ min: 1, max: 3 }),
      trees: fc.integer({ min: 1, max: 9 }),
      nodes: fc.integer({ min: 1, max: 25 }),
      targets: fc.integer({ min: 1, max: 2 }),
      isShared: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.nat(), plain, (seed, size) => {
        const shape = { ...usual, ...size, equalityShare: 0 }
        const random = createRandom(seed)
        const model = drawForest(random, { ...shape, values: [...values, Infinity, -Infinity] })
        const walk = walkPlainForest(readForest(model.graph.nodes[0]!))
        assert.ok(walk !== undefined || size.isShared)
        const rows = drawRows(random, { ...shape, values: [...values, Infinity, -Infinity] }, 17)
        const scores = compileModel(model)(rows)
        assert.deepEqual(scores, scoreByDefinition(model, rows))
      }),
      { numRuns: 150 },
    )
  })

  test('are small functions, also of trees that are large or deep', () => {
    const lengths = (shape: ForestShape): number[] =>
      sourceOf(drawForest(createRandom(1), shape))!
        .split('\n')
        .map((line) => line.length)
    const large = { ...usual, trees: 2, nodes: 20_001 }
    assert.ok(Math.max(...lengths(large)) < 40_000)
    assert.ok(Math.max(...lengths({ ...usual, trees: 3000 })) < 40_000)
    const random = createRandom(2)
    assertSameBits(drawForest(random, large), drawRows(random, large, 300))
  })

  test('stand there once, however many paths lead to them', () => {
    // 2^300 paths.
    const model = ladder(300)
    assert.ok(sourceOf(model)!.length < 100 * 300)
    assertSameBits(model, drawRows(createRandom(3), usual, 100))
  })

  const wide = { ...usual, columns: 2 ** 17, equalityShare: 0 }
  for (const [what, model, columns] of [
    ['many ways to one node', ladder(300, ['BRANCH_LEQ']), 3],
    ['leaves beyond 32 bits', withAttributes({ target_weights: floats(Math.PI) }, 0), 3],
    ['many columns', drawForest(createRandom(11), wide), wide.columns],
  ] as const) {
    test(`with ${what} are not laid out as plain ones, and score as the attributes say`, () => {
      assert.equal(walkPlainForest(readForest(model.graph.nodes[0]!)), undefined)
      const rows = drawRows(createRandom(10), { ...usual, columns }, 5)
      assert.deepEqual(compileModel(model)(rows), scoreByDefinition(model, rows))
    })
  }

  test('are walked when calls would nest too deeply, or there were too much code', () => {
    assert.equal(sourceOf(ladder(1001)), undefined)
    assertSameBits(ladder(5000), drawRows(createRandom(3), usual, 10))
    const many = { ...usual, trees: 1, nodes: 200_003 }
    assert.equal(sourceOf(drawForest(createRandom(1), many)), undefined)
  })

  test('score a row alone as they score it among many', () => {
    const random = createRandom(6)
    for (let round = 0; round < 20; round++) {
      const predict = compileModel(drawForest(random, usual))
      const many = drawRows(random, usual, 40)
      const alone = Array.from({ length: many.rows }, (_, r) => {
        const row = many.values.slice(r * many.columns, (r + 1) * many.columns)
        return [...predict({ rows: 1, columns: many.columns, values: row })]
      })
      assert.deepEqual(alone.flat(), [...predict(many)])
    }
  })

  test('are walked where the engine refuses to generate code, or is asked not to', () => {
    const random = createRandom(4)
    const model = drawForest(random, usual)
    const rows = drawRows(random, usual, 50)
    const expected = compileModel(model)(rows)
    const { Function: generate } = globalThis
    let attempts = 0
    globalThis.Function = function refuse() {
      attempts++
      throw new EvalError('Code generation from strings disallowed for this context')
    } as unknown as FunctionConstructor
    try {
      assert.deepEqual(compileModel(model, { mayGenerateCode: false })(rows), expected)
      assert.equal(attempts, 0)
      assert.deepEqual(compileModel(model)(rows), expected)
      assert.equal(attempts, 1)
    } finally {
      globalThis.Function = generate
    }
  })
})

describe('what a model may say', () => {
  test('is never code: the text has words of ours and numbers alone', () => {
    const shape = { ...usual, trees: 200, values: [...values, NaN, Infinity, -Infinity] }
    const source = sourceOf(drawForest(createRandom(5), shape))!
    const words = new Set(
      source.replaceAll(/\d[\d.]*(?:e[-+]?\d+)?/g, '').match(/[\p{L}_$][\p{L}\d_$]*/gu),
    )
    assert.deepEqual([...words].sort(), ourWords)
    assert.match(source, /^[\w\s"(){}[\];,=<>!|+*.:?/-]*$/)
  })

  const hostile = '0];process.exit(7);//'
  for (const [what, attributes] of [
    ['a mode', { nodes_modes: texts(hostile) }],
    ['a mode that ends in a known one', { nodes_modes: texts(`${hostile}BRANCH_LEQ`) }],
    ['texts for numbers', { nodes_values: texts(hostile) }],
    ['texts for columns', { nodes_featureids: texts(hostile) }],
    ['a column beyond 32 bits', { nodes_featureids: integers(2 ** 32) }],
    ['a column that 32 bits turn negative', { nodes_featureids: integers(2 ** 31) }],
    ['a node beyond 32 bits', { nodes_truenodeids: integers(2 ** 32 + 1) }],
    ['targets that are a text', { target_ids: texts(hostile) }],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => compileModel(withAttributes(attributes)), { code: /^MODEL_/ })
    })
  }

  test('as the names of its parts changes nothing', () => {
    const random = createRandom(6)
    const model = drawForest(random, usual)
    const rows = drawRows(random, usual, 20)
    const renamed = JSON.parse(
      JSON.stringify(model.graph, (_, value: unknown) =>
        typeof value === 'string' && /^(?:input|scores|forest)$/.test(value)
          ? `${value}${hostile}`
          : value,
      ),
    )
    assert.deepEqual(compileModel({ ...model, graph: renamed })(rows), compileModel(model)(rows))
  })
})

test('predictions keep their bytes from version to version', () => {
  const random = createRandom(7)
  const shape = { ...usual, columns: 23, trees: 100, nodes: 61 }
  const model = drawForest(random, shape)
  const scores = compileModel(model)(drawRows(random, shape, 1000))
  // Of the evaluator of version 0.1.0, which walked arrays.
  const expected = 'ef7c91eb3d7d8725c3f813c96919b90483232c72d8c9bdba5e10e0c467fce628'
  assert.equal(createHash('sha256').update(new Uint8Array(scores.buffer)).digest('hex'), expected)
})

const ourWords = 'c else for function g if let n o r return s strict t use v'.split(' ')

function assertSameBits(
  model: OnnxModel,
  rows: { readonly rows: number; readonly columns: number; readonly values: Float32Array },
): void {
  const [generated, walked] = [true, false].map((mayGenerateCode) => {
    const scores = compileModel(decodeModel(encodeModel(model)), { mayGenerateCode })(rows)
    return Buffer.from(scores.buffer).toString('hex')
  })
  assert.equal(generated, walked)
}

function sourceOf(model: OnnxModel): string | undefined {
  return formatForest(readForest(model.graph.nodes[0]!))
}

/** Each node leads to the next one whatever holds, the last one to a leaf. */
function ladder(steps: number, modes = ['BRANCH_EQ', 'BRANCH_LEQ']): OnnxModel {
  const ids = Array.from({ length: steps + 1 }, (_, i) => i)
  const model = drawForest(createRandom(8), { ...usual, trees: 1, nodes: 2 * steps + 1 })
  const [node] = model.graph.nodes
  const cut = (name: string): Attribute => {
    const attribute = node!.attributes[name]!
    assert.ok('values' in attribute)
    return { ...attribute, values: attribute.values.slice(0, steps + 1) } as Attribute
  }
  const names = Object.keys(node!.attributes).filter((name) => name.startsWith('nodes_'))
  const next = integers(...ids.map((id) => Math.min(id + 1, steps)))
  return {
    ...model,
    graph: {
      ...model.graph,
      nodes: [
        {
          ...node!,
          attributes: {
            ...node!.attributes,
            ...Object.fromEntries(names.map((name) => [name, cut(name)])),
            nodes_nodeids: integers(...ids),
            nodes_truenodeids: next,
            nodes_falsenodeids: next,
            nodes_modes: texts(
              ...ids.map((id) => (id === steps ? 'LEAF' : modes[id % modes.length]!)),
            ),
            target_treeids: integers(0),
            target_nodeids: integers(steps),
            target_ids: integers(0),
            target_weights: { kind: 'floats', values: [0.5] },
          },
        },
      ],
    },
  }
}

/** One node that tests, and its two leaves, with other attributes for the first node. */
function withAttributes(
  others: Readonly<Record<string, Attribute>>,
  equalityShare = 0.5,
): OnnxModel {
  const model = drawForest(createRandom(9), { ...usual, trees: 1, nodes: 3, equalityShare })
  const [node] = model.graph.nodes
  const attributes = { ...node!.attributes }
  for (const [name, attribute] of Object.entries(others)) {
    const before = attributes[name]
    assert.ok(before !== undefined && 'values' in before && 'values' in attribute)
    attributes[name] = {
      ...attribute,
      values: [attribute.values[0], ...before.values.slice(1)],
    } as Attribute
  }
  return { ...model, graph: { ...model.graph, nodes: [{ ...node!, attributes }] } }
}

function integers(...numbers: readonly number[]): Attribute {
  return { kind: 'ints', values: numbers }
}

function floats(...numbers: readonly number[]): Attribute {
  return { kind: 'floats', values: numbers }
}

function texts(...list: readonly string[]): Attribute {
  return { kind: 'texts', values: list }
}
