/**
 * The small process that sees to it that no stage outlives the engine. It reads a
 * pipe that only the engine holds; when that closes, however the engine ended, it
 * kills the process groups it has been told of.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'

/** The process that outlives the engine just long enough to kill its stages. */
export interface Watchdog extends Disposable {
  /**
   * Names a process group to kill, before its command starts.
   *
   * @throws {ToolkitError} `PIPELINE_STAGE_FAILED`
   */
  guard(processGroup: number): Promise<void>
  /** The group has ended. */
  forget(processGroup: number): Promise<void>
}

const script = `trap '' HUP INT QUIT TERM
groups=" $* "
while read -r sign group; do
  case $groups in
    *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
  [ "$sign" = + ] && groups="$groups$group "
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done`

/**
 * Starts the watchdog at its first use; a run without commands needs none. One that somebody kills is
 * replaced at once.
 */
export function openWatchdog(): Watchdog {
  const groups = new Set<number>()
  let current: ChildProcess | undefined
  let isOver = false
  const start = (): ChildProcess => {
    const started = startWatchdog([...groups])
    started.on('exit', () => {
      if (current === started) current = undefined
      if (groups.size > 0 && !isOver) current ??= start()
    })
    return started
  }
  /** A new one knows all groups from its first moment on. */
  const tell = async (line: string): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const running = (current ??= start())
      try {
        await writeLine(running, line)
        return
      } catch (error) {
        if (current === running) current = undefined
        if (attempt === 5) throw watchdogError(error)
      }
    }
  }
  return {
    guard: async (group) => {
      groups.add(group)
      await tell(`+ ${group}`)
    },
    forget: async (group) => {
      groups.delete(group)
      if (current !== undefined) await tell(`- ${group}`)
    },
    [Symbol.dispose]: () => {
      isOver = true
      current?.stdin?.end()
      current?.unref()
    },
  }
}

function startWatchdog(groups: readonly number[]): ChildProcess {
  // In a session of its own, so that Ctrl-C in the terminal does not reach it.
  const started = spawn('/bin/sh', ['-c', script, 'watchdog', ...groups.map(String)], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // What goes wrong makes the next write fail, which says so itself.
  started.on('error', () => undefined)
  started.stdin?.on('error', () => undefined)
  return started
}

async function writeLine(child: ChildProcess, line: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (child.stdin === null) {
      reject(new Error('it did not start'))
      return
    }
    child.stdin.write(`${line}\n`, (error) => {
      if (error instanceof Error) reject(error)
      else resolve()
    })
  })
}

function watchdogError(error: unknown): ToolkitError {
  const reason = systemCode(error) ?? String(error)
  return new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `cannot start the process that keeps stages from outliving this one: ${reason}`,
    { hint: `see how many processes this user may have: ulimit -u`, cause: error },
  )
}
