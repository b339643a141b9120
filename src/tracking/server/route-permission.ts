/** What each address of the server needs, kept with its route: an address that says nothing is not added. */

import type { FastifyInstance } from 'fastify'
import type { Permission } from './route.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `public` is for everyone, without a token. */
    readonly permission?: Permission | 'public'
  }
}

/** @throws {TypeError} when a route is added that declares no permission */
export function requirePermissions(app: FastifyInstance): void {
  app.addHook('onRoute', ({ config, method, url }) => {
    if (config?.permission !== undefined) return
    throw new TypeError(`the route ${String(method)} ${url} declares no permission`)
  })
}
