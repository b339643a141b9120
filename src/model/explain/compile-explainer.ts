import type { Contributions } from '../../core/contributions.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { compileModel } from '../onnx/evaluate.ts'
import type { Graph, OnnxModel } from '../onnx/graph.ts'
import { type ColumnSources, traceColumns } from './column-sources.ts'
import { readTrees } from './read-trees.ts'
import { findScoreNode, type ScoreNode } from './score-node.ts'
import { createTreeExplainer } from './tree-shap.ts'
import { unexplained } from './unexplained.ts'

/** Tells what each column adds to each score of each row: one entry, or one a class. */
export type Explainer = (rows: Matrix) => readonly Contributions[]

/** What the explanation of a model needs besides its graph. */
export interface ExplainerOptions {
  /** Names of the raw columns, in the order of the matrix. */
  readonly columns: readonly string[]
  /** See {@link meanContributions}; 0 for a column that is not in it. */
  readonly means?: ContributionMeans | undefined
}

/** Means by column; of several classes a list, one number a class. */
export type ContributionMeans = Readonly<Record<string, number | readonly number[]>>

/**
 * Makes an explainer of the graph that is served: exact TreeSHAP for trees, weighed
 * by the row counts in the file [Lundberg et al. 2018]; for a linear model each
 * column's terms less their mean over the training rows, which are its Shapley values
 * when columns are independent [Lundberg & Lee 2017].
 *
 * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` with the reason, for any other model
 */
export function compileExplainer(model: OnnxModel, options: ExplainerOptions): Explainer {
  const { graph } = model
  const found = findScoreNode(graph)
  const { node } = found
  if (node.operator !== 'TreeEnsembleRegressor' && node.operator !== 'Gemm') {
    throw unexplained(`its score is made by ${node.operator}, not by trees or a weighted sum`)
  }
  const matrix = node.inputs[0]!
  const groups = groupColumns(traceColumns(graph, matrix), options.columns)
  const encode = compileEncoding(model, matrix)
  const explain =
    node.operator === 'Gemm'
      ? explainSum(graph, found, { groups, means: options.means ?? {} })
      : explainTrees(found, groups)
  return (rows) => explain(encode(rows))
}

/** Columns of the matrix that are explained together: those made of the same raw columns. */
interface Groups {
  readonly names: readonly string[]
  /** The group of each column of the matrix. */
  readonly of: readonly number[]
}

function groupColumns(sources: ColumnSources, columns: readonly string[]): Groups {
  const keys = sources.map((source) => [...source].sort((a, b) => a - b).join(' '))
  // Every raw column has its place, in order; then come those made of several.
  const single = columns.map((_, column) => String(column))
  const known = [...new Set([...single, ...keys])]
  const places = new Map(known.map((key, i) => [key, i]))
  const nameOf = (key: string): string =>
    key === ''
      ? 'constant'
      : key
          .split(' ')
          .map((column) => columns[Number(column)])
          .join(' & ')
  return { names: known.map(nameOf), of: keys.map((key) => places.get(key)!) }
}

/** From raw columns to the matrix of that name. */
function compileEncoding(model: OnnxModel, name: string): (rows: Matrix) => Matrix {
  const { graph } = model
  if (name === graph.inputs[0]!.name) return (rows) => rows
  const end = graph.nodes.findIndex((node) => node.outputs.includes(name))
  const evaluate = compileModel({
    ...model,
    graph: {
      ...graph,
      nodes: graph.nodes.slice(0, end + 1),
      outputs: [{ name, type: 'float', dimensions: ['N', 'columns'] }],
    },
  })
  return (rows) => {
    const values = evaluate(rows)
    return { rows: rows.rows, columns: values.length / rows.rows, values }
  }
}

function explainTrees({ node, score, scale, shift }: ScoreNode, groups: Groups): Explainer {
  const scores = readTrees(node).map(({ trees, baseValue }) => ({
    explainer: createTreeExplainer(trees),
    baseValue,
  }))
  return (matrix) =>
    scores.map(({ explainer, baseValue }) => {
      const values = new Float64Array(matrix.rows * matrix.columns)
      explainer.addContributions(values, matrix)
      return {
        score,
        base: (baseValue + explainer.base) * scale + shift,
        columns: groups.names,
        values: sumGroups(matrix, groups, (cell) => values[cell]! * scale),
      }
    })
}

function explainSum(
  graph: Graph,
  { node, score, scale, shift }: ScoreNode,
  { groups, means }: { readonly groups: Groups; readonly means: ContributionMeans },
): Explainer {
  const [weights, bias] = node.inputs.slice(1).map((name) => {
    const tensor = graph.initializers.find((each) => each.name === name)
    if (tensor === undefined) throw unexplained('its weights depend on the row')
    return tensor
  })
  const scores = weights!.dimensions.at(-1)!
  const starts = Array.from({ length: scores }, (_, k) => ({
    bias: Math.fround(bias?.values[bias.values.length === 1 ? 0 : k] ?? 0),
    centres: groups.names.map((name) => meanOf(means, name, k)),
  }))
  return (matrix) =>
    starts.map(({ bias: start, centres }, k) => {
      const values = sumGroups(
        matrix,
        groups,
        (cell, column) =>
          matrix.values[cell]! * Math.fround(weights!.values[column * scores + k]!) * scale,
      )
      const centre = centres.reduce((sum, mean) => sum + mean, 0)
      return {
        score,
        base: start * scale + shift + centre,
        columns: groups.names,
        values: values.map((value, i) => value - centres[i % centres.length]!),
      }
    })
}

function meanOf(means: ContributionMeans, name: string, k: number): number {
  const mean = Object.hasOwn(means, name) ? means[name]! : 0
  return typeof mean === 'number' ? mean : (mean[k] ?? 0)
}

/** Sums the terms of each group, shape [rows, groups]. */
function sumGroups(
  matrix: Matrix,
  groups: Groups,
  term: (cell: number, column: number) => number,
): Float64Array {
  const width = groups.names.length
  const values = new Float64Array(matrix.rows * width)
  for (let row = 0; row < matrix.rows; row++) {
    for (let column = 0; column < matrix.columns; column++) {
      values[row * width + groups.of[column]!]! += term(row * matrix.columns + column, column)
    }
  }
  return values
}

/**
 * The means of each column's terms in a weighted sum over rows, which its
 * explanations are told from; they belong into the model's manifest. `undefined`
 * for trees, whose file has them, and for models that cannot be explained.
 */
export function meanContributions(
  model: OnnxModel,
  columns: readonly string[],
  rows: Matrix,
): ContributionMeans | undefined {
  const explain = rows.rows === 0 ? undefined : compileSum(model, columns)
  if (explain === undefined) return undefined
  const told = explain(rows)
  const means = told.map(({ columns: names, values }) => {
    const sums = new Float64Array(names.length)
    values.forEach((value, i) => (sums[i % names.length]! += value))
    return sums.map((sum) => sum / rows.rows)
  })
  const entries = told[0]!.columns.map((name, i) => {
    const own = means.map((mean) => mean[i]!)
    return [name, own.length === 1 ? own[0]! : own] as const
  })
  return Object.fromEntries(entries)
}

/** `undefined` when the model is none, or cannot be explained. */
function compileSum(model: OnnxModel, columns: readonly string[]): Explainer | undefined {
  try {
    const isSum = findScoreNode(model.graph).node.operator === 'Gemm'
    return isSum ? compileExplainer(model, { columns }) : undefined
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'EXPLANATION_UNSUPPORTED') return undefined
    throw error
  }
}
