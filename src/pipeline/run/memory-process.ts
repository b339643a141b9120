/** Watches what the processes of a group use: Linux tells it in `/proc`, other systems by `ps`. */

import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { promisify } from 'node:util'
import { readProcessStat } from '../../core/alive-process.ts'
import { ToolkitError, messageOf } from '../../core/errors.ts'

const intervalMs = 200
const pageBytes = 4096

/** The resident memory of a process group. */
export type ReadGroupMemory = (group: number) => Promise<number>

/**
 * Looks at the resident memory of a process group five times a second, until disposed.
 *
 * @param limitBytes - `undefined` watches nothing
 * @param onExceeded - called once, with what was used
 * @throws {ToolkitError} `PIPELINE_STAGE_FAILED` where the system does not tell what processes use
 */
export async function watchMemory(
  group: number,
  limitBytes: number | undefined,
  onExceeded: (usedBytes: number) => void,
): Promise<Disposable> {
  if (limitBytes === undefined) return { [Symbol.dispose]: () => undefined }
  const read = await findReader(group)
  let isOver = false
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    // A look that fails says nothing; the next one may.
    const usedBytes = await read(group).catch(() => 0)
    if (isOver) return
    if (usedBytes > limitBytes) onExceeded(usedBytes)
    else timer = setTimeout(() => void look(), intervalMs)
  }
  timer = setTimeout(() => void look(), intervalMs)
  return {
    [Symbol.dispose]: () => {
      isOver = true
      clearTimeout(timer)
    },
  }
}

/** The first that works here. */
async function findReader(group: number): Promise<ReadGroupMemory> {
  const reasons: string[] = []
  for (const read of [readFromProc, readFromPs]) {
    try {
      await read(group)
      return read
    } catch (error) {
      reasons.push(messageOf(error))
    }
  }
  throw new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `cannot watch the memory of the stage: ${reasons.join('; ')}`,
    { hint: `install 'ps', or leave 'limits.memory' out of the stage's 'meta.mlpt'` },
  )
}

export const readFromProc: ReadGroupMemory = async (group) => {
  // Elsewhere than on Linux it is not there, or empty.
  if (readProcessStat(process.pid).length === 0) throw new Error(`there is no '/proc'`)
  let pages = 0
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const fields = readProcessStat(Number(name))
    // State, parent, group, …; resident pages are the 22nd of them.
    if (Number(fields[2]) === group) pages += Number(fields[21])
  }
  return pages * pageBytes
}

const runProgram = promisify(execFile)

/** The group and the resident KiB of every process, as POSIX names the first and all systems the second. */
export const readFromPs: ReadGroupMemory = async (group) => {
  const { stdout } = await runProgram('ps', ['-A', '-o', 'pgid=', '-o', 'rss='])
  let kibibytes = 0
  for (const line of stdout.split('\n')) {
    const [its, resident] = line.trim().split(/\s+/).map(Number)
    if (its === group) kibibytes += resident ?? 0
  }
  return kibibytes * 1024
}
