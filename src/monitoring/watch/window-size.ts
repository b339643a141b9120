/** How a prediction log is cut into windows. */

import { formatTimeSpan, parseTimeSpan, timeSpanForm } from './time-span.ts'

/** How long a window is and how far the next one begins behind it; both of one kind. */
export type WindowSize =
  | { readonly kind: 'rows'; readonly rows: number; readonly step: number }
  | { readonly kind: 'time'; readonly spanMs: number; readonly stepMs: number }

const mostRows = 10_000_000

/** A window and its step; the step is the window where none is given. Problems are told by name. */
export function parseWindowSize(
  window: unknown,
  step: unknown,
): { readonly size: WindowSize | undefined; readonly problems: readonly SizeProblem[] } {
  const length = parseLength(window)
  const advance = step === undefined ? length : parseLength(step)
  const problems = [
    ...(length === undefined ? [expected('window', window)] : []),
    ...(step !== undefined && advance === undefined ? [expected('step', step)] : []),
  ]
  if (length === undefined || advance === undefined) return { size: undefined, problems }
  if (length.kind !== advance.kind) {
    return refuse(
      `'monitor.step' is ${JSON.stringify(step)}, expected ${kindNames[length.kind]}, as the window has`,
    )
  }
  if (advance.amount > length.amount) {
    return refuse(
      `'monitor.step' is ${JSON.stringify(step)}, more than the window: rows between two windows would be in none`,
    )
  }
  const size: WindowSize =
    length.kind === 'rows'
      ? { kind: 'rows', rows: length.amount, step: advance.amount }
      : { kind: 'time', spanMs: length.amount, stepMs: advance.amount }
  return { size, problems }
}

/** What is wrong with one of the two names. */
export interface SizeProblem {
  readonly name: 'window' | 'step'
  readonly what: string
}

const kindNames = { rows: 'a number of rows', time: timeSpanForm } as const

function refuse(what: string): {
  readonly size: undefined
  readonly problems: readonly SizeProblem[]
} {
  return { size: undefined, problems: [{ name: 'step', what }] }
}

function expected(name: 'window' | 'step', value: unknown): SizeProblem {
  const what = `'monitor.${name}' is ${JSON.stringify(value)}, expected a number of rows from 1 to ${mostRows}, or ${timeSpanForm}`
  return { name, what }
}

function parseLength(
  value: unknown,
): { readonly kind: 'rows' | 'time'; readonly amount: number } | undefined {
  if (typeof value === 'number') {
    const isRows = Number.isInteger(value) && value >= 1 && value <= mostRows
    return isRows ? { kind: 'rows', amount: value } : undefined
  }
  const spanMs = parseTimeSpan(value)
  return spanMs === undefined ? undefined : { kind: 'time', amount: spanMs }
}

/** In words, also as a part of keys: '1000 rows', '1d', '7d every 1d'. */
export function formatWindowSize(size: WindowSize): string {
  if (size.kind === 'rows') {
    return size.step === size.rows ? `${size.rows} rows` : `${size.rows} rows every ${size.step}`
  }
  const span = formatTimeSpan(size.spanMs)
  return size.stepMs === size.spanMs ? span : `${span} every ${formatTimeSpan(size.stepMs)}`
}
