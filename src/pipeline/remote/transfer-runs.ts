/** The run cache between cache and remote: which outputs a command gave for which inputs. */

import { isRunKey, runPrefix } from './object-key.ts'
import { runPool } from './pool.ts'
import type { Remote } from './remote.ts'
import type { TransferOptions } from './transfer.ts'

/**
 * Sends the entries of the run cache that a remote does not have.
 *
 * @returns their keys, in order
 */
export async function pushRuns(
  remote: Remote,
  { cache, signal }: TransferOptions,
): Promise<string[]> {
  const here = await listRuns(cache, { signal })
  const there = new Set(await listRuns(remote, { signal }))
  const absent = here.filter((key) => !there.has(key))
  await runPool(absent, remote.jobs, async (key) => {
    await remote.upload(`${cache.root}/${key}`, key, { md5: undefined, signal })
  })
  await remote.settle()
  return absent
}

/**
 * Brings the entries of the run cache that are not here. Anything else below `runs/` is left alone.
 *
 * @returns their keys, in order
 */
export async function fetchRuns(
  remote: Remote,
  { cache, signal }: TransferOptions,
): Promise<string[]> {
  const here = new Set(await listRuns(cache, { signal }))
  const there = await listRuns(remote, { signal })
  const absent = there.filter((key) => !here.has(key))
  await runPool(absent, remote.jobs, async (key) => {
    await cache.add(key, async (path) => {
      await remote.download(key, path, { signal })
    })
  })
  await cache.settle()
  return absent
}

async function listRuns(
  place: Pick<Remote, 'list'>,
  call: { readonly signal: AbortSignal | undefined },
): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of place.list(runPrefix, call)) if (isRunKey(key)) keys.push(key)
  return keys.sort()
}
