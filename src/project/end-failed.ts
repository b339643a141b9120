import { messageOf } from '../core/errors.ts'

/**
 * Ends what has failed, for a caller that throws why: a tracker which cannot be told that is a warning, since what went wrong
 * first is what somebody wants to know.
 */
export async function endFailed(
  { log }: { readonly log: (line: string) => void },
  end: () => Promise<void>,
): Promise<void> {
  try {
    await end()
  } catch (error) {
    log(`warning: the tracker was not told that it failed: ${messageOf(error)}`)
  }
}
