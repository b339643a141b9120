/** What the system refused where nobody had thought of it: still a code and a place, as for any other failure. */

import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { readError } from '../../pipeline/repository/text-file.ts'

/** Makes one of our errors of what the system says of a path, or of the current folder; gives anything else back as it is. */
export function asSystemFault(error: unknown): unknown {
  // What went wrong first says more than what its clearing up met.
  if (error instanceof SuppressedError) return asSystemFault(error.suppressed)
  if (systemCode(error) === undefined || !(error instanceof Error)) return error
  const { syscall, path, dest }: NodeJS.ErrnoException & { readonly dest?: unknown } = error
  if (syscall === 'uv_cwd') {
    return new ToolkitError('FILE_MISSING', 'the current folder is not there any more', {
      hint: 'go to a folder that is there',
      cause: error,
    })
  }
  if (path === undefined || syscall === undefined || syscall.startsWith('spawn')) return error
  const isWrite = writingCalls.has(syscall) || writingFaults.has(systemCode(error) ?? '')
  return isWrite
    ? asWriteError(typeof dest === 'string' ? dest : path, error)
    : readError(path, error)
}

const writingCalls: ReadonlySet<string> = new Set([
  'chmod',
  'copyfile',
  'cp',
  'ftruncate',
  'link',
  'mkdir',
  'mkdtemp',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'unlink',
  'utime',
  'write',
])

/** Of a file that is opened the call is the same for both. */
const writingFaults: ReadonlySet<string> = new Set([
  'EDQUOT',
  'EFBIG',
  'ENOSPC',
  'EROFS',
  'ETXTBSY',
])
