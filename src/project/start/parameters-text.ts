/** The text of params.yaml. */

import type { ModelOutput } from '../../core/predictor.ts'
import { headlineMetrics } from '../../training/headline-metrics.ts'
import { listModels } from './stages-text.ts'

/** What is called of probabilities, in evaluations and by servers. */
const decisions = {
  probability: `  # From this probability on class 1 is called, here and by servers.
  threshold: 0.5
`,
  value: '',
  classes: `  # What it costs to call a class another one, where the likeliest is not to be called: CLASS: { OTHER: 5 }
  costs: {}
`,
} as const satisfies Readonly<Record<ModelOutput['kind'], string>>

/** Writes numbers to begin with; what is left out has its default. */
export function writeParameters(
  output: ModelOutput,
  { rows, sha256 }: { readonly rows: number; readonly sha256: string },
): string {
  const [simple] = listModels(output)
  const [metric] = headlineMetrics[output.kind]
  // Small tables have small leaves; from 5,000 rows on they have the default's fifty rows.
  const leafRows = Math.min(50, Math.max(2, Math.round(rows / 100)))
  // Few rows of each class have small leaf sums, which the default's penalty of 20 would all but erase.
  const classes = output.kind === 'value' ? 1 : (output.classes?.length ?? 2)
  const leafPenalty = Math.min(20, Math.max(1, Math.round(rows / classes / 500)))
  return `# Numbers that are tuned and tracked.
ingest:
  # Content of the table: new data, new hash, and everything downstream runs again.
  sha256: ${sha256}
checks:
  # What follows from a finding: off, warn, or error, which stops the pipeline.
  schema: error
  missing_target: error
  single_class_target: error
  rare_class: warn
  duplicate_keys: error
  target_leakage: warn
  leakage_auc: 0.95
  leakage_explained_share: 0.9
  constant_columns: warn
  near_constant_share: 0.998
  duplicate_columns: warn
  target_outliers: warn
  sorted_by_target: warn
  index_correlation: warn
split:
  folds: 5
  test_fold: 0
train:
  ${simple}:
    l2: 1.0
  boosting:
    rounds: 200
    learning_rate: 0.05
    max_leaves: 10
    min_rows_per_leaf: ${leafRows}
    l2: ${leafPenalty}
    seed: 7
evaluate:
  replicates: 500
  confidence_level: 0.95
  seed: 11
${decisions[output.kind]}promote:
  metric: ${metric}
  # How much better than the champion a new model must be; gates such as min_roc_auc or max_rmse stand here too.
  min_improvement: 0.0
monitor:
  window: 1000
  # 'retrain': an alert about drift trains on the rows of the log whose outcome is known, and the gates decide.
  on_drift: nothing
  alerts:
    - name: inputs moved
      when: drift_share > 0.2
      for: 2
`
}
