/** A model's card with a bit of everything. */

import { createModelCard } from '../../../src/training/card/create-model-card.ts'
import type { CardParts, ModelCard } from '../../../src/training/card/model-card.ts'

export function drawCard(parts: Partial<CardParts> = {}): ModelCard {
  return createModelCard({
    model: {
      name: 'loans',
      kind: 'boosting',
      digest: 'ab'.repeat(32),
      size_bytes: 2000,
      target: 'defaulted',
      inputs: { age: { type: 'integer', min: 18, description: 'years' }, sex: { type: 'boolean' } },
    },
    data: {
      title: 'Loans',
      url: 'https://example.com',
      licence: 'CC0',
      sha256: 'cd'.repeat(32),
      rows: 1000,
      validation: {
        success: true,
        evaluated_expectations: 3,
        successful_expectations: 3,
        highest_failing_severity: null,
      },
    },
    parameters: { rounds: '200' },
    decision: { decision: 'promoted', reason: 'it is better' },
    evaluation: {
      rows: 200,
      positive_share: 0.2,
      confidence_level: 0.95,
      threshold: 0.5,
      metrics: { roc_auc: { value: 0.8, lower: 0.75, upper: 0.85 } },
      slices: [
        {
          column: 'sex',
          slice: 'sex=0',
          rows: 190,
          metrics: { roc_auc: { value: 0.7, lower: 0.66, upper: 0.74 } },
        },
        { column: 'sex', slice: 'sex=1', rows: 10, skipped: '10 rows, fewer than 100' },
      ],
      fairness: { sex: { demographic_parity_difference: 0.2, calibration_difference: 0.05 } },
    },
    calibration: [
      { mean_predicted_probability: 0.1, positive_share: 0.12, rows: 100 },
      { mean_predicted_probability: 0.4, positive_share: 0.38, rows: 100 },
    ],
    explanations: {
      rows: 100,
      score: 'log-odds',
      base: -1.4,
      unexplained: null,
      metric: 'roc_auc',
      columns: [
        {
          column: 'age',
          mean_absolute_contribution: 0.5,
          importance: 0.1,
          importance_standard_deviation: 0.01,
        },
        {
          column: 'age & sex',
          mean_absolute_contribution: 0.2,
          importance: null,
          importance_standard_deviation: null,
        },
      ],
      dependence: [
        { column: 'age', kind: 'number', values: [20, 30, 40], mean: [0.3, 0.2, 0.1] },
        { column: 'sex', kind: 'category', values: [0, 1], mean: [0.2, 0.25] },
      ],
    },
    lineage: { run: 'r1' },
    ...parts,
  })
}
