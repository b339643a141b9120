import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { createRandom, fitTransforms, toFunction } from '../../src/index.ts'
import type { Transform } from '../../src/training/transforms/transform.ts'
import { findPeer } from './python.ts'

const { python, skip } = findPeer('.venv', 'sklearn')

const program = `
import json, sys
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, QuantileTransformer, StandardScaler, TargetEncoder
rows = json.load(sys.stdin)
x, asked = (np.array(rows[name], dtype=float).reshape(-1, 1) for name in ("x", "asked"))
town, other = (np.array(rows[name], dtype=object).reshape(-1, 1) for name in ("town", "other"))
y = np.array(rows["y"])
steps = {
    "mean": (SimpleImputer(strategy="mean"), x, asked),
    "median": (SimpleImputer(strategy="median"), x, asked),
    "mostFrequent": (SimpleImputer(strategy="most_frequent"), x, asked),
    "standardize": (StandardScaler(), x, asked),
    "quantile": (QuantileTransformer(n_quantiles=37), x, asked),
    "few": (QuantileTransformer(n_quantiles=100), np.floor(x + 0.5), np.floor(asked + 0.5)),
    "oneHot": (OneHotEncoder(handle_unknown="ignore", sparse_output=False), town, other),
    "ordinal": (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), town, other),
    "targetMean": (TargetEncoder(smooth=7.0, target_type="continuous"), town, other),
}
answers = {}
for name, (step, fit, ask) in steps.items():
    values = step.fit(fit, y).transform(ask)
    answers[name] = [[None if np.isnan(cell) else cell for cell in row] for row in values.astype(float).tolist()]
print(json.dumps(answers))
`

describe('transforms are those of scikit-learn', { skip }, () => {
  test('imputed, scaled, ranked, encoded and target means, to 1e-12', () => {
    const random = createRandom(5)
    const draw = (): number | null =>
      random.next() < 0.1 ? null : Math.round(random.next() * 400) / 10
    const rows = Array.from({ length: 300 }, (_, i) => ({
      x: draw(),
      town: 'abcdefg'[Math.floor(random.next() ** 2 * 7)]!,
      fold: i % 3,
      y: random.next() < 0.3 ? 1 : 0,
    }))
    const asked = Array.from({ length: 200 }, () => ({
      x: draw(),
      town: 'aceghz'[Math.floor(random.next() * 6)]!,
    }))
    const answers = askPython({
      x: rows.map((row) => row.x),
      asked: asked.map((row) => row.x),
      town: rows.map((row) => row.town),
      other: asked.map((row) => row.town),
      y: rows.map((row) => row.y),
    })
    const rounded = { kind: 'unary', operator: 'floor', operand: add(x, 0.5) } as const
    const transforms: Record<string, Transform> = {
      mean: { kind: 'impute', operand: x, strategy: 'mean' },
      median: { kind: 'impute', operand: x, strategy: 'median' },
      mostFrequent: { kind: 'impute', operand: x, strategy: 'mostFrequent' },
      standardize: { kind: 'standardize', operand: x },
      quantile: { kind: 'quantile', operand: x, quantiles: 37 },
      few: { kind: 'quantile', operand: rounded, quantiles: 100 },
      oneHot: { kind: 'oneHot', operand: town },
      ordinal: { kind: 'ordinal', operand: town },
      targetMean: { kind: 'targetMean', operand: town, smoothing: 7 },
    }
    const { serving } = fitTransforms(transforms, rows, {
      target: Float64Array.from(rows, (row) => row.y),
      folds: rows.map((row) => row.fold),
      foldColumn: 'fold',
    })
    for (const [name, expected] of Object.entries(answers)) {
      const features = Object.entries(serving).filter(([each]) => each.split('=')[0] === name)
      const computed = features.map(([, expression]) => asked.map(toFunction(expression)))
      expected.forEach((row, i) => {
        assert.equal(row.length, computed.length, name)
        row.forEach((cell, c) => {
          const found = computed[c]![i]!
          const isSame = cell === null ? found === null : Math.abs(found - cell) <= 1e-12
          assert.ok(isSame, JSON.stringify({ name, row: asked[i], cell, found }))
        })
      })
    }
  })
})

const x = { kind: 'numberColumn', name: 'x' } as const
const town = { kind: 'textColumn', name: 'town' } as const

function add(left: typeof x, value: number) {
  return { kind: 'arithmetic', operator: 'add', left, right: { kind: 'number', value } } as const
}

function askPython(rows: object): Record<string, (number | null)[][]> {
  const printed = execFileSync(python, ['-W', 'ignore', '-c', program], {
    encoding: 'utf8',
    input: JSON.stringify(rows),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return JSON.parse(printed) as Record<string, (number | null)[][]>
}
