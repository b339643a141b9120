/** A small web server whose paths say which headers it sends. */

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface WebServer {
  body: string
  readonly url: string
  close(): void
}

export async function startServer(): Promise<WebServer> {
  const state = { body: 'hello\n' }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    if (path.startsWith('/missing') || path === '/') {
      response.writeHead(404).end()
      return
    }
    if (path === '/redirected') {
      response.writeHead(302, { location: '/etag.txt' }).end()
      return
    }
    response.writeHead(200, headersFor(path, state.body))
    response.end(request.method === 'HEAD' ? undefined : state.body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return createWebServer(server, state)
}

function createWebServer(server: Server, state: { body: string }): WebServer {
  const { port } = server.address() as AddressInfo
  return {
    get body() {
      return state.body
    },
    set body(text) {
      state.body = text
    },
    url: `http://127.0.0.1:${port}`,
    close: () => server.close().closeAllConnections(),
  }
}

function headersFor(path: string, body: string): Record<string, string> {
  const headers: Record<string, string> = {}
  if (!path.includes('no-length')) headers['content-length'] = String(body.length)
  if (path.includes('etag')) headers['etag'] = `"tag-of-${body.length}"`
  if (path.includes('weak')) headers['etag'] = 'W/"abc"'
  if (path.includes('md5')) headers['content-md5'] = 'sZRqySSS0jR8YjW00mERhA=='
  if (path.includes('dated')) {
    headers['last-modified'] = 'Wed, 21 Oct 2015 07:28:00 GMT'
    headers['content-type'] = 'text/csv; charset=utf-8'
    headers['accept-ranges'] = 'none'
  }
  return headers
}
