import { InvalidArgumentError, Option, type Command } from 'commander'
import { formatError } from '../../core/errors.ts'
import type { Predictor } from '../../core/predictor.ts'

interface ServeFlags {
  readonly host: string
  readonly port: number
  readonly store: string
  readonly allowHost: readonly string[]
  readonly json?: true
}

/** Adds `mlpt serve`, which puts one model behind an HTTP API. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve a model: predictions, health and documentation over HTTP')
    .argument(
      '[model]',
      "models:/name@alias, models:/name/3, or a model folder (default: the project's champion)",
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any free one', parsePort, 8000)
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
    .option('--json', 'say what is served as one JSON document')
    .action(serve)
}

async function serve(selector: string | undefined, flags: ServeFlags): Promise<void> {
  const { openServedModel } = await import('../../project/index.ts')
  const { createServingApp, startServing } = await import('../../serving/index.ts')
  const { predictor, modelVersion } = await openServedModel(
    selector ?? (await championOfProject()),
    async () => {
      const { openTrackingStore } = await import('../../tracking/index.ts')
      return openTrackingStore({ directory: flags.store })
    },
  )
  const app = createServingApp({
    predictor,
    modelVersion,
    allowedHosts: [flags.host, ...flags.allowHost],
    onInternalError: (error, requestId) =>
      process.stderr.write(`${requestId}: ${formatError(error)}\n`),
  })
  await using server = await startServing(app, flags)
  announce({ predictor, modelVersion, address: server.address }, flags)
  await nextSignal()
  process.stderr.write('stopping: requests under way are finished first\n')
}

async function championOfProject(): Promise<string> {
  const { loadProject } = await import('../../project/project-file.ts')
  const project = await loadProject(process.cwd())
  return `models:/${project.name}@champion`
}

interface Served {
  readonly predictor: Predictor
  readonly modelVersion: string | undefined
  readonly address: string
}

function announce(served: Served, flags: ServeFlags): void {
  const { predictor, modelVersion, address } = served
  if (flags.json === true) {
    const { name, digest } = predictor
    const model = { name, version: modelVersion ?? null, digest }
    process.stdout.write(`${JSON.stringify({ address, docs: `${address}/docs`, model })}\n`)
    return
  }
  const version = modelVersion === undefined ? '' : `, version ${modelVersion}`
  process.stdout.write(
    [
      `serving ${predictor.name}${version} (sha256 ${predictor.digest.slice(0, 12)}…)`,
      `  predict  ${address}/predict`,
      `  docs     ${address}/docs`,
      '',
      `curl -s ${address}/predict -H 'content-type: application/json' -d ${quote(JSON.stringify(predictor.example))}`,
      '',
    ].join('\n'),
  )
  process.stderr.write('stop with Ctrl-C\n')
}

/** As one word for the shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** Waits for the first signal; the second one ends the process at once. */
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
