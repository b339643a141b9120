/** What every part of a copy works with. */

import { ToolkitError, type ErrorCode } from '../../core/errors.ts'
import type { Tracking } from '../../core/tracking.ts'
import type { Tally } from './tally.ts'
import type { TransferSource } from './transfer-source.ts'

/** One thing that could not be copied; the others were. */
export interface CopyFailure {
  /** For example `run 0123… (baseline)`. */
  readonly what: string
  readonly why: string
}

export interface CopySession {
  readonly source: TransferSource
  readonly target: Tracking
  /** The target, to find and count what it has. */
  readonly present: TransferSource
  readonly since: number | undefined
  readonly isDryRun: boolean
  /** A file that is there with the same size is taken for the same, unread. */
  readonly trustsSizes: boolean
  readonly tally: Tally
  readonly failures: CopyFailure[]
  /** Called with a line when something larger is done. */
  readonly log: (line: string) => void
}

/** What says something about one thing, not about the connection or the rights. */
const codesOfOneThing: ReadonlySet<ErrorCode> = new Set([
  'TRACKING_EXISTS',
  'TRACKING_INVALID',
  'TRACKING_NOT_FOUND',
])

/**
 * Copies or reads one thing; what is wrong with it alone is noted, and the copy goes on with the next.
 *
 * @returns `undefined` when it failed
 */
export async function attempt<T>(
  session: CopySession,
  what: string,
  act: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof ToolkitError && codesOfOneThing.has(error.code))) throw error
    session.failures.push({ what, why: error.message })
    return undefined
  }
}
