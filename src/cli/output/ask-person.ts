/** A question to the person at the terminal. */

import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { ToolkitError } from '../../core/errors.ts'

/** Whether somebody sits there who can be asked. */
export function isAnybodyThere(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/**
 * Asks for a yes; everything else is a no, and so is the end of the input.
 *
 * @throws {ToolkitError} `INTERRUPTED` when the signal comes before the answer
 */
export async function askPerson(question: string, signal?: AbortSignal): Promise<boolean> {
  // Not drawn by readline, which would keep Ctrl-C for itself.
  using terminal = createInterface({
    input: process.stdin,
    output: process.stderr,
    terminal: false,
  })
  const closed = once(terminal, 'close').then(() => undefined)
  try {
    const asked = terminal.question(`${question} [y/N] `, signal === undefined ? {} : { signal })
    const answer = await Promise.race([asked, closed])
    if (answer === undefined) process.stderr.write('\n') // Ctrl-D left the cursor behind the question.
    return /^y(?:es)?$/i.test(answer?.trim() ?? '')
  } catch (error) {
    process.stderr.write('\n')
    if (signal?.aborted !== true) throw error
    throw new ToolkitError('INTERRUPTED', 'interrupted before the answer', { cause: error })
  }
}
