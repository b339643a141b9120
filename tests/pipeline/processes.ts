/** Looks at processes, as Linux tells it in `/proc`, and kills them. */

import assert from 'node:assert/strict'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

interface ProcessInfo {
  readonly id: number
  readonly parent: number
  /** One that ended and that nobody has asked about yet does not count. */
  readonly isZombie: boolean
}

function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return [{ id: Number(name), parent: Number(parent), isZombie: state === 'Z' }]
      } catch {
        return [] // It ended while the list was read.
      }
    })
}

/** All processes below one, nearest first. */
export function descendantsOf(root: number): number[] {
  const all = listProcesses().filter(({ isZombie }) => !isZombie)
  const family = [root]
  for (const member of family) {
    family.push(...all.filter(({ parent }) => parent === member).map(({ id }) => id))
  }
  return family.slice(1)
}

/** Whether it has not ended. */
export function isRunning(id: number): boolean {
  return listProcesses().some((other) => other.id === id && !other.isZombie)
}

/** The command line; nothing when it has ended. */
export function commandOf(id: number): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

/** Whether it is one that watches over the stages of a run. */
export function isWatchdog(id: number): boolean {
  return commandOf(id).includes("trap '' HUP INT QUIT TERM")
}

/** The processes that work in a folder or below it. */
export function processesIn(directory: string): number[] {
  return listProcesses().flatMap(({ id, isZombie }) => {
    try {
      const folder = readlinkSync(`/proc/${id}/cwd`)
      const isInside = folder === directory || folder.startsWith(`${directory}/`)
      return isInside && !isZombie ? [id] : []
    } catch {
      return [] // It ended meanwhile, or is somebody else's.
    }
  })
}

/** Sends SIGKILL to what may have ended by itself. */
export function killProcess(id: number): void {
  try {
    process.kill(id, 'SIGKILL')
  } catch {
    // It has.
  }
}

/** Waits until nothing works in a folder any more; fails when it takes longer than a moment. */
export async function waitForQuiet(directory: string, momentMs = 5000): Promise<void> {
  const start = performance.now()
  for (;;) {
    const left = processesIn(directory)
    if (left.length === 0) return
    const commands = left.map((id) => `${id}: ${commandOf(id)}`)
    assert.ok(performance.now() - start < momentMs, `still at work: ${commands.join('; ')}`)
    await sleep(5)
  }
}
