/** MLflow's own pages, as its Python package brings them, in a browser in front of our server. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { BrowserContext } from 'playwright-core'
import { openChromium, skipWithoutChromium } from '../open-chromium.ts'
import { openServedRuns, type ServedRuns } from '../tracking/serve-credit-runs.ts'
import { peer } from './mlflow/real-server.ts'

describe("MLflow's pages", { skip: peer.skip || skipWithoutChromium }, () => {
  const resources = new AsyncDisposableStack()
  let served: ServedRuns
  let context: BrowserContext
  let pages: Pages

  before(async () => {
    served = resources.use(await openServedRuns())
    pages = resources.use(await openPages(served.address))
    const browser = await openChromium()
    resources.defer(() => browser.close())
    context = await browser.newContext({ baseURL: pages.address })
  })
  after(() => resources.disposeAsync())

  for (const [name, path, texts] of [
    ['runs', '/experiments/1/runs', ['Training runs', 'first', 'fourth', '4 matching runs']],
    [
      'a run',
      '/experiments/1/runs/FIRST',
      ['About this run', 'Finished', 'credit', 'loss', 'linear'],
    ],
    ['the charts of a run', '/experiments/1/runs/FIRST/model-metrics', ['Model metrics', 'loss']],
    ['the files of a run', '/experiments/1/runs/FIRST/artifacts/model/MLmodel', ['MLmodel', '{}']],
    ['a run that is not there', '/experiments/1/runs/missing', ['does not exist']],
    ['a model', '/models/credit', ['Version 1', 'champion']],
    ['a version', '/models/credit/versions/1', ['about', 'champion', 'data', 'abc']],
  ] as const) {
    test(name, async () => {
      const page = await context.newPage()
      await page.goto(`/#${path.replace('FIRST', served.first)}`)
      for (const text of texts) await page.getByText(text).first().waitFor({ timeout: 15_000 })
      await page.close()
    })
  }

  test('ask for nothing that is not here but what has to do with language models', () => {
    const failed = pages.answers.filter(({ status }) => status >= 400)
    const paths = new Set(failed.map(({ path, status }) => `${status} ${path}`))
    assert.deepEqual([...paths].toSorted(), [
      '404 /ajax-api/2.0/mlflow/users/current',
      '404 /ajax-api/3.0/mlflow/assistant/config',
      '404 /ajax-api/3.0/mlflow/assistant/providers',
      '404 /ajax-api/3.0/mlflow/ui-telemetry',
    ])
    assert.deepEqual(served.failures, [])
  })
})

interface Pages extends AsyncDisposable {
  readonly address: string
  /** Of the server behind. */
  readonly answers: readonly { readonly path: string; readonly status: number }[]
}

/** Serves the files of the pages, and hands all else to a server. */
async function openPages(behind: string): Promise<Pages> {
  const code = 'import mlflow; print(mlflow.__file__)'
  const found = execFileSync(peer.python, ['-W', 'ignore', '-c', code], { encoding: 'utf8' })
  const folder = join(dirname(found.trim()), 'server/js/build')
  const answers: { path: string; status: number }[] = []
  const server = createServer((incoming, outgoing) => {
    const [path = '/'] = (incoming.url ?? '/').split('?')
    const file = path === '/' ? 'index.html' : /^\/static-files\/(.*)/.exec(path)?.[1]
    if (file !== undefined) return void sendFile(join(folder, file), outgoing)
    return forward(incoming, outgoing, {
      behind,
      onStatus: (status) => answers.push({ path, status }),
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    answers,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

async function sendFile(path: string, outgoing: ServerResponse): Promise<void> {
  try {
    const bytes = await readFile(path)
    outgoing.writeHead(200, {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'cache-control': 'max-age=600',
    })
    outgoing.end(bytes)
  } catch {
    outgoing.writeHead(404).end() // the pages name files that the package does not have
  }
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { behind, onStatus }: { readonly behind: string; readonly onStatus: (status: number) => void },
): void {
  const headers = { ...incoming.headers, host: new URL(behind).host }
  delete headers.origin
  const sent = request(new URL(incoming.url ?? '/', behind), {
    method: incoming.method,
    headers,
  })
  sent.on('response', (answer) => {
    onStatus(answer.statusCode ?? 0)
    outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
    answer.pipe(outgoing)
  })
  sent.on('error', () => outgoing.destroy())
  incoming.pipe(sent)
}
