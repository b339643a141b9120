/** A server that answers requests for S3 as it is told. */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Remote } from '../../src/pipeline/remote/remote.ts'
import { openS3Remote } from '../../src/pipeline/remote/s3-client.ts'
import { readS3Options } from '../../src/pipeline/remote/s3-options.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

/** The key of an object. */
export const key = 'files/md5/60/b725f10c9c85c70d97880dfe8191b3'
const secrets = { access_key_id: 'AKIDOPEN', secret_access_key: 'hunter2', session_token: 'tok3n' }

export function makePath(): string {
  return join(makeScratchFolder(), 'x')
}

export interface TestServer extends AsyncDisposable {
  readonly endpoint: string
  /** `GET /path`, in the order in which they came. */
  readonly requests: string[]
  readonly open: (options?: Readonly<Record<string, string>>) => Promise<Remote>
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

export async function startServer(answer: Answer): Promise<TestServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    request.resume()
    response.setHeader('etag', '"0"')
    request.on('end', () => answer(request, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const endpoint = `http://127.0.0.1:${port}`
  const settings = {
    url: 's3://bucket/pre',
    endpointurl: endpoint,
    region: 'x',
    ...secrets,
  }
  return {
    endpoint,
    requests,
    open: (options = {}) =>
      openS3Remote(readS3Options('r', new Map(Object.entries({ ...settings, ...options })), 4), {
        clock: Date.now,
        firstPauseMs: 1,
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

export function xml(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>it is wrong</Message></Error>`
}

export function listing(keys: readonly string[], next?: string): string {
  const contents = keys.map((one) => `<Contents><Key>pre/${one}</Key><Size>1</Size></Contents>`)
  const token = next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
  return `<ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`
}

export function write(text: string): string {
  const path = join(makeScratchFolder(), 'source')
  writeFileSync(path, text)
  return path
}
