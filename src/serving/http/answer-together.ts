/** Answers that are ready in one turn of the event loop are sent together, at its end. */

import type { FastifyInstance } from 'fastify'

/** So many are sent without waiting for more. */
const mostTogether = 16

/**
 * Sends the answers of requests that came together one right after the other. To wake a receiver that waits is a third of what a request
 * costs, and while the next request was worked on, it would have gone to sleep again. A client alone is answered at once.
 */
export function answerTogether(app: FastifyInstance): void {
  const countConnections = watchConnections(app)
  let waiting: (() => void)[] = []
  const sendAll = (): void => {
    const ready = waiting
    waiting = []
    for (const send of ready) send()
  }
  app.addHook('onSend', (_request, _reply, _payload, done) => {
    if (countConnections() < 2) return done()
    const count = waiting.push(done)
    if (count === 1) setImmediate(sendAll)
    if (count === mostTogether) sendAll()
  })
}

function watchConnections(app: FastifyInstance): () => number {
  let open = 0
  const leave = (): void => void open--
  app.server.on('connection', (socket) => {
    open++
    socket.once('close', leave)
  })
  return () => open
}
