/** Watches what the processes of a group use, as Linux tells it in `/proc`. */

import { readdirSync } from 'node:fs'
import { readProcessStat } from '../../core/alive-process.ts'

const intervalMs = 200
const pageBytes = 4096

/**
 * Looks at the resident memory of a process group five times a second, until disposed.
 *
 * @param limitBytes - `undefined` watches nothing
 * @param onExceeded - called once, with what was used
 */
export function watchMemory(
  group: number,
  limitBytes: number | undefined,
  onExceeded: (usedBytes: number) => void,
): Disposable {
  if (limitBytes === undefined) return { [Symbol.dispose]: () => undefined }
  const timer = setInterval(() => {
    const usedBytes = readGroupMemory(group)
    if (usedBytes <= limitBytes) return
    clearInterval(timer)
    onExceeded(usedBytes)
  }, intervalMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function readGroupMemory(group: number): number {
  let pages = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const fields = readProcessStat(Number(name))
    // State, parent, group, …; resident pages are the 22nd of them.
    if (Number(fields[2]) === group) pages += Number(fields[21])
  }
  return pages * pageBytes
}
