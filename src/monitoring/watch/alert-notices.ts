/** Who is told of an episode, and when: a pure step from what was told before. */

import type { AlertEpisode } from './alert-episodes.ts'

/** What was told of one rule so far; kept between runs. */
export interface AlertMemory {
  /** A moment of the log within the episode that was told. */
  readonly told?: number
  /** When that was, by this machine's clock. */
  readonly toldAt?: number
  /** Whether its end is still to be told. */
  readonly isOpen?: boolean
  /** Who was reached with a notice that not all were reached with. */
  readonly pending?: PendingNotice | undefined
  /** A moment of the log within the episode that led to a training. */
  readonly retrained?: number
  /** The same of a training that has begun, and of which nobody has said that it is over. */
  readonly retraining?: number
  /** When the training was over, by this machine's clock. */
  readonly retrainedAt?: number
  /** Hash of the suite that refused the new rows of that training. */
  readonly refusedBy?: string
}

/** A notice that some of its receivers have, and others have not. */
export interface PendingNotice {
  readonly event: AlertNotice['event']
  /** Where its episode begins, by the log's clock. */
  readonly from: number | undefined
  /** As params.yaml names them. */
  readonly reached: readonly string[]
}

/** What is to be told now. */
export interface AlertNotice {
  readonly event: 'alert-firing' | 'alert-resolved'
  /** Absent for the end of an episode that a late label has undone. */
  readonly episode?: AlertEpisode
  /** The memory once it was told. */
  readonly memory: AlertMemory
}

/**
 * The next notice, if one is due. Call it again with the notice's memory until there is none: two may be due, the end
 * of one episode and the beginning of the next. Of several episodes since the last look only the newest is told.
 *
 * An episode is told once, and none within the cool-down of the one before; one that is still open when the cool-down is
 * over is told then. An end is told when its beginning was.
 */
export function nextNotice(
  episodes: readonly AlertEpisode[],
  memory: AlertMemory,
  { coolDownMs, now }: { readonly coolDownMs: number; readonly now: number },
): AlertNotice | undefined {
  const latest = episodes.at(-1)
  const { told, toldAt, isOpen } = memory
  const ofTold = episodes.find((episode) => covers(episode, told))
  if (isOpen === true && ofTold?.isOpen !== true) {
    return {
      event: 'alert-resolved',
      ...(ofTold !== undefined && { episode: ofTold }),
      memory: { ...memory, isOpen: false },
    }
  }
  if (latest === undefined || covers(latest, told) || latest.to <= (told ?? -Infinity))
    return undefined
  if (toldAt !== undefined && now - toldAt < coolDownMs) return undefined
  return {
    event: 'alert-firing',
    episode: latest,
    memory: { ...memory, told: latest.to, toldAt: now, isOpen: true },
  }
}

/** Who has the notice already, from an earlier look at which others were not reached. */
export function listReached(
  { event, episode }: AlertNotice,
  { pending }: AlertMemory,
): readonly string[] {
  const isSame = pending?.event === event && pending.from === episode?.from
  return isSame ? pending.reached : []
}

/** Whether a moment of the log lies within an episode. */
export function covers({ from, to }: AlertEpisode, moment: number | undefined): boolean {
  return moment !== undefined && from <= moment && moment <= to
}
