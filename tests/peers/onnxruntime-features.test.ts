import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Expression } from '../../src/data/expressions/expression.ts'
import { toFunction, type Row } from '../../src/data/expressions/to-function.ts'
import { toOnnx } from '../../src/data/expressions/to-onnx.ts'
import { encodeModel } from '../../src/model/index.ts'
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
        if isinstance(cells, str):
            inputs[name] = np.frombuffer(base64.b64decode(cells), dtype="<f8").reshape(-1, 1)
        else:
            inputs[name] = np.array(cells, dtype=object).reshape(-1, 1)
    [values] = session.run(None, inputs)
    assert values.dtype == np.float64
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
    const answers = askPython(cases)
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
})

/** Where the result is below the normal doubles, libraries may give 0. */
function isClose(expected: unknown, found: unknown): boolean {
  return typeof expected === 'number' && typeof found === 'number'
    ? Math.abs(expected - found) <= Math.max(1e-6 * Math.abs(expected), 2.3e-308)
    : expected === found
}

function askPython(
  cases: readonly { readonly expressions: readonly Expression[]; readonly table: readonly Row[] }[],
): (number | null)[][][] {
  const file = join(makeScratchFolder(), 'cases.json')
  const asked = cases.map(({ expressions, table }) => {
    const model = toOnnx(Object.fromEntries(expressions.map((each, i) => [`f${i}`, each])))
    const inputs = [...toGraphInputs(model, table)].map(([name, cells]) => [
      name,
      cells instanceof Float64Array ? Buffer.from(cells.buffer).toString('base64') : cells,
    ])
    return {
      model: Buffer.from(encodeModel(model)).toString('base64'),
      inputs: Object.fromEntries(inputs) as unknown,
    }
  })
  writeFileSync(file, JSON.stringify(asked))
  const printed = execFileSync(python, ['-W', 'ignore', '-c', program, file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e8,
  })
  return JSON.parse(printed) as (number | null)[][][]
}
