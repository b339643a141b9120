import { Option, InvalidArgumentError, type Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import { ToolkitError, formatError } from '../../core/errors.ts'
import { asListenError } from '../../core/listen-error.ts'
import type { PipelineHistoryReader } from '../../core/pipeline-history.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'
import { addServerFlags, nextSignal, type ServerFlags } from '../flags/server-flags.ts'

interface TrackingServerFlags extends ServerFlags {
  readonly json?: true
  readonly requireToken?: true
  readonly allowAnonymous?: true
  readonly allowPrivateWebhooks?: true
  readonly staticPrefix?: string
  readonly maxArtifactBytes?: number
}

/** Adds `mlpt server`, which serves the tracking store: MLflow's REST API and the dashboard. */
export function addServerCommand(program: Command): void {
  const command = program
    .command('server')
    .alias('dashboard')
    .description("serve the tracking store: the dashboard, and MLflow's REST API for any client")
  command.option('--json', 'say where it is as one JSON document')
  addServerFlags(command, 5000)
    .option('--require-token', "want a token of 'mlpt token create' even while there is none")
    .option(
      '--allow-anonymous',
      'let everyone who reaches an address beyond this machine read and write',
    )
    .option('--max-artifact-bytes <number>', 'size of one artifact at most', parseBytes)
    .addOption(
      new Option('--static-prefix <path>', 'path before all others, as in /mlflow').env(
        'MLPT_STATIC_PREFIX',
      ),
    )
    .option('--allow-private-webhooks', 'webhooks may lead to private addresses and plain http')
    .addHelpText('after', helpAfter)
    .action(serve)
}

const helpAfter = `
Clients log to it with MLFLOW_TRACKING_URI=http://127.0.0.1:5000. Without tokens everyone who
reaches it may write: it listens on this machine only. To open it, create a token first.
The API is described at /openapi.json.`

async function serve(options: TrackingServerFlags): Promise<void> {
  const { openTrackingStore } = await import('../../tracking/store/sqlite-store.ts')
  const { createTrackingServer } = await import('../../tracking/server/rest-server.ts')
  const { createMonitoringReader } = await import('../../monitoring/watch/monitoring-store.ts')
  checkFlags(options)
  const webhookKey = await readWebhookKey()
  await using store = await openTrackingStore({ directory: options.store, webhookKey })
  checkExposure(options, await store.tokens.hasTokens())
  const app = createTrackingServer({
    store,
    history: await openPipelineHistory(),
    monitoring: createMonitoringReader(options.store),
    allowedHosts: options.allowHost,
    requiresToken: options.requireToken === true || !mayBeAnonymous(options),
    allowsPrivateWebhooks: options.allowPrivateWebhooks ?? false,
    ...(options.staticPrefix !== undefined && { staticPrefix: options.staticPrefix }),
    ...(options.maxArtifactBytes !== undefined && { maxArtifactBytes: options.maxArtifactBytes }),
    onInternalError: (error) => process.stderr.write(`${formatError(error)}\n`),
  })
  try {
    const address = await listen(app, options)
    announce(`${address}${options.staticPrefix ?? ''}`, options)
    process.stderr.write(`store: ${options.store} (stop with Ctrl-C)\n`)
    await nextSignal()
  } finally {
    await app.close()
  }
}

/** One line, as `mlpt serve` has it: a program reads it while the server goes on. */
function announce(address: string, { json, store }: TrackingServerFlags): void {
  const text = `tracking server and dashboard: ${address}`
  process.stdout.write(`${json === true ? JSON.stringify({ address, store }) : text}\n`)
}

/** MLflow's variable, so that a key moves with its server; a flag would show it to everyone on the machine. */
async function readWebhookKey(): Promise<Uint8Array | undefined> {
  const text = process.env['MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY'] ?? ''
  if (text === '') return undefined
  const { parseSecretKey } = await import('../../tracking/webhooks/secret-cipher.ts')
  return parseSecretKey(text)
}

/** The runs of the repository that the server is started in; none outside of one. */
async function openPipelineHistory(): Promise<PipelineHistoryReader | undefined> {
  const { createHistoryReader } = await import('../../pipeline/automation/history-store.ts')
  try {
    return createHistoryReader((await openCurrentRepository()).stateFolder)
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'REPOSITORY_MISSING') return undefined
    throw error
  }
}

/** What can be said before a store is opened, or made. */
function checkFlags({ host, allowHost, staticPrefix }: TrackingServerFlags): void {
  if (staticPrefix !== undefined && !/^(?:\/[\w.~-]+)+$/.test(staticPrefix)) {
    throw new ToolkitError('CLI_USAGE', `--static-prefix ${staticPrefix} is no path`, {
      hint: "begin it with '/' and end it without: --static-prefix /mlflow",
    })
  }
  if (isLoopback(host) || allowHost.length > 0) return
  throw new ToolkitError(
    'CLI_USAGE',
    `--host ${host} opens the server to other machines, which call it by a name it does not know`,
    { hint: 'add --allow-host with the name, or address, that clients call it by' },
  )
}

/** Who opens the server to a network gives out tokens, or says that everyone may come. */
function checkExposure(options: TrackingServerFlags, hasTokens: boolean): void {
  const { host, requireToken } = options
  if (hasTokens || requireToken === true || mayBeAnonymous(options)) return
  throw new ToolkitError(
    'CLI_USAGE',
    `--host ${host} opens the store to everyone who can reach this machine: there is no token yet`,
    {
      hint: `create one with 'mlpt token create NAME --role write', or add --allow-anonymous if that is meant`,
    },
  )
}

/** Else a token is wanted even when the last one was revoked. */
function mayBeAnonymous({ host, allowAnonymous }: TrackingServerFlags): boolean {
  return allowAnonymous === true || isLoopback(host)
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/.test(host)
}

function parseBytes(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw new InvalidArgumentError('expected a whole number of bytes from 1')
}

async function listen(app: FastifyInstance, { host, port }: ServerFlags): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    throw asListenError(error, { host, port })
  }
}
