/** How the rules of params.yaml stand, out of the windows that are known. */

import type { MonitoredAlert, MonitoredWindow } from '../../core/monitored-window.ts'
import { findEpisodes, findSilence, latestMeasure, type AlertEpisode } from './alert-episodes.ts'
import { describeTrigger, type AlertRule } from './alert-rule.ts'

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
  readonly now: number
}

export function judgeAlerts(
  rules: readonly AlertRule[],
  subject: AlertSubject,
): readonly JudgedRule[] {
  return rules.map((rule) => {
    const { trigger } = rule
    const episodes =
      trigger.kind === 'silence'
        ? findSilence(trigger, subject)
        : findEpisodes(trigger, subject.windows)
    const latest = episodes.at(-1)
    const isFiring = latest?.isOpen === true
    const value =
      trigger.kind === 'silence'
        ? Math.max(0, subject.now - subject.lastRow) / 1000
        : latestMeasure(trigger, subject.windows)
    const alert: MonitoredAlert = {
      name: rule.name,
      severity: rule.severity,
      condition: describeTrigger(trigger),
      isFiring,
      ...(isFiring && { since: latest.from }),
      ...(value !== undefined && { value }),
    }
    return { rule, episodes, alert }
  })
}
