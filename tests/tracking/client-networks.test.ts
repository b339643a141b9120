/** Our client on networks that are slow, break or lead elsewhere; see `client-failures.test.ts` for servers that do. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { openTrackingClient, type TrackingClient } from '../../src/tracking/client/rest-client.ts'
import { serve } from './odd-server.ts'
import { serve as serveListener } from '../web-server.ts'

test('a file that takes longer than the time-out arrives, as long as something moves', async () => {
  await using server = await serveListener((request, response) => {
    if (request.method === 'GET') response.end(JSON.stringify(aRun))
    else void buffer(request).then(({ length }) => response.end(JSON.stringify({ length })))
  })
  await using client = open(server.url, 120)
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 10; i++) {
      await wait(30)
      yield Buffer.alloc(100)
    }
  }
  await client.writeArtifact({ runId }, 'slow', pieces(), 1000)
})

test('a file that nobody takes is given up, and so is one that cannot be read, with its own reason', async () => {
  await using server = await serveListener((request, response) => {
    if (request.method === 'GET') response.end(JSON.stringify(aRun))
    else request.resume().on('error', () => undefined)
  })
  await using client = open(server.url, 50)
  await assert.rejects(() => client.writeArtifact({ runId }, 'a', Buffer.from('x')), {
    ...serverFailed,
    message: /^PUT .* did not answer in time, tried 3 times$/,
  })
  const broken = new Error('the disk is gone')
  const pieces = Readable.from(failing(broken))
  await assert.rejects(() => client.writeArtifact({ runId }, 'a', pieces), broken)
})

test('a run is created after a computation in which the server closed the connection', async () => {
  // In a thread of its own: this one computes.
  const answer = JSON.stringify(aRun)
  const worker = new Worker(
    `const { createServer } = require('node:http')
     const { parentPort, workerData } = require('node:worker_threads')
     const server = createServer((request, response) => {
       request.resume()
       response.end(workerData, () => setTimeout(() => request.socket.end(), 10))
     })
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true, workerData: answer },
  )
  try {
    const [port] = (await once(worker, 'message')) as [number]
    await using client = open(`http://127.0.0.1:${port}`)
    for (let i = 0; i < 3; i++) {
      await client.createRun({ experimentId: '1', startTime: 1 })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60)
    }
  } finally {
    await worker.terminate()
  }
})

test('content that breaks off is an error that names its address', async () => {
  await using server = await serveListener((request, response) => {
    if (request.url?.includes('/runs/get') === true) {
      response.end(JSON.stringify(aRun))
      return
    }
    response.writeHead(200, { 'content-length': '1000' })
    response.write('half', () => setTimeout(() => response.destroy(), 10))
  })
  await using client = open(server.url)
  const { content } = await client.openArtifact({ runId }, 'a')
  await assert.rejects(() => buffer(content), {
    ...serverFailed,
    message: /^what GET http.*\/artifacts\/a answered broke off: ECONNRESET$/,
  })
})

test('content that nobody reads leaves no connection open', async () => {
  const closed = Promise.withResolvers<void>()
  await using server = await serveListener((request, response) => {
    if (request.url?.includes('/runs/get') === true) {
      response.end(JSON.stringify(aRun))
      return
    }
    request.socket.once('close', closed.resolve)
    response.writeHead(200, { 'content-length': '1000' })
    response.write('half')
  })
  await using client = open(server.url)
  const { content } = await client.openArtifact({ runId }, 'a')
  content.destroy()
  await closed.promise
})

test('where a redirect leads is told, without what may be secret', async () => {
  const location = 'https://ada:secret@mlflow.example.com/login?token=secret'
  await using server = await serve([{ status: 308, headers: { location } }])
  await using client = open(server.uri)
  await assert.rejects(() => client.getExperiment('1'), {
    ...serverFailed,
    message: `GET ${server.uri}/api/2.0/mlflow/experiments/get answered 308: it leads to https://mlflow.example.com/login`,
    hint: /https for http/,
  })
})

test('how often it was tried is told', async () => {
  await using server = await serve([{ status: 502, text: '<h1>Bad Gateway</h1>' }])
  await using client = open(server.uri)
  await assert.rejects(() => client.getExperiment('1'), { message: /answered 502, 3 times: Bad/ })
  await server[Symbol.asyncDispose]()
  await assert.rejects(() => client.getExperiment('1'), { message: /REFUSED, tried 3 times$/ })
})

const runId = 'a'.repeat(32)
const serverFailed = { code: 'TRACKING_SERVER_FAILED' }
const aRun = {
  run: {
    info: { run_id: runId, artifact_uri: `mlflow-artifacts:/1/${runId}/artifacts` },
    data: {},
  },
}

function open(uri: string, timeoutMs = 10_000): TrackingClient {
  return openTrackingClient({ uri, timeoutMs, retries: { maxRetries: 2, baseDelayMs: 1 } })
}

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.from('x')
  await wait(5)
  throw error
}
