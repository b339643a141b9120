/** The model that all servers answer with: 200 trees of 31 leaves on 23 columns. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom } from '../../src/core/random.ts'
import type { Feature } from '../../src/data/features.ts'
import { encodeModel, writeModelFolder } from '../../src/model/index.ts'
import { packageModel, readModelFiles } from '../../src/project/package/package-model-file.ts'
import { unknownLineage } from '../../src/serving/package/package-manifest.ts'
import { trainModel } from '../../src/training/train.ts'
import type { ModelPlaces } from './contestants.ts'

const columnCount = 23
const rowCount = 4000
/** Trees, as many as scikit-learn's in bench/peers/serve-trees.py. */
const rounds = 200

export interface MadeModels extends ModelPlaces {
  /** One that the model takes. */
  readonly row: Readonly<Record<string, number>>
}

/** Trains it on generated rows, and writes it in every form. */
export async function makeModels(): Promise<MadeModels> {
  const scratch = mkdtempSync(join(tmpdir(), 'mlpt-bench-serving-'))
  const model = join(scratch, 'model')
  const names = Array.from({ length: columnCount }, (_, c) => `x${c}`)
  const { values, y } = drawData()
  const features: readonly Feature[] = names.map((name) => ({
    name,
    field: { type: 'number', min: -100, max: 100 },
    encoding: 'as-is',
  }))
  const x = { rows: rowCount, columns: columnCount, values }
  const parameters = { rounds, maxLeaves: 31, minRowsPerLeaf: 20 }
  const onnx = encodeModel(
    trainModel({ kind: 'boosting', seed: 1, parameters }, features, { x, y }),
  )
  const inputs = Object.fromEntries(features.map(({ name, field }) => [name, field]))
  const row = Object.fromEntries(names.map((name, c) => [name, Number(values[c]!.toFixed(4))]))
  const manifest = { name: 'bench', kind: 'boosting', target: 'y', inputs, example: row } as const
  await writeModelFolder(model, manifest, onnx)
  const places = { model, package: join(scratch, 'package'), bento: join(scratch, 'bento') }
  const files = await readModelFiles(model)
  for (const kind of ['server', 'bento'] as const) {
    const output = kind === 'server' ? places.package : places.bento
    await packageModel({
      files,
      place: model,
      lineage: unknownLineage,
      kind,
      output,
      isForced: false,
    })
  }
  return { ...places, scratch, row }
}

function drawData(): { readonly values: Float32Array; readonly y: Float64Array } {
  const random = createRandom(7)
  const normal = (): number => random.next() + random.next() + random.next() + random.next() - 2
  const values = Float32Array.from({ length: rowCount * columnCount }, normal)
  const weights = Float64Array.from({ length: columnCount }, normal)
  const y = Float64Array.from({ length: rowCount }, (_, r) => {
    const row = values.subarray(r * columnCount, (r + 1) * columnCount)
    const score = row.reduce((sum, value, c) => sum + value * weights[c]!, normal())
    return Number(score > 0)
  })
  return { values, y }
}
