/** What a server does with files of its prediction log that are whole, in a child process with low priority. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A log that is looked after. Its end waits for what is being sent, so that a container does not take it along. */
export interface LogUpkeep extends AsyncDisposable {
  /** A file is whole: it becomes Parquet, and goes to the remote where there is one. */
  readonly begin: (folder: string, model: string) => void
}

/** Of the 30 seconds that orchestrators leave a server most are for its requests, which have ended by now. */
const longestWaitMs = 25_000

/**
 * Runs one child at a time. Where DuckDB is not installed nothing is done: whoever reads the log makes Parquet of it then.
 *
 * @param remote - a name or an address
 */
export function createLogUpkeep(remote: string | undefined): LogUpkeep {
  let due: readonly string[] | undefined
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    for (let words = due; words !== undefined; words = due) {
      due = undefined
      await runQuietly(['predictions', ...words])
    }
    running = undefined
  }
  return {
    begin: (folder, model) => {
      if (!hasDuckDb()) return
      // All models: a push takes along what a server that was killed has left.
      due =
        remote === undefined
          ? ['settle', '--log', folder, '--model', model]
          : ['push', '--log', folder, '--remote', remote]
      running ??= run()
    },
    [Symbol.asyncDispose]: async () => {
      if (remote === undefined || running === undefined) return
      // The timer keeps this process alive, which children do not.
      const waiting = new AbortController()
      const isLate = sleep(longestWaitMs, true, waiting).catch(() => false)
      if (await Promise.race([running.then(() => false), isLate])) sayLate()
      waiting.abort()
    },
  }
}

function sayLate(): void {
  process.stderr.write('the end of the prediction log is not sent: the next server here sends it\n')
}

/** Never fails: the child says itself what is wrong. */
async function runQuietly(words: readonly string[]): Promise<void> {
  const program = process.argv[1] ?? ''
  const child = spawn(process.execPath, [...process.execArgv, program, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_CHANNEL_FD: undefined, NODE_UNIQUE_ID: undefined },
  })
  child.unref()
  if (child.pid !== undefined) lowerPriority(child.pid)
  await once(child, 'exit').catch(() => undefined)
}

function lowerPriority(processId: number): void {
  try {
    setPriority(processId, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended already, or the system does not allow it: it runs as it is.
  }
}

function hasDuckDb(): boolean {
  try {
    return fileURLToPath(import.meta.resolve('@duckdb/node-api')) !== ''
  } catch {
    return false
  }
}
