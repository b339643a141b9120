/** When a rule was met: worked out anew of all windows, so that it does not matter how often somebody looked. */

import type { MonitoredWindow } from '../../core/monitored-window.ts'
import { isMet, measureOf } from './alert-condition.ts'
import type { AlertTrigger } from './alert-rule.ts'

/** A time during which a rule was met without a break. Moments are those of the log, milliseconds since 1970. */
export interface AlertEpisode {
  /** Of the window that made it fire. */
  readonly from: number
  /** Of the last window that met it. */
  readonly to: number
  /** Whether nothing known is against its still being so. */
  readonly isOpen: boolean
  /** What was measured last while it was met. */
  readonly value: number
}

/**
 * The episodes of a condition, oldest first. A window that does not know the measure, such as one whose labels have
 * not come, neither ends an episode nor goes on with it.
 *
 * @param windows - of one version, by time
 */
export function findEpisodes(
  trigger: Extract<AlertTrigger, { kind: 'condition' }>,
  windows: readonly MonitoredWindow[],
): readonly AlertEpisode[] {
  const episodes: AlertEpisode[] = []
  let met = 0
  for (const window of windows) {
    const value = measureOf(trigger.condition, window, trigger.segment)
    if (value === undefined) continue
    const open = episodes.at(-1)?.isOpen === true ? episodes.pop() : undefined
    if (!isMet(trigger.condition, value)) {
      met = 0
      if (open !== undefined) episodes.push({ ...open, isOpen: false })
      continue
    }
    met++
    if (met < trigger.windows) continue
    episodes.push({ from: open?.from ?? window.to, to: window.to, isOpen: true, value })
  }
  return episodes
}

/** What was measured last, met or not. */
export function latestMeasure(
  trigger: Extract<AlertTrigger, { kind: 'condition' }>,
  windows: readonly MonitoredWindow[],
): number | undefined {
  const measured = windows.map((window) => measureOf(trigger.condition, window, trigger.segment))
  return measured.findLast((value) => value !== undefined)
}

/** The silence, or the time without news, that lasts now, if it does. @param last - moment of the newest row or fact */
export function findSilence(
  { spanMs }: { readonly spanMs: number },
  { last, now }: { readonly last: number; readonly now: number },
): readonly AlertEpisode[] {
  if (now - last <= spanMs) return []
  return [{ from: last + spanMs, to: last + spanMs, isOpen: true, value: (now - last) / 1000 }]
}
