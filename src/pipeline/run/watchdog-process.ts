/**
 * The small process that sees to it that no stage outlives the engine. It reads a
 * pipe that only the engine holds; when that closes, however the engine ended, it
 * kills the process groups it has been told of.
 */

import { spawn, type ChildProcess } from 'node:child_process'

/** The process that outlives the engine just long enough to kill its stages. */
export interface Watchdog extends Disposable {
  /** Names a process group to kill, before its command starts. */
  guard(processGroup: number): Promise<void>
  /** The group has ended. */
  forget(processGroup: number): Promise<void>
}

const script = `trap '' HUP INT QUIT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done`

/** Starts the watchdog at its first use; a run without commands needs none. */
export function openWatchdog(): Watchdog {
  let child: ChildProcess | undefined
  const groups = new Set<number>()
  const start = async (): Promise<ChildProcess> => {
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
    child = started
    for (const group of groups) await writeLine(started, `+ ${group}`)
    return started
  }
  return {
    guard: async (group) => {
      const running = child ?? (await start())
      groups.add(group)
      await writeLine(running, `+ ${group}`)
    },
    forget: async (group) => {
      groups.delete(group)
      if (child !== undefined) await writeLine(child, `- ${group}`)
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
