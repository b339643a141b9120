/** nginx in front of our servers, with the very configuration that docs/serving-operations.md shows. */

import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openPredictor } from '../../src/model/index.ts'
import { createServingApp, startServing, type RunningServer } from '../../src/serving/index.ts'
import { findFreePort, isListening } from '../free-port.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeScratchFolder } from '../scratch-folder.ts'
import { drawRows, trainSmallModel } from '../serving/trained-model.ts'

const shown = /```nginx\n([^]*?)```/.exec(readFileSync('docs/serving-operations.md', 'utf8'))![1]!

describe('nginx, as docs/serving-operations.md shows it', { skip: findSkip() }, () => {
  test('servers behind it are restarted and workers killed without a failed request; clients that go away leave nothing behind', async () => {
    await using model = await trainSmallModel('logistic')
    const rows = drawRows(7, 3000)
    const predictor = await openPredictor(model.directory)
    const [first, second] = [await findFreePort(), await findFreePort()]
    let connections = 0
    const serve = async (): Promise<RunningServer> => {
      const app = createServingApp({ predictor, limits: { bodyBytes: 4e6, rows: 20_000 } })
      app.server.on('connection', () => connections++)
      return startServing(app, { host: '127.0.0.1', port: first })
    }
    await using stack = new AsyncDisposableStack()
    let server = stack.use(await serve())
    using workers = startWorkers(model.directory, second)
    await workers.heard(2)
    using nginx = await startNginx(
      shown.replace(':8001', `:${first}`).replace(':8002', `:${second}`),
    )
    const below = `http://127.0.0.1:${nginx.port}/models/credit/`

    // A page and a document that lie below a path name what they need from there.
    const openapi = await fetch(new URL('openapi.json', below))
    const { servers } = (await openapi.json()) as { servers: { url: string }[] }
    assert.equal(new URL(servers[0]!.url, openapi.url).href, below)
    const page = await fetch(new URL('docs', below))
    const links = [...(await page.text()).matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, to]) => to!)
    assert.notDeepEqual(links, [])
    for (const link of links) assert.equal((await fetch(new URL(link, page.url))).status, 200, link)

    // A limit on bodies that is raised here alone does nothing.
    assert.equal(await predict(below, { rows: rows.concat(rows, rows, rows, rows) }), 413)

    const ask = (): Promise<number> => predict(below, rows[0])
    using load = startLoad(ask)
    await load.until(100)
    const before = connections
    await load.until(200)
    assert.ok(connections - before < 10, `${connections - before} new connections of 100 requests`)
    await server.stop()
    await load.until(300)
    server = stack.use(await serve())
    await load.until(400)
    process.kill(workers.pid(0), 'SIGKILL')
    await workers.heard(3)
    await load.until(500)
    await load.stop()

    await goAway(nginx.port, rows, { sent: 0.5 }) // Half way of its request, of which we hear nothing:
    await goAway(nginx.port, rows, { sent: 1 }) // and before its answer.
    assert.equal(await predict(below, { rows }), 200)
    await server.stop()
    const metrics = await untilIdle(below)
    assert.doesNotMatch(metrics, /code="5/)
    assert.doesNotMatch(metrics, /outcome="error"/)
    // One that was away is asked as soon as it is back and the other is gone.
    server = stack.use(await serve())
    workers[Symbol.dispose]()
    while (await isListening(second)) await sleep(10)
    assert.equal(await ask(), 200)
  })
})

function findSkip(): string | false {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' })
    return false
  } catch {
    return 'skipped: no nginx; install nginx-light with apt-get'
  }
}

async function predict(below: string, row: unknown): Promise<number> {
  const answer = await fetch(new URL('predict', below), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(row),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** Asks from four connections, again and again. */
function startLoad(ask: () => Promise<number>) {
  const state = { answered: 0, isOver: false }
  const statuses = new Set<number | string>()
  const asking = Array.from({ length: 4 }, async () => {
    while (!state.isOver) {
      statuses.add(await ask().catch(String))
      state.answered++
    }
  })
  return {
    until: async (count: number): Promise<void> => {
      while (state.answered < count) await sleep(5)
      assert.deepEqual([...statuses], [200])
    },
    stop: async (): Promise<void> => {
      state.isOver = true
      await Promise.all(asking)
      assert.deepEqual([...statuses], [200])
    },
    [Symbol.dispose]: () => void (state.isOver = true),
  }
}

/** Sends this share of a large request, and waits for no answer. */
async function goAway(port: number, rows: readonly unknown[], { sent }: { readonly sent: number }) {
  const body = JSON.stringify({ rows })
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const head = [
    'POST /models/credit/predict HTTP/1.1',
    'Host: localhost',
    `Content-Length: ${body.length}`,
  ]
  socket.write([...head, 'Content-Type: application/json', '', ''].join('\r\n'))
  await new Promise((written) => socket.write(body.slice(0, body.length * sent), written))
  socket.destroy()
}

/** The metrics once no request but their own is under way. */
async function untilIdle(below: string): Promise<string> {
  for (;;) {
    const metrics = await (await fetch(new URL('metrics', below))).text()
    if (/^mlpt_http_requests_in_flight 1$/m.test(metrics)) return metrics
    await sleep(20)
  }
}

/** `mlpt serve --workers 2`, and who listens. */
function startWorkers(folder: string, port: number) {
  const flags = ['--port', String(port), '--workers', '2', '--max-body-bytes', '4000000']
  const child = spawn(process.execPath, [...mlptArguments, 'serve', folder, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
  const pids = (): readonly string[] => told.match(/(?<=worker )\d+(?= listens)/g) ?? []
  return {
    pid: (index: number): number => Number(pids()[index]),
    heard: async (count: number): Promise<void> => {
      while (pids().length < count) await Promise.race([once(child.stderr, 'data'), ended(child)])
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'close')
  throw new Error(`ended with ${code}`)
}

async function startNginx(configuration: string) {
  const folder = makeScratchFolder()
  const port = await findFreePort()
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const text = [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off; master_process off; pid nginx.pid; events {}',
    'http { access_log off;',
    ...places.map((place) => `${place}_temp_path ${place};`),
    configuration.replace(
      'server {\n  location',
      `server {\n  listen 127.0.0.1:${port};\n  location`,
    ),
    '}',
  ]
  writeFileSync(join(folder, 'nginx.conf'), text.join('\n'))
  const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'], {
    stdio: 'ignore',
  })
  const over = ended(child)
  over.catch(() => undefined)
  const isUp = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
  while (!(await Promise.race([isUp(), over]))) await sleep(10)
  return { port, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}
