/** What `mlpt serve` and `mlpt server` have in common on the command line. */

import { once } from 'node:events'
import { isIP } from 'node:net'
import { InvalidArgumentError, type Command } from 'commander'
import { listenForSignals } from '../end-signals.ts'
import { addStoreFlag } from './tracker-flags.ts'

/** The flags as commander hands them over. */
export interface ServerFlags extends ListenFlags {
  readonly store: string
}

/** Where to listen, and for whom. */
export interface ListenFlags {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  readonly allowHost: readonly string[]
}

/** Adds the flags where to listen, for whom, and on which store. */
export function addServerFlags(command: Command, defaultPort: number): Command {
  return addStoreFlag(addListenFlags(command, defaultPort))
}

/** Adds the flags where to listen, and for whom. */
export function addListenFlags(command: Command, defaultPort: number): Command {
  return command
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any free one', parsePort, defaultPort)
    .option(
      '--allow-host <name>',
      "name that clients may call this server by, besides localhost; '*' for any (repeatable)",
      (name: string, names: readonly string[]) => [...names, parseHostName(name)],
      [] as readonly string[],
    )
}

/** What a Host header never has as its name would allow nobody. */
function parseHostName(name: string): string {
  if (name === '*' || isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0) return name
  if (/^[^\s:/?#@[\]*]+$/.test(name)) return name
  throw new InvalidArgumentError(
    "expected a name such as 'api.example.com', without scheme, port and path, or '*' for any",
  )
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('expected an integer from 0 to 65535')
}

/** Waits for Ctrl-C, SIGTERM or the end of its terminal; a second Ctrl-C or SIGTERM ends the process at once. */
export async function nextSignal(): Promise<void> {
  const { signal } = listenForSignals()
  await once(signal, 'abort')
}
