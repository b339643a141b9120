/** Other projects that a command works on beside the current one. */

import { resolve } from 'node:path'
import type { Repository } from '../../pipeline/repository/repository.ts'

/** Which projects, and what else is known. */
export interface OtherProjects {
  /** From the current folder. */
  readonly paths: readonly string[]
  readonly own: Repository
  /** In seconds. */
  readonly wait: number
  readonly signal: AbortSignal
}

/**
 * Does some work while nobody else works in these projects, each of them once and without the current one.
 *
 * @throws {ToolkitError} `REPOSITORY_MISSING`, `CONFIG_INVALID`, `PIPELINE_LOCKED`
 */
export async function withProjects<T>(
  { paths, own, wait, signal }: OtherProjects,
  work: (others: readonly Repository[]) => Promise<T>,
): Promise<T> {
  const { openRepository } = await import('../../pipeline/repository/repository-file.ts')
  const { takeLock } = await import('../../pipeline/repository/lock-store.ts')
  const byRoot = new Map<string, Repository>()
  for (const path of paths) {
    const other = openRepository(resolve(path), { env: process.env })
    if (other.root !== own.root) byRoot.set(other.root, other)
  }
  const others = [...byRoot.values()]
  await using locks = new AsyncDisposableStack()
  let held = (): Promise<T> => work(others)
  for (const other of others) {
    const lock = locks.use(
      await takeLock(other, {
        waitMs: wait * 1000,
        clock: Date.now,
        signal,
        onWait: () => process.stderr.write(`waiting for another command in '${other.root}'\n`),
      }),
    )
    const inner = held
    held = () => lock.hold(inner)
  }
  return await held()
}
