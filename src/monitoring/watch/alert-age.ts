/** Conditions of alert rules about how new something is: `feature_age(statements) > 2d`. */

import { parseTimeSpan, timeSpanForm } from './time-span.ts'

/** Since the last moment of a feature view in the store; since the moment up to which the online store has it. */
export const ageMeasures = ['feature_age', 'online_age'] as const

/** What may be too old. */
export interface AgeLimit {
  readonly measure: (typeof ageMeasures)[number]
  readonly view: string
  readonly spanMs: number
}

/** Reads `feature_age(VIEW) > 2d`. @returns what is wrong with it as a text; `undefined` when it asks for no age */
export function parseAgeLimit(text: unknown): AgeLimit | string | undefined {
  if (typeof text !== 'string') return undefined
  const [, name, rest = ''] = /^\s*(\w+)(.*)$/.exec(text) ?? []
  const measure = ageMeasures.find((one) => one === name)
  if (measure === undefined) return undefined
  const [, view, comparison, span = ''] = /^\s*\((.+)\)\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(rest) ?? []
  if (view === undefined || comparison !== '>') {
    return `is ${JSON.stringify(text)}, expected '${measure}(VIEW) > 2d'`
  }
  const spanMs = parseTimeSpan(span)
  if (spanMs === undefined) return `compares with '${span}', expected ${timeSpanForm}`
  return { measure, view: view.trim(), spanMs }
}
