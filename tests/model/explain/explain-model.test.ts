/** Explanations through the file that is served: what the predictor tells of its own predictions. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Contributions } from '../../../src/core/contributions.ts'
import type { Matrix } from '../../../src/core/matrix.ts'
import type { Predictor } from '../../../src/core/predictor.ts'
import { createRandom } from '../../../src/core/random.ts'
import { ToolkitError } from '../../../src/core/errors.ts'
import { compileExplainer } from '../../../src/model/explain/compile-explainer.ts'
import { readTrees } from '../../../src/model/explain/read-trees.ts'
import {
  compileModel,
  createGraphBuilder,
  createPredictor,
  decodeModel,
  encodeModel,
  formatModelFolder,
  type GraphBuilder,
  meanContributions,
  modelFiles,
  type OnnxModel,
  openPredictor,
  parseManifest,
  readModelFolder,
} from '../../../src/model/index.ts'
import { add } from '../../../src/data/expressions/build-expression.ts'
import { appendCalibration } from '../../../src/training/calibration/append-calibration.ts'
import { composeFeatures } from '../../../src/training/compose-features.ts'
import { fitBoosting } from '../../../src/training/boosting/index.ts'
import { exportBoosting } from '../../../src/training/export-boosting.ts'
import { assertClose } from '../../assert-close.ts'
import { drawRows, trainSmallModel } from '../../serving/trained-model.ts'
import { drawRow } from './draw-trees.ts'

describe('explanations of a model that is served', () => {
  for (const kind of ['boosting', 'logistic'] as const) {
    test(`sum to the log odds of the very prediction: ${kind}`, async () => {
      await using model = await trainSmallModel(kind)
      const predictor = await openPredictor(model.directory)
      const rows = matrixOf(predictor, 5, 200)
      const told = predictor.explain!(rows)
      assert.equal(told.score, 'log-odds')
      assert.deepEqual(told.columns, Object.keys(predictor.inputs))
      const probabilities = predictor.predict(rows)
      for (const [row, score] of scoresOf(told).entries()) {
        // The graph computes in float32.
        assertClose(1 / (1 + Math.exp(-score)), probabilities[row]!, 2e-6)
      }
      assert.deepEqual(predictor.explain!(rows), told)
    })
  }

  test('what the file says is what was fitted: a chain of categories is one split again', () => {
    const fitted = fitCategories()
    const model = decodeModel(encodeModel(exportBoosting(fitted, 2)))
    const modes = model.graph.nodes[0]!.attributes['nodes_modes']!
    assert.ok(modes.kind === 'texts' && modes.values.includes('BRANCH_EQ'))
    const [{ trees } = { trees: [] }] = readTrees(model.graph.nodes[0]!)
    for (const [i, tree] of fitted.trees.entries()) {
      const read = trees[i]!
      assert.deepEqual(
        read.categories.map((set) => set && [...set]),
        tree.categories.map((codes) => codes && [...codes]),
      )
      for (const name of ['feature', 'left', 'right', 'missingLeft'] as const) {
        assert.deepEqual([...read[name]], [...tree[name]])
      }
      const isThreshold = (_: number, node: number): boolean =>
        tree.feature[node]! >= 0 && tree.categories[node] === undefined
      assert.deepEqual(
        [...read.threshold].filter(isThreshold),
        [...tree.threshold].filter(isThreshold),
      )
      assert.deepEqual([...read.value], [...tree.value])
      assert.deepEqual([...read.rowCount], [...tree.rowCount])
    }
  })

  test('columns that the graph computes are told under the names of what they are made of', () => {
    const graph = createGraphBuilder('ratio', 3)
    const [a, b] = [pick(graph, 0), pick(graph, 1)]
    const both = graph.apply('Sub', [a, b])
    const matrix = graph.apply('Concat', [both, pick(graph, 2), a], {
      axis: { kind: 'int', value: 1 },
    })
    const weights = graph.floats([2, 3, 5], [3, 1])
    const model = graph.finish(graph.apply('Gemm', [matrix, weights, graph.floats([1], [1])]))
    const [told] = compileExplainer(model, { columns: ['a', 'b', 'c'] })({
      rows: 1,
      columns: 3,
      values: Float32Array.of(7, 4, 10),
    })
    // 2 · (7 − 4) + 3 · 10 + 5 · 7 + 1
    assert.deepEqual(told, {
      score: 'prediction',
      base: 1,
      columns: ['a', 'b', 'c', 'a & b'],
      values: Float64Array.of(35, 0, 30, 6),
    })
  })

  test('what scales and shifts the score, as calibration does, is followed', () => {
    const graph = createGraphBuilder('calibrated', 1)
    const sum = graph.apply('Gemm', [
      graph.input,
      graph.floats([2], [1, 1]),
      graph.floats([1], [1]),
    ])
    const scaled = graph.apply('Mul', [sum, graph.floats([0.5], [1, 1])])
    const shifted = graph.apply('Sub', [graph.floats([4], [1, 1]), scaled])
    const model = graph.finish(graph.apply('Sigmoid', [shifted]))
    const [told] = compileExplainer(model, { columns: ['a'] })(one(3))
    // 4 − 0.5 · (2 · 3 + 1)
    assert.deepEqual(told, {
      score: 'log-odds',
      base: 3.5,
      columns: ['a'],
      values: Float64Array.of(-3),
    })
  })

  test('a calibrated model, behind features that its graph derives, tells its log odds', () => {
    const fitted = exportBoosting(fitCategories(), 2)
    const calibrated = appendCalibration(fitted, { kind: 'platt', slope: 0.8, intercept: 0.3 })
    const features = [
      { name: 'code', field: { type: 'number' }, encoding: 'as-is' },
      {
        name: 'sum',
        field: { type: 'number' },
        encoding: 'as-is',
        expression: add({ kind: 'numberColumn', name: 'x' }, { kind: 'numberColumn', name: 'y' }),
      },
    ] as const
    const number = { type: 'number' } as const
    const inputs = { code: number, x: number, y: number }
    const model = composeFeatures(calibrated, inputs, features)
    const rows = { rows: 2, columns: 3, values: Float32Array.of(1, 2, 3, 0, 1, 1) }
    const [told] = compileExplainer(model, { columns: ['code', 'x', 'y'] })(rows)
    assert.ok(told !== undefined)
    assert.deepEqual(told.columns, ['code', 'x', 'y', 'x & y'])
    const probabilities = compileModel(model)(rows)
    for (const [row, score] of scoresOf(told).entries()) {
      assertClose(1 / (1 + Math.exp(-score)), probabilities[row]!, 2e-6)
    }
    // The same as of the model that takes the sum itself.
    const [direct] = compileExplainer(fitted, { columns: ['code', 'sum'] })({
      rows: 2,
      columns: 2,
      values: Float32Array.of(1, 5, 0, 2),
    })
    assert.ok(direct !== undefined)
    for (const [row, places] of [
      [0, [0, 3]],
      [1, [0, 3]],
    ] as const) {
      for (const [i, place] of places.entries()) {
        assertClose(told.values[row * 4 + place]!, 0.8 * direct.values[row * 2 + i]!, 1e-6)
      }
    }
  })

  test('a linear model tells from the means over its training rows, which its manifest keeps', async () => {
    await using trained = await trainSmallModel('logistic')
    const predictor = await openPredictor(trained.directory)
    const rows = matrixOf(predictor, 1, 800)
    const columns = Object.keys(predictor.inputs)
    const { onnx } = await readModelFolder(trained.directory)
    const contributionMeans = meanContributions(decodeModel(onnx), columns, rows)
    const manifest = {
      name: 'small',
      kind: 'logistic',
      target: 'y',
      inputs: predictor.inputs,
      example: predictor.example,
      contributionMeans,
    }
    const files = formatModelFolder(manifest, onnx)
    const kept = parseManifest(String(files.get(modelFiles.manifest)), 'MLmodel')
    assert.deepEqual(kept.contributionMeans, contributionMeans)
    const told = createPredictor(kept, onnx).explain!(rows)
    for (const column of columns.keys()) {
      let sum = 0
      for (let r = 0; r < rows.rows; r++) sum += told.values[r * columns.length + column]!
      assertClose(sum / rows.rows, 0, 1e-9)
    }
    const scores = scoresOf(told)
    assertClose(told.base, scores.reduce((a, b) => a + b, 0) / scores.length, 1e-9)
    assert.equal(
      meanContributions(exportBoosting(fitCategories(), 2), ['a', 'b'], one(1)),
      undefined,
    )
  })

  test('a linear model of classes is told from the means of each class, which its manifest keeps', () => {
    const graph = createGraphBuilder('logistic', 2)
    const weights = graph.floats([1, -1, 0, 2, 0.5, -3], [2, 3])
    const scores = graph.apply('Gemm', [graph.input, weights, graph.floats([0.1, 0, -0.5], [3])])
    const model = graph.finish(
      graph.apply('Softmax', [scores], { axis: { kind: 'int', value: 1 } }),
      { name: 'probabilities', columns: 3 },
    )
    const rows = { rows: 2, columns: 2, values: Float32Array.of(1, 2, 3, 0) }
    const contributionMeans = meanContributions(model, ['a', 'b'], rows)
    // a: mean 2 times 1, −1, 0; b: mean 1 times 2, 0.5, −3.
    assert.deepEqual(contributionMeans, { a: [2, -2, 0], b: [2, 0.5, -3] })
    const number = { type: 'number' } as const
    const onnx = encodeModel(model)
    const manifest = {
      name: 'm',
      kind: 'logistic',
      target: 'y',
      output: { kind: 'classes', classes: ['x', 'y', 'z'] },
      inputs: { a: number, b: number },
      example: { a: 1, b: 1 },
      contributionMeans,
    } as const
    const files = formatModelFolder(manifest, onnx)
    const kept = parseManifest(String(files.get(modelFiles.manifest)), 'MLmodel')
    assert.deepEqual(kept, manifest)
    const told = createPredictor(kept, onnx).explainClasses!(rows)
    assert.equal(told.length, 3)
    for (const { score, columns } of told) assert.deepEqual([score, columns], ['log', ['a', 'b']])
    // −0.5 + 0 − 3; then 0 · a, and −3 · b less its mean.
    assert.equal(told[2]!.base, -3.5)
    assert.deepEqual([...told[2]!.values], [0, -3, 0, 3])
  })

  test('shares of something else than a row are no probabilities of classes', () => {
    const graph = createGraphBuilder('odd', 1)
    const axis = { axis: { kind: 'int', value: 0 } } as const
    const model = graph.finish(graph.apply('Softmax', [graph.input], axis))
    assert.throws(() => compileExplainer(model, { columns: ['a'] }), /else than a row/)
  })

  test('a manifest with means that are no numbers is refused', () => {
    const files = formatModelFolder(
      { name: 'm', kind: 'k', target: 'y', inputs: { a: { type: 'number' } }, example: { a: 1 } },
      new Uint8Array(),
    )
    const text = String(files.get(modelFiles.manifest)).replace(
      '    example:',
      '    contribution_means: { a: much }\n    example:',
    )
    assert.throws(() => parseManifest(text, 'MLmodel'), /MLmodel.*contribution_means/)
  })

  for (const [what, reason, build] of unexplainable()) {
    test(`${what} is refused with the reason`, () => {
      assert.throws(
        () => compileExplainer(build(), { columns: ['a', 'b'] }),
        (error) =>
          error instanceof ToolkitError &&
          error.code === 'EXPLANATION_UNSUPPORTED' &&
          reason.test(error.message),
      )
      assert.equal(meanContributions(build(), ['a', 'b'], { ...one(1), columns: 2 }), undefined)
    })
  }
})

function unexplainable(): readonly (readonly [string, RegExp, () => OnnxModel])[] {
  const layer = (graph: GraphBuilder, input: string, width: number): string =>
    graph.apply('Gemm', [
      input,
      graph.floats(Array(2 * width).fill(0.5), [2, width]),
      graph.floats(Array(width).fill(0), [width]),
    ])
  return [
    [
      'a network',
      /Gemm mixes columns/,
      () => {
        const graph = createGraphBuilder('network', 2)
        return graph.finish(layer(graph, graph.apply('Log', [layer(graph, graph.input, 2)]), 1))
      },
    ],
    [
      'a score of another make',
      /made by Where/,
      () => {
        const graph = createGraphBuilder('other', 2)
        const missing = graph.apply('IsNaN', [graph.input])
        return graph.finish(graph.apply('Where', [missing, graph.input, graph.input]))
      },
    ],
    [
      'a forest without row counts',
      /how many rows/,
      () => withAttributes(exportBoosting(fitCategories(), 2), { nodes_hitrates: undefined }),
    ],
    [
      'a forest whose counts are all 1, as other exporters write them,',
      /not those of their split/,
      () => {
        const model = exportBoosting(fitCategories(), 2)
        const rates = model.graph.nodes[0]!.attributes['nodes_hitrates']!
        const values = rates.kind === 'floats' ? rates.values.map(() => 1) : []
        return withAttributes(model, { nodes_hitrates: { kind: 'floats', values } })
      },
    ],
    [
      'a split that no row came to',
      /no row of the fit/,
      () => {
        const model = exportBoosting(fitCategories(), 2)
        const rates = model.graph.nodes[0]!.attributes['nodes_hitrates']!
        const values = rates.kind === 'floats' ? rates.values.map(() => 0) : []
        return withAttributes(model, { nodes_hitrates: { kind: 'floats', values } })
      },
    ],
  ]
}

type Attributes = OnnxModel['graph']['nodes'][number]['attributes']

function withAttributes(
  model: OnnxModel,
  changes: Readonly<Record<string, Attributes[string] | undefined>>,
): OnnxModel {
  const nodes = model.graph.nodes.map((node, i) => {
    if (i > 0) return node
    const entries = Object.entries({ ...node.attributes, ...changes })
    return {
      ...node,
      attributes: Object.fromEntries(
        entries.filter((entry): entry is [string, Attributes[string]] => entry[1] !== undefined),
      ),
    }
  })
  return { ...model, graph: { ...model.graph, nodes } }
}

function fitCategories() {
  const x = categoryRows(1500)
  const y = Float64Array.from({ length: x.rows }, (_, r) =>
    Number([1, 4].includes(x.values[2 * r]!) || x.values[2 * r + 1]! > 4),
  )
  return fitBoosting(
    { x, y, categorical: [true, false] },
    { rounds: 5, maxLeaves: 6, minRowsPerLeaf: 5, featureFraction: 1 },
    { random: createRandom(1) },
  )
}

function categoryRows(rows: number): Matrix {
  const random = createRandom(4)
  const cells = Array.from({ length: rows }, () => [...drawRow(random, 2)])
  return { rows, columns: 2, values: Float32Array.from(cells.flat()) }
}

function one(value: number): Matrix {
  return { rows: 1, columns: 1, values: Float32Array.of(value) }
}

function pick(graph: GraphBuilder, column: number): string {
  return graph.apply('Gather', [graph.input, graph.integers([column], [1])], {
    axis: { kind: 'int', value: 1 },
  })
}

function matrixOf(predictor: Predictor, seed: number, count: number): Matrix {
  const columns = Object.keys(predictor.inputs)
  const cells = drawRows(seed, count).flatMap((row) => columns.map((name) => row[name] ?? NaN))
  return { rows: count, columns: columns.length, values: Float32Array.from(cells) }
}

function scoresOf({ base, columns, values }: Contributions): number[] {
  const rows = values.length / columns.length
  return Array.from({ length: rows }, (_, row) =>
    values.subarray(row * columns.length, (row + 1) * columns.length).reduce((a, b) => a + b, base),
  )
}
