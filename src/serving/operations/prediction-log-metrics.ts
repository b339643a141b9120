import { Counter, type Registry } from 'prom-client'
import type { PredictionLogCounts } from '../../core/prediction-log.ts'

const counters = [
  ['mlpt_prediction_log_rows_total', 'Rows in the prediction log', 'rows'],
  [
    'mlpt_prediction_log_dropped_total',
    'Rows that the disk was too slow for, or failed',
    'droppedRows',
  ],
  ['mlpt_prediction_log_bytes_total', 'Bytes written to the prediction log', 'bytes'],
  ['mlpt_prediction_log_faults_total', 'Writes to the prediction log that failed', 'faults'],
] as const

/** Tells Prometheus what becomes of the rows of a prediction log. */
export function observePredictionLog(registry: Registry, counts: () => PredictionLogCounts): void {
  for (const [name, help, member] of counters) {
    const counter: Counter = new Counter({
      name,
      help,
      registers: [registry],
      // The log counts; it is asked when somebody wants to know.
      collect: (): void => {
        counter.reset()
        counter.inc(counts()[member])
      },
    })
  }
}
