/**
 * The small process that sees to it that no stage outlives the engine. It reads a
 * pipe that only the engine holds; when that closes, however the engine ended, it
 * kills the process group it was last told of.
 */

import { spawn, type ChildProcess } from 'node:child_process'

/** The process that outlives the engine just long enough to kill its stage. */
export interface Watchdog extends Disposable {
  /** Names the process group to kill, before its command starts; `undefined` for none. */
  guard(processGroup: number | undefined): Promise<void>
}

const script = `trap '' HUP INT QUIT TERM
group=
while read -r line; do group=$line; done
if [ -n "$group" ]; then kill -s KILL -- "-$group" 2>/dev/null; fi`

/** Starts the watchdog at its first use; a run without commands needs none. */
export function openWatchdog(): Watchdog {
  let child: ChildProcess | undefined
  const start = (): ChildProcess => {
    // In a session of its own, so that Ctrl-C in the terminal does not reach it.
    const started = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      detached: true,
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    // Somebody who kills the watchdog makes the next write fail, which says so itself.
    started.stdin?.on('error', () => undefined)
    started.on('exit', () => {
      child = undefined
    })
    return started
  }
  return {
    guard: async (processGroup) => {
      if (child === undefined && processGroup === undefined) return
      child ??= start()
      await writeLine(child, processGroup === undefined ? '' : String(processGroup))
    },
    [Symbol.dispose]: () => {
      child?.stdin?.end()
      child?.unref()
    },
  }
}

async function writeLine(child: ChildProcess, line: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.stdin?.write(`${line}\n`, (error) => {
      if (error instanceof Error) reject(error)
      else resolve()
    })
  })
}
