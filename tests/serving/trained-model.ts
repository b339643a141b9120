/** A model folder as training writes it, on generated rows. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, type Random } from '../../src/core/random.ts'
import type { ModelField } from '../../src/core/schema.ts'
import type { Feature } from '../../src/data/features.ts'
import { encodeModel, writeModelFolder } from '../../src/model/index.ts'
import { trainModel, type ModelConfig } from '../../src/training/train.ts'

export interface TrainedModel extends AsyncDisposable {
  readonly directory: string
}

export type Row = Record<string, number | null>

const features: readonly Feature[] = [
  { name: 'limit', field: { type: 'integer', min: 1, max: 800_000 }, encoding: 'log1p' },
  { name: 'age', field: { type: 'integer', min: 18, max: 100 }, encoding: 'standardize' },
  {
    name: 'debt',
    field: { type: 'number', min: -1e5, max: 1e6, nullable: true },
    encoding: 'standardize',
  },
  { name: 'late', field: { type: 'boolean' }, encoding: 'as-is' },
  {
    name: 'status',
    field: { type: 'category', levels: [-2, -1, 0, 1, 2, 3], nullable: true },
    encoding: 'one-hot',
  },
]

const configs: readonly ModelConfig[] = [
  { kind: 'logistic', l2: 1, maxIterations: 50 },
  { kind: 'boosting', seed: 3, parameters: { rounds: 60, maxLeaves: 15, minRowsPerLeaf: 10 } },
]

/** Trains a model and writes its folder, which goes away with its scope. */
export async function trainSmallModel(kind: ModelConfig['kind']): Promise<TrainedModel> {
  const root = await mkdtemp(join(tmpdir(), 'mlpt-serving-'))
  const directory = join(root, 'model')
  const rows = drawRows(1, 800)
  const random = createRandom(2)
  const y = Float64Array.from(rows, (row) =>
    Number((row['late'] ?? 0) + (row['status'] ?? 0) / 3 + random.next() * 2 > 1.6),
  )
  const cells = rows.flatMap((row) => features.map(({ name }) => row[name] ?? Number.NaN))
  const x = { rows: rows.length, columns: features.length, values: Float32Array.from(cells) }
  const config = configs.find((candidate) => candidate.kind === kind)!
  const onnx = encodeModel(trainModel(config, features, { x, y }))
  const inputs = Object.fromEntries(features.map(({ name, field }) => [name, field]))
  await writeModelFolder(
    directory,
    { name: 'small', kind, target: 'defaulted', inputs, example: rows[0]! },
    onnx,
  )
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

/** Rows that the model takes, bounds and missing values among them. */
export function drawRows(seed: number, count: number): readonly Row[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () =>
    Object.fromEntries(features.map(({ name, field }) => [name, drawCell(field, random)])),
  )
}

function drawCell(field: ModelField, random: Random): number | null {
  if (field.nullable === true && random.next() < 0.1) return null
  switch (field.type) {
    case 'boolean':
      return random.nextInteger(2)
    case 'category':
      return field.levels[random.nextInteger(field.levels.length)]!
    case 'integer':
    case 'number': {
      const [min = 0, max = 1] = [field.min, field.max]
      const edge = random.next()
      if (edge < 0.02) return min
      if (edge > 0.98) return max
      return field.type === 'integer'
        ? min + random.nextInteger(max - min + 1)
        : min + random.next() * (max - min)
    }
  }
}
