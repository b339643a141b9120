/** Runs every measurement, one after another. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

for (const name of [
  'quality',
  'boosting',
  'neural',
  'pipeline',
  'add',
  'prediction-latency',
  'predictor',
  'tracking',
  'validate',
  'profile',
  'drift',
  'feature-store',
  'explain',
  'linear',
  'predict',
  'overload',
]) {
  execFileSync(
    process.execPath,
    ['--conditions=mlpt-source', join(import.meta.dirname, `${name}.ts`)],
    { stdio: 'inherit' },
  )
}
