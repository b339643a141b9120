/**
 * BSD `flock`, which DVC's lock is and Node does not have: a small helper process takes
 * it on an inherited descriptor. The lock belongs to the open file, so it stays when the
 * helper ends, and goes when this process closes the file or dies, however it dies.
 */

import { spawn } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { processHints, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'

/** What became of an attempt; `unavailable` where no helper program is installed. */
export type FlockResult = Disposable | 'busy' | 'unavailable'

const helpers: readonly (readonly [string, readonly string[]])[] = [
  ['flock', ['-n', '-x', '3']],
  [
    'perl',
    [
      '-e',
      'use Fcntl ":flock"; open(F, "+<&=", 3) or exit 2; exit(flock(F, LOCK_EX | LOCK_NB) ? 0 : 1)',
    ],
  ],
]

/** Tries once to take the exclusive lock of a file, which is made if need be; disposing gives it up. */
export async function tryFlock(path: string, owner: number): Promise<FlockResult> {
  mkdirSync(dirname(path), { recursive: true })
  const descriptor = openSync(path, 'a+')
  let isTaken = false
  try {
    for (const [program, args] of helpers) {
      const exitCode = await runHelper(program, args, descriptor)
      if (exitCode === undefined) continue
      if (exitCode !== 0) return 'busy'
      isTaken = true
      writeOwner(descriptor, owner)
      return { [Symbol.dispose]: () => closeSync(descriptor) }
    }
    return 'unavailable'
  } finally {
    if (!isTaken) closeSync(descriptor)
  }
}

/** Whose it is; DVC writes the same and reads it for messages only, so a full disk does not matter. */
function writeOwner(descriptor: number, owner: number): void {
  try {
    ftruncateSync(descriptor)
    writeSync(descriptor, ` ${owner}\n`)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

/** Its own limits keep a process from starting another one. */
function startError(program: string, error: unknown): ToolkitError {
  const reason = systemCode(error) ?? String(error)
  return new ToolkitError(
    'FILE_WRITE_FAILED',
    `cannot take the lock of the repository: '${program}' does not start: ${reason}`,
    { hint: processHints[reason], cause: error },
  )
}

/** The exit code; `undefined` when there is no such program. */
async function runHelper(
  program: string,
  args: readonly string[],
  descriptor: number,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { stdio: ['ignore', 'ignore', 'ignore', descriptor] })
    child.on('error', (error) => {
      if (systemCode(error) === 'ENOENT') resolve(undefined)
      else reject(startError(program, error))
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
