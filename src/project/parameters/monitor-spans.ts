/** The list `monitor.retrain_without` of params.yaml. */

import { parseInstant } from '../../core/instant.ts'
import { isObject } from '../../core/json.ts'

/** A time of the log, milliseconds since 1970: from a moment, up to and without another. */
export interface LogSpan {
  readonly from: number
  readonly until: number
}

const path = ['monitor', 'retrain_without']
const mostSpans = 1000

/** All spans, and all that is wrong with them. */
export function parseSpans(
  value: unknown,
  at: (path: readonly string[]) => string,
): { readonly spans: readonly LogSpan[]; readonly problems: readonly string[] } {
  if (value === undefined) return { spans: [], problems: [] }
  if (!Array.isArray(value) || value.length > mostSpans) {
    const problem = `'monitor.retrain_without' is ${JSON.stringify(value)?.slice(0, 60)}, expected a list of up to ${mostSpans} times { from, until }`
    return { spans: [], problems: [`${at(path)}: ${problem}`] }
  }
  const spans: LogSpan[] = []
  const problems: string[] = []
  for (const [i, given] of value.entries()) {
    const span = parseSpan(given)
    if (span !== undefined) spans.push(span)
    else {
      problems.push(
        `${at([...path, String(i)])}: a time is ${JSON.stringify(given)}, expected { from, until } with two instants such as 2026-01-31T10:00Z or 2026-02-01, the first before the second`,
      )
    }
  }
  return { spans, problems }
}

function parseSpan(given: unknown): LogSpan | undefined {
  if (!isObject(given) || Object.keys(given).toSorted().join() !== 'from,until') return undefined
  const [from, until] = [given['from'], given['until']].map((text) =>
    typeof text === 'string' ? parseInstant(text) : undefined,
  )
  return from !== undefined && until !== undefined && from < until ? { from, until } : undefined
}
