/** How the rules of params.yaml stand, out of the windows that are known. */

import type { MonitoredAlert, MonitoredWindow } from '../../core/monitored-window.ts'
import type { AgeLimit } from './alert-age.ts'
import { findEpisodes, findSilence, latestMeasure, type AlertEpisode } from './alert-episodes.ts'
import { describeTrigger, type AlertRule, type AlertTrigger } from './alert-rule.ts'

/** A rule with the times at which it was met. */
export interface JudgedRule {
  readonly rule: AlertRule
  /** Oldest first. */
  readonly episodes: readonly AlertEpisode[]
  readonly alert: MonitoredAlert
}

/** What rules look at. */
export interface AlertSubject {
  /** Of the version that answered last, oldest first. */
  readonly windows: readonly MonitoredWindow[]
  /** Moment of the newest row; of an empty log when watching began. */
  readonly lastRow: number
  /** Moment of the newest fact that a rule about age asks for; of an empty view when watching began. */
  readonly newestOf: (limit: AgeLimit) => number
  readonly now: number
}

export function judgeAlerts(
  rules: readonly AlertRule[],
  subject: AlertSubject,
): readonly JudgedRule[] {
  return rules.map((rule) => {
    const { episodes, value } = measureTrigger(rule.trigger, subject)
    const latest = episodes.at(-1)
    const isFiring = latest?.isOpen === true
    const alert: MonitoredAlert = {
      name: rule.name,
      severity: rule.severity,
      condition: describeTrigger(rule.trigger),
      isFiring,
      ...(isFiring && { since: latest.from }),
      ...(value !== undefined && { value }),
    }
    return { rule, episodes, alert }
  })
}

function measureTrigger(
  trigger: AlertTrigger,
  { windows, lastRow, newestOf, now }: AlertSubject,
): { readonly episodes: readonly AlertEpisode[]; readonly value: number | undefined } {
  if (trigger.kind === 'condition') {
    return { episodes: findEpisodes(trigger, windows), value: latestMeasure(trigger, windows) }
  }
  const last = trigger.kind === 'silence' ? lastRow : newestOf(trigger)
  return { episodes: findSilence(trigger, { last, now }), value: Math.max(0, now - last) / 1000 }
}
