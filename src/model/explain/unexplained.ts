import { ToolkitError } from '../../core/errors.ts'

/** The error of a model that cannot be explained exactly, with the reason. */
export function unexplained(reason: string): ToolkitError {
  return new ToolkitError(
    'EXPLANATION_UNSUPPORTED',
    `the predictions of this model cannot be explained one by one: ${reason}`,
    { hint: 'permutation importance and partial dependence work with every model' },
  )
}
