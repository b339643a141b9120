import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  compileGraph,
  createNodeCollector,
  decodeModel,
  encodeModel,
  type NodeBuilder,
  type Value,
} from '../../src/model/index.ts'
import type { Attribute, ElementType } from '../../src/model/onnx/graph.ts'

describe('operators of graphs', () => {
  test('compute in 64 bits what comes in 64 bits', () => {
    const third = run(
      ([x]) =>
        (graph) =>
          graph.apply('Div', [x!, graph.doubles([3], [1, 1])]),
      {
        x: doubles(1),
      },
    )
    assert.deepEqual([...third], [1 / 3])
    const rounded = run(
      ([x]) =>
        (graph) =>
          cast(graph, x!, 1),
      { x: doubles(1 / 3) },
    )
    assert.deepEqual([...rounded], [Math.fround(1 / 3)])
  })

  test('a comparison with what is not a number does not hold', () => {
    for (const operator of ['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal']) {
      const inputs = { x: doubles(NaN, 1), y: doubles(1, NaN) }
      const truths = run(
        ([x, y]) =>
          (graph) =>
            graph.apply(operator, [x!, y!]),
        inputs,
      )
      assert.deepEqual([...truths], [0, 0], operator)
    }
  })

  test('of no rows there are none, whatever constants are repeated', () => {
    const sum = run(
      ([x]) =>
        (graph) =>
          graph.apply('Add', [graph.doubles([1], [1, 1]), x!]),
      {
        x: doubles(),
      },
    )
    assert.equal(sum.length, 0)
    const chosen =
      ([x]: readonly string[]) =>
      (graph: NodeBuilder) => {
        const one = graph.doubles([1], [1, 1])
        return graph.apply('Where', [graph.apply('IsNaN', [x!]), one, one])
      }
    assert.deepEqual([...run(chosen, { x: doubles() })], [])
    assert.deepEqual([...run(chosen, { x: doubles(NaN, 3) })], [1, 1])
  })

  test('cells are repeated along rows and columns', () => {
    const grid = run(
      ([x]) =>
        (graph) =>
          graph.apply('Sub', [graph.apply('Mul', [x!, graph.doubles([1, 10], [1, 2])]), x!]),
      { x: doubles(1, 2) },
    )
    assert.deepEqual([...grid], [0, 9, 0, 18])
  })

  test('casts to truth and to whole numbers are those of C', () => {
    const cells = { x: doubles(-1.9, 0.5, -0, NaN) }
    assert.deepEqual(
      [
        ...run(
          ([x]) =>
            (graph) =>
              cast(graph, x!, 9),
          cells,
        ),
      ],
      [1, 1, 0, 1],
    )
    const whole = run(
      ([x]) =>
        (graph) =>
          cast(graph, x!, 7),
      { x: doubles(-1.9, 0.5, 7) },
    )
    assert.deepEqual([...whole], [-1, 0, 7])
  })

  test('texts are looked up to the letter', () => {
    const numbers = run(
      ([x]) =>
        (graph) =>
          graph.applyMl('LabelEncoder', [x!], labels),
      {
        x: { rows: 5, columns: 1, values: ['a', '', 'A', 'a\0b', '\uFEFFa'] },
      },
    )
    assert.deepEqual([...numbers], [4, 5, -7, 6, 8])
  })

  test('an entry that the table does not have is refused', () => {
    const graph =
      ([x]: readonly string[]) =>
      (nodes: NodeBuilder) =>
        nodes.apply('Gather', [nodes.doubles([10, 20], [2]), cast(nodes, x!, 7)])
    assert.deepEqual([...run(graph, { x: doubles(1, 0) })], [20, 10])
    assert.throws(() => run(graph, { x: doubles(2) }), {
      code: 'MODEL_INVALID',
      message: /entry 2 of 2/,
    })
  })

  test('texts that are computed with, and numbers that are looked up, are refused', () => {
    const texts = { x: { rows: 1, columns: 1, values: ['a'] } }
    assert.throws(
      () =>
        run(
          ([x]) =>
            (graph) =>
              graph.apply('Neg', [x!]),
          texts,
        ),
      {
        code: 'MODEL_INVALID',
      },
    )
    assert.throws(
      () =>
        run(
          ([x]) =>
            (graph) =>
              graph.applyMl('LabelEncoder', [x!], labels),
          { x: doubles(1) },
        ),
      { code: 'MODEL_INVALID' },
    )
  })

  test('labels of other types, of other lengths, and values that are not there are refused', () => {
    const encode = (attributes: Readonly<Record<string, Attribute>>) => (): unknown =>
      run(
        ([x]) =>
          (graph) =>
            graph.applyMl('LabelEncoder', [x!], attributes),
        { x: doubles(1) },
      )
    const { keys_strings, values_int64s } = labels
    assert.throws(encode({ keys_strings, values_floats: { kind: 'floats', values: [1] } }), {
      code: 'MODEL_OPERATOR_UNSUPPORTED',
      message: /values_floats/,
    })
    assert.throws(encode({ keys_strings: { kind: 'texts', values: ['a'] }, values_int64s }), {
      code: 'MODEL_INVALID',
      message: /1 keys, but 4 numbers/,
    })
    const graph = createNodeCollector()
    const model = graph.finishGraph(
      { name: 'g', inputs: [input('x')], outputs: [input('out')] },
      graph.apply('Neg', ['x']),
    )
    assert.throws(() => compileGraph(model)(new Map()), { code: 'SHAPE_MISMATCH', message: /'x'/ })
  })
})

const labels = {
  keys_strings: { kind: 'texts', values: ['a', '', 'a\0b', '\uFEFFa'] },
  values_int64s: { kind: 'ints', values: [4, 5, 6, 8] },
  default_int64: { kind: 'int', value: -7 },
} as const

function cast(graph: NodeBuilder, value: string, to: number): string {
  return graph.apply('Cast', [value], { to: { kind: 'int', value: to } })
}

function doubles(...values: readonly number[]): Value {
  return { rows: values.length, columns: 1, values: Float64Array.from(values) }
}

function input(name: string, type: ElementType = 'double') {
  return { name, type, dimensions: ['N', 1] } as const
}

/** The graph's output, after a way through its bytes. */
function run(
  build: (inputs: readonly string[]) => (graph: NodeBuilder) => string,
  values: Readonly<Record<string, Value>>,
): ArrayLike<number> & Iterable<number> {
  const graph = createNodeCollector()
  const names = Object.keys(values)
  const model = graph.finishGraph(
    {
      name: 'g',
      inputs: names.map((name) =>
        input(name, Array.isArray(values[name]!.values) ? 'string' : 'double'),
      ),
      outputs: [input('out')],
    },
    build(names)(graph),
  )
  return compileGraph(decodeModel(encodeModel(model)))(new Map(Object.entries(values))).values
}
