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
  ours: { logistic: readOurs('logistic'), boosting: readOurs('boosting') },
  peers,
}
await writeFileAtomically(join(root, 'bench/results/quality.json'), formatJson(result))
process.stdout.write(formatJson(result))

function readOurs(kind: string): { roc_auc: unknown; log_loss: unknown } {
  const metrics: Readonly<Record<string, unknown>> = JSON.parse(
    readFileSync(join(root, 'metrics', `${kind}.json`), 'utf8'),
  )
  return { roc_auc: metrics['roc_auc'], log_loss: metrics['log_loss'] }
}
