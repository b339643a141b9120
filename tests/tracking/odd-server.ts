/** A server that answers as a test wants, on a free port. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What a server does with one request. */
type Behaviour =
  | 'break'
  | 'silence'
  | 'stall'
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly json?: object
      readonly text?: string
    }

interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface OddServer extends AsyncDisposable {
  readonly uri: string
  readonly seen: Seen[]
  /** Fulfilled with the first request. */
  readonly asked: Promise<void>
}

/** Does what is listed, one by one; the last again and again. */
export async function serve(behaviours: readonly Behaviour[]): Promise<OddServer> {
  const seen: Seen[] = []
  const asked = Promise.withResolvers<void>()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request)
    const { method = '', url: path = '', headers } = request
    seen.push({ method, path, headers, body: body.toString() })
    behave(response, behaviours[seen.length - 1] ?? behaviours.at(-1) ?? {})
    asked.resolve()
  }
  const server = createServer((request, response) => void answer(request, response))
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  const { port } = server.address() as AddressInfo
  return {
    uri: `http://127.0.0.1:${port}`,
    seen,
    asked: asked.promise,
    [Symbol.asyncDispose]: async () => {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}

function behave(response: ServerResponse, behaviour: Behaviour): void {
  if (behaviour === 'silence') return
  if (behaviour === 'break') {
    response.destroy()
    return
  }
  if (behaviour === 'stall') {
    response.writeHead(200, { 'content-length': '100' })
    response.write('{')
    return
  }
  const {
    status = 200,
    headers = {},
    json,
    text = json === undefined ? '' : JSON.stringify(json),
  } = behaviour
  response.writeHead(status, headers)
  response.end(text)
}
