import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { asListenError } from '../../core/listen-error.ts'

export interface ListenOptions {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  /** Requests that are under way when the server stops get this long; 10 seconds when left out. */
  readonly drainLimitMs?: number
}

/** A server that listens; disposing of it stops it. */
export interface RunningServer extends AsyncDisposable {
  /** Where to reach it from this machine: 'http://127.0.0.1:8000'. */
  readonly address: string
  readonly port: number
  /**
   * Drains: not ready, no new connections, idle ones closed, requests under way
   * answered. What is left after the limit is cut off. Stopping twice is stopping once.
   */
  stop(): Promise<void>
}

/**
 * Starts listening.
 *
 * @throws {ToolkitError} `PORT_UNAVAILABLE`
 */
export async function startServing(
  app: FastifyInstance,
  options: ListenOptions,
): Promise<RunningServer> {
  const connections = trackConnections(app)
  await listen(app, options)
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopped ??= drain(app, connections, options.drainLimitMs ?? 10_000))
  return {
    address: formatAddress(options.host, port),
    port,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function listen(app: FastifyInstance, { host, port }: ListenOptions): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    throw asListenError(error, { host, port })
  }
}

function trackConnections(app: FastifyInstance): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

async function drain(
  app: FastifyInstance,
  connections: ReadonlySet<Socket>,
  limitMs: number,
): Promise<void> {
  // Browsers connect ahead of need; Node takes such a connection for one whose request is on its way.
  for (const socket of connections) {
    if (socket.bytesRead === 0) socket.destroy()
  }
  const limit = setTimeout(() => app.server.closeAllConnections(), limitMs)
  try {
    await app.close()
  } finally {
    clearTimeout(limit)
  }
}

function formatAddress(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://localhost:${port}`
  return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`
}
