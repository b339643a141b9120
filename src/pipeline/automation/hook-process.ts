/** Tells others what happened: a command that gets the event on its standard input, or an address it is posted to. */

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemCode } from '../../core/atomic-file.ts'
import { decodePercent } from '../../core/percent-encoding.ts'
import { drainOutput } from '../run/drain-process.ts'

/** What a hook is told; it becomes JSON. */
export interface HookEvent {
  readonly event:
    | 'stage-finished'
    | 'stage-failed'
    | 'run-finished'
    | 'run-failed'
    | 'alert-firing'
    | 'alert-resolved'
  readonly [detail: string]: unknown
}

/** How hooks are called. */
export interface HookOptions {
  /** Where commands run. */
  readonly workingFolder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Told why a hook failed, in one line; never with the secret part of an address. */
  readonly warn: (message: string) => void
  /** How long one try may take; 10 seconds unless it is said. */
  readonly timeoutMs?: number
  /** Pauses before an address is tried again; a command is tried once. */
  readonly retryDelaysMs?: readonly number[]
}

const defaultTimeoutMs = 10_000
const defaultDelaysMs = [500, 2000, 5000]

/**
 * Calls one hook and waits for it. It never throws: a pipeline does not fail because nobody
 * could be told about it.
 *
 * @param hook - a shell command, or an `http://` or `https://` address
 */
export async function callHook(
  hook: string,
  event: HookEvent,
  options: HookOptions,
): Promise<void> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(hook)?.[1]?.toLowerCase()
  const failure =
    scheme === undefined
      ? await runHook(hook, event, options)
      : scheme === 'http' || scheme === 'https'
        ? await postHook(hook, event, options)
        : `an address has to begin with http:// or https://, not ${scheme}://`
  if (failure === undefined) return
  const name = scheme === undefined ? `'${hook}'` : publicAddress(hook)
  options.warn(`the hook ${name} was not told of ${event.event}: ${failure}`)
}

/** Host only: webhooks carry their secret in the path, the query or before the host. */
function publicAddress(hook: string): string {
  return URL.canParse(hook) ? `${new URL(hook).origin}/…` : 'with an address that is none'
}

/** @returns why it failed */
async function runHook(
  command: string,
  event: HookEvent,
  { workingFolder, environment, timeoutMs = defaultTimeoutMs }: HookOptions,
): Promise<string | undefined> {
  try {
    // A group of its own can be ended whole.
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: workingFolder,
      env: { ...environment, MLPT_EVENT: event.event },
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    return await tellChild(child, event, timeoutMs)
  } catch (error) {
    // Some of what keeps a command from starting is thrown, the rest is an event.
    return startFailure(error)
  }
}

function startFailure(error: unknown): string {
  return `it cannot be started: ${systemCode(error) ?? String(error)}`
}

async function tellChild(
  child: ChildProcessByStdio<Writable, null, Readable>,
  event: HookEvent,
  timeoutMs: number,
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const timer = setTimeout(() => {
    killGroup(child.pid)
    resolve(`it took longer than ${timeoutMs / 1000} s`)
  }, timeoutMs)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1000)
  })
  child.on('error', (error) => resolve(startFailure(error)))
  const closed = new Promise((whenClosed) => child.on('close', whenClosed))
  child.on('exit', async (code, signal) => {
    await drainOutput(closed)
    const how = code === null ? `was ended by ${signal}` : `exited with ${code}`
    const lastLine = said.trimEnd().split('\n').at(-1) ?? ''
    resolve(code === 0 ? undefined : `it ${how}${lastLine === '' ? '' : `: ${lastLine}`}`)
  })
  // A command that does not care to read is none that failed.
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${JSON.stringify(event)}\n`)
  const failure = await promise
  clearTimeout(timer)
  for (const pipe of [child.stdin, child.stderr]) pipe.destroy()
  return failure
}

function killGroup(group: number | undefined): void {
  if (group === undefined) return
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error
  }
}

/** @returns why the last try failed */
async function postHook(
  hook: string,
  event: HookEvent,
  { timeoutMs = defaultTimeoutMs, retryDelaysMs = defaultDelaysMs }: HookOptions,
): Promise<string | undefined> {
  if (!URL.canParse(hook)) return 'it is no address'
  for (const delayMs of [...retryDelaysMs, undefined]) {
    const { failure, isFinal } = await postOnce(new URL(hook), event, timeoutMs)
    if (failure === undefined || isFinal || delayMs === undefined) return failure
    await sleep(delayMs)
  }
}

interface PostAnswer {
  readonly failure: string | undefined
  /** Whether trying again would bring the same. */
  readonly isFinal: boolean
}

async function postOnce(address: URL, event: HookEvent, timeoutMs: number): Promise<PostAnswer> {
  const headers = { 'content-type': 'application/json', ...loginOf(address) }
  // fetch refuses addresses with a password in them.
  address.username = ''
  address.password = ''
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers,
      body: JSON.stringify(event),
      redirect: 'manual', // What is posted to one place is not for another.
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    if (response.ok) return { failure: undefined, isFinal: true }
    const isFinal = response.status < 500 && response.status !== 408 && response.status !== 429
    return { failure: `it answered ${response.status}`, isFinal }
  } catch (error) {
    if (isForbiddenPort(error)) {
      const failure = `port ${address.port} belongs to another protocol: fetch never calls it`
      return { failure, isFinal: true }
    }
    return { failure: describeFetchError(error, timeoutMs), isFinal: false }
  }
}

function loginOf({ username, password }: URL): { readonly authorization?: string } {
  if (username === '') return {}
  const login = Buffer.from(`${decodePercent(username)}:${decodePercent(password)}`)
  return { authorization: `Basic ${login.toString('base64')}` }
}

/** Its list stands in the Fetch standard; only the cause of the error says so. */
function isForbiddenPort(error: unknown): boolean {
  return (
    error instanceof TypeError && error.cause instanceof Error && error.cause.message === 'bad port'
  )
}

/** Of the message only what cannot hold the address. */
function describeFetchError(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'it cannot be reached'
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
  const cause = error.cause instanceof Error ? error.cause : error
  // Of a connection that broke, or of what speaks no HTTP: they are not the system's.
  const own = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
  return `it cannot be reached (${systemCode(cause) ?? own})`
}
