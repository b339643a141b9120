import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { createServingApp, startServing } from '../../../src/serving/index.ts'
import { predictor, row, serveModel } from '../serve-model.ts'

describe('startServing', () => {
  test('a port that is taken is an error with a hint', async () => {
    await using server = await serveModel()
    const second = startServing(createServingApp({ predictor }), {
      host: '127.0.0.1',
      port: server.port,
    })
    await assert.rejects(second, {
      code: 'PORT_UNAVAILABLE',
      message: `cannot listen on 127.0.0.1:${server.port}: EADDRINUSE`,
    })
  })

  test('an address that this machine does not have is an error', async () => {
    const app = createServingApp({ predictor })
    await assert.rejects(startServing(app, { host: '192.0.2.1', port: 0 }), {
      code: 'PORT_UNAVAILABLE',
    })
  })

  test('says where it can be reached', async () => {
    const app = createServingApp({ predictor })
    await using server = await startServing(app, { host: '0.0.0.0', port: 0 })
    assert.equal(server.address, `http://localhost:${server.port}`)
  })
})

describe('stopping', () => {
  test('a request under way is answered, on a connection that then closes', async () => {
    const server = await serveModel()
    const body = JSON.stringify(row)
    const socket = await openSocket(server.port)
    const answer = readAll(socket)
    socket.write(post(body).slice(0, -5))
    await received(server)
    const stopped = server.stop()
    socket.write(body.slice(-5))
    await stopped
    assert.match(await answer, /^HTTP\/1.1 200 OK\r\n/)
    assert.match(await answer, /\r\nconnection: close\r\n/i)
    assert.match(await answer, /"probability":0.75/)
  })

  test('readiness ends before the last connection does', async () => {
    const server = await serveModel()
    const slow = await openSocket(server.port)
    slow.write(post(JSON.stringify(row)).slice(0, -1))
    const probe = await openSocket(server.port)
    const answer = readAll(probe)
    // The head of a request: the connection is not idle, the request not yet there.
    probe.write('GET /health/ready HTTP/1.1\r\nhost: localhost\r\n')
    await received(server)
    const stopped = server.stop()
    probe.write('\r\n')
    assert.match(await answer, /^HTTP\/1.1 503 [\s\S]*"status":"draining"/)
    slow.write('}')
    await stopped
  })

  test('idle connections are closed, used or not', { timeout: 5000 }, async () => {
    const server = await serveModel()
    const [used, unused] = [await openSocket(server.port), await openSocket(server.port)]
    used.write('GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n')
    await once(used, 'data')
    used.resume()
    unused.resume()
    const closed = Promise.all([once(used, 'close'), once(unused, 'close')])
    await server.stop()
    await closed
  })

  test('a request that never ends is cut off after the limit', { timeout: 5000 }, async () => {
    const server = await serveModel({ drainLimitMs: 100 })
    const socket = await openSocket(server.port)
    const answer = readAll(socket)
    socket.write(post(JSON.stringify(row)).slice(0, -1))
    await received(server)
    await server.stop()
    assert.equal(await answer, '')
  })

  test('twice is once', async () => {
    const server = await serveModel()
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
  })
})

function post(body: string): string {
  return `POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    // A connection that is cut off may end in an error; what came before is the answer.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}

/** What was written before is at the server when a later request has been answered. */
async function received(server: { send(path: string): Promise<unknown> }): Promise<void> {
  await server.send('/health/live')
  await server.send('/health/live')
}
