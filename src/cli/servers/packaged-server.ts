/** The program `server.js` of a package that `mlpt package` makes: serves the model that lies beside it. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { formatError, ToolkitError } from '../../core/errors.ts'
import { packageVersion } from '../../core/version.ts'
import { openPredictor } from '../../model/index.ts'
import { leaveWorkers, roleOfProcess, superviseWorkers } from '../../serving/index.ts'
import {
  checkPackagedDigest,
  manifestName,
  parsePackagedModel,
} from '../../serving/package/package-manifest.ts'
import {
  argumentsOfEnvironment,
  portOfEnvironment,
  variableOf,
  type EnvironmentArguments,
} from '../flags/environment-arguments.ts'
import {
  addPredictionLogFlags,
  openServedLog,
  type PredictionLogFlags,
} from '../flags/prediction-log-flags.ts'
import { outliveReaders } from '../output/outlive-readers.ts'
import { runServer } from './run-server.ts'
import { addListenFlags, nextSignal, type ListenFlags } from '../flags/server-flags.ts'
import { addServingFlags, vertexPaths, type ServingFlags } from '../flags/serving-flags.ts'

type Flags = ListenFlags & ServingFlags & PredictionLogFlags

/** SageMaker starts a container with this word, and is the only one that reaches it. */
const hostedWord = 'serve'

const onlineStoreFlag = '--online-store'

async function main(): Promise<void> {
  // First of all: as process 1 of a container, a signal that nobody waits for is lost.
  const stop = nextSignal()
  const command = new Command('server.js')
    .description('serve the model of this package; each flag has a variable too')
    .argument('[word]', `'${hostedWord}' is what SageMaker says: the Host header may be any`)
    .version(packageVersion)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  addPredictionLogFlags(
    addServingFlags(addListenFlags(command, Number(portOfEnvironment(process.env)))),
  )
  // What it joins stands in a project, and here is none.
  command.options.find(({ long }) => long === onlineStoreFlag)?.hideHelp()
  for (const option of command.options) option.description += ` [${variableOf(option)}]`
  const environment = argumentsOfEnvironment(command.options, process.env)
  command.action((word: string | undefined, flags: Flags) => serve({ word, flags, stop }))
  try {
    await command.parseAsync([...environment.words, ...process.argv.slice(2)], { from: 'user' })
  } catch (error) {
    report(asUsageError(error, environment))
  } finally {
    leaveWorkers()
  }
}

async function serve(asked: {
  readonly word: string | undefined
  readonly flags: Flags
  readonly stop: Promise<void>
}): Promise<void> {
  const { word, flags, stop } = asked
  checkAsked(word, flags)
  const role = roleOfProcess()
  if (role === 'only' && flags.workers !== undefined && flags.workers > 1) {
    process.exitCode = await superviseWorkers(flags.workers, stop, flags.drainTimeoutMs)
    return
  }
  const { predictor, version } = await openPackagedModel(import.meta.dirname)
  const vertex = vertexPaths(process.env)
  const isHosted = word === hostedWord || vertex !== undefined
  // Before the server, so that it ends after it: with the last row.
  await using predictionLog = openServedLog(flags, predictor)
  const options = {
    predictor,
    predictionLog,
    modelVersion: version,
    allowedHosts: [flags.host, ...flags.allowHost, ...(isHosted ? ['*'] : [])],
    vertexPaths: vertex,
  }
  const announce = (address: string): void => {
    const named = version === undefined ? predictor.name : `${predictor.name}, version ${version}`
    process.stdout.write(`serving ${named} (sha256 ${predictor.digest.slice(0, 12)}…) `)
    process.stdout.write(`on ${address}\n`)
  }
  await runServer(options, { flags, role, stop: () => stop, announce })
}

function checkAsked(word: string | undefined, flags: Flags): void {
  if (word !== undefined && word !== hostedWord) {
    throw new ToolkitError('CLI_USAGE', `'${word}' is nothing this program does`, {
      hint: `say nothing, or '${hostedWord}'`,
    })
  }
  if (flags.onlineStore !== undefined) {
    throw new ToolkitError('CLI_USAGE', `a package has no ${onlineStoreFlag}`, {
      hint: "'mlpt serve' in the project reads it",
    })
  }
}

async function openPackagedModel(folder: string) {
  const place = join(folder, manifestName)
  const { name, digest, version } = parsePackagedModel(readFileSync(place, 'utf8'), place)
  const predictor = await openPredictor(join(folder, 'model'))
  checkPackagedDigest(digest, predictor.digest)
  return { predictor: { ...predictor, name: name ?? predictor.name }, version }
}

function asUsageError(error: unknown, { variables }: EnvironmentArguments): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0) return undefined
  const read = variables.length === 0 ? '' : `; the environment has ${variables.join(', ')}`
  return new ToolkitError('CLI_USAGE', error.message.replace(/^error: /, ''), {
    hint: `'node server.js --help' lists the flags${read}`,
  })
}

function report(error: unknown): void {
  if (error === undefined) return
  process.stderr.write(`${formatError(error)}\n`)
  process.exitCode = error instanceof ToolkitError ? error.exitCode : 70
}

outliveReaders()
await main()
