/** Rules of params.yaml: what makes an alert fire, and who is told. */

import type { AgeLimit } from './alert-age.ts'
import { formatCondition, type Condition } from './alert-condition.ts'
import { formatTimeSpan } from './time-span.ts'

/** How much an alert matters; the receiver decides what that means. */
export const severities = ['info', 'warning', 'critical'] as const
export type Severity = (typeof severities)[number]

/** One rule. */
export interface AlertRule {
  readonly name: string
  readonly severity: Severity
  readonly trigger: AlertTrigger
  /** After it was told, nothing more is told for so long; after it has led to a training, none more. */
  readonly coolDownMs: number
  /** A shell command, or an address; nobody is told without. */
  readonly notify: readonly string[]
}

export type AlertTrigger =
  | {
      readonly kind: 'condition'
      readonly condition: Condition
      /** Of one segment of the window, by its name. */
      readonly segment?: string
      /** So many windows in a row have to meet it. */
      readonly windows: number
    }
  /** No row for longer than this. */
  | { readonly kind: 'silence'; readonly spanMs: number }
  /** A feature view without news for longer than this. */
  | ({ readonly kind: 'age' } & AgeLimit)

/** In the words of params.yaml. */
export function describeTrigger(trigger: AlertTrigger): string {
  if (trigger.kind === 'silence') return `no_predictions_for: ${formatTimeSpan(trigger.spanMs)}`
  if (trigger.kind === 'age')
    return `${trigger.measure}(${trigger.view}) > ${formatTimeSpan(trigger.spanMs)}`
  const { condition, segment, windows } = trigger
  const where = segment === undefined ? '' : ` in ${segment}`
  return `${formatCondition(condition)}${where}${windows === 1 ? '' : ` for ${windows} windows`}`
}
