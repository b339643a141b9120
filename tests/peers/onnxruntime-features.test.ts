import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Expression } from '../../src/data/expressions/expression.ts'
import { toFunction, type Row } from '../../src/data/expressions/to-function.ts'
import { toOnnx } from '../../src/data/expressions/to-onnx.ts'
import { findColumns } from '../../src/data/expressions/walk-expression.ts'
import {
  compileModel,
  createGraphBuilder,
  encodeModel,
  type OnnxModel,
} from '../../src/model/index.ts'
import { composeFeatures } from '../../src/training/compose-features.ts'
import { toGraphInputs } from '../data/expressions/graph-inputs.ts'
import { rows, servedExpressions, x } from '../data/expressions/random-expressions.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { findPeer } from './python.ts'

const { python, skip } = findPeer('.venv', 'onnxruntime')

const program = `
import base64, json, math, sys
import numpy as np, onnx, onnxruntime
answers = []
for case in json.load(open(sys.argv[1], encoding="utf-8")):
    content = base64.b64decode(case["model"])
    onnx.checker.check_model(onnx.load_model_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content)
    inputs = {}
    for name, cells in case["inputs"].items():
        if isinstance(cells, dict):
            inputs[name] = np.frombuffer(base64.b64decode(cells["floats"]), dtype="<f4").reshape(-1, cells["columns"])
        elif isinstance(cells, str):
            inputs[name] = np.frombuffer(base64.b64decode(cells), dtype="<f8").reshape(-1, 1)
        else:
            inputs[name] = np.array(cells, dtype=object).reshape(-1, 1)
    [values] = session.run(None, inputs)
    answers.append([[None if math.isnan(cell) else cell for cell in row] for row in values.tolist()])
print(json.dumps(answers))
`

describe("onnxruntime computes our features' graphs as our function does", { skip }, () => {
  test('150 graphs of random expressions and rows, to 1e-6, missing where missing', () => {
    const cases = fc.sample(
      fc.record({
        expressions: fc.array(servedExpressions, { minLength: 1, maxLength: 4 }),
        table: fc.array(rows, { minLength: 1, maxLength: 12 }),
      }),
      { numRuns: 149, seed: 6 },
    )
    const functions = ['exp', 'log', 'log1p'] as const
    const transcendental = functions.map((operator): Expression => ({
      kind: 'unary',
      operator,
      operand: x,
    }))
    cases.push({ expressions: transcendental, table: fc.sample(rows, { numRuns: 200, seed: 6 }) })
    const answers = askPython(cases.map(toQuestion))
    assert.equal(answers.length, 150)
    cases.forEach(({ expressions, table }, k) =>
      expressions.forEach((expression, j) => {
        const compute = toFunction(expression)
        table.forEach((row, i) => {
          const value = compute(row)
          const expected = typeof value === 'boolean' ? Number(value) : value
          const found = answers[k]![i]![j]
          assert.ok(isClose(expected, found), JSON.stringify([expected, found, expression, row]))
        })
      }),
    )
  })

  test('models with features before them, raw columns in 32 bits, to 1e-6', () => {
    const names = ['x', 'y', 'flag']
    const inputs = Object.fromEntries(names.map((name) => [name, { type: 'number' } as const]))
    const numeric = servedExpressions.filter((expression) =>
      findColumns(expression).every(({ name }) => names.includes(name)),
    )
    const drawn = fc.sample(
      fc.record({
        expressions: fc.array(numeric, { minLength: 1, maxLength: 3 }),
        table: fc.array(rows, { minLength: 1, maxLength: 12 }),
      }),
      { numRuns: 30, seed: 7 },
    )
    const asked = drawn.map(({ expressions, table }) => {
      const features = [
        { name: 'x', field: { type: 'number' }, encoding: 'as-is' } as const,
        ...expressions.map((expression, i) => ({
          name: `f${i}`,
          field: { type: 'number' } as const,
          encoding: 'as-is' as const,
          expression,
        })),
      ]
      const model = composeFeatures(sumModel(features.length), inputs, features)
      const values = Float32Array.from(
        table.flatMap((row) => names.map((name) => Number(row[name] ?? NaN))),
      )
      return { model, values: values.map((value) => (Number.isFinite(value) ? value : NaN)) }
    })
    const answers = askPython(
      asked.map(({ model, values }) => ({
        model,
        inputs: { input: { floats: toBase64(values), columns: names.length } },
      })),
    )
    asked.forEach(({ model, values }, k) => {
      const ours = compileModel(model)({ rows: values.length / 3, columns: 3, values })
      ours.forEach((expected, i) => {
        const found = answers[k]![i]![0]
        assert.ok(isClose(Number.isNaN(expected) ? null : expected, found), `${expected} ${found}`)
      })
    })
  })
})

/** A model that adds its features, what is missing as 0.5. */
function sumModel(columns: number): OnnxModel {
  const graph = createGraphBuilder('sum', columns)
  const isMissing = graph.apply('IsNaN', [graph.input])
  const filled = graph.apply('Where', [isMissing, graph.floats([0.5], [1, 1]), graph.input])
  const ones = Array.from({ length: columns }, () => 1)
  const weights = graph.floats(ones, [columns, 1])
  return graph.finish(graph.apply('Gemm', [filled, weights, graph.floats([0], [1])]))
}

/** Where the result is below the normal doubles, libraries may give 0. */
function isClose(expected: unknown, found: unknown): boolean {
  return typeof expected === 'number' && typeof found === 'number'
    ? Math.abs(expected - found) <= Math.max(1e-6 * Math.abs(expected), 2.3e-308)
    : expected === found
}

interface Question {
  readonly model: OnnxModel
  /** Columns of doubles as base64, of texts as they are, matrices of floats as base64. */
  readonly inputs: Readonly<Record<string, unknown>>
}

function toQuestion({
  expressions,
  table,
}: {
  readonly expressions: readonly Expression[]
  readonly table: readonly Row[]
}): Question {
  const model = toOnnx(Object.fromEntries(expressions.map((each, i) => [`f${i}`, each])))
  const inputs = [...toGraphInputs(model, table)].map(([name, cells]) => [
    name,
    cells instanceof Float64Array ? toBase64(cells) : cells,
  ])
  return { model, inputs: Object.fromEntries(inputs) as Question['inputs'] }
}

function toBase64({ buffer }: Float64Array | Float32Array): string {
  return Buffer.from(buffer).toString('base64')
}

function askPython(questions: readonly Question[]): (number | null)[][][] {
  const file = join(makeScratchFolder(), 'cases.json')
  const asked = questions.map(({ model, inputs }) => ({
    model: Buffer.from(encodeModel(model)).toString('base64'),
    inputs,
  }))
  writeFileSync(file, JSON.stringify(asked))
  const printed = execFileSync(python, ['-W', 'ignore', '-c', program, file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e8,
  })
  return JSON.parse(printed) as (number | null)[][][]
}
