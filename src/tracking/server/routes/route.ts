import type { TrackingStore } from '../../store/sqlite-store.ts'
import type { Parameters } from './parameters.ts'

/** One endpoint of MLflow's API: parameters in, the JSON message out. */
export interface Route {
  readonly methods: readonly ('GET' | 'POST')[]
  /** Below `/api/2.0/mlflow/` and `/ajax-api/2.0/mlflow/`. */
  readonly path: string
  readonly answer: (parameters: Parameters, store: TrackingStore) => Promise<object>
}
