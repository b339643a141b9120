/** One exchange over HTTP or HTTPS, on connections that are kept; for small ones `fetch` takes two to four times as long. */

import { Agent, request as requestPlain, type IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as requestSecure } from 'node:https'
import { Readable } from 'node:stream'

export interface HttpRequest {
  readonly method: string
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | Readable | undefined
  /** After so long without a byte in either direction it has failed, with an {@link isIdleError}; no limit when left out. */
  readonly idleLimitMs?: number | undefined
}

export interface HttpSender extends Disposable {
  /**
   * Gives the head of the answer; its content is to be read or destroyed. Redirects are answers.
   *
   * @param signal - ends the exchange, up to the end of the content
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage>
}

/** What a request ends with for which nothing has moved for too long. */
export function isIdleError(error: unknown): boolean {
  return error instanceof Error && error.name === 'IdleError'
}

/** Servers close what is idle for five seconds: whoever is faster loses no request to that. */
const idleMs = 4000
const mostConnections = 64

export function openHttpSender(): HttpSender {
  const options = { keepAlive: true, timeout: idleMs, maxSockets: mostConnections }
  const plain = new Agent(options)
  const secure = new SecureAgent(options)
  return {
    send: async ({ method, address, headers, body, idleLimitMs }, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      const url = new URL(address)
      const limit = idleLimitMs === undefined ? {} : { timeout: idleLimitMs }
      const sent =
        url.protocol === 'https:'
          ? requestSecure(url, { method, headers, signal, agent: secure, ...limit })
          : requestPlain(url, { method, headers, signal, agent: plain, ...limit })
      if (idleLimitMs !== undefined) sent.on('timeout', () => sent.destroy(idleError()))
      sent.on('response', resolve)
      sent.on('error', reject)
      if (body instanceof Readable) {
        body.on('error', (error) => sent.destroy(error))
        sent.on('close', () => body.destroy())
        body.pipe(sent)
      } else {
        if (body !== undefined) sent.setHeader('content-length', Buffer.byteLength(body))
        sent.end(body)
      }
      return promise
    },
    [Symbol.dispose]: () => {
      plain.destroy()
      secure.destroy()
    },
  }
}

function idleError(): Error {
  return Object.assign(new Error('nothing was sent or received in time'), { name: 'IdleError' })
}
