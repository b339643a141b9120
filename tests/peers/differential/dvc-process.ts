/** The real dvc, one request after another, each in a fork of one Python process. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** How a command ended, and what it printed. */
export interface Answer {
  readonly isDone: boolean
  readonly output: string
  readonly errors: string
}

/** A command and the folder in which it is given. */
export interface Asked {
  readonly folder: string
  readonly args: readonly string[]
}

/** Runs dvc until it is disposed. */
export interface Dvc extends AsyncDisposable {
  /** Runs commands in one process, which costs less than one for each; gives an answer for each. */
  run(
    commands: readonly Asked[],
    options?: {
      /** Set for these commands and those after them. */
      readonly environment: Readonly<Record<string, string>>
    },
  ): Promise<Answer[]>
}

/** The environment that makes dvc the same on every machine, with databases of its own. */
export function dvcEnvironment(siteFolder: string): Record<string, string> {
  return {
    DVC_NO_ANALYTICS: '1',
    DVC_SITE_CACHE_DIR: siteFolder,
    PYTHONHASHSEED: '0',
    SHELL: '/bin/bash',
  }
}

/** Starts a Python that answers for dvc. */
export function openDvc(python: string, siteFolder: string): Dvc {
  const server = spawn(python, [join(import.meta.dirname, 'dvc_server.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...dvcEnvironment(siteFolder) },
  })
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  return {
    run: async (commands, { environment } = { environment: {} }) => {
      const request = {
        commands: commands.map(({ folder, args }) => ({ folder, arguments: args })),
        env: environment,
      }
      server.stdin.write(`${JSON.stringify(request)}\n`)
      const { value, done } = await lines.next()
      if (done === true)
        throw new Error(`dvc's server ended before it answered: ${commands[0]?.args.join(' ')}`)
      const answers = JSON.parse(value) as Record<string, unknown>[]
      return answers.map(({ result, out, err }) => ({
        isDone: result === 0,
        output: String(out),
        errors: String(err),
      }))
    },
    [Symbol.asyncDispose]: async () => {
      server.stdin.end()
      if (server.exitCode === null) await once(server, 'close')
    },
  }
}
