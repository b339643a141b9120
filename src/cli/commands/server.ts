import type { Command } from 'commander'
import type { FastifyInstance } from 'fastify'
import { ToolkitError, formatError } from '../../core/errors.ts'
import { asListenError } from '../../core/listen-error.ts'
import type { PipelineHistoryReader } from '../../core/pipeline-history.ts'
import { openCurrentRepository } from '../open-repository.ts'
import { addServerFlags, nextSignal, type ServerFlags } from '../server-flags.ts'

/** Adds `mlpt server`, which serves the tracking store: MLflow's REST API and the dashboard. */
export function addServerCommand(program: Command): void {
  const command = program
    .command('server')
    .alias('dashboard')
    .description("serve the tracking store: the dashboard and MLflow's REST API (reading)")
  addServerFlags(command, 5000).action(serve)
}

async function serve(options: ServerFlags): Promise<void> {
  checkExposure(options)
  const { openTrackingStore } = await import('../../tracking/store/sqlite-store.ts')
  const { createTrackingServer } = await import('../../tracking/server/rest-server.ts')
  await using store = await openTrackingStore({ directory: options.store })
  const app = createTrackingServer({
    store,
    history: await openPipelineHistory(),
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

/** There is no login: who opens the server to a network says so, and by which name it is called. */
function checkExposure({ host, allowHost }: ServerFlags): void {
  if (/^(localhost|::1|127\..*)$/.test(host) || allowHost.length > 0) return
  throw new ToolkitError(
    'CLI_USAGE',
    `--host ${host} opens the store to everyone who can reach this machine: there is no login`,
    { hint: 'if that is meant, add --allow-host with the name that clients call it by' },
  )
}

async function listen(app: FastifyInstance, { host, port }: ServerFlags): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    throw asListenError(error, { host, port })
  }
}
