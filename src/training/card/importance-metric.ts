import type { ModelOutput } from '../../core/predictor.ts'
import { type HeadlineMetric, metricSigns } from '../headline-metrics.ts'
import { prepareClassMetrics } from '../metrics/class-metrics.ts'
import { brierScoreLoss, logLoss, rocAucScore } from '../metrics/index.ts'
import { prepareValueMetrics } from '../metrics/value-metrics.ts'
import type { ImportanceMetric } from './card-explanations.ts'

/** The metric that decides a promotion, as importance is measured with it: of what a model gives, row by row. */
export function importanceMetricOf(name: HeadlineMetric, output: ModelOutput): ImportanceMetric {
  return {
    name,
    isLoss: metricSigns[name] === -1,
    measure: (y, given) => measure(name, output, { y, given }),
  }
}

interface Rows {
  readonly y: Float64Array
  /** As `predict` of a model gives it. */
  readonly given: Float64Array
}

function measure(name: HeadlineMetric, output: ModelOutput, { y, given }: Rows): number {
  const counts = new Float64Array(y.length).fill(1)
  switch (output.kind) {
    case 'probability':
      if (name === 'log_loss') return logLoss(y, given)
      return name === 'brier_score' ? brierScoreLoss(y, given) : rocAucScore(y, given)
    case 'value': {
      const metrics = prepareValueMetrics(y, given, { quantile: 0.5 })(counts)
      if (name === 'mae') return metrics.mae
      return name === 'r2' ? metrics.r2 : metrics.rmse
    }
    case 'classes': {
      // As float32, of which the probabilities of a row add up to 1 less exactly.
      const values = Float32Array.from(given)
      const probabilities = { rows: y.length, columns: output.classes.length, values }
      const metrics = prepareClassMetrics(y, probabilities)(counts)
      if (name === 'accuracy') return metrics.accuracy
      return name === 'log_loss' ? metrics.log_loss : metrics.roc_auc_ovr
    }
  }
}
