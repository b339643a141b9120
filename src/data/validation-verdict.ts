import { ToolkitError } from '../core/errors.ts'
import type { ValidationResult } from './expectations/validation-result.ts'

/**
 * Says no when a suite or its data is not right.
 *
 * An expectation that is wrong itself comes first, whatever its severity:
 * with it the suite says less than it seems to, so no data passes it.
 *
 * @param hint - what to do when the data breaks a critical expectation
 * @throws {ToolkitError} `SUITE_INVALID` (exit 2) when an expectation is wrong itself;
 *   `DATA_CHECK_FAILED` (exit 3) when a critical one fails
 */
export function checkVerdict(result: ValidationResult, hint?: string): void {
  const wrong = result.results.filter(({ meta }) => meta.error_code === 'SUITE_INVALID')
  if (wrong.length > 0) {
    const places = wrong.slice(0, shownPlaces).map(({ meta }) => `expectations[${meta.index}]`)
    const more = wrong.length > shownPlaces ? ', …' : ''
    throw new ToolkitError(
      'SUITE_INVALID',
      `suite '${result.suite_name}' is wrong in ${places.join(', ')}${more}`,
      { hint: 'mend the expectations named above; the others were checked' },
    )
  }
  if (result.meta.highest_failing_severity === 'critical') {
    throw new ToolkitError('DATA_CHECK_FAILED', 'the data breaks a critical expectation', {
      hint: hint ?? 'mend the data, or the expectation in the suite',
    })
  }
}

const shownPlaces = 20
