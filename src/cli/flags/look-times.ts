import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgumentError } from 'commander'
import { startCron } from '../../pipeline/automation/cron-schedule.ts'

/** How often somebody looks: so many milliseconds after the end of a look, or at the times of a cron line. */
export type LookInterval =
  | { readonly kind: 'pause'; readonly pauseMs: number }
  | { readonly kind: 'cron'; readonly line: string }

/** Reads a number of seconds from 1, or a cron line, which is looked at later. @throws {InvalidArgumentError} */
export function parseLookInterval(text: string): LookInterval {
  if (/[^\d.+-]/.test(text.trim())) return { kind: 'cron', line: text }
  const seconds = Number(text)
  if (/^\d{1,6}$/.test(text) && seconds >= 1) return { kind: 'pause', pauseMs: seconds * 1000 }
  throw new InvalidArgumentError(
    "expected a number of seconds from 1, or a cron line such as '0 3 * * *'",
  )
}

/** When the next look is due. */
export interface LookTimes extends Disposable {
  /** Settles when it is, or the waiting was ended. A time of the schedule that came meanwhile is due at once, once. */
  next(): Promise<void>
}

/** @throws {ToolkitError} `CLI_USAGE` for a cron line that is none, or that never comes */
export function openLookTimes(interval: LookInterval, signal: AbortSignal): LookTimes {
  if (interval.kind === 'pause') {
    return {
      next: () => sleep(interval.pauseMs, undefined, { signal }).catch(() => undefined),
      [Symbol.dispose]: () => undefined,
    }
  }
  let due = Promise.withResolvers<void>()
  const end = (): void => due.resolve()
  signal.addEventListener('abort', end)
  const cron = startCron([interval.line], end)
  return {
    next: async () => {
      if (!signal.aborted) await due.promise
      due = Promise.withResolvers<void>()
    },
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', end)
      cron[Symbol.dispose]()
    },
  }
}
