/** Requests that come together are answered together, each its own answer, and a client alone at once. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { fastify } from 'fastify'
import { answerTogether } from '../../../src/serving/http/answer-together.ts'

/** What a server does while so many clients, long connected, ask at once. */
async function askAtOnce(clients: number): Promise<{ done: string[]; answers: string[] }> {
  const done: string[] = []
  const app = fastify()
  answerTogether(app)
  app.get<{ Params: { name: string } }>('/:name', async ({ params }) => {
    done.push('worked')
    return params.name
  })
  app.addHook('onSend', async () => void done.push('sent'))
  await app.listen({ host: '127.0.0.1', port: 0 })
  try {
    const sockets: Socket[] = []
    for (let client = 0; client < clients; client++) sockets.push(await openTo(app.server))
    const answers = sockets.map((socket) => text(socket))
    for (const [name, socket] of sockets.entries()) {
      socket.end(`GET /${name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    }
    return { done, answers: await Promise.all(answers) }
  } finally {
    await app.close()
  }
}

/** Settles when the server has it too. */
async function openTo(server: Server): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  await Promise.all([once(socket, 'connect'), once(server, 'connection')])
  return socket
}

describe('answers', () => {
  test('of requests that come together are sent when all are worked out, each to its client', async () => {
    const { done, answers } = await askAtOnce(5)
    assert.equal(done.join(), `${'worked,'.repeat(5)}${'sent,'.repeat(5)}`.slice(0, -1))
    assert.deepEqual(
      answers.map((answer) => answer.split('\r\n').at(-1)),
      ['0', '1', '2', '3', '4'],
    )
  })

  test('of many do not wait for more than sixteen', async () => {
    const { done, answers } = await askAtOnce(40)
    assert.equal(done.indexOf('sent'), 16)
    assert.deepEqual(
      answers.map((answer) => Number(answer.split('\r\n').at(-1))),
      Array.from({ length: 40 }, (_, i) => i),
    )
  })

  test('to a client alone are sent at once', async () => {
    const { done } = await askAtOnce(1)
    assert.deepEqual(done, ['worked', 'sent'])
  })
})
