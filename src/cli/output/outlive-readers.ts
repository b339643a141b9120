/** What becomes of a command whose output cannot be written. */

import { asWriteError } from '../../core/atomic-file.ts'
import { formatError } from '../../core/errors.ts'
import { replaceOutput } from './plain-output.ts'

/**
 * Lets the work go on without being watched: whoever reads may stop at any line, as `head` does, and a server must not
 * end because the disk of its log is full. A result that could not be written is told at the end, with exit code 1.
 */
export function outliveReaders(): void {
  let lost: NodeJS.ErrnoException | undefined
  replaceOutput({
    name: 'stdout',
    onError: (error) => {
      if (error.code !== 'EPIPE') lost ??= error
    },
  })
  // There is nowhere else to say it; lines that come when there is room again are written.
  replaceOutput({ name: 'stderr', onError: () => undefined })
  process.on('exit', (code) => {
    if (lost === undefined || code !== 0) return
    process.stderr.write(`${formatError(asWriteError('stdout', lost))}\n`)
    process.exitCode = 1
  })
}
