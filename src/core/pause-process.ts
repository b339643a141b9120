import { setTimeout as sleep } from 'node:timers/promises'

/** Waits. @throws the signal's reason when it is aborted meanwhile */
export async function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, signal && { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
