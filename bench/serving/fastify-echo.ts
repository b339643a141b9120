/** The least that a server on Fastify does with a request of JSON: parse it and send it back. */

import { fastify } from 'fastify'

const app = fastify()
app.post('/predict', (request, reply) => reply.send(request.body))
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
