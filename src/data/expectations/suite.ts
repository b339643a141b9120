import type { JsonObject } from './outcome.ts'

/** How bad it is when an expectation fails, from the mildest. It never changes whether it fails. */
export const severities = ['info', 'warning', 'critical'] as const
/** 'info', 'warning' or 'critical'. */
export type Severity = (typeof severities)[number]

export function isSeverity(value: unknown): value is Severity {
  return severities.some((severity) => severity === value)
}

/** What is expected of a table: a suite of Great Expectations 1.x. */
export interface Suite {
  readonly name: string
  /** At least one, in the order of the file. */
  readonly expectations: readonly Expectation[]
  readonly meta: JsonObject
  readonly id?: string
  readonly notes?: string | readonly string[]
  /** Values of the parameters that arguments name; those given when validating win. */
  readonly suite_parameters?: JsonObject
  /** Expectations of the file that say something wrong; they fail without being asked, the others are. */
  readonly problems?: readonly SuiteProblem[]
  /** What a reader of the file should know, such as that its form is an old one. */
  readonly warnings?: readonly string[]
}

/** Something wrong with one expectation as written. */
export interface SuiteProblem {
  /** 0-based place in the suite. */
  readonly index: number
  /** Names the file and the place. */
  readonly message: string
  readonly hint?: string | undefined
}

/** One thing that is expected. */
export interface Expectation {
  /** GX's name of the type, such as 'expect_column_values_to_be_unique'. */
  readonly type: string
  /** The arguments as written. */
  readonly kwargs: JsonObject
  readonly meta: JsonObject
  /** 'critical' when the file names none. */
  readonly severity: Severity
  readonly id?: string
  readonly notes?: string | readonly string[]
  readonly description?: string
}
