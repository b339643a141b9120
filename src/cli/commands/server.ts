import { InvalidArgumentError, Option, type Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import { ToolkitError, formatError } from '../../core/errors.ts'

interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly store: string
  readonly allowHost: readonly string[]
}

/** Adds `mlpt server`, which serves the tracking store: MLflow's REST API and the dashboard. */
export function addServerCommand(program: Command): void {
  program
    .command('server')
    .alias('dashboard')
    .description("serve the tracking store: the dashboard and MLflow's REST API (reading)")
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any free one', parsePort, 5000)
    .addOption(
      new Option('--store <folder>', 'folder of the tracking store')
        .env('MLPT_STORE')
        .default('.mlpt'),
    )
    .option(
      '--allow-host <name>',
      'name that clients may call this server by, besides localhost (repeatable)',
      (name: string, names: readonly string[]) => [...names, name],
      [] as readonly string[],
    )
    .action(serve)
}

async function serve(options: ServerOptions): Promise<void> {
  checkExposure(options)
  const { openTrackingStore } = await import('../../tracking/sqlite-store.ts')
  const { createTrackingServer } = await import('../../tracking/rest-server.ts')
  await using store = await openTrackingStore({ directory: options.store })
  const app = createTrackingServer({
    store,
    allowedHosts: options.allowHost,
    onInternalError: (error) => process.stderr.write(`${formatError(error)}\n`),
  })
  try {
    const address = await listen(app, options)
    process.stdout.write(`tracking server and dashboard: ${address}\n`)
    process.stderr.write(`store: ${options.store} (stop with Ctrl-C)\n`)
    await nextSignal()
  } finally {
    await app.close()
  }
}

/** There is no login: who opens the server to a network says so, and by which name it is called. */
function checkExposure({ host, allowHost }: ServerOptions): void {
  if (/^(localhost|::1|127\..*)$/.test(host) || allowHost.length > 0) return
  throw new ToolkitError(
    'CLI_USAGE',
    `--host ${host} opens the store to everyone who can reach this machine: there is no login`,
    { hint: 'if that is meant, add --allow-host with the name that clients call it by' },
  )
}

async function listen(app: FastifyInstance, { host, port }: ServerOptions): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
    if (code === undefined || !Object.hasOwn(listenFaults, code)) throw error
    throw new ToolkitError('PORT_UNAVAILABLE', `cannot listen on ${host}:${port}: ${code}`, {
      hint: listenFaults[code],
      details: { host, port, code },
      cause: error,
    })
  }
}

const listenFaults: Readonly<Record<string, string>> = {
  EACCES: 'take a port above 1023: --port <number>',
  EADDRINUSE: 'another program has this port: stop it, or take another one: --port <number>',
  EADDRNOTAVAIL: 'this machine has no such address: take another one: --host <address>',
  ENOTFOUND: 'this name has no address: take another one: --host <address>',
}

async function nextSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('expected an integer from 0 to 65535')
}
