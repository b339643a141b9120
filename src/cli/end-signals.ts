/** What asks a command to end before it is done. */

import { fstatSync, statSync } from 'node:fs'
import { constants } from 'node:os'

/** Ctrl-C, `kill`, and a terminal that is closed. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/**
 * Hears of each signal that asks for the end, until it is disposed. SIGHUP is one where there is a
 * terminal to be closed. Elsewhere it is heard and left: `nohup` ignores it for the programs that it
 * starts, and Node undoes that.
 */
export function onEndSignal(hear: (name: EndSignal) => void): Disposable {
  const hasClosed = hasTerminal() ? hear : (): void => undefined
  const listeners = [
    ['SIGINT', hear],
    ['SIGTERM', hear],
    ['SIGHUP', hasClosed],
  ] as const
  for (const [name, listener] of listeners) process.on(name, listener)
  return {
    [Symbol.dispose]: () => {
      for (const [name, listener] of listeners) process.off(name, listener)
    },
  }
}

/** Listening, until it is disposed. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

/**
 * The first signal asks for an orderly end, a second one ends at once; not SIGHUP, which the
 * system and the shell both send when a terminal is closed.
 */
export function listenForSignals(): Interruption {
  const controller = new AbortController()
  const listening = onEndSignal((name) => {
    if (controller.signal.aborted && name !== 'SIGHUP') process.exit(128 + constants.signals[name])
    controller.abort()
  })
  return { signal: controller.signal, [Symbol.dispose]: () => listening[Symbol.dispose]() }
}

function hasTerminal(): boolean {
  return process.stdout.isTTY || process.stderr.isTTY || isInputFromTerminal()
}

/** `process.stdin.isTTY` would load Node's streams, a tenth of a short command. */
function isInputFromTerminal(): boolean {
  try {
    const input = fstatSync(0)
    return input.isCharacterDevice() && input.rdev !== statSync('/dev/null').rdev
  } catch {
    return false // It is closed, or there are no such files here.
  }
}
