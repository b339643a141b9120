import type { Command } from 'commander'
import type { Predictor } from '../../core/predictor.ts'
import { championOfProject } from '../contexts/open-selected-model.ts'
import {
  addPredictionLogFlags,
  openServedLog,
  servedLogFolder,
  type PredictionLogFlags,
} from '../flags/prediction-log-flags.ts'
import { addRolloutFlags, type RolloutFlags } from '../flags/rollout-flags.ts'
import { createLogUpkeep } from '../servers/log-upkeep.ts'
import { openRollout } from '../servers/serve-rollout.ts'
import { openServedFeatures } from '../servers/serve-features.ts'
import { addServerFlags, nextSignal, type ServerFlags } from '../flags/server-flags.ts'
import { addServingFlags, vertexPaths, type ServingFlags } from '../flags/serving-flags.ts'
import { shellWord } from '../../core/shell-word.ts'

interface ServeFlags extends ServerFlags, ServingFlags, RolloutFlags, PredictionLogFlags {
  readonly json?: true
}

/** Adds `mlpt serve`, which puts one model behind an HTTP API. */
export function addServeCommand(program: Command): void {
  const command = program
    .command('serve')
    .description('serve a model: predictions, health and documentation over HTTP')
    .argument(
      '[model]',
      "models:/name@alias, models:/name/3, or a model folder (default: the project's champion)",
    )
    .option('--json', 'say what is served as one JSON document')
  addServerFlags(command, 8000)
  addPredictionLogFlags(addServingFlags(addRolloutFlags(command)))
    .option(
      '--prediction-log-remote <name or address>',
      'send what is whole to a remote of the settings, s3://bucket/path or a folder',
    )
    .action(serve)
}

async function serve(selector: string | undefined, flags: ServeFlags): Promise<void> {
  const serving = await import('../../serving/index.ts')
  const role = serving.roleOfProcess()
  if (role === 'only' && flags.workers !== undefined && flags.workers > 1) {
    const { workers, drainTimeoutMs } = flags
    process.exitCode = await serving.superviseWorkers(workers, nextSignal(), drainTimeoutMs)
    return
  }
  try {
    await serveHere(selector, flags, role)
  } finally {
    serving.leaveWorkers()
  }
}

async function serveHere(
  selector: string | undefined,
  flags: ServeFlags,
  role: 'only' | 'first-worker' | 'worker',
): Promise<void> {
  const { runServer } = await import('../servers/run-server.ts')
  using rollout = await openRollout(selector ?? (await championOfProject()), flags)
  using features = await openServedFeatures(flags.onlineStore)
  // Before the server, so that they end after it: with the last row.
  await using upkeep = createLogUpkeep(flags.predictionLogRemote)
  const { predictor } = rollout.champion
  await using predictionLog = openServedLog(flags, predictor, upkeep.begin)
  const { predictionLog: folder, predictionLogRemote } = flags
  // What a server that was killed has left; whether the remote can be reached is told now, not in an hour.
  if (predictionLogRemote !== undefined && folder !== undefined && role !== 'worker') {
    upkeep.begin(servedLogFolder(folder), predictor.name)
  }
  const options = {
    models: rollout.slots,
    predictionLog,
    ...(flags.canaryShare !== undefined && { canary: { share: flags.canaryShare } }),
    allowedHosts: [flags.host, ...flags.allowHost],
    vertexPaths: vertexPaths(process.env),
    features,
  }
  const announceChampion = (address: string): void =>
    announce({ ...rollout.champion, address }, flags)
  await runServer(options, { flags, role, stop: nextSignal, announce: announceChampion })
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
      `curl -s ${address}/predict -H 'content-type: application/json' -d ${shellWord(JSON.stringify(predictor.example))}`,
      '',
    ].join('\n'),
  )
  process.stderr.write('stop with Ctrl-C\n')
}
