/** Files from web servers. */

import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { showAddress } from '../../core/show-address.ts'
import { pauseAfter, unavailable } from './download-errors.ts'
import { followRedirects } from './redirects-client.ts'
import { sizeOf, type WebFile } from './web-checksum.ts'

/** How to talk to a server. */
export interface DownloadOptions {
  /** Milliseconds without an answer, or without a piece of the content, after which it is given up. */
  readonly timeoutMs?: number
  /** Pauses before each further attempt, in milliseconds, after a failure that may pass. */
  readonly retryDelaysMs?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

const defaultTimeoutMs = 60_000
const defaultRetryDelaysMs = [200, 1000, 4000]

/**
 * Asks what a server says of a file, without its content.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `REMOTE_DENIED`, `DATA_SOURCE_UNAVAILABLE`, `PATH_FORBIDDEN`
 */
export async function readWebFile(
  address: string,
  options: DownloadOptions = {},
): Promise<WebFile> {
  checkAddress(address)
  return retry(address, options, async () => {
    using watch = createWatch(options)
    const head = await request(address, 'HEAD', watch)
    // Some servers only answer to GET.
    const answer = head.ok ? head : await request(address, 'GET', watch)
    await answer.body?.cancel()
    checkAnswer(address, answer)
    return toWebFile(address, answer)
  })
}

/**
 * Downloads a file to a path that nobody uses yet. Redirects are followed; content that is
 * shorter or longer than announced is a failure.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `REMOTE_DENIED`, `DATA_SOURCE_UNAVAILABLE`,
 * `PATH_FORBIDDEN`, `FILE_WRITE_FAILED`
 */
export async function downloadWebFile(
  address: string,
  target: string,
  options: DownloadOptions = {},
): Promise<WebFile> {
  checkAddress(address)
  return retry(address, options, async () => {
    using watch = createWatch(options)
    const answer = await request(address, 'GET', watch)
    checkAnswer(address, answer)
    const file = toWebFile(address, answer)
    const count = await writeBody(answer, target, watch)
    const announced = sizeOf(file)
    if (announced === undefined || announced === count) return file
    throw unavailable(address, `it ended after ${count} of ${announced} bytes`)
  })
}

/** Secrets must not get into a file that git keeps, nor into a message. */
function checkAddress(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new ToolkitError(
      'CLI_USAGE',
      `'${showAddress(address)}' is no address that can be imported`,
      {
        hint: 'give an http or https address, or a path',
      },
    )
  }
  if (url.username === '' && url.password === '') return
  throw new ToolkitError('PATH_FORBIDDEN', `the address on '${url.host}' has a password in it`, {
    hint: 'git must not keep it: download the file yourself, and add it',
  })
}

interface Watch extends Disposable {
  readonly signal: AbortSignal
  /** Something arrived. */
  touch(): void
}

function createWatch({ timeoutMs = defaultTimeoutMs, signal }: DownloadOptions): Watch {
  const controller = new AbortController()
  const giveUp = (): void => controller.abort(new Error(`no answer for ${timeoutMs / 1000} s`))
  let timer = setTimeout(giveUp, timeoutMs)
  return {
    signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
    touch: () => {
      clearTimeout(timer)
      timer = setTimeout(giveUp, timeoutMs)
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

async function request(address: string, method: 'GET' | 'HEAD', watch: Watch): Promise<Response> {
  const answer = await followRedirects(address, method, watch.signal)
  watch.touch()
  return answer
}

function toWebFile(address: string, answer: Response): WebFile {
  return { address, finalAddress: answer.url, headers: new Map(answer.headers) }
}

async function writeBody(answer: Response, target: string, watch: Watch): Promise<number> {
  await using file = await openTarget(target)
  let count = 0
  for await (const piece of answer.body ?? []) {
    watch.touch()
    try {
      await file.writeFile(piece)
    } catch (error) {
      throw asWriteError(target, error)
    }
    count += piece.length
  }
  return count
}

async function openTarget(target: string): ReturnType<typeof open> {
  try {
    return await open(target, 'w')
  } catch (error) {
    throw asWriteError(target, error)
  }
}

/** @throws {ToolkitError} `FILE_MISSING`, `REMOTE_DENIED`, `DATA_SOURCE_UNAVAILABLE` */
function checkAnswer(address: string, { ok, status, headers }: Response): void {
  if (ok) return
  const shown = showAddress(address)
  if (status === 404 || status === 410) {
    throw new ToolkitError(
      'FILE_MISSING',
      `'${shown}' does not exist: the server answered ${status}`,
      {
        hint: 'check the address',
        details: { status },
      },
    )
  }
  if (status === 401 || status === 403) {
    throw new ToolkitError(
      'REMOTE_DENIED',
      `the server refuses '${shown}': it answered ${status}`,
      {
        hint: 'download the file yourself, and add it with: mlpt add',
        details: { status },
      },
    )
  }
  const retryAfter = headers.get('retry-after') ?? undefined
  throw unavailable(address, `the server answered ${status}`, { status, retryAfter })
}

async function retry<T>(
  address: string,
  { retryDelaysMs = defaultRetryDelaysMs, timeoutMs = defaultTimeoutMs, signal }: DownloadOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt()
    } catch (error) {
      signal?.throwIfAborted()
      const problem = error instanceof ToolkitError ? error : asNetworkError(address, error)
      const delayMs = retryDelaysMs[count]
      if (!mayPass(problem)) throw problem
      if (delayMs === undefined) throw triedOften(problem, count + 1)
      await sleep(pauseAfter(problem, delayMs, timeoutMs), undefined, signal && { signal })
    }
  }
}

function triedOften(problem: ToolkitError, tries: number): ToolkitError {
  if (tries === 1) return problem
  const { code, message, hint, details, cause } = problem
  return new ToolkitError(code, `${message}, tried ${tries} times`, {
    hint,
    details: { ...details, tries },
    cause,
  })
}

function asNetworkError(address: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const cause = error.cause instanceof Error ? error.cause : error
  const reason = systemCode(cause) ?? cause.message
  return unavailable(address, reason, { cause: error })
}

/** A server that says no will say so again; one that is busy, or a broken connection, may not. */
function mayPass(error: unknown): error is ToolkitError {
  if (!(error instanceof ToolkitError) || error.code !== 'DATA_SOURCE_UNAVAILABLE') return false
  const { status } = error.details
  return typeof status !== 'number' || status === 429 || status >= 500
}
