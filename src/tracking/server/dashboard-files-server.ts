/** Serves the dashboard's page: its own few files and two libraries, all from this origin, without a build step. */

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { readIfThere } from '../read-if-there-file.ts'

const ownDirectory = fileURLToPath(new URL('../../dashboard/', import.meta.url))

/** What the page may import by name; each is one file that imports only others of this list. */
const libraries: Readonly<Record<string, string>> = {
  htm: 'htm.js',
  'htm/preact': 'htm-preact.js',
  preact: 'preact.js',
  'preact/hooks': 'preact-hooks.js',
}

const importMap = JSON.stringify({
  imports: Object.fromEntries(
    Object.entries(libraries).map(([name, file]) => [name, `./page/library/${file}`]),
  ),
})

/** No code and no data but our own: the one inline script is the import map, known by its hash. */
const pagePolicy = [
  `default-src 'none'`,
  `script-src 'self' 'sha256-${createHash('sha256').update(importMap).digest('base64')}'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ')

/** Adds the page at `/` and its files below `/page/`. */
export function addDashboard(app: FastifyInstance, directory = ownDirectory): void {
  const reading = { config: { permission: 'read' } } as const
  app.get('/', reading, async (_request, reply) => {
    const page = await readFile(join(directory, 'index.html'), 'utf8')
    const entry = existsSync(join(directory, 'main.ts')) ? 'main.ts' : 'main.js'
    const scripts = `<script type="importmap">${importMap}</script>
    <script type="module" src="./page/${entry}"></script>`
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', pagePolicy)
      .send(page.replace(/<!-- scripts: .*? -->/, () => scripts))
  })
  app.get<{ Params: { file: string } }>('/page/library/:file', reading, async (request, reply) => {
    const name = Object.keys(libraries).find((key) => libraries[key] === request.params.file)
    if (name === undefined) return reply.callNotFound()
    const content = await readFile(fileURLToPath(import.meta.resolve(name)), 'utf8')
    return reply.type('text/javascript; charset=utf-8').send(content)
  })
  app.get<{ Params: { '*': string } }>('/page/*', reading, async (request, reply) =>
    sendPageFile(directory, request.params['*'], reply),
  )
}

const mediaTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  ts: 'text/javascript; charset=utf-8',
}

/** A name that fits the pattern has no way out of the folder. */
async function sendPageFile(
  directory: string,
  file: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const ending = /^(?:[a-z0-9-]+\/)?[a-z0-9-]+\.(css|js|ts)$/.exec(file)?.[1]
  const content = ending === undefined ? undefined : await readIfThere(join(directory, file))
  if (ending === undefined || content === undefined) {
    reply.callNotFound()
    return reply
  }
  return reply
    .type(mediaTypes[ending] ?? '')
    .send(ending === 'ts' ? stripTypeScriptTypes(content.toString('utf8')) : content)
}
