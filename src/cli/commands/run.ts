import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { RunTrigger } from '../../core/pipeline-history.ts'
import type { RunCompany } from '../../pipeline/automation/accompany-run-process.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'
import { describeReason, type Reason } from '../../pipeline/run/plan.ts'
import type { RunOptions } from '../../pipeline/run/run-options.ts'
// Not through the index: a run with nothing to do loads no more than it needs.
import { listRunStages, runPipeline } from '../../pipeline/run/run-pipeline.ts'
import type { RunSummary } from '../../pipeline/run/summary.ts'
import { listenForSignals } from '../end-signals.ts'
import { fetchMissing, refetchObject } from '../contexts/fetch-for-run.ts'
import { createRunDisplay } from '../output/run-display.ts'
import { limitYoungGenerationSoon } from '../young-generation.ts'
import {
  collectSummary,
  formatDryRun,
  formatFailure,
  formatSummary,
} from '../output/run-summary.ts'

interface RunFlags {
  readonly force?: boolean
  readonly dry?: boolean
  readonly singleItem?: boolean
  readonly downstream?: boolean
  readonly pipeline?: boolean
  readonly allPipelines?: boolean
  readonly recursive?: boolean
  readonly glob?: boolean
  readonly allowMissing?: boolean
  readonly commit: boolean
  readonly interactive?: boolean
  readonly forceDownstream?: boolean
  readonly keepGoing?: boolean
  readonly ignoreErrors?: boolean
  readonly runCache: boolean
  readonly pull?: boolean
  readonly onFinished?: string
  readonly onFailed?: string
  readonly jobs?: string
  readonly wait: string
  readonly json?: boolean
}

/** Adds `mlpt run`, which is also `repro`: brings the pipeline of the current folder up to date. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .alias('repro')
    .description('run the stages of dvc.yaml whose command, inputs or outputs changed')
    .argument('[targets...]', 'stages or groups to bring up to date, with all they need')
    .option('-f, --force', 'run every stage, whatever its state')
    .option('--force-downstream', 'run also what reads from a stage that was out of date')
    .option('-i, --interactive', 'ask before each stage')
    .option('-s, --single-item', 'only the targets, not what they read from')
    .option('--downstream', 'the targets and what reads from them')
    .option('-p, --pipeline', 'all stages that hang together with the targets')
    .option('-P, --all-pipelines', 'the stages of every dvc.yaml of the repository')
    .option('-R, --recursive', 'take a folder for the stages of all files below it')
    .option('--glob', 'take the names of stages for patterns')
    .option('--allow-missing', 'leave stages alone of which only data is missing')
    .option('--no-commit', 'leave the copies in the cache to mlpt commit')
    .option('-k, --keep-going', 'after a failure, go on with what does not need the failed stage')
    .option('--ignore-errors', 'after a failure, go on with everything')
    .option('--no-run-cache', 'run commands even where the run cache has their results')
    .option(
      '-j, --jobs <number>',
      'how many stages may run at the same time (default: one per core)',
    )
    .option('--pull', 'first fetch what is missing in the cache from the remote')
    .option(
      '--on-finished <hook>',
      'command to run, or address to post to, after a run that went well',
    )
    .option('--on-failed <hook>', 'the same after a run that failed')
    .option('--dry', 'only say what would happen')
    .option('--wait <seconds>', 'how long to wait for another run of this pipeline', '0')
    .option('--json', 'print the summary as one JSON document')
    .action(run)
}

async function run(targets: string[], flags: RunFlags): Promise<void> {
  const waitMs = parseSeconds(flags.wait)
  const jobs = parseJobs(flags.jobs)
  limitYoungGenerationSoon()
  if (flags.pull === true && flags.dry !== true) await fetchForRun(targets, flags)
  using interruption = listenForSignals()
  using display = createRunDisplay({
    stream: process.stderr,
    isLive: isForPerson(process.stderr),
    describeReason,
    clock: Date.now,
  })
  const warn = (message: string): void => display.show({ kind: 'warning', message })
  const collected = collectSummary()
  let company: RunCompany | undefined
  const running = runPipeline({
    directory: process.cwd(),
    ...toSelection(targets, flags),
    allowMissing: flags.allowMissing === true,
    noCommit: !flags.commit,
    ...toFailureOptions(flags),
    force: flags.force === true,
    forceDownstream: flags.forceDownstream === true,
    interactive: flags.interactive === true,
    confirm: (stage, reasons) => confirmStage(stage, reasons, interruption.signal),
    noRunCache: !flags.runCache,
    jobs,
    dryRun: flags.dry === true,
    beforeRun: async () => {
      await checkProject(process.cwd())
      const repository = await openCurrentRepository()
      company = await startCompany(repository, { targets, flags, warn })
    },
    ...(flags.pull === true && { refetch: (object) => refetchObject(object, interruption.signal) }),
    signal: interruption.signal,
    waitMs,
    env: process.env,
    report: (event) => {
      display.show(event)
      collected.note(event)
      company?.report(event)
    },
    clock: Date.now,
  })
  let summary: RunSummary
  try {
    summary = await accompany(running, () => company)
  } catch (error) {
    process.stdout.write(formatFailure(collected.summary(), error, flags.json === true))
    throw error
  }
  if (flags.json === true) process.stdout.write(formatJson(summary))
  else if (flags.dry === true) process.stdout.write(formatDryRun(summary, describeReason))
  else process.stdout.write(formatSummary(summary))
}

function toFailureOptions(flags: RunFlags): Pick<RunOptions, 'keepGoing' | 'ignoreErrors'> {
  return { keepGoing: flags.keepGoing === true, ignoreErrors: flags.ignoreErrors === true }
}

/** @throws {ToolkitError} `CLI_USAGE` where nobody can be asked */
async function confirmStage(
  stage: string,
  reasons: readonly Reason[],
  signal: AbortSignal,
): Promise<boolean> {
  const { askPerson, isAnybodyThere } = await import('../output/ask-person.ts')
  if (!isAnybodyThere()) {
    throw new ToolkitError('CLI_USAGE', `'${stage}' needs a yes, and there is nobody to ask`, {
      hint: 'leave out --interactive, and core.interactive of the settings',
    })
  }
  return askPerson(`${stage} (${reasons.map(describeReason).join(', ')}): go on?`, signal)
}

type SelectionOptions =
  | 'targets'
  | 'all'
  | 'singleItem'
  | 'downstream'
  | 'pipeline'
  | 'recursive'
  | 'glob'

function toSelection(
  targets: readonly string[],
  flags: RunFlags,
): Pick<RunOptions, SelectionOptions> {
  return {
    targets,
    all: flags.allPipelines === true,
    singleItem: flags.singleItem === true,
    downstream: flags.downstream === true,
    pipeline: flags.pipeline === true,
    recursive: flags.recursive === true,
    glob: flags.glob === true,
  }
}

/** What names more than targets can is worked out first. */
async function fetchForRun(targets: readonly string[], flags: RunFlags): Promise<void> {
  if (flags.pipeline !== true && flags.recursive !== true && flags.glob !== true) {
    await fetchMissing(targets, flags)
    return
  }
  const world = { directory: process.cwd(), env: process.env, clock: Date.now }
  const stages = listRunStages({ ...world, ...toSelection(targets, flags) })
  if (stages.length > 0) await fetchMissing(stages, flags)
}

/** Whether somebody looks at a terminal that can draw over its lines. */
function isForPerson(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['CI'] === undefined && process.env['TERM'] !== 'dumb'
}

interface CompanyOptions {
  readonly targets: readonly string[]
  readonly flags: RunFlags
  readonly warn: (message: string) => void
}

/** The history and the hooks go along with a run. */
async function startCompany(
  repository: Repository,
  { targets, flags, warn }: CompanyOptions,
): Promise<RunCompany> {
  const { accompanyRun } = await import('../../pipeline/automation/accompany-run-process.ts')
  const trigger = process.env['MLPT_TRIGGER']
  return accompanyRun({
    repository,
    targets,
    trigger: isTrigger(trigger) ? trigger : 'manual',
    hooks: {
      finished: flags.onFinished ?? process.env['MLPT_ON_FINISHED'],
      failed: flags.onFailed ?? process.env['MLPT_ON_FAILED'],
    },
    environment: process.env,
    processId: process.pid,
    clock: Date.now,
    warn,
  })
}

function isTrigger(text: string | undefined): text is RunTrigger {
  return text === 'watch' || text === 'cron' || text === 'monitor'
}

/** Ends the company with what became of the run. */
async function accompany<T>(
  running: Promise<T>,
  company: () => RunCompany | undefined,
): Promise<T> {
  try {
    const result = await running
    await company()?.end(undefined)
    return result
  } catch (error) {
    await company()?.end(error)
    throw error
  }
}

/**
 * Where the folder is a project, checks all of params.yaml and project.ts before anything
 * runs: a misspelt key would otherwise only be met by the stage that reads it.
 */
async function checkProject(directory: string): Promise<void> {
  const { hasProject, loadParameters, loadProject } = await import('../../project/project-file.ts')
  if (!(await hasProject(directory))) return
  await loadParameters(directory)
  await loadProject(directory)
}

/** @throws {ToolkitError} `CLI_USAGE` */
function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds * 1000
  throw new ToolkitError('CLI_USAGE', `--wait is '${text}', expected a number of seconds`, {
    hint: 'write for example --wait 60',
  })
}

/** @throws {ToolkitError} `CLI_USAGE` */
function parseJobs(text: string | undefined): number {
  if (text === undefined) return availableParallelism()
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new ToolkitError('CLI_USAGE', `--jobs is '${text}', expected a number from 1`, {
    hint: 'write for example --jobs 4',
  })
}
