/**
 * How good the reference project's models are on the held-out fold, beside
 * scikit-learn and LightGBM with their defaults on the very same rows.
 *
 * Run after `make all`: node --conditions=mlpt-source bench/quality.ts
 */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../src/core/atomic-file.ts'
import { formatJson } from '../src/core/json.ts'
import { openDatabase } from '../src/data/duckdb-store.ts'
import { readFeatures, type FeatureRows } from '../src/data/read-features.ts'
import { compileModel } from '../src/model/index.ts'
import { logLoss, rocAucScore } from '../src/training/metrics/index.ts'
import { trainModel } from '../src/training/train.ts'
import project from '../project.ts'

const root = join(import.meta.dirname, '..')

const printed = execFileSync(
  join(root, '.venv/bin/python'),
  [
    '-W',
    'ignore',
    join(root, 'bench/peers/quality.py'),
    join(root, 'data/processed/credit_default.parquet'),
  ],
  { encoding: 'utf8' },
)
const peers: unknown = JSON.parse(printed)
const result = {
  what: 'test fold of the reference project (5,988 rows): AUC and log loss; peers with their defaults, categories as categories',
  ours: {
    logistic: readOurs('logistic'),
    boosting: readOurs('boosting'),
    'neural, with its defaults': await scoreNetwork(),
  },
  peers,
}
await writeFileAtomically(join(root, 'bench/results/quality.json'), formatJson(result))
process.stdout.write(formatJson(result))

/** The pipeline trains no network: this one is fitted here, and scored by its graph as the others are. */
async function scoreNetwork(): Promise<{ roc_auc: number; log_loss: number }> {
  const train = await readPart('train')
  const model = trainModel({ kind: 'neural', parameters: {}, seed: 1 }, project.featureList, train)
  const { x, y } = await readPart('test')
  const probability = Float64Array.from(compileModel(model)(x))
  return { roc_auc: rocAucScore(y, probability), log_loss: logLoss(y, probability) }
}

async function readPart(part: 'train' | 'test'): Promise<FeatureRows> {
  using database = await openDatabase()
  return await readFeatures(database, join(root, 'data/processed/credit_default.parquet'), {
    features: project.featureList.map((feature) => feature.name),
    target: project.target,
    testFold: 0,
    part,
  })
}

function readOurs(kind: string): { roc_auc: unknown; log_loss: unknown } {
  const metrics: Readonly<Record<string, unknown>> = JSON.parse(
    readFileSync(join(root, 'metrics', `${kind}.json`), 'utf8'),
  )
  return { roc_auc: metrics['roc_auc'], log_loss: metrics['log_loss'] }
}
