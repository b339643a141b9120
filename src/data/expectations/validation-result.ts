/** Great Expectations' result of a whole suite; what GX has no place for stands in `meta`. */

import { ToolkitError, messageOf } from '../../core/errors.ts'
import type { JsonObject, Outcome } from './outcome.ts'
import type { ResultFormat } from './result-settings.ts'
import { type Expectation, severities, type Severity, type Suite } from './suite.ts'

/** What came of a suite, in the shape of GX's result. */
export interface ValidationResult {
  /** Whether every expectation holds, of whatever severity. */
  readonly success: boolean
  /** In the suite's order. */
  readonly results: readonly ExpectationResult[]
  readonly suite_name: string
  readonly suite_parameters: JsonObject
  readonly statistics: {
    readonly evaluated_expectations: number
    readonly successful_expectations: number
    readonly unsuccessful_expectations: number
    /** From 0 to 100; null when there are no expectations. */
    readonly success_percent: number | null
  }
  readonly meta: {
    readonly highest_failing_severity: Severity | null
    /** About the suite or the table as a whole, such as that it has no rows. */
    readonly warnings?: readonly string[]
  }
  readonly id: null
}

/** What came of one expectation. */
export interface ExpectationResult {
  readonly success: boolean
  readonly expectation_config: Expectation
  /** Empty when the expectation could not be asked. */
  readonly result: JsonObject
  readonly meta: {
    /** 0-based place in the suite. */
    readonly index: number
    readonly warnings?: readonly string[]
    /** Our code of what was raised; `SUITE_INVALID` when the expectation itself is wrong. */
    readonly error_code?: string
  }
  readonly exception_info: ExceptionInfo | Readonly<Record<string, ExceptionInfo>>
}

export interface ExceptionInfo {
  readonly raised_exception: boolean
  readonly exception_traceback: string | null
  readonly exception_message: string | null
}

/** What came of one expectation: an outcome, or why there is none. */
export type Answer = Outcome | { readonly error: unknown }

/** Puts an outcome, or why there is none, in GX's shape. */
export function createResult(
  expectation: Expectation,
  index: number,
  { answer, format }: { readonly answer: Answer; readonly format: ResultFormat },
): ExpectationResult {
  if ('error' in answer) {
    return {
      success: false,
      expectation_config: expectation,
      result: {},
      meta: {
        index,
        ...(answer.error instanceof ToolkitError && { error_code: answer.error.code }),
      },
      exception_info: { [describeCall(expectation)]: toExceptionInfo(answer.error) },
    }
  }
  const { success, result, warnings = [] } = answer
  return {
    success,
    expectation_config: expectation,
    result: format === 'BOOLEAN_ONLY' ? {} : result,
    meta: { index, ...(warnings.length > 0 && { warnings }) },
    exception_info: {
      raised_exception: false,
      exception_traceback: null,
      exception_message: null,
    },
  }
}

/** GX keys exceptions by the metric that raised them; ours by the expectation. */
function describeCall({ type, kwargs }: Expectation): string {
  return `${type}(${JSON.stringify(kwargs)})`
}

/** Without a stack: it would name folders of this machine. */
function toExceptionInfo(error: unknown): ExceptionInfo {
  const message = messageOf(error)
  const isOurs = error instanceof ToolkitError
  return {
    raised_exception: true,
    exception_traceback: null,
    exception_message: isOurs
      ? [message, error.hint].filter((part) => part !== undefined).join('; ')
      : (message.split('\n')[0] ?? ''),
  }
}

/** Puts the results together. */
export function summarize(
  suite: Suite,
  results: readonly ExpectationResult[],
  context: { readonly parameters: JsonObject; readonly warnings: readonly string[] },
): ValidationResult {
  const evaluated = results.length
  const successful = results.filter((result) => result.success).length
  return {
    success: successful === evaluated && evaluated > 0,
    results,
    suite_name: suite.name,
    suite_parameters: context.parameters,
    statistics: {
      evaluated_expectations: evaluated,
      successful_expectations: successful,
      unsuccessful_expectations: evaluated - successful,
      success_percent: evaluated === 0 ? null : (successful / evaluated) * 100,
    },
    meta: {
      highest_failing_severity: findHighestFailing(results) ?? null,
      ...(context.warnings.length > 0 && { warnings: context.warnings }),
    },
    id: null,
  }
}

/** What failed, critical expectations first, each severity in the suite's order. */
export function gravestFirst(result: ValidationResult): readonly ExpectationResult[] {
  return severities.toReversed().flatMap((severity) => failuresOf(result, severity))
}

/** What failed of one severity. */
export function failuresOf(
  { results }: ValidationResult,
  severity: Severity,
): readonly ExpectationResult[] {
  return results.filter((one) => !one.success && one.expectation_config.severity === severity)
}

function findHighestFailing(results: readonly ExpectationResult[]): Severity | undefined {
  const failing = results.filter((result) => !result.success)
  return severities.findLast((severity) =>
    failing.some((result) => result.expectation_config.severity === severity),
  )
}
