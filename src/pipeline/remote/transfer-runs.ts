/** The run cache between cache and remote: which outputs a command gave for which inputs. */

import { ToolkitError } from '../../core/errors.ts'
import { nameRun, parseRun } from '../cache/run-cache-key.ts'
import { listKeys } from './object-folder-store.ts'
import { isRunKey, runPrefix } from './object-key.ts'
import { openObjectWriter } from './object-writer-store.ts'
import { runPool } from './pool.ts'
import type { Remote } from './remote.ts'
import { readContentText } from './stream-file.ts'
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
  const { cacheFolder } = cache
  const there = new Set(await listRuns(remote, { signal }))
  const here = Array.from(listKeys(cacheFolder, runPrefix, { signal }), ({ key }) => key)
  const absent = here.filter((key) => isRunKey(key) && !there.has(key)).sort()
  await runPool(absent, remote.jobs, async (key) => {
    await remote.upload(`${cacheFolder}/${key}`, key, { md5: undefined, signal })
  })
  await remote.settle()
  return absent
}

/** What was brought of the run cache. */
export interface FetchedRuns {
  /** Keys, in order. */
  readonly keys: readonly string[]
  /** Entries that are not what their names say. */
  readonly problems: readonly ToolkitError[]
}

/**
 * Brings the entries of the run cache that are not here. Each is compared with its name;
 * anything else below `runs/` is left alone.
 */
export async function fetchRuns(
  remote: Remote,
  { cache, signal }: TransferOptions,
): Promise<FetchedRuns> {
  const present = listKeys(cache.cacheFolder, runPrefix, { signal })
  const here = new Set(Array.from(present, ({ key }) => key))
  const absent = (await listRuns(remote, { signal })).filter((key) => !here.has(key))
  const keys: string[] = []
  const problems: ToolkitError[] = []
  using writer = openObjectWriter(cache)
  const makePath = (): string => writer.makePath()
  await runPool(absent, remote.jobs, async (key) => {
    const content = await remote.download(key, { signal, makePath })
    const text = readContentText(content)
    if (isRunNamed(key, text)) {
      await writer.addOther(key, { kind: 'bytes', bytes: Buffer.from(text) })
      keys.push(key)
    } else problems.push(damagedRun(key, remote.place))
  })
  return { keys: keys.sort(), problems }
}

async function listRuns(
  remote: Remote,
  call: { readonly signal: AbortSignal | undefined },
): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of remote.list(runPrefix, call)) if (isRunKey(key)) keys.push(key)
  return keys.sort()
}

/** An entry is named by what it says, but for sizes. */
function isRunNamed(key: string, text: string): boolean {
  const run = parseRun(text)
  if (run === undefined) return false
  const name = nameRun(run.entry)
  return key === `${runPrefix}${name.key.slice(0, 2)}/${name.key}/${name.value}`
}

function damagedRun(key: string, place: string): ToolkitError {
  return new ToolkitError(
    'REMOTE_OBJECT_DAMAGED',
    `'${key}' in ${place} is not what its name says`,
    {
      hint: 'delete it there: its stage then runs again',
      details: { key, place },
    },
  )
}
