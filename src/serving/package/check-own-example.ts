import type { Predictor } from '../../core/predictor.ts'
import { createServedModel } from '../served-model.ts'
import { warmUp } from '../warm-up.ts'

/**
 * Lets a model score its own example, as a server does before it is ready.
 *
 * @throws {ToolkitError} `MODEL_INVALID`, `REQUEST_INVALID` for an example that the schema does not admit
 */
export function checkOwnExample(predictor: Predictor): void {
  warmUp(createServedModel(predictor, undefined))
}
