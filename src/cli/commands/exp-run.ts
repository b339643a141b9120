import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { ExperimentEvent, ExperimentResult } from '../../pipeline/experiments/index.ts'
import type { YamlValue } from '../../pipeline/yaml/yaml-value.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'
import { storeDirectory } from '../contexts/project-context.ts'
import { listenForSignals } from '../end-signals.ts'

interface RunFlags extends PassedFlags {
  readonly setParam: readonly string[]
  readonly name?: string
  readonly jobs: string
  readonly message?: string
  readonly force?: boolean
  readonly json?: boolean
}

/** What is handed on to the `mlpt run` of each experiment. */
interface PassedFlags {
  readonly singleItem?: boolean
  readonly downstream?: boolean
  readonly pipeline?: boolean
  readonly allPipelines?: boolean
  readonly recursive?: boolean
  readonly forceDownstream?: boolean
  readonly pull?: boolean
  readonly keepGoing?: boolean
  readonly allowMissing?: boolean
}

/** Adds `mlpt exp run`: one experiment for each combination of parameter values. */
export function addExpRunCommand(exp: Command): void {
  exp
    .command('run')
    .description('run the pipeline once for each combination of values, apart from the work tree')
    .argument('[targets...]', 'stages to bring up to date, with all they need')
    .option(
      '-S, --set-param <[file:]key=value>',
      'a value, or several: rate=0.05,0.1 or depth=range(2,6)',
      (text: string, all: readonly string[]) => [...all, text],
      [],
    )
    .option('-s, --single-item', 'only the targets, not what they read from')
    .option('--downstream', 'the targets and what reads from them')
    .option('-p, --pipeline', 'all stages that hang together with the targets')
    .option('-P, --all-pipelines', 'the stages of every dvc.yaml of the repository')
    .option('-R, --recursive', 'take a folder for the stages of all files below it')
    .option('--force-downstream', 'run also what reads from a stage that was out of date')
    .option('--pull', 'first fetch what is missing in the cache from the remote')
    .option('--temp', 'is always so: the work tree is not used')
    .option('-k, --keep-going', 'after a failure, go on with what does not need the failed stage')
    .option('--allow-missing', 'leave stages alone of which only data is missing')
    .option('-n, --name <name>', 'name of the experiment; of several, what they begin with')
    .option('-j, --jobs <number>', 'how many run at the same time', '1')
    .option('-m, --message <text>', "message of the experiment's commit")
    .option('-f, --force', 'run every stage, and replace an experiment of that name')
    .option('--json', 'print one JSON document')
    .action(run)
}

async function run(targets: string[], flags: RunFlags): Promise<void> {
  const jobs = parseJobs(flags.jobs)
  const { parseOverride, runExperiments } = await import('../../pipeline/experiments/index.ts')
  const { isProcessAlive } = await import('../../core/alive-process.ts')
  using interruption = listenForSignals()
  const results = await runExperiments({
    repository: await openCurrentRepository(),
    overrides: flags.setParam.map(parseOverride),
    targets,
    runFlags: passedFlags(flags),
    name: flags.name,
    force: flags.force === true,
    message: flags.message,
    jobs,
    stageJobs: Math.max(1, Math.floor(availableParallelism() / jobs)),
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? 'mlpt'],
    storeFolder: resolve(storeDirectory(undefined)),
    env: process.env,
    processId: process.pid,
    isAlive: isProcessAlive,
    signal: interruption.signal,
    clock: Date.now,
    report: await createReporter(),
  })
  await printResults(results, flags.json === true)
  checkResults(results)
}

function passedFlags(flags: PassedFlags): string[] {
  const passed = {
    '--single-item': flags.singleItem,
    '--downstream': flags.downstream,
    '--pipeline': flags.pipeline,
    '--all-pipelines': flags.allPipelines,
    '--recursive': flags.recursive,
    '--force-downstream': flags.forceDownstream,
    '--pull': flags.pull,
    '--keep-going': flags.keepGoing,
    '--allow-missing': flags.allowMissing,
  }
  return Object.entries(passed).flatMap(([flag, isGiven]) => (isGiven === true ? [flag] : []))
}

/** @throws {ToolkitError} `CLI_USAGE` */
function parseJobs(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new ToolkitError('CLI_USAGE', `--jobs is '${text}', expected a number from 1`, {
    hint: 'write for example --jobs 4',
  })
}

/** A line on stderr when an experiment starts and when it ends. */
async function createReporter(): Promise<(event: ExperimentEvent) => void> {
  const { formatAssignment } = await import('../../pipeline/experiments/index.ts')
  return (event) => {
    if (event.kind === 'planned' && event.experiments.length > 1) {
      print(`${event.experiments.length} experiments`)
    } else if (event.kind === 'started') {
      const { name, assignments } = event.experiment
      print(`▶ ${name}  ${assignments.map(formatAssignment).join(' ')}`.trimEnd())
    } else if (event.kind === 'finished') {
      print(formatEnd(event.result))
    }
  }
}

function print(line: string): void {
  process.stderr.write(`${line}\n`)
}

function formatEnd({ name, outcome, reason, log }: ExperimentResult): string {
  if (outcome === 'interrupted') return `✗ ${name}  interrupted`
  if (outcome !== 'failed') return `✓ ${name}${outcome === 'unchanged' ? '  as it was' : ''}`
  const place = log === undefined ? '' : `\n  log: ${relative(process.cwd(), log)}`
  return `✗ ${name}  ${reason ?? 'failed'}${place}`
}

async function printResults(results: readonly ExperimentResult[], asJson: boolean): Promise<void> {
  if (!asJson) {
    for (const { name, commit } of results) {
      if (commit !== undefined) process.stdout.write(`${name}\n`)
    }
    return
  }
  const { formatValueJson } = await import('../../pipeline/compare/index.ts')
  const document: YamlValue = new Map([['experiments', results.map(toDocument)]])
  process.stdout.write(formatValueJson(document))
}

function toDocument(result: ExperimentResult): YamlValue {
  const params = new Map<string, Map<string, YamlValue>>()
  for (const { file, key, value } of result.assignments) {
    params.set(file, (params.get(file) ?? new Map<string, YamlValue>()).set(key, value ?? null))
  }
  return new Map<string, YamlValue>([
    ['name', result.name],
    ['outcome', result.outcome],
    ['commit', result.commit ?? null],
    ['params', params],
    ['reason', result.reason ?? null],
    ['log', result.log ?? null],
  ])
}

/** @throws {ToolkitError} `INTERRUPTED`, `PIPELINE_STAGE_FAILED` */
function checkResults(results: readonly ExperimentResult[]): void {
  if (results.some(({ outcome }) => outcome === 'interrupted')) {
    throw new ToolkitError(
      'INTERRUPTED',
      'interrupted: the experiments that were running are not kept',
      {
        hint: 'run the same command again: it goes on with what the cache has',
      },
    )
  }
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  if (failed.length === 0) return
  const lines = failed.map(({ name, reason }) => `\n  ${name}: ${reason ?? 'failed'}`)
  throw new ToolkitError(
    'PIPELINE_STAGE_FAILED',
    `${failed.length} of ${results.length} experiments failed:${lines.join('')}`,
    {
      hint: 'read the logs named above',
      details: { failed: failed.map(({ name, log }) => ({ name, log })) },
    },
  )
}
