import { ToolkitError } from '../../../core/errors.ts'

/** @param problem - completes 'row_condition …' */
export function conditionError(problem: string, hint: string): ToolkitError {
  return new ToolkitError('SUITE_INVALID', `row_condition ${problem}`, { hint })
}
