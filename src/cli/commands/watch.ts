import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { relative } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import type { RunTrigger } from '../../core/pipeline-history.ts'
import type { WatchEvent } from '../../pipeline/automation/watch-pipeline-process.ts'
import { onEndSignal, type EndSignal, type Interruption } from '../end-signals.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'

interface WatchFlags {
  readonly cron: readonly string[]
  readonly debounce: number
  readonly once?: boolean
  readonly allPipelines?: boolean
  readonly keepGoing?: boolean
  readonly jobs?: string
}

/** Adds `mlpt watch`: runs the pipeline when what it reads changes, and on a schedule. */
export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .description('run the pipeline whenever a file that it reads changes, and at given times')
    .argument('[targets...]', 'stages or groups to keep up to date, with all they need')
    .option(
      '--cron <line>',
      "run at these times too, for example '0 3 * * *' (repeatable)",
      (line: string, lines: readonly string[]) => [...lines, line],
      [] as readonly string[],
    )
    .option('--debounce <ms>', 'how long it has to be quiet after a change', parseMs, 300)
    .option('--once', 'wait for the first change or time, run once, and end with its exit code')
    .option('-P, --all-pipelines', 'the stages of every dvc.yaml of the repository')
    .option('-k, --keep-going', 'as for run')
    .option('-j, --jobs <number>', 'as for run')
    .action(watch)
}

function parseMs(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number of milliseconds')
}

/** How often to look where the system tells nothing, as on a network drive. */
const pollMs = 5000

async function watch(targets: string[], flags: WatchFlags): Promise<void> {
  const { watchPipeline } = await import('../../pipeline/automation/watch-pipeline-process.ts')
  const repository = await openCurrentRepository()
  const isAll = flags.allPipelines === true
  using interruption = listenForSignals()
  let exitCode = 0
  await watchPipeline({
    repository,
    selection: { targets, isAll, isSingle: false, isDownstream: false },
    cron: flags.cron,
    debounceMs: flags.debounce,
    pollMs,
    once: flags.once === true,
    signal: interruption.signal,
    run: async (trigger) => {
      exitCode = await runInChild(trigger, [...runFlags(flags), ...targets], interruption)
    },
    report: (event) => printEvent(event, repository.directory),
  })
  if (interruption.signal.aborted) process.exitCode = 128 + constants.signals.SIGINT
  else process.exitCode = exitCode
}

function runFlags({ allPipelines, keepGoing, jobs }: WatchFlags): string[] {
  return [
    ...(allPipelines === true ? ['--all-pipelines'] : []),
    ...(keepGoing === true ? ['--keep-going'] : []),
    ...(jobs === undefined ? [] : ['--jobs', jobs]),
    // Somebody may be running it by hand.
    '--wait',
    '3600',
  ]
}

/** A process of its own: a run that crashes does not take the watch with it, nor leave anything behind in it. */
async function runInChild(
  trigger: RunTrigger,
  args: readonly string[],
  interruption: Passing,
): Promise<number> {
  if (interruption.signal.aborted) return 1
  const program = process.argv[1] ?? ''
  const child = spawn(process.execPath, [...process.execArgv, program, 'run', ...args], {
    // Ctrl-C reaches the watch alone, which passes it on: the child must not get it twice.
    detached: true,
    env: { ...process.env, MLPT_TRIGGER: trigger },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  interruption.passOn = (name) => child.kill(name)
  try {
    return await new Promise((resolve) => {
      child.on('error', (error) => {
        process.stderr.write(`cannot start a run: ${error.message}\n`)
        resolve(1)
      })
      child.on('exit', (code) => resolve(code ?? 1))
    })
  } finally {
    interruption.passOn = () => undefined
  }
}

interface Passing extends Interruption {
  /** Hears of every signal, so that a second one ends a run at once. */
  passOn: (name: EndSignal) => void
}

function listenForSignals(): Passing {
  const controller = new AbortController()
  const listening = onEndSignal((name) => {
    passing.passOn(name)
    controller.abort()
  })
  const passing: Passing = {
    signal: controller.signal,
    passOn: () => undefined,
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  }
  return passing
}

function printEvent(event: WatchEvent, directory: string): void {
  const list = (paths: readonly string[]): string => {
    const names = paths.slice(0, 5).map((path) => relative(directory, path))
    return names.join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '')
  }
  const text = describeEvent(event, list)
  process.stderr.write(`${text}\n`)
}

function describeEvent(event: WatchEvent, list: (paths: readonly string[]) => string): string {
  switch (event.kind) {
    case 'waiting':
      return `watching ${event.locations.length} files and folders (stop with Ctrl-C)`
    case 'changed':
      return `changed: ${list(event.paths)}`
    case 'scheduled':
      return `it is time: ${event.line}`
    case 'restless':
      return `not run again for ${list(event.paths)}, which changed in each of the last runs: they seem to change it themselves (if it was you, save it once more)`
    case 'broken':
      // What is wrong with them, the run has said.
      return `the pipeline's files cannot be used: watching on for a change of them`
    case 'refused':
      return `the system does not watch '${event.folder}' (${event.code}): looking every ${pollMs / 1000} s instead`
  }
}
