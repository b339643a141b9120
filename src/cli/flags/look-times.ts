import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgumentError } from 'commander'
import { formatError, ToolkitError } from '../../core/errors.ts'
import { startCron } from '../../pipeline/automation/cron-schedule.ts'
import { listenForSignals } from '../end-signals.ts'

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

/**
 * Does the work now and at each of the times, until somebody asks for the end. A time that fails is told, and the next one
 * comes all the same.
 *
 * @param options.isDoneAtEnd - once more, for what came last: what fails then is told in any case
 * @throws {ToolkitError} what is wrong with the command itself, by its exit code 2
 */
export async function repeatAtTimes(
  interval: LookInterval,
  work: () => Promise<void>,
  { isDoneAtEnd }: { readonly isDoneAtEnd: boolean },
): Promise<void> {
  using interruption = listenForSignals()
  const { signal } = interruption
  using times = openLookTimes(interval, signal)
  const tellFailure = createFailureTeller(say)
  while (!signal.aborted) {
    await tellFailure(work)
    await times.next()
  }
  if (isDoneAtEnd) await createFailureTeller(say)(work)
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/**
 * Does work and tells what fails, once for as long as the same fails each time, and that it works again: a remote that is
 * away for a night is two lines.
 */
export function createFailureTeller(
  tell: (text: string) => void,
): (work: () => Promise<void>) => Promise<void> {
  let told: string | undefined
  return async (work) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ToolkitError) || error.exitCode === 2) throw error
      const text = formatError(error)
      if (text !== told) tell(text)
      told = text
      return
    }
    if (told !== undefined) tell('it works again')
    told = undefined
  }
}
