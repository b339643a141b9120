/** Dependencies that lie on web servers and S3: what is known of them without their content. */

import { ToolkitError } from '../../core/errors.ts'
import type { Config } from '../config/config.ts'
import type { Fingerprint } from '../stages/record.ts'
import type { DownloadOptions } from '../versioning/download-client.ts'

/** What lies at an address; `undefined` when nothing does. */
export type ReadAddress = (address: string) => Promise<Fingerprint | undefined>

/** How addresses are read. */
export interface AddressOptions extends DownloadOptions {
  /** Knows the remote of a `remote://…`, which has to be on S3. */
  readonly config: Config
}

/** So many are asked at once: most of the time goes in waiting for them. */
const mostAtOnce = 16

/**
 * Asks the servers, each time anew, some at once. The reader throws a {@link ToolkitError}: `REMOTE_DENIED`,
 * `REMOTE_UNAVAILABLE`, `REMOTE_UNKNOWN`, `DATA_SOURCE_UNAVAILABLE`, `PATH_FORBIDDEN` for a web
 * address with a password in it, or `PIPELINE_INVALID` for a kind of address that only DVC knows.
 */
export function createAddressReader({ config, ...options }: AddressOptions): ReadAddress {
  // What does the asking is loaded here, since most pipelines have no address among their dependencies.
  return atMost(mostAtOnce, async (address) => {
    if (/^https?:/i.test(address)) return readWeb(address, options)
    const { followUrl } = await import('../remote/open-remote.ts')
    const settings = followUrl(config, new Map([['url', address]]))
    const url = settings.get('url') ?? ''
    if (!/^s3:/i.test(url)) throw unknownKind(address, url)
    return readS3(address, settings, options)
  })
}

function atMost(count: number, read: ReadAddress): ReadAddress {
  let free = count
  const waiting: (() => void)[] = []
  return async (address) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await read(address)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

async function readS3(
  address: string,
  settings: ReadonlyMap<string, string>,
  { timeoutMs, signal }: DownloadOptions,
): Promise<Fingerprint | undefined> {
  const { readS3Options } = await import('../remote/s3-options.ts')
  const { readS3Dependency } = await import('../remote/s3-dependency-client.ts')
  const remote = /^remote:\/\/([^/]+)/i.exec(address)?.[1]
  const s3 = readS3Options(remote ?? address, settings, 1)
  const timed =
    timeoutMs === undefined ? s3 : { ...s3, connectTimeoutMs: timeoutMs, readTimeoutMs: timeoutMs }
  return readS3Dependency(timed, { signal })
}

async function readWeb(url: string, options: DownloadOptions): Promise<Fingerprint | undefined> {
  const { readWebFile } = await import('../versioning/download-client.ts')
  const { checksumOfWebFile, sizeOf } = await import('../versioning/web-checksum.ts')
  try {
    const file = await readWebFile(url, options)
    const sizeBytes = sizeOf(file)
    return { md5: checksumOfWebFile(file), sizeBytes, fileCount: undefined, isExecutable: false }
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'FILE_MISSING') return undefined
    throw error
  }
}

function unknownKind(address: string, url: string): ToolkitError {
  const kind = url.slice(0, Math.max(0, url.indexOf('://')))
  const problem = kind === '' ? 'its remote is a folder' : `'${kind}' is not supported`
  const hint = 'name a path, an http address or one on S3, or run the stage with dvc'
  return new ToolkitError('PIPELINE_INVALID', `'${address}' cannot be looked at: ${problem}`, {
    hint,
    details: { address },
  })
}

const away: ReadonlySet<string> = new Set([
  'REMOTE_DENIED',
  'REMOTE_UNAVAILABLE',
  'DATA_SOURCE_UNAVAILABLE',
])

/** Takes for absent what cannot be reached, as DVC does where it only looks. */
export function assumeAbsent(read: ReadAddress): ReadAddress {
  return async (address) => {
    try {
      return await read(address)
    } catch (error) {
      if (!(error instanceof ToolkitError) || !away.has(error.code)) throw error
      // It is this machine that lacks something.
      if (error.details['package'] !== undefined) throw error
      return undefined
    }
  }
}

/**
 * Asks for several addresses at once.
 *
 * @returns what lies there, in their order
 * @throws {ToolkitError} naming all that cannot be looked at
 */
export async function readAddresses(
  read: ReadAddress,
  addresses: readonly string[],
): Promise<readonly (Fingerprint | undefined)[]> {
  const settled = await Promise.allSettled(addresses.map(async (address) => read(address)))
  const failures: unknown[] = settled.flatMap((one) =>
    one.status === 'rejected' ? [one.reason] : [],
  )
  const [first] = failures
  if (failures.length > 1 && failures.every((failure) => failure instanceof ToolkitError)) {
    throw severalAway(failures)
  }
  if (failures.length > 0) throw first
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined))
}

function severalAway(failures: readonly ToolkitError[]): ToolkitError {
  const messages = [...new Set(failures.map(({ message }) => message))]
  const { code, hint } = failures[0]!
  const list = messages.map((message) => `\n  ${message}`).join('')
  return new ToolkitError(code, `${failures.length} addresses cannot be looked at:${list}`, {
    hint,
    details: { problems: failures.map(({ code: of, message }) => ({ code: of, message })) },
  })
}

/** Asks for each address once. */
export function readOnce(read: ReadAddress): ReadAddress {
  const known = new Map<string, Promise<Fingerprint | undefined>>()
  return (address) => {
    const reading = known.get(address) ?? read(address)
    known.set(address, reading)
    return reading
  }
}
