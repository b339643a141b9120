import { decodeRows } from './schemas.ts'
import type { ServedModel } from './served-model.ts'

/** Lets a model score its own example. Throws what the model throws, or `REQUEST_INVALID` for an example that it does not take. */
export function warmUp(model: ServedModel): void {
  model.score(decodeRows(model.example, model.columns, { rows: 1 }).matrix)
}
