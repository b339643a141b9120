import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ToolkitError } from '../core/errors.ts'

/** One thing the server does. What `answer` returns is the body. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** In the router's language: '/v2/models/:name'. No two routes share one. */
  readonly path: string
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => unknown
}

/** Adds the routes, whose bodies have at most so many bytes; any other method on their paths is answered with 405 and what is allowed. */
export function addRoutes(app: FastifyInstance, routes: readonly Route[], bodyLimit: number): void {
  for (const { method, path, answer } of routes) {
    app.route({ method, url: path, bodyLimit, handler: answer })
    const allowed = method === 'GET' ? ['GET', 'HEAD'] : [method]
    app.route({
      method: app.supportedMethods.filter((other) => !allowed.includes(other)),
      url: path,
      // Before the body is read: it does not matter.
      onRequest: (request, reply) => refuseMethod(request, reply, allowed),
      handler: () => undefined,
    })
  }
}

function refuseMethod(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): Promise<void> {
  void reply.header('allow', allowed.join(', '))
  return Promise.reject(
    new ToolkitError(
      'REQUEST_METHOD_UNSUPPORTED',
      `${request.method} does nothing here, expected ${allowed.join(' or ')}`,
      { hint: 'see /docs' },
    ),
  )
}
