import { formatJson } from '../../core/json.ts'
import type { Expectation, Suite } from './suite.ts'

/**
 * The JSON of a suite, in the form of Great Expectations 1.x; the same suite
 * gives the same bytes, and `parseSuite` reads it back.
 *
 * @example
 * ```ts
 * import { formatSuite } from 'ml-pipeline-toolkit'
 * const suite = { name: 'people', expectations: [], meta: {} }
 * JSON.parse(formatSuite(suite)) // => { name: 'people', expectations: [], meta: {} }
 * ```
 */
export function formatSuite(suite: Suite): string {
  const { name, id, meta, notes, suite_parameters: parameters } = suite
  return formatJson({
    name,
    ...(id !== undefined && { id }),
    expectations: suite.expectations.map(formatExpectation),
    meta,
    ...(notes !== undefined && { notes }),
    ...(parameters !== undefined && { suite_parameters: parameters }),
  })
}

function formatExpectation(expectation: Expectation): object {
  const { type, kwargs, meta, severity, id, notes, description } = expectation
  return {
    type,
    kwargs,
    meta,
    severity,
    ...(id !== undefined && { id }),
    ...(notes !== undefined && { notes }),
    ...(description !== undefined && { description }),
  }
}
