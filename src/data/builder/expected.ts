import type { Expectation, Severity } from '../expectations/suite.ts'
import { toRowCondition, type Where } from './where.ts'

/** An expectation being written; every method gives a new one. */
export interface Expected<Column extends string> {
  /** 'critical' unless said otherwise. */
  severity(severity: Severity): this
  /** Makes it about some rows only. */
  where(condition: Where<Column>): this
  /** Why this is expected, in `meta.reason`. */
  because(reason: string): this
  /** As it stands in the suite. */
  readonly expectation: Expectation
}

/** One that holds when enough values are as expected. */
export interface ExpectedShare<Column extends string> extends Expected<Column> {
  /** @param share - of the values that must be as expected, from 0 to 1 */
  mostly(share: number): this
}

export function createExpected(expectation: Expectation): ExpectedShare<string> {
  const { kwargs, meta } = expectation
  return {
    expectation,
    severity: (severity) => createExpected({ ...expectation, severity }),
    mostly: (share) => createExpected({ ...expectation, kwargs: { ...kwargs, mostly: share } }),
    where: (condition) =>
      createExpected({
        ...expectation,
        kwargs: { ...kwargs, row_condition: toRowCondition(condition) },
      }),
    because: (reason) => createExpected({ ...expectation, meta: { ...meta, reason } }),
  }
}
